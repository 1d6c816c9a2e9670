"""Splits by the values of a column: the rows are those of each split's values, and others leave no trace."""

from __future__ import annotations

import json
import random
from io import BytesIO
from typing import Any, cast

import pyarrow as pa
import pytest
import tensorflow as tf
from pyarrow import parquet
from tests.conftest import MakeDataset

from contracts.dataset.published import Dataset
from contracts.dataset.requested_splits import ColumnSplits
from contracts.dataset.split_rule import SplitRule, why_not_comparable
from contracts.errors import InvalidData, InvalidRequest, NotFound, TandemError, UnusableLabel

VALUES = {"train": [0, 1, 2], "validation": [3], "test": [4]}
SPLITS = {"column": "fold", "values": VALUES}
LABELS: dict[str, Any] = {
    "binary": {"column": "y"},
    "multiclass": {"column": "class", "kind": "multiclass"},
    "regression": {"column": "price", "kind": "regression"},
}
FEATURES = {"number": {"kind": "numeric"}, "token": {"kind": "categorical"}}


def lines(*, others: bool) -> list[str]:
    """Rows of seven folds, of which 5, 6 and the missing one are in no split; without `others` only those of the splits.

    Rows of no split have values, and a class, of their own.
    """
    generator = random.Random(0)
    rows = [
        f"{fold},{at % 2},{generator.choice('abc') if fold in range(5) else 'z'},{at % 17 + (fold in range(5)) * 100},"
        f"{generator.gauss(0, 1) * (1 if fold in range(5) else 1e6):.4f},"
        f"{f't{at % 9}' if fold in range(5) else f'other{at}'}"
        for at in range(600)
        for fold in [generator.choice([0, 1, 2, 3, 4, 5, 6, ""])]
    ]
    kept = [row for row in rows if others or row[0] in "01234"]
    return ["fold,y,class,price,number,token", *kept]


def records_of(dataset: Dataset) -> list[tuple[str, bytes]]:
    return sorted(
        (shard.split, cast("bytes", record.numpy()))
        for shard in dataset.manifest.shards
        for record in tf.data.TFRecordDataset(str(dataset.files.local_path(shard.path)))
    )


@pytest.mark.parametrize("records", ["none", "raw", "transformed"])
@pytest.mark.parametrize("kind", LABELS)
def test_rows_of_no_split_leave_no_trace(make_dataset: MakeDataset, kind: str, records: str) -> None:
    body: dict[str, Any] = {"label": LABELS[kind], "features": FEATURES, "remaining": "exclude", "records": records}
    every, kept = lines(others=True), lines(others=False)
    ours = make_dataset("\n".join(every) + "\n", splits=SPLITS, partitions=3, **body)
    plain = make_dataset("\n".join(kept) + "\n", splits=SPLITS, partitions=1, **body)
    by_split = {split: sum(row[0] in map(str, values) for row in kept[1:]) for split, values in VALUES.items()}
    assert {split: content.rows for split, content in ours.manifest.splits.items()} == by_split
    assert ours.manifest.fingerprint == plain.manifest.fingerprint
    assert ours.statistics() == plain.statistics()
    assert records_of(ours) == records_of(plain)
    assert {name: found.tokens for name, found in ours.vocabularies().items()} == {
        name: found.tokens for name, found in plain.vocabularies().items()
    }
    assert ours.manifest.left_out.without_split == len(every) - len(kept)
    assert ours.manifest.left_out.without_label == plain.manifest.left_out.without_split == 0


def rows_by_split(dataset: Dataset) -> list[int]:
    return [split.rows for split in dataset.manifest.splits.values()]


@pytest.mark.parametrize(
    ("column", "values"),
    [
        (["1", "1.0", "2", "2.50", "", "NA"], {"train": [1, 2.5], "validation": ["2.0"], "test": [None]}),
        (["1", "1.0", "1", "2", "", "NA"], {"train": [1], "validation": [2], "test": [""]}),
        (
            ["true", "true", "false", "TRUE ", "no", "no"],
            {"train": [True, "TRUE "], "validation": [False], "test": ["no"]},
        ),
    ],
)
def test_values_are_found_in_any_spelling(make_dataset: MakeDataset, column: list[str], values: Any) -> None:
    text = "fold,y,x\n" + "".join(f"{value},{row % 2},{row}\n" for row in range(4) for value in column)
    splits = {"column": "fold", "values": values}
    made = make_dataset(text, source={"null_values": ["NA"]}, label={"column": "y"}, splits=splits)
    assert rows_by_split(made) == [12, 4, 8]
    assert "fold" not in made.schema.features, "which split a row is of is no feature unless named"


def test_numbers_of_typed_files(make_dataset: MakeDataset) -> None:
    table = pa.table({"fold": pa.array([0, 1, 2, None] * 10, pa.int32()), "y": [0, 0, 1, 1] * 5 + [1, 1, 0, 0] * 5})
    file = BytesIO()
    parquet.write_table(table.append_column("x", pa.array(range(40))), file)
    made = make_dataset(
        file.getvalue(),
        source={"format": "parquet", "uris": ["folds.parquet"]},
        label={"column": "y"},
        features={"fold": {"kind": "categorical"}},
        splits={"column": "fold", "values": {"train": [0, "1"], "test": [2.0]}},
    )
    assert rows_by_split(made) == [20, 0, 10]
    assert made.manifest.left_out.without_split == 10
    assert "fold" in made.schema.features


LARGE = [2**53 + at for at in range(60)]
"""Ids of which a double is every other one."""


@pytest.mark.parametrize("kind", ["csv", "jsonl", "int64", "uint64", "decimal"])
@pytest.mark.parametrize("is_feature", [False, True])
def test_large_ids_are_told_apart(make_dataset: MakeDataset, kind: str, is_feature: bool) -> None:
    """As values of a split, and as groups, of which none is in two splits."""
    rows = [
        {"id": value, "y": at // 2 % 2, "part": "b" if value % 2 else "a"}
        for at, value in enumerate(LARGE)
        for _ in range(2)
    ]
    source: dict[str, Any] = {"format": kind, "uris": [f"large-{kind}-{is_feature}.{kind}"]}
    content: str | bytes
    match kind:
        case "csv":
            content = "id,y,part\n" + "".join("{id},{y},{part}\n".format(**row) for row in rows)
        case "jsonl":
            content = "".join(json.dumps(row) + "\n" for row in rows)
        case _:
            ids = pa.array([row["id"] for row in rows], pa.decimal128(20) if kind == "decimal" else kind)
            file = BytesIO()
            parquet.write_table(pa.Table.from_pylist(rows).set_column(0, "id", ids), file)
            source, content = {"format": "parquet", "uris": [f"large-{kind}-{is_feature}.parquet"]}, file.getvalue()
    body: dict[str, Any] = {"source": source, "label": {"column": "y"}, "remaining": "exclude"}
    body["features"] = {"id": {"kind": "hashed", "buckets": 9}} if is_feature else {"part": {"kind": "categorical"}}
    values = {"train": LARGE[::2], "test": LARGE[1::2]}
    made = make_dataset(content, name=f"large-{kind}-{is_feature}", splits={"column": "id", "values": values}, **body)
    assert rows_by_split(made) == [60, 0, 60]
    parts = {"column": "part", "values": {"train": ["a"], "test": ["b"]}}
    grouped = make_dataset(content, name=f"grouped-{kind}-{is_feature}", splits=parts, split_key=["id"], **body)
    assert rows_by_split(grouped) == [60, 0, 60]


@pytest.mark.parametrize(
    ("splits", "more", "error", "pointer", "message"),
    [
        ({"train": [1], "test": ["1.0"]}, {}, InvalidRequest, "/splits/values", "'1' of train and '1.0' of test"),
        ({"train": [1, ""], "test": [None]}, {}, InvalidRequest, "/splits/values", "'' of train and None of test"),
        (
            {"train": [7], "test": [8]},
            {},
            InvalidData,
            "/splits",
            "8 rows have a value, or are in a file, that no split has",
        ),
        ({"train": [7], "test": [1]}, {}, UnusableLabel, "/label/column", "no training row has a label"),
        (
            {"train": [1]},
            {"derive": {"fold": "f + 1"}, "filter": "fold > 0"},
            InvalidRequest,
            "/splits/column",
            "derived",
        ),
        ({"train": [1]}, {}, NotFound, "/splits/column", "no column 'fold'"),
    ],
)
def test_mistakes_are_named(
    make_dataset: MakeDataset, splits: Any, more: Any, error: type[TandemError], pointer: str, message: str
) -> None:
    name = "f" if more or error is NotFound else "fold"
    text = f"{name},y,x\n" + "".join(f"{row % 2},{row % 2},{row}\n" for row in range(8))
    with pytest.raises(error, match=message) as caught:
        make_dataset(text, label={"column": "y"}, splits={"column": "fold", "values": splits}, **more)
    assert caught.value.pointer == pointer


def test_datasets_compare_by_the_same_values_alone() -> None:
    def rule(**values: Any) -> SplitRule:
        texts = ColumnSplits.model_validate({"column": "fold", "values": values}).texts
        return SplitRule.model_validate(
            {"by": "column", "columns": [{"name": "fold", "null_values": []}], "shares": {}, "values": texts}
        )

    first, other = rule(train=[0, True], test=[1.5]), rule(train=[0])
    assert why_not_comparable(first, first) is None
    assert "by the column 'fold' (train: '0', 'true', test: '1.5') and this one by the column 'fold' (train: '0')" in (
        why_not_comparable(first, other) or ""
    )
    hashed = SplitRule(by="row", columns=[], shares={"train": 0.8, "test": 0.2})
    assert "and this one by whole rows (0.8 / 0 / 0.2)" in (why_not_comparable(first, hashed) or "")
