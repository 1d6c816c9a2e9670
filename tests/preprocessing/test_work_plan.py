"""The columns that a job reads, with their types, and what Spark is asked to evaluate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.preprocessing.planned_work import planned_work

from contracts.errors import InvalidRequest
from contracts.schema import ValueType
from preprocessing.work_plan import plan_expressions

TEXT = "y,n,k,w,user\n0,1,a,0.5,u1\n1,2,b,1.5,u2\n"
NUMBER = {"n": {"kind": "numeric"}}


def columns_of(root: Path, **body: Any) -> dict[str, ValueType]:
    return planned_work(root, TEXT, **{"features": NUMBER, "remaining": "exclude", **body})[1].columns


def test_features_come_first_then_label_weight_and_split_key(tmp_path: Path) -> None:
    columns = columns_of(tmp_path, weight="w", split_key=["user", "n"])
    assert [*columns.items()] == [("n", "int64"), ("y", "bytes"), ("w", "float64"), ("user", "bytes")]


@pytest.mark.parametrize(
    ("label", "type_of_label"),
    [
        ({"column": "w", "kind": "binary"}, "bytes"),
        ({"column": "w", "kind": "multiclass"}, "bytes"),
        ({"column": "w", "kind": "regression"}, "float64"),
        ({"column": "k", "kind": "regression"}, "float64"),
        ({"expression": "w > 1"}, "float64"),
        ({"expression": "k = 'a'"}, "bytes"),
    ],
)
def test_a_label_is_read_as_text_unless_it_is_a_number_or_part_of_an_expression(
    tmp_path: Path, label: dict[str, str], type_of_label: str
) -> None:
    columns = columns_of(tmp_path, label=label)
    assert [*columns.values()] == ["int64", type_of_label]


def test_columns_of_the_filter_alone_decide_no_split(tmp_path: Path) -> None:
    _, work = planned_work(tmp_path, TEXT, features=NUMBER, remaining="exclude", filter="w > 0 AND n > 0 AND k <> 'c'")
    assert [*work.columns] == ["n", "y"]
    assert work.filter_columns == {"k": "bytes", "w": "float64"}
    assert work.evaluated


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"weight": "y"}, "the label cannot be the weight too. Received both: 'y'"),
        ({"weight": "k", "features": {"k": {"kind": "categorical"}}}, "a weight is a number. Received: 'k'"),
    ],
)
def test_a_weight_must_be_a_number_of_its_own(tmp_path: Path, body: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidRequest, match=message) as raised:
        planned_work(tmp_path, TEXT, **body)
    assert raised.value.pointer == "/weight"


@pytest.mark.parametrize("records", ["none", "raw", "transformed"])
@pytest.mark.parametrize("layout", ["columns", "packed"])
def test_the_float64_label_takes_a_features_name_only_in_records_of_columns(
    tmp_path: Path, records: str, layout: str
) -> None:
    body: dict[str, Any] = {"label": {"column": "y", "kind": "regression"}, "records": records, "layout": layout}
    text = "y,y:float64\n0.5,1\n1.5,2\n"
    if layout == "columns" and records != "none":
        with pytest.raises(InvalidRequest, match="records need the name 'y:float64'"):
            planned_work(tmp_path, text, **body)
    else:
        assert [*planned_work(tmp_path, text, **body)[1].columns] == ["y:float64", "y"]


def test_without_expressions_nothing_is_evaluated(tmp_path: Path) -> None:
    assert not planned_work(tmp_path, TEXT, weight="w")[1].evaluated


def test_spark_reads_what_its_expressions_name_in_the_order_of_the_source(tmp_path: Path) -> None:
    derive = {"late": "delay > 1", "delay": "w - n"}
    request, work = planned_work(
        tmp_path, TEXT, label={"column": "late"}, derive=derive, filter="user <> 'u9'", weight="n"
    )
    found = plan_expressions(request, work)
    assert found.columns == ["n", "w", "user"]
    assert (found.label, found.weight, found.label_pointer) == ("`late`", None, "/label/column")


def test_a_plain_label_and_weight_are_not_read_twice(tmp_path: Path) -> None:
    request, work = planned_work(tmp_path, TEXT, weight="w", filter="n > 1")
    found = plan_expressions(request, work)
    assert (found.columns, found.label, found.weight) == (["n"], None, None)
    derived, work = planned_work(tmp_path, TEXT, weight="half", derive={"half": "w / 2"})
    found = plan_expressions(derived, work)
    assert (found.columns, found.weight) == (["w"], "`half`")


def test_an_error_in_a_label_expression_points_to_it(tmp_path: Path) -> None:
    request, work = planned_work(tmp_path, TEXT, label={"expression": "w > 1"})
    found = plan_expressions(request, work)
    assert (found.label, found.label_pointer) == ("w > 1", "/label/expression")


def test_a_weight_that_is_derived_from_the_label_reads_the_label(tmp_path: Path) -> None:
    request, work = planned_work(
        tmp_path, TEXT, weight="costly", derive={"costly": "CASE WHEN y = 1 THEN w ELSE 1 END"}
    )
    assert plan_expressions(request, work).columns == ["y", "w"]
