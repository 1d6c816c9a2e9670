"""Partial statistics of tasks merge to those of all rows, for any batches and ranges."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.preprocessing.analyses import Rows, add_rows, rows_of

from contracts.label_kinds import LabelKind
from contracts.schema import Categorical, Hashed, Label, Numeric, Schema
from preprocessing.assignment.assign import column_fingerprints, row_fingerprints
from preprocessing.kernels.exact_sums import SUM_BIAS
from preprocessing.statistics import analyze
from preprocessing.statistics.analyze import Analyzer, Partial, RowSums, merge_partials
from preprocessing.statistics.numeric_columns import merge_numbers

ROW = st.tuples(
    st.none() | st.floats(-9, 9),
    st.none() | st.integers(-9, 9),
    st.sampled_from([None, b"", b"a", b"b"]),
    st.integers(0, 3),
    st.sampled_from([0.0, 1.0]),
)


def schema_of(kind: LabelKind) -> Schema:
    features = {"x": Numeric(dtype="float64"), "n": Numeric(dtype="int64"), "c": Categorical(), "h": Hashed(buckets=5)}
    return Schema(features=dict(features), label=Label(column="y", kind=kind))


def table(rows: list[Any]) -> Rows:
    """A row of code 0 has no label."""
    x, n, c, codes, labels = (list(column) for column in zip(*rows, strict=True)) if rows else ([], [], [], [], [])
    columns = {
        "x": pa.array(x, pa.float64()),
        "n": pa.array(n, pa.int64()),
        "c": pa.array(c, pa.binary()),
        "h": pa.array(c[::-1], pa.binary()),
    }
    return rows_of(columns, codes, [label if code else np.nan for label, code in zip(labels, codes, strict=True)])


def analyzed(schema: Schema, batches: list[Rows]) -> Analyzer:
    analyzer = Analyzer(schema)
    for batch in batches:
        add_rows(analyzer, batch)
    return analyzer


@settings(max_examples=60)
@given(rows=st.lists(ROW, max_size=20), cuts=st.tuples(st.integers(0, 20), st.integers(0, 20)))
@pytest.mark.parametrize("kind", ["binary", "regression", "multiclass"])
def test_parts_add_up_to_the_whole(kind: LabelKind, rows: list[Any], cuts: tuple[int, int]) -> None:
    schema, whole = schema_of(kind), table(rows)
    first, second = sorted(min(cut, len(rows)) for cut in cuts)
    ends = [0, first, second, len(rows)]
    parts = [whole.slice(a, b) for a, b in pairwise(ends)]
    one, others = analyzed(schema, [whole]), [analyzed(schema, parts[:2]), analyzed(schema, parts[2:])]
    assert merge_partials(other.extract() for other in others) == one.extract()
    for state, *states in zip(one.numbers(), *(other.numbers() for other in others), strict=True):
        merged = merge_numbers(states)
        assert merged.missing.tolist() == state.missing.tolist()
        assert merged.values.lows.tolist() == state.values.lows.tolist()
        assert merged.values.counts.tolist() == state.values.counts.tolist()


@settings(max_examples=60)
@given(rows=st.lists(ROW, max_size=20))
def test_rows_are_summed_by_split(rows: list[Any]) -> None:
    whole = table(rows)
    partial = analyzed(schema_of("binary"), [whole]).extract()
    fingerprints = row_fingerprints(column_fingerprints(whole.batch), whole.batch.schema.names).tolist()
    assert partial.without_label == (whole.codes == 0).sum()
    for split, sums in enumerate(partial.rows):
        chosen = np.flatnonzero(whole.codes == split + 1)
        assert sums.rows == len(chosen)
        assert sums.positives == whole.labels[chosen].sum()
        assert sums.content == sum(fingerprints[row] for row in chosen) % 2**64


def test_only_a_binary_label_has_positive_rows() -> None:
    rows = table([(1.0, 1, b"a", 1, 1.0)])
    assert analyzed(schema_of("binary"), [rows]).extract().rows[0].positives == 1
    assert analyzed(schema_of("multiclass"), [rows]).extract().rows[0].positives == 0
    assert len(analyzed(schema_of("multiclass"), [rows]).numbers()) == 2


def test_a_numbers_labels_have_a_state_and_sums_where_features_are_missing() -> None:
    rows = table(
        [(None, 1, b"a", 1, 2.5), (1.0, None, b"", 1, 4.0), (np.inf, 2, b"b", 3, -1.0), (None, 1, b"a", 0, 9.0)]
    )
    analyzer = analyzed(schema_of("regression"), [rows])
    label = analyzer.numbers()[-1]
    assert label.values.lows.tolist() == [-1.0, 2.5, 4.0]
    assert label.values.counts.tolist() == [[0, 0, 1], [1, 0, 0], [1, 0, 0]]
    labels = analyzer.extract().labels
    assert [total / (1 << SUM_BIAS) for total in labels.all] == [6.5, 0, -1]
    where = {name: [total / (1 << SUM_BIAS) for total in totals] for name, totals in labels.where_missing.items()}
    assert where == {"x": [2.5, 0, -1], "n": [4, 0, 0], "c": [4, 0, 0], "h": [0, 0, -1]}


def test_tokens_are_numbered_from_the_start_after_each_run(monkeypatch: pytest.MonkeyPatch) -> None:
    analyzer, rows = Analyzer(schema_of("binary")), table([(1.0, 1, b"b", 1, 1.0), (1.0, 1, b"a", 2, 1.0)])
    assert add_rows(analyzer, rows)["c"].tolist() == [0, 1]
    assert not analyzer.is_full
    run = analyzer.take_tokens()["c"]
    assert dict(zip(run.column(0).to_pylist(), run.column(2).to_pylist(), strict=True)) == {b"b": 0, b"a": 1}
    assert add_rows(analyzer, rows.slice(1, 2))["c"].tolist() == [0]
    monkeypatch.setattr(analyze, "FULL_ROWS", 2)
    assert not analyzer.is_full
    add_rows(analyzer, rows.slice(0, 1))
    assert analyzer.is_full
    assert analyzer.take_tokens()["c"].num_rows == 2
    assert not analyzer.is_full
    monkeypatch.setattr(analyze, "FULL_BYTES", 1)
    add_rows(analyzer, rows.slice(0, 1))
    assert analyzer.is_full


def test_no_partials_are_zero_and_contents_wrap() -> None:
    assert merge_partials([]) == Partial(0, [RowSums(0, 0, 0)] * 3)
    assert RowSums(1, 1, 2**64 - 1) + RowSums(2, 0, 3) == RowSums(3, 1, 2)
