from __future__ import annotations

import pytest
from sqlglot import exp, parse_one

from preprocessing.expressions.parsing.dialect import RowSql


@pytest.mark.parametrize("call", ["log(x)", "datediff(a, b)", "substring(s, 1, 2)", "trim(s)", "floor(x)", "year(t)"])
def test_a_call_arrives_as_it_was_written(call: str) -> None:
    tree = parse_one(call, dialect=RowSql)
    assert isinstance(tree, exp.Anonymous)
    assert tree.this == call.partition("(")[0]
