"""A Keras model trained in Python with a loss of lossbridge.

After `make setup`: .venv/bin/python examples/python_quickstart.py
"""

import keras
import numpy as np

from lossbridge import losses

rng = np.random.default_rng(1)
x = rng.normal(size=(500, 2))
y = np.sign(x[:, :1] * x[:, 1:])  # 1 where the two have the same sign, else -1

keras.utils.set_random_seed(1)
model = keras.Sequential(
    [keras.layers.Dense(16, activation="relu"), keras.layers.Dense(1, activation="tanh")]
)
model.compile(optimizer=keras.optimizers.Adam(0.01), loss=losses.hinge)
model.fit(x, y, epochs=30, verbose=0)

pred = model(x)
values = losses.hinge(y, pred)  # one value per sample
print("right:", np.mean(np.sign(pred) == y))
print("mean loss:", float(losses.Hinge()(y, pred)))  # an object gives the mean
print("differs from Keras by", np.max(np.abs(values - keras.losses.hinge(y, pred))))
