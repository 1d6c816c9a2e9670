from __future__ import annotations

import numpy as np
import pyarrow as pa

from contracts.dataset.sample import Sample
from preprocessing.report.sample_rows import MOST_FEATURES, sample_rows


def sample(rows: int, columns: dict[str, pa.Array]) -> Sample:
    codes = np.where(np.arange(rows) < rows * 3 // 4, 1, 2).astype(np.uint8)
    return Sample(codes, np.arange(rows, dtype=np.int64), pa.record_batch([*columns.values()], names=[*columns]))


def test_rows_of_both_splits_are_shown_with_their_values() -> None:
    columns = {
        "n": pa.array([1, None, 3, 40_000], pa.int64()),
        "x": pa.array([0.5, float("nan"), 1e-9, 123456.7]),
        "t": pa.array([b"caf\xe9", b"", None, b"x" * 500], pa.binary()),
    }
    shown = sample_rows(sample(4, columns), 10)
    assert shown is not None
    assert shown.names == ["n", "x", "t"]
    assert shown.rows[:3] == [
        ("train", ["1", "0.5", "caf\\xe9"]),
        ("train", [None, "nan", "(empty)"]),
        ("train", ["3", "1e-09", None]),
    ]
    split, values = shown.rows[3]
    assert split == "validation"
    assert values[:2] == ["40000", "123,457"]
    assert len(str(values[2])) == 60
    assert (shown.kept, shown.more) == (4, 0)


def test_as_many_rows_as_are_asked_for_from_the_first_to_the_last() -> None:
    columns = {"n": pa.array(range(200), pa.int64())}
    shown = sample_rows(sample(200, columns), 5)
    assert shown is not None
    assert [values for _, values in shown.rows] == [["0"], ["50"], ["100"], ["149"], ["199"]]


def test_none_are_shown_where_none_are_asked_for_or_kept() -> None:
    columns = {"n": pa.array([1, 2], pa.int64())}
    assert sample_rows(sample(2, columns), 0) is None
    assert sample_rows(sample(0, {"n": pa.array([], pa.int64())}), 5) is None


def test_thousands_of_features_are_counted_and_names_are_whole() -> None:
    names = ["long " * 100, *(f"f{place}" for place in range(MOST_FEATURES + 3))]
    shown = sample_rows(sample(1, {name: pa.array([1], pa.int64()) for name in names}), 1)
    assert shown is not None
    assert (len(shown.names), shown.more) == (MOST_FEATURES, 4)
    assert shown.names[0] == repr(names[0])


def test_words_of_a_text_are_set_apart() -> None:
    shown = sample_rows(sample(1, {"t": pa.array([b"a\x1fa b"], pa.binary())}), 1)
    assert shown is not None
    assert [values for _, values in shown.rows] == [["a | a b"]]
