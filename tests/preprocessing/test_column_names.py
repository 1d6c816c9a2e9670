"""Any two different names of columns: a dataset job keeps them apart, and a training from its records too."""

from __future__ import annotations

import csv
import io

import tensorflow as tf
from tests.column_names import NAMES
from tests.conftest import MakeDataset
from tests.modeling.trained import run

from chassis.engine.engine import JobContext
from contracts.statistics import CategoricalStatistics, NumericStatistics
from contracts.storage import Storage
from preprocessing.report.page import report_page

ROWS = 60


def text_of(names: list[str]) -> str:
    """A table in which every column has values of its own: numbers above 1000 times its place, or tokens with its place."""
    sink = io.StringIO(newline="")
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerow([*names, "late"])
    for row in range(ROWS):
        values = [1000 * place + row if place % 2 else f"{place} {row % 3}" for place in range(len(names))]
        writer.writerow([*values, row % 2])
    return sink.getvalue()


def test_a_dataset_and_a_model_of_columns_with_any_names(make_dataset: MakeDataset, storage: Storage) -> None:
    dataset = make_dataset(text_of(NAMES), label={"column": "late"}, splits={"train": 0.8, "test": 0.2}, partitions=3)
    assert list(dataset.schema.features) == NAMES
    train = dataset.statistics().splits["train"].features
    for place, name in enumerate(NAMES):
        statistics = train[name]
        if place % 2:
            assert isinstance(statistics, NumericStatistics)
            assert statistics.min is not None
            assert 1000 * place <= statistics.min < 1000 * place + ROWS, name
        else:
            assert isinstance(statistics, CategoricalStatistics)
            assert {token.text for token in statistics.top} == {f"{place} {value}" for value in range(3)}, name
            assert dataset.vocabulary(name).tokens.to_pylist()[0].startswith(b"%d " % place)
    shard = dataset.files.local_path(dataset.manifest.shards[0].path)
    for record in tf.data.TFRecordDataset(str(shard)).take(1):
        features = tf.train.Example.FromString(record.numpy()).features.feature
        assert features.keys() == {*NAMES, "late"}
    assert "price usd" in bytes(report_page(dataset.manifest, dataset.statistics()).body).decode()
    request = {"dataset": dataset.manifest.name, "model": "any-names", "network": {"kind": "dnn", "hidden": [4]}}
    assert run(storage, {**request, "epochs": 1}, JobContext.alone("any-names"))["version"] == 1
