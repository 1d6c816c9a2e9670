"""Filter, derived columns and weights: Spark SQL over one row at a time, in one look at the source."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import tensorflow as tf
from tests.conftest import MakeDataset

from contracts.dataset.data_folder import DATASETS
from contracts.dataset.published import Dataset
from contracts.errors import InvalidData, InvalidRequest, TandemError, UnusableLabel
from contracts.storage import Storage

LABEL = {"column": "y"}
TRAIN = {"train": 1.0}
ROWS = 600


def text() -> str:
    """y, n counting up, k from a to d, w with holes: rows 7, 14, … have none."""
    lines = [f"{i % 3 % 2},{i},{'abcd'[i % 4]},{i / 10 if i % 7 else ''}" for i in range(ROWS)]
    return "y,n,k,w\n" + "\n".join(lines) + "\n"


def examples(dataset: Dataset) -> dict[int, dict[str, Any]]:
    """The features of each record by its `n`, from any split."""
    found: dict[int, dict[str, Any]] = {}
    for shard in dataset.manifest.shards:
        for record in tf.data.TFRecordDataset(str(dataset.files.local_path(shard.path))):
            features = tf.train.Example.FromString(record.numpy()).features.feature
            values = {
                name: list(getattr(feature, feature.WhichOneof("kind")).value) for name, feature in features.items()
            }
            found[int(values["n"][0])] = values
    return found


def test_rows_for_which_the_filter_is_not_true_are_left_out_and_counted(make_dataset: MakeDataset) -> None:
    made = [
        make_dataset(text(), label=LABEL, filter="n % 10 != 3 AND w > 1", records="raw", partitions=parts)
        for parts in (1, 5)
    ]
    kept = {i for i in range(ROWS) if i % 10 != 3 and i % 7 and i / 10 > 1}
    assert set(examples(made[0])) == kept
    assert made[0].manifest.left_out.filtered == ROWS - len(kept)
    assert made[0].manifest.left_out.without_label == 0
    assert made[0].statistics().splits["train"].rows + sum(
        made[0].manifest.splits[name].rows for name in ("validation", "test")
    ) == len(kept)
    assert made[0].manifest.fingerprint == made[1].manifest.fingerprint
    assert "w" in made[0].schema.features


def test_a_filter_moves_no_row_to_another_split(make_dataset: MakeDataset) -> None:
    whole = make_dataset(text(), label=LABEL)
    part = make_dataset(text(), label=LABEL, filter="k <> 'a'")

    def splits(dataset: Dataset) -> dict[int, str]:
        return {
            tf.train.Example.FromString(record.numpy()).features.feature["n"].int64_list.value[0]: shard.split
            for shard in dataset.manifest.shards
            for record in tf.data.TFRecordDataset(str(dataset.files.local_path(shard.path)))
        }

    everywhere = splits(whole)
    assert splits(part) == {n: split for n, split in everywhere.items() if n % 4}


def test_a_filter_may_leave_out_what_is_no_label(make_dataset: MakeDataset) -> None:
    source = "y,n,x\n" + "".join(f"{['0', '1', 'maybe'][i % 3]},{i},{i}\n" for i in range(90))
    dataset = make_dataset(source, label=LABEL, filter="y <> 'maybe'", splits=TRAIN)
    assert dataset.manifest.left_out.filtered == 30
    assert dataset.manifest.splits["train"].rows == 60
    divided = make_dataset(
        source, label={"expression": "n / (CASE y WHEN 'maybe' THEN 0 ELSE 1 END) > 40"}, filter="y <> 'maybe'"
    )
    assert divided.manifest.left_out.filtered == 30


@pytest.mark.parametrize("layout", ["columns", "packed"])
@pytest.mark.parametrize("records", ["raw", "transformed"])
def test_weights_are_recorded_beside_the_label(make_dataset: MakeDataset, records: str, layout: str) -> None:
    dataset = make_dataset(
        text(),
        label=LABEL,
        derive={"half": "n / 2", "importance": "CASE WHEN w IS NULL THEN half + 0.25 ELSE 2 END"},
        weight="importance",
        records=records,
        layout=layout,
        features={"k": {"kind": "categorical"}},
        remaining="exclude",
        partitions=4,
        splits=TRAIN,
    )
    found: list[float] = []
    for shard in dataset.manifest.shards:
        for record in tf.data.TFRecordDataset(str(dataset.files.local_path(shard.path))):
            found += tf.train.Example.FromString(record.numpy()).features.feature["weight"].float_list.value
    assert sorted(found) == sorted(i / 2 + 0.25 if i % 7 == 0 else 2.0 for i in range(ROWS))
    assert dataset.schema.weight == "importance"


def test_a_weight_in_a_column_is_no_feature_and_needs_no_spark(make_dataset: MakeDataset) -> None:
    dataset = make_dataset("y,n,weight\n1,0,0\n0,1,2.5\n,2,-1\n1,3,1e-3\n", label=LABEL, weight="weight", splits=TRAIN)
    assert list(dataset.schema.features) == ["n"]
    assert "evaluate" not in dataset.manifest.seconds
    assert {n: row["weight"] for n, row in examples(dataset).items()} == {
        0: [0.0],
        1: [2.5],
        3: [np.float32(1e-3)],
    }
    assert dataset.manifest.left_out.without_label == 1


def test_a_weight_may_be_derived_from_the_label(make_dataset: MakeDataset) -> None:
    derive = {"importance": "CASE WHEN y = 1 THEN 2.5 ELSE n END"}
    features = {"n": {"kind": "numeric"}}
    text = "y,n,k\n1,1,a\n0,2,b\n1,3,c\n"
    dataset = make_dataset(text, label=LABEL, weight="importance", derive=derive, features=features, splits=TRAIN)
    assert list(dataset.schema.features) == ["n", "k"]
    assert {n: row["weight"] for n, row in examples(dataset).items()} == {1: [2.5], 2: [2.0], 3: [2.5]}


def test_without_records_weights_lie_with_the_rows(make_dataset: MakeDataset) -> None:
    dataset = make_dataset(
        text(), label=LABEL, weight="v", derive={"v": "n + 1"}, filter="n < 300", records="none", partitions=3
    )
    tables = [pa.ipc.open_file(dataset.checked(artifact)).read_all() for artifact in dataset.manifest.rows]
    rows = pa.concat_tables(tables).to_pydict()
    assert np.isnan(rows["weight"][300:]).all()
    assert rows["weight"][:300] == [i + 1 for i in range(300)]
    assert [split != 0 for split in rows["split"]] == [i < 300 for i in range(ROWS)]


def test_a_label_may_be_derived(make_dataset: MakeDataset) -> None:
    derive = {"odd": "n % 2", "`late`": "odd = 1 AND k IN ('b', 'd')"}
    by_column = make_dataset(text(), label={"column": "`late`"}, derive=derive, splits=TRAIN)
    assert list(by_column.schema.features) == ["y", "w"], "what the label comes from is no feature"
    assert by_column.statistics().splits["train"].binary_label.positives == ROWS // 2
    by_expression = make_dataset(text(), label={"expression": "odd = 1"}, derive={"odd": derive["odd"]}, splits=TRAIN)
    assert by_expression.statistics().splits["train"].binary_label.positives == ROWS // 2


GOOD = "y,n,k,w\n1,2,b,1\n0,1,a,2\n0,3,c,\n"

BAD: dict[str, tuple[dict[str, Any], type[TandemError], str, str]] = {
    "while planning": (
        {"derive": {"m": "rand() * n"}, "features": {"m": {"kind": "numeric"}}},
        InvalidRequest,
        "'m' cannot be a feature: 'rand', character 1",
        "/derive/m",
    ),
    "in an evaluated row": ({"filter": "1 / (n - 1) > 0"}, InvalidData, "filter failed.*DIVIDE_BY_ZERO", "/filter"),
    "in a scanned row": ({"weight": "w"}, InvalidData, r"\.csv, line 4: .*Received: none", "/weight"),
    "in all rows": ({"filter": "n > 9"}, UnusableLabel, "true for no row: 3 rows", "/filter"),
}
"""One error of each stage; the others are in `planning/test_expressions` and `spark/test_evaluate_expressions`."""


@pytest.mark.parametrize(("body", "kind", "message", "pointer"), BAD.values(), ids=BAD)
def test_an_error_of_any_stage_is_named_and_leaves_nothing_in_storage(
    make_dataset: MakeDataset,
    storage: Storage,
    body: dict[str, Any],
    kind: type[TandemError],
    message: str,
    pointer: str,
    sources: Path,
) -> None:
    (sources / "good.csv").write_text(GOOD)
    before = storage.folders(DATASETS)
    with pytest.raises(kind, match=f"(?s){message}") as caught:
        make_dataset(**{"label": LABEL, "splits": TRAIN, "source": {"uris": ["good.csv"]}, **body})
    assert caught.value.pointer == pointer
    assert storage.folders(DATASETS) == before


def test_a_feature_named_as_the_weights_are_is_refused(make_dataset: MakeDataset) -> None:
    with pytest.raises(InvalidRequest, match="'weight'") as caught:
        make_dataset("y,weight,w\n1,1,1\n0,2,2\n", label=LABEL, weight="w", splits=TRAIN)
    assert caught.value.pointer == "/features"
