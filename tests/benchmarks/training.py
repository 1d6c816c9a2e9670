"""Training beside plain Keras, what each kind of records feeds it, and after how many epochs `transformed` has paid for itself.

The network is 26 embeddings of 16 beside 13 numbers, then 256 and 128 units, with Adam and batches of 4096. Plain Keras is what
its guides show: an input and an embedding per column, records of one named feature per column, `compile` and `fit` with their
defaults. Both are measured in turns, so that a slower minute of the machine slows both: with the vocabularies as they are, 1.7
million ids in a million rows, and with ids mod 10,000, as with `max_size`.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from tests.benchmarks.parts import BUILD, TRAINED_FROM, key, print_each

import modeling  # noqa: F401  # pyright: ignore[reportUnusedImport]  # before TensorFlow, which it silences

# isort: split
import keras
import tensorflow as tf

from contracts.dataset.published import Dataset, open_dataset
from contracts.messages.networks import Dnn
from contracts.messages.optimizers import Adam
from contracts.storage import Storage
from modeling.input_pipeline.pipeline import InputPipeline, open_pipeline
from modeling.layers.model_inputs import ModelInputs
from modeling.networks.build import build_network
from modeling.networks.embeddings import Inputs
from modeling.optimization.optimizers import make_optimizer

BATCH, WIDTH, HIDDEN = 4096, 16, [256, 128]
SMALL = 10_000
TURNS = 3
STEPS = 30
"""Of one turn; after a first that is not counted, in which graphs are made."""


def measure() -> Iterator[dict[str, Any]]:
    """Yield all figures as they come, from the datasets that `dataset_jobs` left."""
    opened = {mode: _open(mode, layout) for mode, layout in TRAINED_FROM.items()}
    yield _beside_keras(*opened["transformed"], None, "")
    yield _beside_keras(*opened["transformed"], SMALL, "_small_tables")
    yield {"modes": {mode: _epoch(*both) for mode, both in opened.items()}}


def _open(records: str, layout: str) -> tuple[Dataset, ModelInputs]:
    dataset = open_dataset(Storage(str(BUILD / "storage")), key(records, layout))
    return dataset, ModelInputs(dataset.schema, dataset.statistics(), dataset.vocabularies())


def _network(inputs: ModelInputs, limit: int | None) -> keras.Model:
    sizes = {name: min(size, limit or size) for name, size in inputs.named_sizes.items()}
    spec = Dnn(kind="dnn", hidden=HIDDEN, embedding_width=WIDTH)
    network = build_network(spec, Inputs(inputs.number_width, sizes))
    network.compile(
        optimizer=make_optimizer(Adam(kind="adam"), 0.001),
        loss=keras.losses.BinaryCrossentropy(from_logits=True),
        metrics=[keras.metrics.AUC(from_logits=True)],
        jit_compile=False,  # pyright: ignore[reportArgumentType]
    )
    return network


def _plain_network(inputs: ModelInputs, limit: int | None) -> keras.Model:
    numbers = [keras.Input((), name=f"n{at}") for at in range(inputs.number_width)]
    ids = [keras.Input((), name=f"c{at}", dtype="int64") for at in range(len(inputs.sizes))]
    vectors = [
        keras.layers.Embedding(min(size, limit or size), WIDTH)(column)
        for size, column in zip(inputs.sizes, ids, strict=True)
    ]
    state = keras.layers.Concatenate()([*(keras.layers.Reshape((1,))(number) for number in numbers), *vectors])
    for units in HIDDEN:
        state = keras.layers.Dense(units, activation="relu")(state)
    network = keras.Model([*numbers, *ids], keras.layers.Dense(1, activation="sigmoid")(state))
    network.compile(optimizer="adam", loss="binary_crossentropy", metrics=[keras.metrics.AUC()])
    return network


def _plain_batches(inputs: ModelInputs, limit: int | None) -> Any:
    """The records of one feature per column, as Keras's guides read them."""
    dataset = open_dataset(Storage(str(BUILD / "storage")), "transformed")
    folder = dataset.files.local_path()
    assert folder is not None
    schema = dataset.schema
    features: dict[str, Any] = {name: tf.io.FixedLenFeature([], tf.float32) for name in schema.number_inputs}
    features |= {name: tf.io.FixedLenFeature([], tf.int64) for name in schema.id_inputs}
    features[schema.label.name] = tf.io.FixedLenFeature([], tf.int64)
    limits = [min(size, limit or size) for size in inputs.sizes]

    def parse(serialized: tf.Tensor) -> Any:
        found: dict[str, Any] = tf.io.parse_example(serialized, features)
        ids = [
            found[name] if limit is None else found[name] % size
            for name, size in zip(schema.id_inputs, limits, strict=True)
        ]
        return (*(found[name] for name in schema.number_inputs), *ids), found[schema.label.name]

    names = tf.data.Dataset.from_tensor_slices([str(folder / shard.path) for shard in dataset.shards("train")])
    records = names.interleave(tf.data.TFRecordDataset, num_parallel_calls=tf.data.AUTOTUNE).shuffle(65_536, 1)
    return records.batch(BATCH).map(parse, tf.data.AUTOTUNE).repeat().prefetch(tf.data.AUTOTUNE)


def _limited(batches: Any, inputs: ModelInputs, limit: int | None) -> Any:
    if limit is None:
        return batches
    limits = tf.constant([min(size, limit) for size in inputs.sizes], tf.int64)
    return batches.map(lambda each, label: ((each[0], each[1] % limits), label), tf.data.AUTOTUNE)


def _endless(pipeline: InputPipeline) -> Any:
    return pipeline.training(BATCH, seed=1, epochs=1000)


def _fit(network: keras.Model, batches: Any) -> Callable[[], float]:
    """One turn of training, with the function that `fit` runs for each step; goes on where the last one ended."""
    endless = iter(batches)
    network.make_train_function()
    step: Any = network.train_function

    def turn() -> float:
        begun = time.perf_counter()
        for _ in range(STEPS):
            logs = step(endless)
        float(logs["loss"])  # pyright: ignore[reportPossiblyUnboundVariable]  # waits for the last step
        return STEPS * BATCH / (time.perf_counter() - begun)

    return turn


def _draw(pipeline: InputPipeline) -> Callable[[], float]:
    """One epoch of reading alone."""

    def turn() -> float:
        begun = time.perf_counter()
        for _ in pipeline.training(BATCH, seed=1):
            pass
        return pipeline.rows("train") / (time.perf_counter() - begun)

    return turn


def _beside_keras(dataset: Dataset, inputs: ModelInputs, limit: int | None, ending: str) -> dict[str, int]:
    with open_pipeline(dataset, inputs, [str(BUILD)]) as pipeline:
        turns = {
            f"plain_keras_examples_per_s{ending}": _fit(_plain_network(inputs, limit), _plain_batches(inputs, limit)),
            f"train_examples_per_s{ending}": _fit(_network(inputs, limit), _limited(_endless(pipeline), inputs, limit)),
        }
        if limit is None:
            turns["input_examples_per_s"] = _draw(pipeline)
        found: dict[str, list[float]] = {name: [] for name in turns}
        for at in range(TURNS + 1):
            for name, turn in turns.items():
                rate = turn()
                if at:
                    found[name].append(rate)
    keras.backend.clear_session()
    return {name: round(statistics.median(rates)) for name, rates in found.items()}


def _epoch(dataset: Dataset, inputs: ModelInputs) -> dict[str, float]:
    """One epoch from these records, after a few steps that are not counted."""
    with open_pipeline(dataset, inputs, [str(BUILD)]) as pipeline:
        network = _network(inputs, None)
        network.fit(pipeline.training(BATCH, seed=1).take(3), verbose=0)  # pyright: ignore[reportArgumentType]
        begun = time.perf_counter()
        network.fit(pipeline.training(BATCH, seed=1), verbose=0)  # pyright: ignore[reportArgumentType]
        seconds = time.perf_counter() - begun
        rows = pipeline.rows("train")
    kept = sum(split.rows for split in dataset.manifest.splits.values())
    keras.backend.clear_session()
    return {
        "examples_per_s": round(rows / seconds),
        "bytes_per_row": round(sum(shard.bytes for shard in dataset.manifest.shards) / kept, 1),
        "epoch_s": round(seconds, 2),
    }


if __name__ == "__main__":
    print_each(measure())
