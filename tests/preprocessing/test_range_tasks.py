"""What tasks do to one range of the source: rows with their splits and labels, and what is staged of them."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import orc
from tests.preprocessing.planned_work import planned_work

from contracts.dataset.vocabulary import Vocabulary
from contracts.errors import InvalidData, SourceChanged, TooManyBadRecords, UnusableLabel
from contracts.schema import SPLIT_NAMES
from preprocessing.assignment.classes import count_labels
from preprocessing.assignment.evaluated_values import Value, write_evaluated
from preprocessing.assignment.splitters.base import Divided
from preprocessing.assignment.splitters.by_hash import HashSplitter
from preprocessing.assignment.staged_splits import write_splits
from preprocessing.assignment.work import Work
from preprocessing.range_tasks import Merges, Scanned, merge, scan
from preprocessing.statistics.analyze import merge_partials

ROWS = 400
TEXT = "y,n,k\n" + "".join(f"{i % 2},{i},t{i % 5}\n" for i in range(ROWS))


def rows_of(work: Work, scanned: Scanned) -> pa.Table:
    assert scanned.rows is not None
    return pa.ipc.open_file(work.folder.files.map(scanned.rows.path)).read_all()


def evaluate(work: Work, values: dict[Value, Any]) -> None:
    """Stage values in place of Spark's, in one batch."""
    write_evaluated(work.folder, 0, [*values], iter([[*values.values()]]), label=pa.float32())


@pytest.mark.parametrize("records", ["none", "raw", "transformed"])
def test_a_range_leaves_what_its_records_ask_for(tmp_path: Path, records: str) -> None:
    _, work = planned_work(tmp_path, TEXT, records=records)
    scanned = scan(work, 0)
    assert (scanned.rows is not None, bool(scanned.shards)) == (records == "none", records == "raw")
    assert sum(sums.rows for sums in scanned.partial.rows) == ROWS
    if scanned.shards:
        assert {shard.split: shard.rows for shard in scanned.shards} == {
            split: sums.rows for split, sums in zip(SPLIT_NAMES, scanned.partial.rows, strict=True)
        }


def test_a_row_without_a_label_is_in_no_split(tmp_path: Path) -> None:
    text = "y,n,k\n" + "".join(f"{['0', '1', ''][i % 3]},{i},t\n" for i in range(90))
    _, work = planned_work(tmp_path, text, records="none")
    scanned = scan(work, 0)
    found = rows_of(work, scanned)
    labels, splits = found["label"].to_numpy(), found["split"].to_numpy()
    np.testing.assert_array_equal(labels, [[0, 1, np.nan][i % 3] for i in range(90)])
    np.testing.assert_array_equal(splits == 0, np.isnan(labels))
    assert (scanned.partial.without_label, scanned.filtered) == (30, 0)


def test_rows_that_the_filter_leaves_out_are_counted_and_have_no_label(tmp_path: Path) -> None:
    _, work = planned_work(tmp_path, TEXT, records="none", filter="n > 99")
    evaluate(work, {"keep": np.arange(ROWS, dtype=np.uint8) % 4 != 0})
    scanned = scan(work, 0)
    assert scanned.filtered == ROWS // 4
    assert scanned.partial.without_label == ROWS // 4
    np.testing.assert_array_equal(rows_of(work, scanned)["split"].to_numpy() == 0, np.arange(ROWS) % 4 == 0)


@pytest.mark.parametrize("rows", [ROWS - 1, ROWS + 1, 0])
def test_a_source_with_other_rows_than_spark_saw_has_changed(tmp_path: Path, rows: int) -> None:
    _, work = planned_work(tmp_path, TEXT, label={"expression": "n > 9"})
    evaluate(work, {"label": np.arange(rows, dtype=np.float32) % 2})
    with pytest.raises(SourceChanged, match=f"part 0 of the source had {rows} rows when it was looked at first"):
        scan(work, 0)


@pytest.mark.parametrize("partitions", [1, 3])
@pytest.mark.parametrize("rejected", ["", "1,not a number,7,x\n"])
def test_a_weight_that_is_wrong_is_named_with_its_file_and_line(tmp_path: Path, partitions: int, rejected: str) -> None:
    rows = [f'{i % 2},{i},0.5,"two\nlines"\n' for i in range(9)]
    text = "y,n,w,t\n" + rejected + "".join(rows[:7]) + "\n1,7,-3,x\n" + rows[8]
    _, work = planned_work(tmp_path, text, weight="w", max_bad_records=1, partitions=partitions)
    line = text[: text.index("1,7,-3")].count("\n") + 1
    with pytest.raises(InvalidData, match=rf"t\.csv, line {line}: the weight 'w' .*Received: -3"):
        _ = [scan(work, part) for part in range(len(work.plan.ranges))]


def test_a_wrong_weight_of_a_row_without_a_label_does_not_matter(tmp_path: Path) -> None:
    _, work = planned_work(tmp_path, "y,n,w\n0,1,0.5\n,2,-3\n1,3,0\n", weight="w", records="none")
    np.testing.assert_array_equal(rows_of(work, scan(work, 0))["weight"].to_numpy(), [0.5, np.nan, 0])


def test_classes_that_are_not_learned_are_unknown(tmp_path: Path) -> None:
    _, work = planned_work(tmp_path, TEXT, label={"column": "k", "kind": "multiclass"}, records="none")
    scanned = scan(replace(work, classes=["t3", "t1"]), 0)
    assert scanned.unknown == ROWS // 5 * 3
    expected = [{1: 1.0, 3: 0.0}.get(i % 5, np.nan) for i in range(ROWS)]
    np.testing.assert_array_equal(rows_of(work, scanned)["label"].to_numpy(), expected)


def test_a_label_of_words_is_refused(tmp_path: Path) -> None:
    _, work = planned_work(tmp_path, "y,n\n0,1\nmaybe,2\n")
    with pytest.raises(UnusableLabel, match="Received: 'maybe'"):
        scan(work, 0)


def test_rejected_rows_are_skipped_up_to_the_allowance(tmp_path: Path) -> None:
    text = TEXT + "0,oops,t\n1,1,2,3\n"
    _, work = planned_work(tmp_path, text, features={"n": {"kind": "numeric", "dtype": "int64"}}, max_bad_records=2)
    scanned = scan(work, 0)
    assert scanned.rejected.count == 2
    assert sum(sums.rows for sums in scanned.partial.rows) == ROWS
    with pytest.raises(TooManyBadRecords, match="more than 1 rows cannot be read"):
        scan(replace(work, max_bad_records=1), 0)


def test_tokens_and_numbers_of_all_ranges_are_added_up(tmp_path: Path) -> None:
    _, work = planned_work(tmp_path, TEXT, partitions=3, splits={"train": 1.0})
    assert len(work.plan.ranges) == 3
    scanned = [scan(work, part) for part in range(3)]
    merges = Merges.of(scanned, work.schema, merge_partials(found.partial for found in scanned).rows)
    merged = [merge(work, merges, part) for part in range(len(merges))]
    tokens = [bucket.tokens for found in merged for bucket in found.buckets if bucket.tokens is not None]
    vocabulary = Vocabulary.from_buffer(work.folder.files.map(tokens[0].path), tokens[0].path)
    assert len(tokens) == 1
    assert vocabulary.tokens.to_pylist() == [b"t0", b"t1", b"t2", b"t3", b"t4"]
    assert vocabulary.counts.to_pylist() == [ROWS // 5] * 5
    (numbers,) = [numbers for found in merged for numbers in found.numbers]
    assert (numbers.feature, numbers.statistics[0].count) == ("n", ROWS)
    assert (numbers.statistics[0].mean, numbers.statistics[0].max) == ((ROWS - 1) / 2, ROWS - 1)


def vocabularies(work: Work, scanned: Scanned) -> dict[str, set[bytes]]:
    """The tokens of each feature that has a vocabulary, from one range."""
    merges = Merges.of([scanned], work.schema, scanned.partial.rows)
    merged = [bucket for part in range(len(merges)) for bucket in merge(work, merges, part).buckets]
    names = list(work.schema.token_columns)
    return {
        names[bucket.bucket.feature]: set(
            Vocabulary.from_buffer(work.folder.files.map(bucket.tokens.path), bucket.tokens.path).tokens.to_pylist()
        )
        for bucket in merged
        if bucket.tokens is not None
    }


def typed_table() -> pa.Table:
    """Stores with gaps, a flag with gaps, prices and a code, as typed files hold them."""
    stores = [None if i % 7 == 0 else 100.0 + i % 5 for i in range(ROWS)]
    flags = [None if i % 11 == 0 else i % 3 == 0 for i in range(ROWS)]
    prices = pa.array([Decimal(i % 4) / 2 for i in range(ROWS)], pa.decimal128(10, 2))
    codes = [f"{i % 13:02d}" for i in range(ROWS)]
    labels = [i % 2 for i in range(ROWS)]
    return pa.table({"store": stores, "flag": flags, "price": prices, "code": codes, "y": labels})


def test_a_table_is_the_same_dataset_as_pandas_writes_it_and_from_typed_files(tmp_path: Path) -> None:
    table = typed_table()
    files: dict[str, bytes] = {"csv": table.to_pandas().to_csv(index=False).encode()}
    lines = ({**row, "price": float(row["price"])} for row in table.to_pylist())
    files["jsonl"] = "".join(json.dumps(line) + "\n" for line in lines).encode()
    for form, write in (("parquet", pq.write_table), ("orc", orc.write_table)):
        write(table, tmp_path / f"t.{form}")
        files[form] = (tmp_path / f"t.{form}").read_bytes()
    assert b"101.0,False,0.50,01" in files["csv"]
    features: dict[str, Any] = {name: {"kind": "categorical"} for name in ("store", "flag", "price")}
    features["code"] = {"kind": "hashed", "buckets": 9}
    crosses = [{"features": ["store", "code"], "buckets": 5}]
    contents: dict[str, Any] = {}
    for form, data in files.items():
        (tmp_path / form).mkdir()
        (tmp_path / form / f"d.{form}").write_bytes(data)
        source = {"format": form, "uris": [f"d.{form}"]}
        _, work = planned_work(
            tmp_path / form, "", source=source, records="transformed", partitions=1, features=features, crosses=crosses
        )
        scanned = scan(work, 0)
        sums = [(split.rows, split.content) for split in scanned.partial.rows]
        contents[form] = (sums, vocabularies(work, scanned))
        changed = {name: respelled.values for name, respelled in scanned.respelled.items() if respelled.values}
        assert set(changed) == ({"store", "flag", "price"} if form == "csv" else set())
    assert contents["csv"][1]["store"] == {b"100", b"101", b"102", b"103", b"104"}
    assert contents["csv"][1]["flag"] == {b"true", b"false"}
    assert contents["csv"][1]["price"] == {b"0", b"0.5", b"1", b"1.5"}
    assert {form: content == contents["csv"] for form, content in contents.items()} == dict.fromkeys(files, True)


def test_text_stays_as_it_is_where_a_feature_says_so_and_splits_do_not_change(tmp_path: Path) -> None:
    text = "y,release\n" + "".join(f"{i % 2},{('3.1', '3.10', 'True')[i % 3]}\n" for i in range(ROWS))
    splits: list[Any] = []
    for spelling, tokens in (("written", {b"3.1", b"3.10", b"True"}), ("canonical", {b"3.1", b"true"})):
        feature = {"kind": "categorical", "spelling": spelling}
        _, work = planned_work(tmp_path, text, records="none", features={"release": feature})
        scanned = scan(work, 0)
        splits.append(rows_of(work, scanned)["split"].to_pylist())
        assert vocabularies(work, scanned) == {"release": tokens}
        shutil.rmtree(tmp_path / "storage")
    assert splits[0] == splits[1]


@pytest.mark.parametrize("body", [{}, {"split_key": ["n"]}, {"max_bad_records": 5}])
def test_rows_of_classes_are_hashed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: dict[str, Any]) -> None:
    label = {"column": "k", "kind": "multiclass"}
    _, work = planned_work(tmp_path, TEXT, label=label, records="none", exclude=["y"], partitions=2, **body)
    work = replace(work, classes=[f"t{i}" for i in range(5)])
    again = [rows_of(work, scan(work, part)).to_pydict() for part in range(2)]
    for part in range(2):
        count_labels(work, part)
    staged = replace(work, has_staged_splits=True)
    monkeypatch.setattr(HashSplitter, "divide", None)  # not called
    assert [rows_of(work, scan(staged, part)).to_pydict() for part in range(2)] == again


@pytest.mark.parametrize("rows", [ROWS - 1, ROWS + 1])
def test_a_source_with_other_rows_than_the_classes_had_has_changed(tmp_path: Path, rows: int) -> None:
    _, work = planned_work(tmp_path, TEXT, label={"column": "k", "kind": "multiclass"})
    write_splits(work.folder, 0, [Divided(np.ones(rows, np.uint8))])
    staged = replace(work, classes=["t0", "t1"], has_staged_splits=True)
    with pytest.raises(SourceChanged, match=f"part 0 of the source had {rows} rows when it was looked at first"):
        scan(staged, 0)
