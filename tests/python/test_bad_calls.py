"""Bad calls of every loss give an error that names the argument, or the documented value.

The calls are in bad_calls.py. They are made in a process apart: one that ends the process, or does not
come back, fails here and the next go on.
"""

import collections
import json
import pathlib
import queue
import subprocess
import sys
import threading

import pytest
from loss_inputs import NAMES

HERE = pathlib.Path(__file__).parent
SECONDS = 180  # that one call may take on a busy machine, the start of TensorFlow included


def made(long=False):
    """The id of each call with its problem, an empty string where there is none."""
    problems, first = {}, 0
    while True:
        command = [sys.executable, "bad_calls.py", str(first), *(["long"] if long else [])]
        with subprocess.Popen(
            command, cwd=HERE, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            lines, errors = queue.Queue(), collections.deque(maxlen=20)
            readers = [
                threading.Thread(
                    target=lambda to=lines, of=process: [*map(to.put, of.stdout), to.put(None)]
                ),
                threading.Thread(target=lambda to=errors, of=process: to.extend(of.stderr)),
            ]
            for reader in readers:
                reader.start()
            open_call, ended = None, "ended the process"
            while True:
                try:
                    line = lines.get(timeout=SECONDS)
                except queue.Empty:
                    process.kill()
                    ended = f"did not come back within {SECONDS} s"
                    break
                if line is None:
                    break
                if not line.startswith('{"'):
                    continue
                record = json.loads(line)
                if "started" in record:
                    open_call = record
                else:
                    problems[open_call["id"]] = record["problem"]
                    open_call = None
            for reader in readers:
                reader.join()
        if open_call is None:
            assert process.returncode == 0, "".join(errors)
            return problems
        problems[open_call["id"]] = f"{ended}: {''.join(errors)[-300:]}"
        first = open_call["started"] + 1


@pytest.fixture(scope="module")
def problems():
    """The outcome of the calls of the default suite."""
    return made()


def wrong(problems, prefix):
    """The lines of a message on the calls of one loss that went wrong."""
    return [f"{i}: {p}" for i, p in problems.items() if p and i.split("-")[0] == prefix]


OTHERS = ("to_categorical", "get", "semantics", "metric")


@pytest.mark.parametrize("name", [*NAMES, *OTHERS])
def test_bad_calls(problems, name):
    assert any(i.split("-")[0] == name for i in problems)
    failed = wrong(problems, name)
    assert not failed, "\n".join([f"{len(failed)} calls went wrong:", *failed[:40]])


def test_there_are_many(problems):
    assert len(problems) > 4000


@pytest.mark.long
def test_every_bad_call():
    failed = [f"{i}: {p}" for i, p in made(long=True).items() if p]
    assert not failed, "\n".join(failed)
