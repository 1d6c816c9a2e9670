"""Text of Spark SQL to a tree."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import ValidationError
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokenizer_core import Token

from contracts.expressions import AnyNode, Expression, ResultType
from contracts.expressions.nodes.instants import DateDifference, DatePart, TruncateDate
from contracts.expressions.nodes.node import walk
from preprocessing.expressions.parsing.dialect import RowSql
from preprocessing.expressions.parsing.read_tree import TreeReader
from preprocessing.expressions.parsing.refusal import Refused, RefusedExpression, located
from preprocessing.expressions.zone_transitions import zone_rules

LONGEST = 10_000
_NONE: Mapping[str, AnyNode] = {}
_NO_LISTS: Mapping[str, str] = {}


def parse_expression(
    text: str,
    columns: Mapping[str, ResultType],
    zone: str = "UTC",
    derived: Mapping[str, AnyNode] = _NONE,
    lists: Mapping[str, str] = _NO_LISTS,
) -> Expression:
    """Return Spark SQL of one row as a tree.

    `columns`: the types of the columns that it may read; `zone`: that of its dates, a name of the tz database; `derived`: trees
    that stand for names; `lists`: separators of the columns that have lists. Raises `RefusedExpression` for text that is no
    expression or has no operations in the graph, with the word and the reason;
    `ValueError` for a zone that is unknown.

    >>> parse_expression("delay / distance", {"delay": "double", "distance": "double"}).root.op
    'divide'
    """
    rules = zone_rules(zone)
    tokens, tree = _parsed(text)
    try:
        root = TreeReader(columns, rules, derived, lists).read(tree)
        return Expression(root=root, zone=rules if _has_dates(root) else None)
    except Refused as refused:
        raise located(text, tokens, refused) from refused
    except ValidationError as error:
        problem = error.errors()[0]
        raise RefusedExpression(text, text[:20], 1, str(problem.get("ctx", {}).get("error", problem["msg"]))) from error
    except RecursionError:
        raise _too_deep(text) from None


def _parsed(text: str) -> tuple[list[Token], exp.Expr]:
    if len(text) > LONGEST:
        raise RefusedExpression(text[:20], text[:20], 1, f"an expression has at most {LONGEST} characters")
    dialect = RowSql()
    try:
        tokens = dialect.tokenize(text)
        trees = dialect.parser().parse(tokens, text)
    except ParseError as error:
        problem = error.errors[0] if error.errors else {}
        word = str(problem.get("highlight") or text[:20])
        before = str(problem.get("start_context") or "")
        position = text.find(before + word) + len(before) + 1
        raise RefusedExpression(text, word, max(position, 1), _reason(str(problem.get("description")))) from error
    except TokenError as error:
        raise RefusedExpression(text, text[-20:], max(len(text) - 20, 0) + 1, "a quote is not closed") from error
    except RecursionError:
        raise _too_deep(text) from None
    if len(trees) != 1 or trees[0] is None:
        raise RefusedExpression(text, text[:20], 1, "this is not one expression")
    return tokens, trees[0]


def _reason(description: str) -> str:
    """Return a reason for text that is no SQL, without sqlglot's own classes."""
    if description.startswith("Required keyword"):
        return "an operand is absent"
    return f"this is no expression of SQL ({description.rstrip('.').lower()})"


def _too_deep(text: str) -> RefusedExpression:
    return RefusedExpression(text[:100], text[:20], 1, "the expression is too deep")


def _has_dates(root: AnyNode) -> bool:
    return any(isinstance(node, DatePart | TruncateDate | DateDifference) for node in walk(root))
