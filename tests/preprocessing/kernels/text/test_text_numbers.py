"""A number has one hash, whether it is read as text or as a number."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preprocessing.assignment.assign import column_fingerprints
from preprocessing.assignment.splitters.value_hashes import value_hashes
from sources.values.text_values import Spelling, typed


def texts(*values: bytes | None) -> pa.Array:
    return pa.array(values, pa.binary())


def hashes_of_numbers(*values: float | None) -> list[int]:
    return value_hashes(pa.array(values, pa.float64())).tolist()


@settings(max_examples=400)
@given(numbers=st.lists(st.floats(), min_size=1, max_size=20))
def test_every_double_as_pandas_and_python_write_it(numbers: list[float]) -> None:
    for form in ("{!r}", "{:.6g}", "{:.3f}", "{:e}", " {!r}\t", "{:.17g}"):
        written = [form.format(number) for number in numbers]
        expected = hashes_of_numbers(*map(float, written))
        assert value_hashes(texts(*(text.encode() for text in written))).tolist() == expected, form


@settings(max_examples=200)
@given(numbers=st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=20))
def test_every_whole_number(numbers: list[int]) -> None:
    as_numbers = value_hashes(pa.array(numbers, pa.int64())).tolist()
    assert value_hashes(texts(*(b"%d" % number for number in numbers))).tolist() == as_numbers
    assert value_hashes(texts(*(b"00%d" % number for number in numbers if number >= 0))).tolist() == [
        value for value, number in zip(as_numbers, numbers, strict=True) if number >= 0
    ]


@settings(max_examples=300)
@given(numbers=st.lists(st.integers(-(10**25), 10**25) | st.integers(2**53 - 9, 2**53 + 9), min_size=2, unique=True))
def test_different_whole_numbers_have_different_hashes(numbers: list[int]) -> None:
    written = value_hashes(texts(*(b"%d" % number for number in numbers))).tolist()
    assert len(set(written)) == len(numbers)
    for form in (b" +%d", b"%d.", b"%d.00\t", b"000%d"):
        again = value_hashes(texts(*(form % number for number in numbers))).tolist()
        assert [a for a, n in zip(again, numbers, strict=True) if n >= 0] == [
            w for w, n in zip(written, numbers, strict=True) if n >= 0
        ]
    grouped = value_hashes(
        texts(*(f"{number:,}".encode() for number in numbers)), None, Spelling.of([], (".", ","), None)
    )
    assert grouped.tolist() == written
    doubles = [number for number in numbers if int(float(number)) == number]
    assert value_hashes(texts(*(b"%d" % number for number in doubles))).tolist() == hashes_of_numbers(
        *map(float, doubles)
    )


def test_a_large_null_token_is_missing_as_text_and_as_number() -> None:
    spelled = Spelling.of(["9007199254740993"], (".", None), None)
    missing = value_hashes(pa.array([None], pa.int64()), None, spelled).tolist()
    assert value_hashes(pa.array([2**53 + 1]), None, spelled).tolist() == missing
    assert value_hashes(texts(b"9007199254740993"), None, spelled).tolist() == missing


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (b"101.0", 101),
        (b"5.", 5),
        (b"+1", 1),
        (b"1e300", 1e300),
        (b"1e400", np.inf),
        (b"12e30123", np.inf),
        (b"1e308", 1e308),
        (b"1e309", np.inf),
        (b"-17976931348623157e292", -1.7976931348623157e308),
        (b"17976931348623159e292", np.inf),
        (b"0.00012e313", 0.00012e313),
        (b"3e-324", 5e-324),
        (b"2e-324", 0),
        (b"9.9e-325", 0),
        (b"5e-324", 5e-324),
        (b"1e-999", 0),
        (b".5", 0.5),
        (b"-0", 0),
        (b"-0.000", 0),
        (b"0e99", 0),
        (b"1E+2", 100),
        (b"1e23", 1e23),
        (b"9007199254740992", 9007199254740992),
        (b"9007199254740993e0", 9007199254740992),
        (b"0.1234567890123456789", 0.1234567890123456789),
        (b"true", 1),
        (b"False", 0),
        (b"nan", None),
        (b"-NaN", None),
        (b"inf", np.inf),
        (b"-Infinity", -np.inf),
        (None, None),
        (b"", None),
    ],
)
def test_a_spelling_of_a_number_has_its_hash(text: bytes | None, number: float | None) -> None:
    assert value_hashes(texts(text)).tolist() == hashes_of_numbers(number)


@pytest.mark.parametrize(
    "text",
    [
        *(
            b"-",
            b".",
            b"+",
            b"1.2.3",
            b"1,5",
            b"1e",
            b"1e+",
            b"e5",
            b"0x1f",
            b"68fd1e64",
            b"1 2",
        ),
        *(b"1\x002", b".nan", b"nano", b"truer", b"2013-01-01", b" ", b"\xff", b"x" * 100),
    ],
)
def test_other_text_has_its_own_hash(text: bytes) -> None:
    batch = pa.record_batch({"t": texts(text)})
    assert value_hashes(texts(text)).tolist() == column_fingerprints(batch)["t"].tolist()


@settings(max_examples=300)
@given(
    values=st.lists(st.text(alphabet="0123456789.-+eE, xnaif\t'", max_size=12), min_size=1, max_size=20),
    spelling=st.sampled_from(
        [(".", ""), (".", ","), (",", ""), (",", "."), (".", "'"), (".", "\u202f"), (",", "\xa0")]
    ),
    nulls=st.sampled_from([(), ("-999", "0"), ("1", "1e39", "NA", "inf"), ("16777216", "0.1")]),
)
def test_what_a_reader_takes_for_a_number_has_the_numbers_hash(
    values: list[str], spelling: tuple[str, str], nulls: tuple[str, ...]
) -> None:
    point, group = spelling
    values = [value.replace("'", group or "'") for value in values]
    spelled = Spelling(nulls, point, group or None)
    column = texts(*(value.encode() for value in values))
    for kind in ("int64", "float64"):
        numbers, wrong = typed(column, kind, Spelling(("",), point, group or None))
        expected, found = value_hashes(numbers, None, spelled), value_hashes(column, None, spelled)
        for row, value in enumerate(values):
            if row not in wrong and "x" not in value:  # Arrow takes 0x1f for a whole number
                assert found[row] == expected[row], (kind, value)


@pytest.mark.parametrize("group", [",", "'", "\xa0", "\u202f", "\u2019"])
def test_groups_of_digits_in_any_spelling(group: str) -> None:
    spelling = Spelling(("",), ".", group)
    grouped = [text.replace("_", group).encode() for text in ("1_234_567", "-1_234.5", "1_234_567_890_123_456_768")]
    numbers = hashes_of_numbers(1234567.0, -1234.5, float(1234567890123456768))
    assert value_hashes(texts(*grouped), None, spelling).tolist() == numbers
    others = texts(b"1\xa0000", b"\xff", b"1\xe2\x80000000000000000000000", f"sept{group}mille".encode())
    own = column_fingerprints(pa.record_batch({"t": others}))["t"].tolist()
    assert value_hashes(others, None, spelling).tolist() == own


@pytest.mark.parametrize(
    ("token", "written"),
    [
        ("-999", ["-999", "-999.0", " -9.99e2", "-999.00000000000000000000"]),
        ("0.1", ["0.10", ".1", "0.10000000149011612"]),
        ("0", ["-0.0", "00"]),
        ("1e39", ["1000e36"]),
        ("inf", ["Infinity", "1e999"]),
        ("16777216", ["16777217"]),
    ],
)
def test_a_number_that_equals_a_null_token_is_missing_as_any_type(token: str, written: list[str]) -> None:
    spelling = Spelling(("NA", token))
    column = texts(*(text.encode() for text in written), b"7", b"NA7")
    numbers = pa.array([*map(float, written), 7.0, None], pa.float64())
    (missing,) = value_hashes(pa.array([None], pa.binary())).tolist()
    as_text, as_numbers = (value_hashes(array, None, spelling).tolist() for array in (column, numbers))
    assert as_text[:-1] == as_numbers[:-1] == [missing] * len(written) + hashes_of_numbers(7.0)
    assert as_text[-1] != missing


def test_slices_and_known_hashes_change_nothing() -> None:
    column = texts(b"7", b"seven", None, b"7.00", b"0.1234567890123456789", b"-8")
    whole = value_hashes(column)
    assert value_hashes(column.slice(2)).tolist() == whole[2:].tolist()
    known = column_fingerprints(pa.record_batch({"t": column}))["t"]
    before = known.copy()
    assert value_hashes(column, known).tolist() == whole.tolist()
    assert known.tolist() == before.tolist()
    assert whole[0] == whole[3] != whole[1]
