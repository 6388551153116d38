"""One Keras model on one device and on two: the same loss, the same weights.

After `make setup`: .venv/bin/python examples/distributed/two_devices.py

MirroredStrategy keeps a copy of the model on each device and gives each a part of every batch. Here the
devices are two halves of the CPU, which any machine has; without the second paragraph below it takes
all GPUs.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf

from lossbridge import losses

# Before TensorFlow is used for anything else.
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)

rng = np.random.default_rng(1)
x = rng.normal(size=(256, 4)).astype("float32")
y = (x @ [[1.0], [-2.0], [0.5], [0.0]] + rng.standard_t(2, size=(256, 1))).astype("float32")
weight = rng.uniform(0.0, 2.0, size=256).astype("float32")


def train(strategy):
    keras.utils.set_random_seed(1)
    with strategy.scope():  # the model and its loss, as ever
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
        model.compile(
            optimizer=keras.optimizers.SGD(0.5),
            loss=losses.Huber(delta=1.0, reduction="mean_with_sample_weight"),
        )
    # 64 samples in a batch, of which each device gets its share
    history = model.fit(
        x, y, sample_weight=weight, batch_size=64, epochs=5, shuffle=False, verbose=0
    )
    return history.history["loss"], model.get_weights()[0].ravel()


results = {}
for devices in ["CPU:0"], ["CPU:0", "CPU:1"]:
    loss, weights = results[len(devices)] = train(tf.distribute.MirroredStrategy(devices))
    print(f"{len(devices)} device(s): loss {loss[-1]:.6f}, weights {np.round(weights, 4)}")

# (Keras 3.7 trains the same, and reports the loss of one device's part.)
np.testing.assert_allclose(results[1][1], results[2][1], rtol=1e-5, atol=1e-6)
print("The same, to rounding.")
