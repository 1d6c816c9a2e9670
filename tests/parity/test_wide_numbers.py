"""Numbers that float32 cannot hold: labels to their last bit, from the source to the loss; inputs within one bound on both sides.

The tasks of a dataset job run in this process, without Spark.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import tensorflow as tf
from tests.preprocessing.planned_work import planned_work

from contracts.input_rules import number_rules
from contracts.messages.networks import DcnV2
from contracts.schema import Layout, Records
from contracts.statistics import NumberLabelStatistics, Statistics
from modeling.input_pipeline.parse_examples import parser
from modeling.label_kinds import TrainingLabels
from modeling.layers.model_inputs import ModelInputs
from modeling.networks.build import build_network
from modeling.networks.embeddings import Inputs
from modeling.optimization.objective import Target
from preprocessing.assignment.work import Work
from preprocessing.feature_kinds.number_inputs import scale
from preprocessing.range_tasks import Merges, merge, scan, write_transformed
from preprocessing.statistics.analyze import merge_partials
from preprocessing.statistics.assemble import statistics_of
from preprocessing.statistics.label_checks import check_number_label

COUNT = 300
FORMS: list[tuple[Records, Layout]] = [
    ("none", "columns"),
    ("raw", "columns"),
    ("raw", "packed"),
    ("transformed", "columns"),
    ("transformed", "packed"),
]
NUMBERS: dict[str, Any] = {
    "n": {"kind": "numeric", "dtype": "float64"},
    "log": {"kind": "numeric", "dtype": "float64", "scale": "log1p"},
    "plain": {"kind": "numeric", "dtype": "float64", "scale": "none", "impute": "none", "indicator": True},
    "tight": {"kind": "numeric", "dtype": "float64", "scale": "minmax", "clip": [0.1, 0.9]},
}
EXTREMES = [np.nan, 0.0, 1.0, -150.0, 250.0, 1e30, -1e30, 3.4e38, -3.4e38]


def made(root: Path, labels: list[float], records: Records, layout: Layout) -> tuple[Work, Statistics, list[float]]:
    """A dataset's work, its statistics, and its training labels as training reads them."""
    text = "y,n,log,plain,tight\n" + "".join(f"{y!r},{i},{i},{i % 7},{i}\n" for i, y in enumerate(labels))
    body: dict[str, Any] = {"features": NUMBERS, "splits": {"train": 1.0}, "records": records, "layout": layout}
    _, work = planned_work(root, text, label={"column": "y", "kind": "regression"}, **body)
    scanned = scan(work, 0)
    rows = merge_partials([scanned.partial]).rows
    merges = Merges.of([scanned], work.schema, rows)
    numbers = {found.feature: found for part in range(len(merges)) for found in merge(work, merges, part).numbers}
    statistics = statistics_of(work.schema, scanned.partial, {}, numbers, {}, [])
    shards = scanned.shards
    if records == "transformed":
        shards = write_transformed(work, number_rules(work.schema, statistics), merges.runs, {}, 0)
    if records == "none":
        assert scanned.rows is not None

        table = pa.ipc.open_file(work.folder.files.map(scanned.rows.path)).read_all()
        return work, statistics, table["label"].to_pylist()
    (shard,) = shards
    serialized = list(tf.data.TFRecordDataset([str(work.folder.files.local_path(shard.path))]).as_numpy_iterator())
    parse = parser(work.schema, records, layout, float64_labels=True)
    label: Any = parse(tf.constant(serialized, tf.string))[2]
    assert label.dtype == tf.float64
    return work, statistics, label.numpy().tolist()


@pytest.mark.parametrize(("records", "layout"), FORMS)
@pytest.mark.parametrize(
    ("offset", "unit"), [(1e9, 1.0), (0.0, 1e20), (-1e15, 10.0), (1e39, 1e36), (-9e99, 1e98), (0.0, 1e-90)]
)
def test_labels_arrive_at_the_loss_as_if_they_had_no_offset_and_no_unit(
    tmp_path: Path, records: Records, layout: Layout, offset: float, unit: float
) -> None:
    plain = np.random.default_rng(7).normal(size=COUNT)
    labels = (offset + unit * plain).tolist()
    work, statistics, read = made(tmp_path, labels, records, layout)
    assert read == labels
    check_number_label(statistics, work.schema)
    described = statistics.splits["train"].label
    assert isinstance(described, NumberLabelStatistics)
    mean, deviation = described.numbers.mean, described.numbers.std
    assert mean is not None
    assert deviation is not None
    assert (described.count, described.numbers.min, described.numbers.max) == (COUNT, min(labels), max(labels))
    target = Target("regression", TrainingLabels(mean, center=mean, deviation=deviation))
    (batch,) = target.learned(tf.data.Dataset.from_tensors((np.zeros(COUNT, np.float32), np.array(read))))
    slack = 16 * np.finfo(np.float64).eps * abs(offset) / unit + 1e-6
    np.testing.assert_allclose(batch[1].numpy(), (plain - plain.mean()) / plain.std(), rtol=0, atol=slack)
    predictions = target.named_outputs(batch[1])["predictions"].numpy()
    np.testing.assert_allclose(predictions, labels, rtol=4e-16, atol=1e-6 * unit)


@pytest.mark.parametrize("bounded", [True, False])
def test_both_sides_bound_inputs_alike(tmp_path: Path, *, bounded: bool) -> None:
    work, statistics, _ = made(tmp_path, [float(i) for i in range(COUNT)], "none", "columns")
    assert statistics.has_bounds
    statistics = statistics.model_copy(update={"has_bounds": bounded})  # those of earlier releases have none
    rows = np.array([[value] * len(NUMBERS) for value in EXTREMES], np.float32)
    layer = ModelInputs(work.schema, statistics, {})
    in_graph, _ = tf.function(layer)(tf.constant(rows), tf.zeros([len(rows), 0], tf.string))
    for column, rule in enumerate(number_rules(work.schema, statistics).scaled):
        np.testing.assert_array_equal(in_graph.numpy()[:, column], scale(rows[:, column], rule), err_msg=rule.feature)
        assert (rule.bound is not None) == bounded
        assert (np.abs(in_graph.numpy()[:, column]).max() > 1e3) == (not bounded and rule.feature in {"n", "plain"})


@pytest.mark.parametrize("structure", ["stacked", "parallel"])
def test_no_input_makes_a_cross_network_predict_nan(tmp_path: Path, structure: Any) -> None:
    work, statistics, _ = made(tmp_path, [float(i) for i in range(COUNT)], "none", "columns")
    layer = ModelInputs(work.schema, statistics, {})
    spec = DcnV2(kind="dcn_v2", cross_layers=3, structure=structure, hidden=[8])
    network: Any = build_network(spec, Inputs(layer.number_width, {}))
    rows = np.array([[value] * len(NUMBERS) for value in EXTREMES], np.float32)
    rows[1::2] *= [1, -1, 1, -1]
    output = network(layer(tf.constant(rows), tf.zeros([len(rows), 0], tf.string)))
    assert np.isfinite(output.numpy()).all()
