"""Train one linear model with each reduction, on one device or on several; print what came out.

    python distribution_worker.py one|mirrored|workers [long]

With `workers` the process is one of those that TF_CONFIG names. The last line is JSON: for each way to
train and each reduction the losses of the steps, the gradients of the first and the trained weights.
"""

import contextlib
import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf

REDUCTIONS = ["sum_over_batch_size", "mean", "auto", "sum", "mean_with_sample_weight", "none", None]
BATCH, STEPS = 8, 3


def strategy_of(kind):
    """The strategy, or None for one device; before anything else uses TensorFlow."""
    if kind == "mirrored":
        cpu = tf.config.list_physical_devices("CPU")[0]
        two = [tf.config.LogicalDeviceConfiguration()] * 2
        tf.config.set_logical_device_configuration(cpu, two)
        return tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    return tf.distribute.MultiWorkerMirroredStrategy() if kind == "workers" else None


kind = sys.argv[1]
strategy = strategy_of(kind)

import keras  # noqa: E402
import tf_keras  # noqa: E402

import lossbridge  # noqa: E402
from lossbridge import losses  # noqa: E402

rng = np.random.default_rng(0)
x = rng.normal(size=(BATCH * STEPS, 3)).astype("float32")
y = (x @ rng.normal(size=(3, 2)) + rng.normal(size=(BATCH * STEPS, 2))).astype("float32")
weight = rng.uniform(0.0, 2.0, size=BATCH * STEPS).astype("float32")
weight[:3] = 0.0  # one replica's share of the first step has next to no weight


def scope():
    return strategy.scope() if strategy else contextlib.nullcontext()


class OneNumber(losses.Loss):
    """The mean squared error of a batch, taken by `call` itself."""

    def call(self, y_true, y_pred):
        return tf.reduce_mean(tf.square(y_true - y_pred))


def of_weighted_classes(reduction):
    """A loss of the larger of two targets as the class, whose weights differ between the replicas."""
    loss = losses.CategoricalCrossentropy(
        from_logits=True, class_weight=[0.5, 3.0], reduction=reduction
    )
    return lambda y, p, w: loss(tf.one_hot(tf.argmax(y, -1), 2), p, w)


def loop(reduction, weighted, masked=False, cls=losses.MeanSquaredError):
    """Plain TensorFlow: each replica adds its part of the loss, and the gradients are added up."""
    with scope():
        kernel = tf.Variable(tf.ones((3, 2)))
    loss = cls(reduction=reduction)
    data = tf.data.Dataset.from_tensor_slices((x, y, weight)).batch(BATCH)
    if strategy:
        options = tf.data.Options()
        options.experimental_distribute.auto_shard_policy = (
            tf.data.experimental.AutoShardPolicy.DATA
        )
        data = strategy.experimental_distribute_dataset(data.with_options(options))

    def replica(x, y, w):
        with tf.GradientTape() as tape:
            pred = x @ kernel
            if masked:
                pred._keras_mask = w > 0.5
            value = tf.reduce_sum(loss(y, pred, w if weighted else None))
        return value, tape.gradient(value, kernel)

    @tf.function
    def step(batch):
        if not strategy:
            return replica(*batch)
        parts = strategy.run(replica, args=batch)
        return tuple(strategy.reduce("SUM", part, axis=None) for part in parts)

    out = {"losses": []}
    for batch in data:
        value, gradient = step(batch)
        out["losses"].append(float(value))
        out.setdefault("gradient", gradient.numpy().ravel().tolist())
        with scope():
            kernel.assign_sub(0.05 * gradient)
    out["weights"] = kernel.numpy().ravel().tolist()
    return out


def fit(library, reduction, weighted, cls=losses.MeanSquaredError):
    """`fit` of a Keras, which splits the batches and adds the gradients up itself."""
    with scope():
        entry = keras.layers.Input((3,)) if library is keras else tf_keras.layers.InputLayer((3,))
        dense = library.layers.Dense(2, kernel_initializer="ones", name="dense")
        model = library.Sequential([entry, dense])
        model.compile(library.optimizers.SGD(0.05), cls(reduction=reduction))
    data = tf.data.Dataset.from_tensor_slices((x, y, weight) if weighted else (x, y)).batch(BATCH)
    options = tf.data.Options()
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    history = model.fit(data.with_options(options), epochs=1, shuffle=False, verbose=0)
    weights = np.concatenate([w.ravel() for w in model.get_weights()])
    return {"losses": [float(history.history["loss"][0])], "weights": weights.tolist()}


def function_of_keras2():
    """A function, evaluated by each replica, under semantics that the process has set."""
    lossbridge.set_semantics("keras2")

    def replica():
        return losses.binary_crossentropy([[1.0]], [[0.0]])

    values = {}
    for how, call in {"eager": replica, "graph": tf.function(replica)}.items():
        value = strategy.reduce("MEAN", strategy.run(call), axis=0) if strategy else call()[0]
        values[how] = float(value)
    lossbridge.set_semantics("keras3")
    return values


def triplets_of_own_samples():
    """A loss of pairs within a batch: each of two replicas compares the samples that it has."""
    labels = tf.constant([[0, 0, 1, 1], [2, 0, 2, 1]])  # with a class on both replicas
    embeddings = tf.reshape(tf.constant(x[:8]), [2, 4, 3])
    loss = losses.TripletSemiHard()

    def of_half(half):
        own = tf.gather(embeddings, half)
        with tf.GradientTape() as tape:
            tape.watch(own)
            value = loss(tf.gather(labels, half), own)
        return value, tf.reduce_sum(tf.abs(tape.gradient(value, own)))

    def replica():
        return of_half(tf.distribute.get_replica_context().replica_id_in_sync_group)

    if strategy:
        parts = strategy.run(tf.function(replica))
        value, gradient = (strategy.reduce("SUM", part, axis=None) for part in parts)
    else:  # the mean of both halves
        value, gradient = ((a + b) / 2 for a, b in zip(of_half(0), of_half(1), strict=True))
    return {"losses": float(value), "gradient": float(gradient)}


# What fit() is tried with unless all is asked for.
FITS = ["sum_over_batch_size", "mean", "sum", "mean_with_sample_weight"]

result = {"function of keras2": function_of_keras2(), "triplets": triplets_of_own_samples()}
for reduction in REDUCTIONS:
    for weighted in (False, True):
        key = f"{reduction}{' weighted' if weighted else ''}"
        result[f"loop {key}"] = loop(reduction, weighted)
        result[f"loop {key} masked"] = loop(reduction, weighted, masked=True)
        if "long" not in sys.argv and not (weighted and reduction in FITS):
            continue
        for library in (keras, tf_keras):
            if library is tf_keras or kind != "workers":  # Keras 3 has no fit() over workers
                result[f"{library.__name__} {key}"] = fit(library, reduction, weighted)
for reduction in ("sum_over_batch_size", "mean_with_sample_weight"):
    result[f"loop {reduction} of one number"] = loop(reduction, False, cls=OneNumber)
    for weighted in (False, True):
        key = f"loop {reduction} of weighted classes{' weighted' if weighted else ''}"
        result[key] = loop(reduction, weighted, cls=of_weighted_classes)
result["tf_keras of one number"] = fit(tf_keras, "sum_over_batch_size", False, cls=OneNumber)
if kind != "workers":
    result["keras of one number"] = fit(keras, "sum_over_batch_size", False, cls=OneNumber)
print(json.dumps(result), flush=True)
