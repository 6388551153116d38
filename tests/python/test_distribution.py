"""Training on several devices or processes gives the losses, gradients and weights of one."""

import json
import os
import pathlib
import socket
import subprocess
import sys
from importlib import metadata

import numpy as np
import pytest

from lossbridge._backend import PUBLIC_ONLY

pytest.importorskip("tf_keras", reason="the fit() of Keras 2, tf_keras, is compared with")

WORKER = pathlib.Path(__file__).with_name("distribution_worker.py")
SECONDS = 300


def start(kind, *options, **environment):
    """A process that trains."""
    return subprocess.Popen(
        [sys.executable, str(WORKER), kind, *options],
        env={**os.environ, "CUDA_VISIBLE_DEVICES": "-1", **environment},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def results(processes):
    """What the processes printed; all are ended before this returns."""
    out = []
    try:
        for process in processes:
            text, errors = process.communicate(timeout=SECONDS)
            assert process.returncode == 0, errors[-2000:]
            out.append(json.loads(text.splitlines()[-1]))
    finally:
        for process in processes:
            if process.poll() is None:
                process.kill()
                process.communicate()
    return out


def free_ports(count):
    """Ports of this machine's loopback that nobody listens on."""
    sockets = [socket.socket() for _ in range(count)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def workers(*options):
    """Two processes of one cluster."""
    cluster = {"worker": [f"127.0.0.1:{port}" for port in free_ports(2)]}
    tasks = [{"cluster": cluster, "task": {"type": "worker", "index": i}} for i in range(2)]
    return results([start("workers", *options, TF_CONFIG=json.dumps(task)) for task in tasks])


@pytest.fixture(scope="module")
def one():
    """What one process with one device gets."""
    return results([start("one")])[0]


# What fit() trains right and logs otherwise: Keras 3 adds unreduced values up once for each replica,
# tf_keras takes the mean over replicas of reductions that are not its own.
LOGGED_OTHERWISE = ("keras none", "keras None", "tf_keras mean")
if metadata.version("keras").startswith("3.7."):  # it logs the part of one replica
    LOGGED_OTHERWISE += ("keras ",)
# Only in private tf_keras tells a loss that it divides the sum of the means by the replicas itself.
NOT_KNOWN = ("tf_keras ",) if PUBLIC_ONLY else ()


def differences(several, one):
    """Where several devices got something else than one."""
    wrong = []
    for how, numbers in several.items():
        if how.startswith(NOT_KNOWN):
            continue
        for what, value in numbers.items():
            if what == "losses" and how.startswith(LOGGED_OTHERWISE):
                continue
            if not np.allclose(value, one[how][what], rtol=1e-5, atol=1e-6):
                wrong.append(
                    f"{how}: {what} {np.ravel(value)[:3]}, not {np.ravel(one[how][what])[:3]}"
                )
    return "\n".join(wrong)


def test_function_has_the_semantics_of_the_process(one):
    for value in one["function of keras2"].values():
        assert value == pytest.approx(15.424949)  # Keras 3: 16.118095; see test_semantics.py


def test_two_devices(one):
    (several,) = results([start("mirrored")])
    assert set(several) == set(one)
    assert not differences(several, one)


def test_two_workers(one):
    first, second = workers()
    assert first.keys() == second.keys()
    assert not differences(first, one)
    assert not differences(second, one)


@pytest.mark.long
def test_every_reduction_in_every_fit():
    (one,) = results([start("one", "long")])
    for several in (*results([start("mirrored", "long")]), *workers("long")):
        assert not differences(several, one)
