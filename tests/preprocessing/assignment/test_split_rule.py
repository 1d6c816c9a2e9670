"""A row's split follows from the row as the source has it, and not from what a job makes of it."""

from __future__ import annotations

import io
import json
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.preprocessing.planned_work import planned_work, row_splits, split_rule

from contracts.dataset.split_rule import SplitColumn, why_not_comparable
from contracts.errors import UnreadableFile
from preprocessing.assignment.work import Work, source_batches
from preprocessing.planning.split_columns import split_columns
from preprocessing.range_tasks import scan

ROWS = 300
TABLE: dict[str, list[Any]] = {
    "y": [i % 2 for i in range(ROWS)],
    "n": [i if i % 7 else None for i in range(ROWS)],
    "r": [i / 7 if i % 5 else None for i in range(ROWS)],
    "k": [f"t{i % 5}" if i % 3 else None for i in range(ROWS)],
    "b": [i % 3 == 0 for i in range(ROWS)],
    "id": [2**60 + i for i in range(ROWS)],
}


def csv() -> bytes:
    lines = [
        ",".join("" if value is None else str(value) for value in row) for row in zip(*TABLE.values(), strict=True)
    ]
    return "\n".join([",".join(TABLE), *lines, ""]).encode()


def jsonl() -> bytes:
    rows = (dict(zip(TABLE, row, strict=True)) for row in zip(*TABLE.values(), strict=True))
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def parquet() -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(TABLE), sink)
    return sink.getvalue()


TEXTS = {"csv": csv, "jsonl": jsonl, "parquet": parquet}


def planned(root: Path, kind: str, **body: Any) -> Work:
    body = {"label": {"column": "y"}, "records": "none", **body}
    return planned_work(root, TEXTS[kind](), source={"format": kind, "uris": ["t.csv"]}, **body)[1]


def splits_of(work: Work) -> list[int]:
    found: list[int] = []
    for part in range(len(work.plan.ranges)):
        rows = scan(work, part).rows
        assert rows is not None
        found += pa.ipc.open_file(work.folder.files.map(rows.path)).read_all()["split"].to_pylist()
    return found


FEATURES: dict[str, dict[str, Any]] = {
    "all inferred": {},
    "one": {"features": {"k": {"kind": "categorical"}}, "remaining": "exclude"},
    "one more": {"features": {"k": {"kind": "categorical"}, "n": {"kind": "numeric"}}, "remaining": "exclude"},
    "numbers as categories": {"features": {name: {"kind": "categorical"} for name in ("n", "id")}, "exclude": ["b"]},
    "hashed, and booleans excluded": {"features": {"r": {"kind": "hashed", "buckets": 9}}, "exclude": ["id", "b"]},
    "another number type": {"features": {"n": {"kind": "numeric", "dtype": "float64"}}, "exclude": ["k"]},
    "null values of their own": {
        "features": {
            "k": {"kind": "categorical", "null_values": ["t1", "t3"]},
            "n": {"kind": "numeric", "null_values": ["8", "unknown"]},
            "r": {"kind": "categorical", "null_values": ["1.0"]},
        }
    },
    "text of their own": {
        "features": {
            "k": {"kind": "categorical", "strip": True, "fold_case": True},
            "n": {"kind": "numeric", "prefix": "$", "suffix": "kg"},
        }
    },
    "a weight": {"weight": "id", "exclude": ["k"]},
    "skipped rows allowed": {"max_bad_records": 10, "features": {"k": {"kind": "hashed", "buckets": 9}}},
    "several partitions": {"partitions": 3, "exclude": ["k", "r"]},
}


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> list[int]:
    return splits_of(planned(tmp_path_factory.mktemp("expected"), "csv"))


@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.parametrize("features", FEATURES)
def test_features_and_formats_move_no_row_to_another_split(
    tmp_path: Path, kind: str, features: str, expected: list[int]
) -> None:
    work = planned(tmp_path, kind, **FEATURES[features])
    assert splits_of(work) == expected
    assert set(expected) == {1, 2, 3}
    rule = split_rule(work)
    assert rule.columns == [SplitColumn(name=name, null_values=[""]) for name in sorted(TABLE) if name != "y"]
    assert why_not_comparable(rule, split_rule(planned(tmp_path / "other", kind))) is None


@pytest.fixture(autouse=True)
def _other_folder(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()


LABELS: list[dict[str, Any]] = [
    {"column": "k", "kind": "multiclass"},
    {"column": "k", "kind": "multiclass", "strip": True, "fold_case": True},
    {"column": "k", "positive": "t1", "strip": True},
    {"expression": "k = 't1'"},
    {"expression": "length(k)", "kind": "regression"},
]


@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.parametrize("label", LABELS)
def test_what_is_made_of_a_label_column_moves_no_row(tmp_path: Path, kind: str, label: dict[str, Any]) -> None:
    splits = [codes_of(planned(tmp_path, kind, label=body)) for body in (LABELS[0], label)]
    assert splits[0] == splits[1]
    assert set(splits[0]) == {1, 2, 3}


def codes_of(work: Work) -> list[int]:
    named = list({**work.columns, **work.split_columns})
    codes = [
        row_splits(work, batch)
        for part in range(len(work.plan.ranges))
        for batch in source_batches(work, part, named, written=work.split_written)
    ]
    return np.concatenate(codes).tolist()


@pytest.mark.parametrize("label", [{"column": "y", "kind": "regression"}, {"expression": "y > 0"}])
def test_rows_that_are_equal_but_for_the_label_share_a_split(tmp_path: Path, label: dict[str, Any]) -> None:
    text = "y,n,k\n" + "".join(f"{i % 4},{i // 4},t{i // 8}\n" for i in range(400))
    codes = codes_of(planned_work(tmp_path, text, label=label, records="none")[1])
    assert all(len({*codes[i : i + 4]}) == 1 for i in range(0, 400, 4))
    assert set(codes) == {1, 2, 3}


def test_a_table_of_label_columns_alone_is_split_by_them(tmp_path: Path) -> None:
    text = "y,x\n" + "".join(f"{i % 2},{i}\n" for i in range(300))
    features: dict[str, Any] = {"x": {"kind": "numeric"}}
    body: dict[str, Any] = {"label": {"expression": "x + y > 100"}, "features": features, "records": "none"}
    work = planned_work(tmp_path, text, **body)[1]
    assert list(work.split_columns) == ["x", "y"]
    assert set(codes_of(work)) == {1, 2, 3}


@pytest.mark.parametrize("kind", TEXTS)
def test_a_key_moves_no_row_when_it_becomes_a_feature(tmp_path: Path, kind: str) -> None:
    body: dict[str, Any] = {"split_key": ["n", "k"], "remaining": "exclude"}
    first = planned(tmp_path, kind, features={"r": {"kind": "numeric"}}, **body)
    second = planned(tmp_path / "other", kind, features={"n": {"kind": "numeric"}}, **{**body, "split_key": ["k", "n"]})
    assert list(first.split_columns) == ["k", "n"]
    assert splits_of(first) == splits_of(second)
    assert split_rule(first) == split_rule(second)
    assert why_not_comparable(split_rule(first), split_rule(planned(tmp_path, kind))) is not None
    seen: dict[tuple[Any, Any], int] = {}
    for key, split in zip(zip(TABLE["n"], TABLE["k"], strict=True), splits_of(first), strict=True):
        assert seen.setdefault(key, split) == split


def test_values_that_a_feature_takes_for_missing_move_no_row_and_change_no_rule(tmp_path: Path) -> None:
    texts = [" Yes", "yes", "NA", "-999", "$7.50", "N/A", "8"]
    text = "y,x,s\n" + "".join(f"{i % 2},{texts[i % 7]},{i}\n" for i in range(300))
    bodies: list[dict[str, Any]] = [
        {"kind": "categorical"},
        {"kind": "categorical", "null_values": ["NA", "-999"], "strip": True},
        {"kind": "hashed", "buckets": 4, "fold_case": True},
        {"kind": "numeric", "prefix": "$", "null_values": [" Yes", "yes", "NA", "N/A", "-999"]},
    ]
    works = [planned_work(tmp_path, text, features={"x": body}, records="none")[1] for body in bodies]
    rules = [split_rule(work) for work in works]
    assert all(rule == rules[0] for rule in rules)
    splits = [splits_of(work) for work in works]
    assert all(found == splits[0] for found in splits)
    assert set(splits[0]) == {1, 2, 3}
    assert [why_not_comparable(rules[0], rule) for rule in rules] == [None] * 4


def test_a_new_column_of_the_source_is_refused_with_the_remedy(tmp_path: Path) -> None:
    text = "y,x\n" + "".join(f"{i % 2},{i}\n" for i in range(20))
    before = split_rule(planned_work(tmp_path, text)[1])
    after = split_rule(planned_work(tmp_path, text.replace("\n", ",1\n").replace("x,1", "x,new"))[1])
    reason = why_not_comparable(before, after) or ""
    assert "this one's rule also has 'new', and a row's split follows from all columns of its source that" in reason
    assert "the same split_key" in reason
    assert "its rule also has 'new'" in (why_not_comparable(after, before) or "")


def test_a_number_among_the_null_tokens_is_missing_for_every_kind_of_feature(tmp_path: Path) -> None:
    text = "y,x\n" + "".join(f"{i % 2},{('-999', '-999.0', ' -9.99e2', f'{i}.50')[i % 4]}\n" for i in range(200))
    kinds: list[dict[str, Any]] = [{"kind": "numeric"}, {"kind": "categorical"}]
    works = [
        planned_work(tmp_path, text, features={"x": {**kind, "null_values": ["-999"]}}, records="none")[1]
        for kind in kinds
    ]
    assert [work.columns["x"] for work in works] == ["float64", "bytes"]
    assert split_rule(works[0]) == split_rule(works[1])
    assert splits_of(works[0]) == splits_of(works[1])


def test_options_that_change_the_values_of_text_are_part_of_the_rule(tmp_path: Path) -> None:
    text = "y;x\n0;1,5\n1;2,5\n"
    options: list[dict[str, Any]] = [{}, {"decimal_point": ","}, {"encoding": "latin-1"}, {"quote": None}]
    rules = [
        split_rule(
            planned_work(tmp_path, text, source={"format": "csv", "uris": ["t.csv"], "delimiter": ";", **more})[1]
        )
        for more in options
    ]
    assert [rule.text_options for rule in rules] == options


@pytest.mark.parametrize("allowed", [0, 3])
def test_values_of_columns_that_no_feature_uses_refuse_no_row(tmp_path: Path, allowed: int) -> None:
    odd = ["7", '"seven"', '{"a": 1}', "[1]", "null", "true", "1e999", '"\\ud800"', '1, "odd": 2']
    plain = [f'{{"y": {i % 2}, "x": {i}, "odd": {i}, "more": "{"m" * 4000}"}}\n' for i in range(300)]
    lines = "".join(plain) + "".join(f'{{"y": {i % 2}, "x": {i}, "odd": {odd[i % 9]}}}\n' for i in range(90))
    body: dict[str, Any] = {"features": {"x": {"kind": "numeric"}}, "remaining": "exclude", "records": "none"}
    body |= {"source": {"format": "jsonl", "uris": ["t.csv"]}, "max_bad_records": allowed}
    works = [planned_work(tmp_path, lines, partitions=n, **body)[1] for n in (1, 3)]
    assert works[0].split_columns["odd"] == "bytes"
    one, several = (splits_of(work) for work in works)
    assert len(one) == 390
    assert one == several


def test_text_after_the_beginning_of_json_moves_no_row(tmp_path: Path) -> None:
    values = ["7", '"seven"', "true", "1e999", "0.12345678901234567890", '" 7.0"', "null", "123456789012345678901"]
    plain = [f'{{"y": {i % 2}, "x": {i}, "late": {i}, "more": "{"m" * 4000}"}}\n' for i in range(300)]
    lines = "".join(plain) + "".join(f'{{"y": {i % 2}, "x": {i}, "late": {values[i % 8]}}}\n' for i in range(90))
    body: dict[str, Any] = {"remaining": "exclude", "records": "none", "source": {"format": "jsonl", "uris": ["t.csv"]}}
    x, late = {"x": {"kind": "numeric"}}, {"late": {"kind": "categorical"}}
    works = [planned_work(tmp_path, lines, features=features, **body)[1] for features in (x, {**x, **late})]
    assert [work.split_columns["late"] for work in works] == ["bytes", "bytes"]
    assert split_rule(works[0]) == split_rule(works[1])
    assert splits_of(works[0]) == splits_of(works[1])


def test_nested_columns_and_times_are_left_out(tmp_path: Path) -> None:
    sink = io.BytesIO()
    table = pa.table(
        {
            "y": [0, 1],
            "x": [1.5, 2.5],
            "nested": [[1], [2]],
            "day": pa.array([1, 2], pa.date32()),
            "none": pa.nulls(2),
            "large": pa.array([2**64 - 1, 1], pa.uint64()),
        }
    )
    pq.write_table(table, sink)
    body: dict[str, Any] = {"features": {"x": {"kind": "numeric"}}, "remaining": "exclude", "records": "none"}
    work = planned_work(tmp_path, sink.getvalue(), source={"format": "parquet", "uris": ["t.csv"]}, **body)[1]
    assert work.split_columns == {"large": "bytes", "none": "float64", "x": "float64"}
    assert len(splits_of(work)) == 2


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_a_plan_looks_into_its_files_once_and_sends_no_task_the_answers(tmp_path: Path, kind: str) -> None:
    plan = planned(tmp_path, kind, features={"k": {"kind": "categorical"}}, remaining="exclude").plan
    sent = pickle.loads(pickle.dumps(plan))
    assert [*sent.ranges] == plan.ranges
    assert replace(sent, ranges=plan.ranges) == replace(plan, samples=[])
    assert not {"schemas", "sampled_types"} & vars(sent).keys()
    (tmp_path / "t.csv").unlink()
    assert [*split_columns(plan, [], {})] == sorted(TABLE)
    with pytest.raises((UnreadableFile, OSError)):
        split_columns(sent, [], {})
