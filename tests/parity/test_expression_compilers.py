"""Each node, and each of its operations, has a place in both compilers."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pytest

from contracts.expressions import NODES, Node, ops_of
from contracts.expressions.calendar import FIRST_DAYS, PARTS_OF_DATES, PARTS_OF_TIMES, SECONDS_OF_UNITS
from contracts.expressions.nodes.arithmetic import Arithmetic, Sign
from contracts.expressions.nodes.casts import CASTS
from contracts.expressions.nodes.functions import DoubleFunction, DoubleFunctionOfTwo, WholePart
from contracts.expressions.nodes.instants import DatePart, TruncateDate
from contracts.expressions.nodes.leaves import Column, Constant
from contracts.expressions.nodes.search import TextTest
from contracts.expressions.nodes.text import TextFunction
from modeling.layers import expressions as graph_room
from modeling.layers.expressions import arithmetic as graph_arithmetic
from modeling.layers.expressions import casts as graph_casts
from modeling.layers.expressions import compile_graph
from modeling.layers.expressions import functions as graph_functions
from modeling.layers.expressions import search as graph_search
from modeling.layers.expressions import text as graph_text
from sources.expressions import arithmetic, casts, compile_arrow, functions, search, text

LEAVES = {Column, Constant}


def test_each_node_has_a_place_in_both_compilers() -> None:
    assert graph_room.__doc__
    assert {*compile_arrow.KERNELS, *compile_arrow.LIST_KERNELS, *compile_arrow.ZONE_KERNELS} == {*NODES} - LEAVES
    assert {*compile_graph.OPERATIONS, *compile_graph.LIST_OPERATIONS, *compile_graph.ZONE_OPERATIONS} == {
        *NODES
    } - LEAVES


@pytest.mark.parametrize(
    ("node", "tables"),
    [
        (Sign, (arithmetic.SIGNS, graph_arithmetic.SIGNS)),
        (DoubleFunction, (functions.FUNCTIONS, graph_functions.FUNCTIONS)),
        (DoubleFunctionOfTwo, (functions.FUNCTIONS_OF_TWO, graph_functions.FUNCTIONS_OF_TWO)),
        (WholePart, (functions.WHOLE_PARTS, graph_functions.WHOLE_PARTS)),
        (TextFunction, (text.FUNCTIONS, graph_text.FUNCTIONS)),
        (TextTest, (search.TESTS, graph_search.TESTS)),
        (DatePart, ({**PARTS_OF_DATES, **PARTS_OF_TIMES},)),
        (
            Arithmetic,
            ({**arithmetic.DOUBLES, **arithmetic.INTEGERS}, {**graph_arithmetic.DOUBLES, **graph_arithmetic.INTEGERS}),
        ),
    ],
)
def test_each_operation_has_one_too(node: type[Node], tables: tuple[Mapping[str, object], ...]) -> None:
    assert all({*table} == {*ops_of(node)} for table in tables)


@pytest.mark.parametrize("table", [casts.CASTS, graph_casts.CASTS], ids=["kernel", "graph"])
def test_each_cast_has_one_too(table: Collection[object]) -> None:
    assert {*table} == CASTS


def test_each_unit_of_dates_has_one_too() -> None:
    units = TruncateDate.model_json_schema()["$defs"]["TruncateDate"]["properties"]["unit"]["enum"]
    assert {*FIRST_DAYS, *SECONDS_OF_UNITS} == {*units}
