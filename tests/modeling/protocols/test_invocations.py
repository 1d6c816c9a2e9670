from __future__ import annotations

import json
from typing import Any

import pytest
from tests.modeling.made import SCHEMA

from contracts.errors import InvalidRequest, UnsupportedContent
from modeling.protocols.extra_columns import header_value
from modeling.protocols.invocations import Headers, invoke
from modeling.serving.predictor import Predictor

ROW = {"distance km": 1200.5, "class": 3, "origin": "origin 1"}
NAMES = list(SCHEMA.features)


def ask(predictor: Predictor, body: Any, content_type: str = "application/json", accept: str = "") -> Any:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    reply = predictor.answer("m", invoke(content, Headers(content_type, accept)))
    return json.loads(reply.body)["predictions"] if reply.media_type == "application/json" else reply.body


def test_csv_with_and_without_a_header(predictor: Predictor) -> None:
    expected = ask(predictor, [ROW, {}, ROW])
    line = ",".join(str(ROW.get(name, "")) for name in NAMES)
    empty = "," * (len(NAMES) - 1)
    headless = f"{line}\n{empty}\n\n{line}"
    assert ask(predictor, headless.encode(), "text/csv") == expected
    assert ask(predictor, headless.encode(), "text/csv; charset=utf-8; header=absent") == expected
    some = 'origin,class,distance km\r\n"origin 1", 3 ,+1200.5e0\r\n"",,nan\r\norigin 1,3.0,1200.50\r\n'
    assert ask(predictor, b"\xef\xbb\xbf" + some.encode(), "text/csv") == expected
    assert ask(predictor, some.encode(), "TEXT/CSV;header=present") == expected
    lines = ask(predictor, some.encode(), "text/csv", "text/csv").decode().splitlines()
    assert [float(each) for each in lines] == expected


def test_an_empty_line_is_missing_in_a_csv_of_one_column_and_nothing_elsewhere(predictor: Predictor) -> None:
    rows = [{"class": 1}, {}, {"class": 3}]
    expected = ask(predictor, json.dumps({"instances": rows}).encode(), accept="text/csv")
    assert ask(predictor, b"class\n1\n\n3\n", "text/csv", "text/csv") == expected
    assert ask(predictor, b"\nclass,origin\n\n1,\n,\n\n3,\n", "text/csv", "text/csv") == expected


def test_replies_in_csv_hold_all_outputs(predictor: Predictor) -> None:
    body = json.dumps({"instances": [ROW, {}], "signature_name": "transform"}).encode()
    lines = ask(predictor, body, accept="text/csv, application/json").decode().splitlines()
    numbers = len(SCHEMA.number_inputs) + len(SCHEMA.id_inputs)
    assert [len(line.split(",")) for line in lines] == [numbers, numbers]


@pytest.mark.parametrize("kind", ["", "application/json; charset=utf-8", "application/x-www-form-urlencoded"])
def test_json_is_what_is_not_called_otherwise(predictor: Predictor, kind: str) -> None:
    assert ask(predictor, {"dataframe_records": [ROW]}, kind) == ask(predictor, [ROW])


@pytest.mark.parametrize(
    ("body", "kind", "message"),
    [
        (b"", "text/csv", "at least one row"),
        (b"class,origin\n", "text/csv", "below its header"),
        (b"class\nx\n", "text/csv", r'line 2, class: must be a number, or empty where it is missing\. Received: "x"'),
        (b"class\n1_000\n", "text/csv", "line 2, class: must be a number"),
        (b"class\n\xd9\xa3\n", "text/csv", "line 2, class: must be a number"),
        (b"class,origin\n1,a\n1\n", "text/csv", "line 3: must have 2 cells, as its header has. Received: 1"),
        (b"1,2\n", "text/csv", "line 1: must have 7 cells, all fields of the model, or a header"),
        (b"klass\n1\n", "text/csv;header=present", "line 1: unknown field 'klass'; the nearest"),
        (b"class,class\n1,2\n", "text/csv", "line 1, column 2: names 'class' a second time"),
        (b'class\n"1\n', "text/csv", "line 2: is not CSV"),
        (b'class\n"1"x\n', "text/csv", "line 2: is not CSV"),
        (b"class\n\xff\n", "text/csv", "not UTF-8 at byte 6"),
        (b'{"class": 3}\n{\n', "application/jsonlines", "line 2: the body is not JSON"),
        (b'{"class": 3}\n\n{"class": "x"}\n', "application/jsonlines", r"lines\[1\]\.class: must be a number"),
        (b"\n", "application/jsonlines", "at least one row"),
        (b'"x"', "", "JSON object with one of dataframe_split"),
        (b"{}", "", "must hold one of dataframe_split.*Received: none"),
        (b'{"instances": [{}], "inputs": {}}', "", "Received: instances and inputs"),
        (b'{"rows": []}', "", "unknown field 'rows'"),
        (b"[]", "", "rows must hold at least one row"),
        (b"[[1, 2]]", "", r"rows\[0\]: must be an object of fields"),
        (b'{"instances": [{}], "params": 1}', "", "params must be an object"),
        (b'{"instances": [{}], "parameters": {"explain": "x"}}', "", r"parameters\.explain must be inputs"),
        (b'{"dataframe_split": []}', "", "dataframe_split must be an object"),
        (b'{"dataframe_split": {"columns": ["class"], "rows": []}}', "", "unknown field 'rows'"),
        (b'{"dataframe_split": {"columns": [1], "data": [[1]]}}', "", "must be a list of names"),
        (b'{"dataframe_split": {"columns": ["class"], "data": []}}', "", "at least one row"),
        (
            b'{"dataframe_split": {"columns": ["class"], "data": [[1], [1, 2]]}}',
            "",
            r"data\[1\]: must be a list of 1 val",
        ),
        (b'{"dataframe_split": {"columns": ["class"], "data": [1]}}', "", r"data\[0\]: must be a list of 1 values"),
        (
            b'{"dataframe_split": {"columns": ["class"], "data": [[1], ["x"]]}}',
            "",
            r"dataframe_split\.class\[1\]: must be",
        ),
        (b'{"dataframe_split": {"columns": ["clas"], "data": [[1]]}}', "", "nearest known field is 'class'"),
        (b'{"dataframe_records": [{"class": 1}, {"class": []}]}', "", r"dataframe_records\[1\]\.class"),
    ],
)
def test_wrong_bodies_say_line_and_field(predictor: Predictor, body: bytes, kind: str, message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        ask(predictor, body, kind)


@pytest.mark.parametrize("kind", ["image/png", "text/plain", "nonsense", "text/csv/x", "é", ";"])
def test_other_kinds_of_bodies_are_not_read(predictor: Predictor, kind: str) -> None:
    with pytest.raises(UnsupportedContent):
        ask(predictor, b"x", kind)


def ignored_by(predictor: Predictor, body: Any, content_type: str = "application/json", accept: str = "") -> str | None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return predictor.answer("m", invoke(content, Headers(content_type, accept))).headers.get("X-Ignored-Columns")


EXTRA = {**ROW, "Unnamed: 0": 7, "größe, cm": None}


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"dataframe_split": {"columns": [*EXTRA], "data": [[*EXTRA.values()]] * 2}}, "application/json"),
        ({"dataframe_records": [EXTRA, EXTRA]}, "application/json"),
        ({"dataframe_records": [EXTRA, ROW]}, "application/json"),
        (
            b'origin,class,Unnamed: 0,"gr\xc3\xb6\xc3\x9fe, cm",distance km\norigin 1,3,x,,1200.5\norigin 1,3,,,1200.5\n',
            "text/csv",
        ),
    ],
    ids=["split", "records", "one record", "csv"],
)
def test_extra_columns_of_mlflows_tables_are_ignored_and_named(predictor: Predictor, body: Any, kind: str) -> None:
    assert ask(predictor, body, kind) == ask(predictor, [ROW, ROW])
    assert ignored_by(predictor, body, kind) == "Unnamed: 0, gr%C3%B6%C3%9Fe%2C cm"
    assert ignored_by(predictor, body, kind, "text/csv") == "Unnamed: 0, gr%C3%B6%C3%9Fe%2C cm"


def test_a_table_without_extra_columns_has_no_note(predictor: Predictor) -> None:
    assert ignored_by(predictor, {"dataframe_records": [ROW]}) is None
    assert ignored_by(predictor, [ROW]) is None


@pytest.mark.parametrize("name", ["clas", "Class", "klass"])
def test_an_extra_column_that_may_be_meant_for_a_missing_one_is_refused(predictor: Predictor, name: str) -> None:
    row = {"origin": "origin 1", name: 3}
    for body in ({"dataframe_records": [row]}, {"dataframe_split": {"columns": [*row], "data": [[*row.values()]]}}):
        with pytest.raises(
            InvalidRequest, match=f"unknown field '{name}'; the nearest known field is 'class', which is missing"
        ):
            ask(predictor, body)
    with pytest.raises(InvalidRequest, match=f"line 1: unknown field '{name}'"):
        ask(predictor, f"origin,{name}\norigin 1,3\n".encode(), "text/csv")
    assert ask(predictor, {"dataframe_records": [{**row, "class": 3}]}) == ask(
        predictor, [{"origin": "origin 1", "class": 3}]
    )


def test_a_table_without_a_known_column_is_refused(predictor: Predictor) -> None:
    with pytest.raises(InvalidRequest, match=r"dataframe_split\.columns: unknown field 'zzz'"):
        ask(predictor, {"dataframe_split": {"columns": ["zzz"], "data": [[1]]}})


@pytest.mark.parametrize(
    "body", [[{**ROW, "zzz": 1}], {"instances": [{**ROW, "zzz": 1}]}, {"inputs": {"class": [1], "zzz": [1]}}]
)
def test_other_forms_know_no_extra_columns(predictor: Predictor, body: Any) -> None:
    with pytest.raises(InvalidRequest, match="unknown field 'zzz'"):
        ask(predictor, body)


def test_many_and_long_names_are_shortened() -> None:
    value = header_value([f"column {number}" for number in range(30)] + ["n" * 5000])
    assert value.startswith("column 0, column 1,")
    assert value.endswith("column 19, and 11 more")
    assert header_value(["é" * 5000]) == "%C3%A9" * 60
