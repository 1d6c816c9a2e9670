from __future__ import annotations

import pytest
from tests.expression_cases import CASES, Case, arrays, as_written, parsed

from sources.expressions.compile_arrow import compile_arrow


@pytest.mark.parametrize("case", CASES["tokens"], ids=lambda case: case[0])
def test_results(case: Case) -> None:
    text, columns, expected = case
    assert as_written(compile_arrow(parsed(text))(arrays(columns)).to_pylist()) == as_written(expected)
