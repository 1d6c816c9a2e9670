"""Rows of CSV: headers, missing values, line numbers of errors, and replies."""

from __future__ import annotations

import csv
import io
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.modeling.trained import Trained

from contracts.errors import InvalidRequest
from modeling.decoding.raw_fields import Fields
from modeling.feature_kinds.raw_values import RawValues
from modeling.protocols.csv_body import read_csv, write_csv
from modeling.repository.versions import read_manifest
from modeling.serving.loaded_version import LoadedVersion

NAMES = ["carrier", "km", "delay"]
FIELDS = Fields(["km", "delay"], ["carrier"], ["NA"], {"delay": ["none"]})


def rows_of(body: bytes | str, has_header: bool | None = None) -> list[tuple[bytes | str, float | None, float | None]]:
    values = read_csv(body.encode() if isinstance(body, str) else body, NAMES, FIELDS, has_header=has_header)
    return listed(values)


def listed(values: RawValues) -> list[tuple[Any, ...]]:
    numbers = [[None if math.isnan(number) else number for number in row] for row in values.numeric.tolist()]
    return [(*tokens, *row) for tokens, row in zip(values.tokens.tolist(), numbers, strict=True)]


def test_without_a_header_a_line_holds_all_fields_in_their_order() -> None:
    assert rows_of("UA,1.5,-3\n,,\n") == [(b"UA", 1.5, -3.0), (b"", None, None)]


def test_a_header_names_some_fields_in_any_order() -> None:
    assert rows_of("delay,carrier\n7,UA\nnone,NA") == [(b"UA", None, 7.0), (b"NA", None, None)]
    assert rows_of("km\n1\n\nNA\n") == [(b"", 1.0, None), (b"", None, None), (b"", None, None)]


def test_a_line_that_could_be_a_header_is_one_unless_told_otherwise() -> None:
    names = ["word", "other"]
    fields = Fields([], names, [])
    body = b"other,word\nx,y\n"
    assert listed(read_csv(body, names, fields, has_header=None)) == [(b"y", b"x")]
    assert listed(read_csv(body, names, fields, has_header=False)) == [(b"other", b"word"), (b"x", b"y")]


def test_numbers_are_read_as_from_csv_sources() -> None:
    assert rows_of('a, 1e3\t,+.5\n"b",nan,inf\n') == [(b"a", 1000.0, 0.5), (b"b", None, math.inf)]


def test_quotes_line_breaks_and_the_byte_order_mark() -> None:
    body = '\ufeffcarrier,km\r\n"a ""b"",\r\nc",1\r\n"",2\r\n'
    assert rows_of(body) == [(b'a "b",\r\nc', 1.0, None), (b"", 2.0, None)]


def test_empty_lines_are_rows_only_where_there_is_one_column() -> None:
    assert rows_of("\n\nUA,1,2\n\n\nAA,3,4\n\n") == [(b"UA", 1.0, 2.0), (b"AA", 3.0, 4.0)]
    one = Fields(["km"], [], [])
    assert listed(read_csv(b"\n1\n\n", ["km"], one, has_header=None)) == [(None,), (1.0,), (None,)]


@settings(max_examples=40)
@given(
    rows=st.lists(
        st.tuples(
            st.text("ab\"',;\n\t\0 日", max_size=5),
            st.one_of(st.none(), st.floats(-1e6, 1e6, width=32)),
            st.one_of(st.none(), st.integers(-1000, 1000)),
        ),
        min_size=1,
    )
)
def test_what_pythons_writer_writes_is_read(rows: list[tuple[str, float | None, int | None]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([NAMES, *rows])
    assert rows_of(text.getvalue()) == [(word.encode(), km, delay) for word, km, delay in rows]


@pytest.mark.parametrize(
    ("body", "has_header", "message"),
    [
        (b"", None, "the body must hold at least one row of CSV. Received: nothing"),
        (b"\n\n", None, "the body must hold at least one row of CSV. Received: nothing"),
        (b"carrier,km\n", None, "the body must hold at least one row of CSV below its header"),
        (b"UA,1\n", None, "line 1: must have 3 cells, all fields of the model, or a header that names some of them. "),
        (b"carrier,km\nUA,1\n\nAA\n", None, "line 4: must have 2 cells, as its header has. Received: 1"),
        (b'carrier,km\n"a\nb",1\nUA,x\n', None, "line 4, km: must be a number, or empty where it is missing. "),
        (b"UA,1,true\n", False, "line 1, delay: must be a number"),
        (b"speed,height\n1,2\n", True, "line 1: unknown field 'speed'"),
        (b"km,carrier,km\n1,UA,2\n", None, "line 1, column 3: names 'km' a second time"),
        (b'UA,1,"2\n\n', None, "line 2: is not CSV: "),
        (b"UA,1,\xff\n", None, "the body is not UTF-8 at byte 5"),
    ],
)
def test_errors_name_line_and_field(body: bytes, has_header: bool | None, message: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        rows_of(body, has_header)
    assert caught.value.message.startswith(message)


def test_replies_hold_the_outputs_by_name_and_what_is_not_finite_is_empty(trained: Trained) -> None:
    loaded = LoadedVersion(read_manifest(trained.storage, "m", 2), {}, dict)
    outputs = {
        "scores": np.array([[0.5, np.nan], [np.inf, 1e-7]], np.float32),
        "class": np.array([b'a,"b', "日本".encode()], object),
        "id": np.array([3, -1]),
    }
    reply = write_csv(outputs, loaded)
    assert (reply.media_type, reply.version) == ("text/csv", 2)
    assert reply.body.decode() == f'"a,""b",3,0.5,\n日本,-1,,{float(np.float32(1e-7))}\n'


def test_initial_spaces_are_skipped_where_the_source_skips_them() -> None:
    fields = Fields(["km", "delay"], ["carrier"], ["NA"], skip_initial_space=True)
    body = b'carrier, km, delay\n UA, 1.5, NA\n   \n "A, B", 2, "3"\n'
    assert listed(read_csv(body, NAMES, fields, has_header=None)) == [(b"UA", 1.5, None), (b"A, B", 2.0, 3.0)]
