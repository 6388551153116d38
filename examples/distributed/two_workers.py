"""Training in two processes that could be two machines: the same loss and weights as in one.

After `make setup`: .venv/bin/python examples/distributed/two_workers.py

Without TF_CONFIG in its environment, the script trains in this process, then starts itself twice as the
workers of a cluster on this machine. On real machines each is started by hand or by a scheduler, with
the addresses of all in TF_CONFIG.

The loop is TensorFlow's own: Keras 3 has no fit() over several workers on TensorFlow. That of tf_keras
has, and takes the losses, too.
"""

import json
import os
import socket
import subprocess
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf

# Before TensorFlow is used for anything else: the workers have to find each other.
is_worker = "TF_CONFIG" in os.environ
strategy = (
    tf.distribute.MultiWorkerMirroredStrategy() if is_worker else tf.distribute.get_strategy()
)

from lossbridge import losses  # noqa: E402

rng = np.random.default_rng(1)
x = rng.normal(size=(256, 4)).astype("float32")
y = (x @ [[1.0], [-2.0], [0.5], [0.0]] + rng.standard_t(2, size=(256, 1))).astype("float32")
weight = rng.uniform(0.0, 2.0, size=256).astype("float32")


def train():
    """The loss of the last batch and the trained weights."""
    with strategy.scope():
        kernel = tf.Variable(tf.zeros((4, 1)))
    huber = losses.Huber(delta=1.0, reduction="mean_with_sample_weight")

    # Each batch of 64 is divided among the workers.
    data = tf.data.Dataset.from_tensor_slices((x, y, weight)).batch(64).repeat(5)
    options = tf.data.Options()
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    data = strategy.experimental_distribute_dataset(data.with_options(options))

    def part(x, y, weight):  # what one worker does
        with tf.GradientTape() as tape:
            loss = huber(y, x @ kernel, weight)
        return loss, tape.gradient(loss, kernel)

    @tf.function
    def step(batch):
        loss, gradient = strategy.run(part, args=batch)
        # the parts of a loss, and of its gradient, add up to those of the batch
        return strategy.reduce("SUM", loss, axis=None), strategy.reduce("SUM", gradient, axis=None)

    for batch in data:
        loss, gradient = step(batch)
        with strategy.scope():
            kernel.assign_sub(0.5 * gradient)
    return float(loss), kernel.numpy().ravel().tolist()


def start_workers():
    """Two processes of one cluster on this machine, and what they print."""
    sockets = [socket.socket() for _ in range(2)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))  # a port that is free
    addresses = [f"127.0.0.1:{s.getsockname()[1]}" for s in sockets]
    for s in sockets:
        s.close()
    workers = []
    for index in range(2):
        task = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
        environment = {**os.environ, "TF_CONFIG": json.dumps(task), "CUDA_VISIBLE_DEVICES": "-1"}
        workers.append(
            subprocess.Popen(
                [sys.executable, __file__], env=environment, text=True, stdout=subprocess.PIPE
            )
        )
    try:
        return [json.loads(worker.communicate(timeout=300)[0]) for worker in workers]
    finally:
        for worker in workers:
            worker.kill()


if is_worker:
    print(json.dumps(train()))
else:
    results = {"one process": train()}
    for index, result in enumerate(start_workers()):
        results[f"worker {index}"] = result
    for name, (loss, weights) in results.items():
        print(f"{name}: loss {loss:.6f}, weights {np.round(weights, 4)}")
        np.testing.assert_allclose(loss, results["one process"][0], rtol=1e-5)
        np.testing.assert_allclose(weights, results["one process"][1], rtol=1e-5, atol=1e-6)
    print("The same, to rounding.")
