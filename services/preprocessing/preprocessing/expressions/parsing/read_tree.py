"""sqlglot's tree to ours, node by node."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from pydantic import ValidationError
from sqlglot import exp

from contracts.expressions import AnyNode, ResultType, ZoneRules
from contracts.expressions.nodes.arithmetic import Arithmetic
from contracts.expressions.nodes.casts import Cast
from contracts.expressions.nodes.choice import Branch, Case
from contracts.expressions.nodes.comparison import Comparison, Membership
from contracts.expressions.nodes.leaves import Column, Constant
from contracts.expressions.nodes.logic import Connective, Not
from contracts.expressions.nodes.search import Like
from preprocessing.expressions.parsing import functions, literals, text_functions
from preprocessing.expressions.parsing.list_functions import LISTS
from preprocessing.expressions.parsing.operands import Untyped, alike, as_type
from preprocessing.expressions.parsing.refusal import Refused

FUNCTIONS = functions.NUMBERS_AND_CHOICES | text_functions.TEXTS_AND_INSTANTS

_TYPES: dict[str, tuple[ResultType, int]] = {
    "DOUBLE": ("double", 64),
    "INT": ("integer", 32),
    "BIGINT": ("integer", 64),
    "TEXT": ("text", 64),
    "VARCHAR": ("text", 64),
    "BOOLEAN": ("boolean", 64),
}
_INSTANTS = {"DATE", "TIMESTAMP", "TIMESTAMPTZ", "TIMESTAMPLTZ"}
_NO_ROW = {
    "rand",
    "random",
    "randn",
    "uuid",
    "now",
    "current_date",
    "current_timestamp",
    "current_timezone",
    "row_number",
}
_AGGREGATES = {
    "sum",
    "avg",
    "mean",
    "count",
    "min",
    "max",
    "stddev",
    "variance",
    "first",
    "last",
    "collect_list",
    "lag",
}


class TreeReader:
    """Reads trees over columns of given types, with dates in a zone. `lists`: the separators of columns that have lists."""

    def __init__(
        self,
        columns: Mapping[str, ResultType],
        zone: ZoneRules,
        derived: Mapping[str, AnyNode],
        lists: Mapping[str, str],
    ) -> None:
        self._columns = columns
        self._lists = lists
        self._derived = derived
        self._zone = zone

    def read(self, node: exp.Expr) -> AnyNode:
        """Return a node; NULL alone has no type. Raise `Refused` for SQL outside of the subset."""
        read = self._read(node)
        if read is None:
            raise Refused(node, "NULL alone has no type; write cast(NULL AS double) or the like")
        return read

    def _read(self, node: exp.Expr) -> Untyped:
        reader = self._READERS.get(type(node))
        if reader is None:
            raise Refused(node, self._why_not(node))
        try:
            return reader(self, node)
        except ValidationError as error:
            problem = error.errors()[0]
            raise Refused(node, str(problem.get("ctx", {}).get("error", problem["msg"]))) from error
        except ValueError as error:
            raise Refused(node, str(error)) from error

    @staticmethod
    def _why_not(node: exp.Expr) -> str:
        if isinstance(node, exp.Query | exp.Subquery | exp.Window | exp.AggFunc):
            return "an expression reads one row: no queries, windows and aggregates"
        if isinstance(node, exp.CurrentDate | exp.CurrentTimestamp | exp.CurrentUser):
            return "its value is not of the row, so that training and serving would differ"
        return "this part of SQL has no operations in the graph, so that it cannot be a feature; labels and filters may use it"

    def _paren(self, node: exp.Expr) -> Untyped:
        return self._read(node.this)

    def _null(self, node: exp.Expr) -> Untyped:
        del node

    def _boolean(self, node: exp.Expr) -> Untyped:
        return Constant(type="boolean", value=bool(node.this))

    def _literal(self, node: exp.Expr) -> Untyped:
        return Constant(type="text", value=node.this) if node.args["is_string"] else literals.number(node.this)

    def _raw_text(self, node: exp.Expr) -> Untyped:
        return Constant(type="text", value=node.this)

    def _column(self, node: exp.Expr) -> Untyped:
        assert isinstance(node, exp.Column)
        if node.args.get("table") is not None:
            raise Refused(node, "fields of structures are not read here; quote a column whose name has a dot: `a.b`")
        if node.name in self._derived:
            return self._derived[node.name]
        if node.name not in self._columns:
            names = ", ".join(self._columns)
            raise Refused(node, f"this is not one of the columns, whose upper and lower case counts: {names}")
        return Column(name=node.name, type=self._columns[node.name])

    def _arithmetic(self, node: exp.Expr) -> Untyped:
        op: Any = _ARITHMETIC[type(node)]
        left, right = self._both(node)
        if op == "divide":
            return Arithmetic(op=op, left=as_type(left, "double"), right=as_type(right, "double"))
        for side in (left, right):
            if side is not None and side.result_type == "instant":
                raise ValueError("instants are no numbers; use unix_seconds, timestampdiff or datediff")
        left, right = alike(_SYMBOLS[op], (left, right))
        return Arithmetic(op=op, left=left, right=right)

    def _negative(self, node: exp.Expr) -> Untyped:
        if isinstance(node.this, exp.Literal) and not node.this.args["is_string"] and node.this.this.isdecimal():
            return Constant(type="integer", value=-int(node.this.this))
        operand = self.read(node.this)
        if isinstance(operand, Constant) and operand.type == "double" and operand.value is not None:
            return Constant(type="double", value=-float(operand.value))
        return functions.sign("negate", operand)

    def _both(self, node: exp.Expr) -> tuple[Untyped, Untyped]:
        return self._read(node.args["this"]), self._read(node.args["expression"])

    def _comparable(self, *operands: Untyped) -> list[AnyNode]:
        """Return values of one type; a text next to an instant is a date or timestamp."""
        if any(operand is not None and operand.result_type == "instant" for operand in operands):
            operands = tuple(self._as_instant(operand) for operand in operands)
        return alike("a comparison", operands)

    def _as_instant(self, operand: Untyped) -> Untyped:
        if isinstance(operand, Constant) and isinstance(operand.value, str):
            return literals.instant(operand.value, self._zone)
        return operand

    def _comparison(self, node: exp.Expr) -> Untyped:
        op, is_swapped, is_negated = _COMPARISONS[type(node)]
        left, right = self._comparable(*self._both(node))
        if is_swapped:
            left, right = right, left
        compared = Comparison(op=op, left=left, right=right)
        return Not(operand=compared) if is_negated else compared

    def _between(self, node: exp.Expr) -> Untyped:
        parts = (self._read(node.args[name]) for name in ("this", "low", "high"))
        value, low, high = self._comparable(*parts)
        above = Comparison(op="less_equal", left=low, right=value)
        return Connective(op="and", terms=[above, Comparison(op="less_equal", left=value, right=high)])

    def _in(self, node: exp.Expr) -> Untyped:
        if not node.expressions or node.args.get("query") is not None:
            raise Refused(node, "IN takes a list of literals")
        value, *members = self._comparable(self.read(node.this), *map(self._read, node.expressions))
        if not all(isinstance(member, Constant) for member in members):
            raise Refused(node, "IN takes a list of literals; write OR for columns")
        return Membership(value=value, members=[member for member in members if isinstance(member, Constant)])

    def _connective(self, node: exp.Expr) -> Untyped:
        kind = type(node)
        assert isinstance(node, exp.Connector)
        terms = [as_type(self._read(term), "boolean") for term in _flat(node, kind)]
        return Connective(op="and" if kind is exp.And else "or", terms=terms)

    def _not(self, node: exp.Expr) -> Untyped:
        return Not(operand=as_type(self._read(node.this), "boolean"))

    def _is(self, node: exp.Expr) -> Untyped:
        other = node.args["expression"]
        if isinstance(other, exp.Null):
            return functions.is_null(self._read(node.this))
        if isinstance(other, exp.Boolean):
            truth = Constant(type="boolean", value=bool(other.this))
            return Comparison(op="same", left=as_type(self._read(node.this), "boolean"), right=truth)
        raise Refused(node, "IS takes NULL, TRUE or FALSE; write <=> to compare with a column")

    def _concatenation(self, node: exp.Expr) -> Untyped:
        return text_functions.concatenate(*map(self._read, _flat(node, exp.DPipe)))

    def _like(self, node: exp.Expr) -> Untyped:
        text, pattern = self._both(node)
        return Like(operand=as_type(text, "text"), pattern=functions.literal("the pattern of LIKE", pattern, str))

    def _matches(self, node: exp.Expr) -> Untyped:
        return text_functions.matches(*self._both(node))

    def _case(self, node: exp.Expr) -> Untyped:
        compared = node.args.get("this")
        branches: list[exp.Expr] = node.args["ifs"]
        conditions = [self._condition(compared, branch) for branch in branches]
        default = node.args.get("default")
        values = [self._read(branch.args["true"]) for branch in branches]
        *values, otherwise = alike("CASE", [*values, None if default is None else self._read(default)])
        pairs = zip(conditions, values, strict=True)
        return Case(branches=[Branch(condition=if_, value=then) for if_, then in pairs], otherwise=otherwise)

    def _condition(self, compared: exp.Expr | None, branch: exp.Expr) -> AnyNode:
        if compared is None:
            return as_type(self._read(branch.this), "boolean")
        left, right = self._comparable(self._read(compared), self._read(branch.this))
        return Comparison(op="equal", left=left, right=right)

    def _if(self, node: exp.Expr) -> Untyped:
        default = node.args.get("false")
        if default is None:
            raise Refused(node, "if takes a condition and two values")
        return functions.choice(*(self._read(part) for part in (node.this, node.args["true"], default)))

    def _cast(self, node: exp.Expr) -> Untyped:
        name = node.args["to"].this.name
        operand = self._read(node.this)
        if name in _INSTANTS:
            return self._cast_to_instant(operand, is_date=name == "DATE")
        if name not in _TYPES:
            raise Refused(node, f"casts are to double, int, bigint, string, boolean and date. Received: {name.lower()}")
        kind, bits = _TYPES[name]
        if operand is None:
            return Constant(type=kind, value=None)
        if isinstance(operand, Constant):
            operand = as_type(operand, kind)
        if operand.result_type == kind and not (kind == "integer" and bits == 32):
            return operand
        return Cast(operand=operand, to=kind, bits=32 if bits == 32 else 64)

    def _cast_to_instant(self, operand: Untyped, *, is_date: bool) -> Untyped:
        if isinstance(operand, Constant) and isinstance(operand.value, str):
            return literals.instant(literals.date_of(operand.value) if is_date else operand.value, self._zone)
        if operand is not None and operand.result_type != "instant":
            return Cast(operand=operand, to="instant")
        return text_functions.to_date(operand) if is_date else as_type(operand, "instant")

    def _extract(self, node: exp.Expr) -> Untyped:
        return self._called(node, node.this.name.lower(), [node.args["expression"]])

    def _call(self, node: exp.Expr) -> Untyped:
        name = str(node.this).lower()
        if name == "timestampdiff" and len(node.expressions) == 3:
            unit, *instants = node.expressions
            return text_functions.timestamp_difference(unit.name, *map(self._moment, instants))
        return self._called(node, name, node.expressions)

    def _moment(self, node: exp.Expr) -> Untyped:
        return self._as_instant(self._read(node))

    def _called(self, node: exp.Expr, name: str, arguments: list[exp.Expr]) -> Untyped:
        if name in LISTS and arguments:
            return self._of_list(node, name, arguments)
        if name not in FUNCTIONS:
            raise Refused(node, _unknown_function(name))
        reads = self._moment if name in _OF_INSTANTS else self._read
        operands = [reads(argument) for argument in arguments]
        return _built(node, name, FUNCTIONS[name], operands)

    def _of_list(self, node: exp.Expr, name: str, arguments: list[exp.Expr]) -> Untyped:
        operand, *others = map(self._read, arguments)
        separator = self._lists.get(operand.name) if isinstance(operand, Column) else None
        if separator is None:
            raise Refused(
                node,
                f"{name} takes a column of lists of tokens: one whose feature is categorical or hashed and has `many`",
            )
        return _built(node, name, LISTS[name], [operand, separator, *others])

    _READERS: ClassVar[dict[type[exp.Expr], Callable[[TreeReader, exp.Expr], Untyped]]] = {
        exp.Paren: _paren,
        exp.Null: _null,
        exp.Boolean: _boolean,
        exp.Literal: _literal,
        exp.RawString: _raw_text,
        exp.Column: _column,
        exp.Neg: _negative,
        exp.Between: _between,
        exp.In: _in,
        exp.And: _connective,
        exp.Or: _connective,
        exp.Not: _not,
        exp.Is: _is,
        exp.DPipe: _concatenation,
        exp.Like: _like,
        exp.RegexpLike: _matches,
        exp.Case: _case,
        exp.If: _if,
        exp.Cast: _cast,
        exp.TryCast: _cast,
        exp.Extract: _extract,
        exp.Anonymous: _call,
        **dict.fromkeys((exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod), _arithmetic),
        **dict.fromkeys((exp.EQ, exp.NEQ, exp.NullSafeEQ, exp.LT, exp.LTE, exp.GT, exp.GTE), _comparison),
    }


def _built(node: exp.Expr, name: str, build: Callable[..., Untyped], operands: list[Any]) -> Untyped:
    try:
        return build(*operands)
    except TypeError:
        given = len([operand for operand in operands if not isinstance(operand, str)])
        raise Refused(node, f"{name} does not take {given} arguments") from None


_ARITHMETIC: dict[type[exp.Expr], str] = {
    exp.Add: "add",
    exp.Sub: "subtract",
    exp.Mul: "multiply",
    exp.Div: "divide",
    exp.IntDiv: "quotient",
    exp.Mod: "remainder",
}
_SYMBOLS = {"add": "+", "subtract": "-", "multiply": "*", "quotient": "DIV", "remainder": "%"}
_COMPARISONS: dict[type[exp.Expr], tuple[Any, bool, bool]] = {
    exp.EQ: ("equal", False, False),
    exp.NEQ: ("equal", False, True),
    exp.NullSafeEQ: ("same", False, False),
    exp.LT: ("less", False, False),
    exp.LTE: ("less_equal", False, False),
    exp.GT: ("less", True, False),
    exp.GTE: ("less_equal", True, False),
}
"""The operation, whether the sides are swapped, and whether the result is negated."""
_OF_INSTANTS = {"datediff", "date_diff"}


def _flat(node: exp.Expr, kind: type[exp.Expr]) -> list[exp.Expr]:
    """Return the operands of a chain of one operator, from left to right, without recursion along the chain."""
    terms: list[exp.Expr] = []
    while isinstance(node, kind):
        terms.append(node.args["expression"])
        node = node.args["this"]
    return [node, *reversed(terms)]


def _unknown_function(name: str) -> str:
    if name in _AGGREGATES:
        return "an expression reads one row: no queries, windows and aggregates"
    if name in _NO_ROW:
        return "its value is not of the row, so that training and serving would differ"
    return "this function has no operations in the graph, so that it cannot be a feature; labels and filters may use it"
