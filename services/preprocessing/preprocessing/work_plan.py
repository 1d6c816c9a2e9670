"""Columns of the source that a job reads, with their types: from them `pipeline` builds the `Work` of all tasks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from contracts.dataset.data_folder import DataFolder
from contracts.dataset.record_features import float64_label
from contracts.errors import InvalidRequest
from contracts.label_kinds import label_traits
from contracts.messages.datasets import DatasetRequest
from contracts.schema import Schema, ValueType
from preprocessing.assignment.splitters.plan_splitter import plan_splitter
from preprocessing.assignment.work import Work
from preprocessing.planning.column_types import column_types
from preprocessing.planning.expressions import (
    evaluated_columns,
    filter_columns,
    is_evaluated,
    label_columns,
    weight_columns,
)
from preprocessing.planning.ranges import Plan
from preprocessing.planning.split_columns import group_columns, split_columns
from preprocessing.spark.evaluate_expressions import Expressions
from preprocessing.sql_names import columns_in, quoted


def plan_work(
    request: DatasetRequest, plan: Plan, schema: Schema, folder: DataFolder, roots: Sequence[str] = ()
) -> Work:
    """Return the work of a job. `roots`: the folders that sources may be in.

    Columns read in addition to the features are those of label, weight, filter and split key; the rest decide the split alone.
    """
    columns: dict[str, ValueType] = dict(schema.raw_types)
    behind_label, behind_weight = label_columns(request, plan.columns), weight_columns(request, plan.columns)
    splitter = plan_splitter(request, plan, roots)
    deciding = list(request.split_columns) if splitter.is_by_hashes else []
    named: dict[str, None] = dict.fromkeys([*behind_label, *behind_weight, *deciding])
    others = [name for name in named if name not in columns]
    # Expressions need types, and so does a number to learn; other labels are parsed by `assign`, and a key is only compared.
    is_number = label_traits(request.label.kind).is_number
    typed = {*behind_label, *behind_weight} - (set() if is_number else {request.label.column})
    kinds = _sql_types(plan, [name for name in others if name in typed])
    columns |= {name: kinds.get(name, "bytes") for name in others}
    if is_number and request.label.column in columns:
        columns[request.label.column] = _number_type(columns[request.label.column])
    if request.weight in columns:
        columns[request.weight] = _weight_type(request.weight, request, columns[request.weight])
    has_columns = request.records != "none" and request.layout == "columns"
    recorded = {*schema.kept_types, *schema.number_inputs, *schema.id_inputs} if has_columns else set[str]()
    if is_number and float64_label(schema.label.name) in recorded:
        raise InvalidRequest(
            f"records need the name {float64_label(schema.label.name)!r} for the label; exclude or rename that feature",
            pointer="/features",
        )
    looked_at = [name for name in filter_columns(request, plan.columns) if name not in columns]
    looked_at_types = _sql_types(plan, looked_at)
    used: dict[str, ValueType] = {**columns, **looked_at_types}
    hashed = split_columns(plan, deciding, used, behind_label) if splitter.is_by_hashes else {}
    return Work(
        plan=plan,
        schema=schema,
        columns=columns,
        split_columns=hashed,
        group_columns=group_columns(plan, request.group_columns, used),
        splitter=splitter,
        records=request.records,
        layout=request.layout,
        compression=request.compression,
        folder=folder,
        evaluated=is_evaluated(request),
        filter_columns=looked_at_types,
        max_bad_records=request.max_bad_records,
    )


def _weight_type(name: str, request: DatasetRequest, kind: ValueType) -> ValueType:
    if name == request.label.column:
        raise InvalidRequest(f"the label cannot be the weight too. Received both: {name!r}", pointer="/weight")
    if name in request.features and kind == "bytes":
        raise InvalidRequest(f"a weight is a number. Received: {name!r}, which is a category", pointer="/weight")
    return _number_type(kind)


def _number_type(kind: ValueType) -> ValueType:
    """Return the type that a number is read as; text that is not a number then raises an error with its position."""
    match kind:
        case "bytes":
            return "float64"
        case "int64" | "float64":
            return kind
        case "instant":
            raise InvalidRequest("a time is no number; derive one from it", pointer="/label")
        case _:
            assert_never(kind)


def _sql_types(plan: Plan, names: Sequence[str]) -> dict[str, ValueType]:
    """Return the types of columns that are not features; the reader rejects those neither number nor text."""
    return {name: kind or "bytes" for name, kind in column_types(plan, names).items()}


def plan_expressions(request: DatasetRequest, work: Work) -> Expressions:
    """Return the expressions that Spark evaluates, and the columns that it reads for them."""
    derive = evaluated_columns(request)
    texts = [*derive.values(), request.filter or "", request.label.expression or ""]
    label = request.label.expression
    if request.label.column in request.derive:
        label = quoted(request.label.column)
    return Expressions(
        columns=columns_in(texts, work.plan.columns),
        derive=derive,
        filter=request.filter,
        label=label,
        weight=quoted(request.weight) if request.weight in request.derive else None,
        label_kind=request.label.kind,
        label_rule=request.label.text_rule,
        label_pointer="/label/column" if request.label.column is not None else "/label/expression",
    )
