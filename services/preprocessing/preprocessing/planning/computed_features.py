"""Features that are computed from columns: the derived columns of a request that its features name.

Their SQL is parsed to a tree, which the dataset's job and the model's graph evaluate alike. Other derived columns serve label,
weight and filter alone, and are Spark's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import assert_never

import pyarrow as pa

from contracts.errors import InvalidRequest, pointer
from contracts.expressions import AnyNode, Expression, ResultType
from contracts.expressions.nodes.casts import Cast
from contracts.features import Categorical, Feature, Hashed, Numeric, ValueType
from contracts.messages.datasets import DatasetRequest
from preprocessing.expressions.parsing.parse_expression import parse_expression
from preprocessing.expressions.parsing.refusal import RefusedExpression
from preprocessing.planning.column_types import column_types, sampled_text
from preprocessing.planning.date_features import DateColumns
from preprocessing.planning.ranges import Plan
from preprocessing.sql_names import columns_in
from sources.expressions.compile_arrow import compile_arrow
from sources.values.instants import instants

_MOST_SHOWN = 50
_OF_WRITTEN_VALUES = {
    "null_values": "write nullif",
    "prefix": "write replace",
    "suffix": "write replace",
    "decimal_point": "write replace",
    "thousands_separator": "write replace",
    "strip": "write trim",
    "fold_case": "write lower",
}
"""Options of features, and their equivalent in an expression."""
_TYPES: Mapping[ValueType, ResultType] = {
    "int64": "integer",
    "float64": "double",
    "bytes": "text",
    "instant": "instant",
}


@dataclass
class Computed:
    """The computed features of a request: their expressions, and the columns that these read, with their types."""

    expressions: dict[str, Expression] = field(default_factory=dict[str, Expression])
    columns: dict[str, ValueType] = field(default_factory=dict[str, ValueType])


def computed_features(request: DatasetRequest, plan: Plan, dates: DateColumns, texts: Sequence[str] = ()) -> Computed:
    """Return the derived columns that are features, in the order in which they are derived.

    `dates`: those of the request; `texts`: columns that are read as text, also where they hold numbers.

    Raises `InvalidRequest`, pointing at the SQL, for what cannot be computed in a graph, and for a column that would be read as
    two types.
    """
    names = [name for name in request.derive if name in request.features]
    if not names:
        return Computed()
    types = _column_types(request, plan, names, dates, texts)
    # Columns that no expression names stand for themselves in the message on a name that is none.
    shown: dict[str, ValueType] = {name: types.get(name, "bytes") for name in [*types, *plan.columns[:_MOST_SHOWN]]}
    nodes: dict[str, AnyNode] = {}
    computed, features = Computed(), request.column_features
    for name in _with_those_before(request, names):
        expression = _parsed(request, name, shown, nodes, dates)
        nodes[name] = expression.root
        if name in names:
            computed.expressions[name] = _settled(name, features[name], expression)
    for expression in computed.expressions.values():
        read = expression.columns()
        computed.columns |= {column: types[column] for column in plan.columns if column in read}
    _check_own_rules(request, computed)
    return computed


def with_computed_type(name: str, feature: Feature, expression: Expression) -> Feature:
    """Return the feature as a manifest has it. A token that is computed is spelled as it is.

    Raises `InvalidRequest` for options of values that are written in the source.
    """
    for option, instead in _OF_WRITTEN_VALUES.items():
        if getattr(feature, option, None):
            raise InvalidRequest(
                f"{option} is of values that stand in the source, and {name!r} is computed: {instead} in its SQL instead",
                pointer=pointer("features", name, option),
            )
    if not isinstance(feature, Numeric):
        if feature.spelling == "canonical":
            raise InvalidRequest(
                "text that is computed is spelled as the expression makes it; leave spelling out",
                pointer=pointer("features", name, "spelling"),
            )
        return feature.model_copy(update={"spelling": "written"})
    is_whole = expression.result_type in {"integer", "boolean"}
    if feature.dtype == "int64" and not is_whole:
        raise InvalidRequest(
            f"{name!r} is computed as a double; leave dtype out, or cast it to bigint in its SQL",
            pointer=pointer("features", name, "dtype"),
        )
    return feature.with_type("int64" if is_whole else "float64")


def _with_those_before(request: DatasetRequest, names: list[str]) -> list[str]:
    """Return these derived columns and those that they read, in the order of the request."""
    needed = set(names)
    for name in reversed(list(request.derive)):
        if name in needed:
            needed |= set(columns_in([request.derive[name]], request.derive)) - {name}
    return [name for name in request.derive if name in needed]


def _parsed(
    request: DatasetRequest,
    name: str,
    types: Mapping[str, ValueType],
    nodes: Mapping[str, AnyNode],
    dates: DateColumns,
) -> Expression:
    text = request.derive[name]
    columns: dict[str, ResultType] = {column: _TYPES[kind] for column, kind in types.items()}
    try:
        zone = dates.zones.get(name, request.time_zone)
        expression = parse_expression(text, columns, zone, nodes, _separators(request))
        compile_arrow(expression)
    except pa.ArrowInvalid as error:
        raise InvalidRequest(f"{name!r} cannot be a feature: {error}", pointer=pointer("derive", name)) from error
    except RefusedExpression as refused:
        raise InvalidRequest(
            f"{name!r} cannot be a feature: {refused.word!r}, character {refused.position}: {refused.reason}",
            pointer=pointer("derive", name),
        ) from refused
    except ValueError as error:
        raise InvalidRequest(str(error), pointer="/time_zone") from error
    return expression


def _separators(request: DatasetRequest) -> dict[str, str]:
    """Return the separators of the columns that have lists."""
    bags = {name: feature.bag for name, feature in request.column_features.items()}
    return {name: bag.separator for name, bag in bags.items() if bag is not None}


def _settled(name: str, feature: Feature, expression: Expression) -> Expression:
    """Return the expression with the type that the feature's kind reads. Raises `InvalidRequest` where there is none."""
    received = expression.result_type
    match feature:
        case Numeric():
            if received in {"text", "instant"}:
                hint = (
                    "cast it to double" if received == "text" else "take a part of it, as hour(…), or unix_seconds(…)"
                )
                raise InvalidRequest(
                    f"a numeric feature is a number. Received: {received}; {hint}", pointer=pointer("derive", name)
                )
            return expression
        case Categorical() | Hashed():
            if received in {"double", "instant"}:
                hint = "round it and cast it to bigint" if received == "double" else "take a part of it, as hour(…)"
                raise InvalidRequest(
                    f"a {feature.kind} feature is text, a whole number or a boolean. Received: {received}; {hint}",
                    pointer=pointer("derive", name),
                )
            return (
                expression
                if received == "text"
                else Expression(root=Cast(operand=expression.root, to="text"), zone=expression.zone)
            )
        case _:
            assert_never(feature)


def _column_types(
    request: DatasetRequest, plan: Plan, names: list[str], dates: DateColumns, written: Sequence[str]
) -> dict[str, ValueType]:
    """Return the types of the columns that the expressions name: a feature's, a date's or a text's own, else by their values."""
    texts = [request.derive[name] for name in _with_those_before(request, names)]
    named = columns_in(texts, plan.columns)
    given = {name: feature for name, feature in request.column_features.items() if name in named}
    types: dict[str, ValueType] = dict.fromkeys((name for name in named if name in dates.written), "instant")
    types |= dict.fromkeys((name for name in named if name in written), "bytes")
    kinds = column_types(plan, [name for name in named if name not in types])
    times = _times(plan, [name for name, kind in kinds.items() if kind == "bytes" and name not in given])
    for name, kind in kinds.items():
        feature = given.get(name)
        if feature is not None:
            types[name] = feature.with_type(kind or "bytes").value_type
        else:
            types[name] = "instant" if name in times or kind is None else kind
    return types


def _times(plan: Plan, names: list[str]) -> set[str]:
    """Return the columns whose text is dates or times as ISO 8601 writes them, in the rows that are sampled."""
    if not names:
        return set()
    samples = sampled_text(plan, names)
    read = {name: instants(samples.column(name).combine_chunks()) for name in names}
    return {name for name, (values, wrong) in read.items() if not wrong and values.null_count < len(values)}


def _check_own_rules(request: DatasetRequest, computed: Computed) -> None:
    """Raise `InvalidRequest` where an expression reads a feature that has null tokens of its own."""
    for name, expression in computed.expressions.items():
        for column in expression.columns():
            feature = request.column_features.get(column)
            if feature is not None and feature.null_values:
                raise InvalidRequest(
                    f"{name!r} reads {column!r}, whose null_values are a rule of that feature alone; name them in the source's "
                    "null_values, or write nullif",
                    pointer=pointer("derive", name),
                )
