from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import InvalidRequest
from contracts.features import TimeFormat
from modeling.decoding.compiled_json import PlainBodies
from modeling.decoding.raw_fields import Fields
from modeling.protocols import json_body
from modeling.protocols.tensorflow_predict import read

FIELDS = Fields(
    ["km", "日本 n", "class"], ["carrier", "日本 t"], ["", "NA", "-999"], {"km": ["-1"]}, respelled=["日本 t"]
)
PLAIN = PlainBodies(FIELDS)

NUMBERS = (
    st.none() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([-999, -1, 1e300])
)
TEXTS = (
    st.none()
    | st.text(st.characters(codec="utf-8"))
    | st.sampled_from(["", "NA", "日本", 'quo"te', "nul\x00", "a:b", "\\", "101.0", "06", "True", "1e+05", "3.10"])
)
VALUES = dict.fromkeys(FIELDS.numeric_at, NUMBERS) | dict.fromkeys(FIELDS.categorical_at, TEXTS)
ROWS = st.lists(st.fixed_dictionaries({}, optional=VALUES), min_size=1, max_size=5)


def columns_of(count: int) -> st.SearchStrategy[dict[str, Any]]:
    columns = {name: st.lists(each, min_size=count, max_size=count) for name, each in VALUES.items()}
    return st.fixed_dictionaries({}, optional=columns).filter(bool)


DOCUMENTS = ROWS.map(lambda rows: {"instances": rows}) | st.integers(1, 5).flatmap(columns_of).map(
    lambda columns: {"inputs": columns}
)


def check(body: bytes) -> bool:
    """Whether it was plain; if so, its values must be those that the thorough way reads."""
    found = PLAIN.read(body)
    if found is None:
        return False
    expected = read(json_body.parse_object(body, "instances or inputs"), FIELDS)
    form, values = found
    assert form in json.loads(body)
    assert values.numeric.dtype == np.float32
    np.testing.assert_array_equal(values.numeric, expected.numeric)
    assert [[token.encode() for token in row] for row in values.tokens] == expected.tokens.tolist()
    return True


@given(DOCUMENTS, st.booleans(), st.sampled_from([None, 1]))
def test_what_is_plain_is_read_as_the_thorough_way_reads_it(
    document: Any, ascii_only: bool, indent: int | None
) -> None:
    check(json.dumps(document, ensure_ascii=ascii_only, indent=indent).encode())


@pytest.mark.parametrize("form", ["instances", "inputs"])
def test_a_usual_body_is_plain(form: str) -> None:
    row = {"km": 12, "日本 n": None, "class": 1.5, "carrier": "UA", "日本 t": ""}
    rows = [row, {**row, "carrier": None, "km": -999}] * 300
    document = {form: rows if form == "instances" else {name: [each[name] for each in rows] for name in row}}
    assert check(json.dumps(document, ensure_ascii=False).encode())
    assert check(json.dumps(document, ensure_ascii=False, indent=2).encode())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"nope",
        b'{"instances": []}',
        b'{"instances": [{"km": 1}], "inputs": {"km": [1]}}',
        b'{"instances": [{"km": 1}], "instances": [{"km": 2}]}',
        b'{"instances": [{"km": 1, "km": 2}]}',
        b'{"instances": [{"km": 1, "km": 2, "class": 3}]}',
        b'{"instances": [{"carrier": "a", "carrier": null}]}',
        b'{"instances": [{"carrier": null, "carrier": "a"}]}',
        b'{"inputs": {"km": [1], "km": [2]}}',
        b'{"inputs": {"carrier": ["a", "b"], "carrier": [null, null]}}',
        b'{"inputs": {"km": [1], "class": [1, 2]}}',
        b'{"inputs": {"km": []}}',
        b'{"inputs": {}}',
        b'{"instances": [{"km": NaN}]}',
        b'{"instances": [{"km": 1e400}]}',
        b'{"instances": [{"km": true}]}',
        b'{"instances": [{"km": "1"}]}',
        b'{"instances": [{"km": "NA"}]}',
        b'{"instances": [{"kn": 1}]}',
        b'{"instances": [{"carrier": 7}]}',
        b'{"instances": [{"carrier": "\\ud800"}]}',
        b'{"instances": [{"carrier": "\xff"}]}',
        b'{"instances": [{"carrier": {"b64": "YQ=="}}]}',
        b'{"instances": [{"km": 1}], "signature_name": "serving_default"}',
        b'{"instances": [{"km": 1}]} {}',
        b'{"instances": ' + b"[" * 100_000,
    ],
)
def test_what_is_not_plain_is_left_to_the_thorough_way(body: bytes) -> None:
    assert PLAIN.read(body) is None


def test_names_that_json_escapes_are_no_plain_ones() -> None:
    with pytest.raises(ValueError, match="must not contain"):
        PlainBodies(Fields(['a "name"'], [], []))


WHOLE = Fields(
    ["km"],
    ["carrier"],
    ["", "NA", "-999"],
    integers=["account", "moment", "day", "seconds"],
    instants={
        "moment": TimeFormat(),
        "day": TimeFormat(format="%d.%m.%Y"),
        "seconds": TimeFormat(format="unix_s"),
    },
)
PLAIN_WHOLE = PlainBodies(WHOLE)
WHOLE_VALUES: dict[str, list[Any]] = {
    "km": [1, None, 2.5],
    "carrier": ["UA", "", None],
    "account": [0, 7, "12", 3.0, 1.5, "x", 2**63 - 1, -(2**63), 2**64, -999, None, "NA"],
    "moment": ["2013-01-01", "2013-01-01T05:00:00+02:00", 1357034400000000, 5.0, "noon", "NA", "", None, 10**30],
    "day": ["01.02.2013", "31.02.2013", "2013-02-01", 7, "NA", None],
    "seconds": [1357034400, 1357034400.25, "1357034400.5", -999, "NA", "x", 1e300, 10**30, None],
}


@given(
    st.lists(
        st.fixed_dictionaries({}, optional={name: st.sampled_from(of) for name, of in WHOLE_VALUES.items()}),
        min_size=1,
        max_size=4,
    ),
    st.booleans(),
)
def test_whole_numbers_and_times_are_read_as_the_thorough_way_reads_them(
    rows: list[dict[str, Any]], by_column: bool
) -> None:
    document: Any = {"instances": rows}
    if by_column:
        names = [name for name in WHOLE_VALUES if any(name in row for row in rows)]
        document = {"inputs": {name: [row.get(name) for row in rows] for name in names}}
    body = json.dumps(document).encode()
    plain = PLAIN_WHOLE.read(body)
    try:
        thorough = read(json_body.parse_object(body, "instances or inputs"), WHOLE)
    except InvalidRequest:
        assert plain is None
        return
    assert plain is not None
    np.testing.assert_array_equal(plain[1].integers, thorough.integers)
    np.testing.assert_array_equal(plain[1].numeric, thorough.numeric)


def test_one_of_two_equal_times_is_no_plain_body() -> None:
    assert PLAIN_WHOLE.read(b'{"instances": [{"moment": "2013-01-01", "moment": "2013-01-02"}]}') is None
    assert PLAIN_WHOLE.read(b'{"instances": [{"account": 1, "account": 2}]}') is None
