"""Spark's dialect as sqlglot has it, with functions under the names by which they are called.

sqlglot rewrites many functions on the way (`log(x)`, `datediff`, `substring`); this parser keeps the calls, so that the table in
`functions` alone has their meaning.
"""

from __future__ import annotations

from typing import Any, ClassVar

from sqlglot.dialects.spark import Spark
from sqlglot.parsers.spark import SparkParser

_KEPT = {"CAST", "TRY_CAST", "EXTRACT"}
"""Calls with a syntax of their own."""


class _RowParser(SparkParser):
    FUNCTIONS: ClassVar[dict[str, Any]] = {}
    FUNCTION_PARSERS: ClassVar[dict[str, Any]] = {
        name: parse for name, parse in SparkParser.FUNCTION_PARSERS.items() if name in _KEPT
    }


class RowSql(Spark):
    """Spark SQL of which only expressions of one row are read."""

    Parser = _RowParser
