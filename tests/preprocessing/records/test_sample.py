"""The rows that a dataset keeps are rows of the source, lie where it says, and do not depend on the tasks."""

from __future__ import annotations

import csv
import io
import random
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from tests.conftest import MakeDataset
from tests.parity.ways import training_inputs

from contracts.dataset.data_folder import DataFolder
from contracts.dataset.published import Dataset
from contracts.schema import SPLIT_NAMES, Label, Numeric, Schema
from contracts.storage import Storage
from modeling.input_pipeline.pipeline import open_pipeline
from modeling.layers.model_inputs import ModelInputs
from preprocessing.engine import SparkEngine
from preprocessing.records.sample import RowSampler, StagedSample, make_sample
from sources.arrays import Floats

SOURCE = {"null_values": ["NA"]}
FEATURES = {
    "x": {"kind": "numeric"},
    "n": {"kind": "numeric", "indicator": True},
    "w": {"kind": "categorical", "min_count": 3},
    "rare": {"kind": "categorical"},
}


def table(rows: int, seed: int = 1) -> str:
    generator = random.Random(seed)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["y", "x", "n", "w", "rare"])
    for at in range(rows):
        word = "NA" if generator.random() < 0.1 else f"word\n{int(generator.paretovariate(0.7))}"
        rare = "NA" if at == rows // 2 else f"r{at % 5}"
        whole = "NA" if generator.random() < 0.3 else generator.randrange(-(2**62), 2**62)
        writer.writerow([generator.randrange(2), repr(generator.gauss(0, 9)), whole, word, rare])
    return text.getvalue()


def inputs_at(dataset: Dataset, roots: list[str]) -> tuple[np.ndarray, np.ndarray]:
    model_inputs = ModelInputs(dataset.schema, dataset.statistics(), dataset.vocabularies())
    sample = dataset.sample()
    with open_pipeline(dataset, model_inputs, roots) as pipeline:
        parts = [
            pipeline.at(split, sample.positions[sample.codes == code])
            for code, split in enumerate(SPLIT_NAMES, start=1)
            if (sample.codes == code).any()
        ]
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


def test_each_sampled_row_has_its_label_even_where_most_are_released(tmp_path: Path) -> None:
    folder = DataFolder(Storage(str(tmp_path)), "made", "job-1")
    folder.create()
    schema = Schema(features={"x": Numeric(dtype="int64")}, label=Label(column="y", kind="regression"))
    generator = np.random.default_rng(0)
    staged: list[StagedSample] = []
    for part in range(3):
        sampler = RowSampler(schema)
        for batch in range(4):
            numbers = np.arange(5000, dtype=np.int64) + 5000 * (4 * part + batch)
            rows = pa.record_batch([pa.array(numbers)], names=["x"])
            codes = generator.integers(0, 4, 5000).astype(np.uint8)
            labels: Floats = (numbers * 2 + 1).astype(np.float64)
            if batch % 2:
                labels = labels.astype(np.float32)
            sampler.add(rows, codes, generator.integers(0, 2**63, 5000).astype(np.uint64), labels)
        staged.append(sampler.stage(folder, part))
    sample = make_sample(folder, schema, staged)
    assert sample.labels is not None
    assert sample.labels.dtype == np.float64
    assert len(sample) == 192 + 64
    np.testing.assert_array_equal(sample.labels, np.array(sample.features.column("x").to_pylist()) * 2 + 1)


def test_kept_rows_have_their_labels_for_any_number_of_ranges(make_dataset: MakeDataset) -> None:
    lines = ["x,y", *(f"{row / 7},{row * 3 - 5000}" for row in range(3000))]
    for partitions in (1, 3):
        label = {"column": "y", "kind": "regression"}
        dataset = make_dataset("\n".join(lines) + "\n", label=label, records="none", partitions=partitions)
        sample = dataset.sample()
        assert sample.labels is not None
        rows = np.round(np.array(sample.features.column("x").to_pylist()) * 7)
        np.testing.assert_array_equal(sample.labels, rows * 3 - 5000)


@pytest.mark.parametrize(("records", "layout"), [("none", "columns"), ("raw", "columns"), ("transformed", "packed")])
def test_kept_rows_are_those_at_their_place(
    make_dataset: MakeDataset, engine: SparkEngine, records: str, layout: str
) -> None:
    dataset = make_dataset(
        table(3000),
        label={"column": "y"},
        source=SOURCE,
        features=FEATURES,
        records=records,
        layout=layout,
        partitions=5,
    )
    sample = dataset.sample()
    assert np.count_nonzero(sample.codes == 1) >= 192
    assert np.count_nonzero(sample.codes == 2) == 64
    assert [field.name for field in sample.features.schema] == list(dataset.schema.features)
    order = list(zip(sample.codes.tolist(), sample.positions.tolist(), strict=True))
    assert order == sorted(set(order))
    numeric, ids = inputs_at(dataset, engine.settings.source_roots)
    whole = training_inputs(dataset, engine.settings.source_roots)
    for code, split in ((1, "train"), (2, "validation")):
        chosen = sample.codes == code
        places = sample.positions[chosen]
        assert np.array_equal(numeric[chosen], whole[split][0][places])
        assert np.array_equal(ids[chosen], whole[split][1][places])
    # and the raw values beside them are those of the same row
    statistics = dataset.statistics().splits["train"].features["x"]
    x = np.array(sample.features.column("x").to_pylist(), np.float64)
    there: Any = statistics
    assert np.allclose(numeric[:, 0], (x - there.mean) / there.std, atol=1e-5)
    missing = np.array([value is None for value in sample.features.column("w").to_pylist()])
    at = list(dataset.schema.id_inputs).index("w")
    assert np.array_equal(ids[:, at] == 0, missing)
    assert missing.any()


def test_kept_rows_are_the_same_for_any_number_of_ranges(make_dataset: MakeDataset) -> None:
    text = table(2500)
    kept = [
        make_dataset(text, label={"column": "y"}, source=SOURCE, features=FEATURES, partitions=partitions).sample()
        for partitions in (1, 4, 13)
    ]
    for each in kept[1:]:
        assert np.array_equal(each.codes, kept[0].codes)
        assert np.array_equal(each.positions, kept[0].positions)
        assert each.features.equals(kept[0].features)


def test_equal_rows_are_kept_once(make_dataset: MakeDataset) -> None:
    text = "y,x\n" + "0,1\n1,2\n0,3\n1,\n" * 200
    dataset = make_dataset(text, label={"column": "y"}, features={"x": {"kind": "numeric"}}, splits={"train": 1.0})
    sample = dataset.sample()
    assert sorted(sample.features.column("x").to_pylist(), key=str) == [1, 2, 3, None]
    assert sample.positions.tolist() == [0, 1, 2, 3]


def test_a_feature_that_is_missing_once_in_a_while_is_kept_missing(make_dataset: MakeDataset) -> None:
    rows = "".join(f"{at % 2},{at},{'' if at % 90 == 7 else at}\n" for at in range(500))
    dataset = make_dataset(
        "y,x,sometimes\n" + rows,
        label={"column": "y"},
        features={"x": {"kind": "numeric"}, "sometimes": {"kind": "numeric"}},
        splits={"train": 1.0},
    )
    assert None in dataset.sample().features.column("sometimes").to_pylist()


def test_a_split_without_rows(make_dataset: MakeDataset, tmp_path: Path) -> None:
    dataset = make_dataset("y,x\n0,1\n1,2\n", label={"column": "y"}, splits={"train": 1.0})
    assert len(dataset.sample()) == 2
    assert inputs_at(dataset, [str(tmp_path)])[0].shape == (2, 2), "the number and its indicator"
