"""Infer the features that the request leaves out, from a sample of each column.

The rules are few on purpose, so that a job's behavior is predictable. Decisions that take judgement (codes, ids, null tokens,
columns that leak the label) are proposed by `preprocessing.proposals`, for a person to decide before the job.

A column of whole numbers is numeric int64, one of numbers is numeric float64, anything else is categorical.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from contracts.errors import InvalidData, InvalidRequest, pointer
from contracts.features import DateTime, Feature, Numeric, ValueType, default_feature, indicator_name
from contracts.features.spelling import canonical_text
from contracts.messages.datasets import DatasetRequest
from contracts.schema import WEIGHT, Schema
from contracts.source import DelimitedText, RangeSource
from contracts.validation.invalid_fields import invalid_fields
from preprocessing.planning.column_names import unknown_column
from preprocessing.planning.column_types import column_types
from preprocessing.planning.computed_features import Computed, computed_features, with_computed_type
from preprocessing.planning.date_features import DateColumns
from preprocessing.planning.expressions import check_expressions, check_names, label_columns, weight_columns
from preprocessing.planning.ranges import Plan
from preprocessing.planning.short_forms import (
    check_short_forms,
    columns_read_as_text,
    short_form_behind,
    with_short_forms,
)


def infer_schema(request: DatasetRequest, plan: Plan) -> Schema:
    """Return the schema: the request's features, completed from the source, in the source's order.

    Raises `NotFound` for a column that is not in the source, `InvalidData` for a column whose type cannot be a feature,
    `InvalidRequest` if no feature is left.
    """
    check_short_forms(request, plan.columns)
    asked, request, dates = request, with_short_forms(request, plan.columns), DateColumns.of(request)
    check_expressions(request)
    check_names(request, plan.columns)
    _check_columns(request, plan)
    computed, given = _computed(asked, request, plan, dates), request.column_features
    dates.check_read(computed.columns)
    alone = {*columns_read_as_text(asked), *(name for name, kind in computed.columns.items() if kind == "instant")}
    candidates = [name for name in _candidates(request, plan) if name not in alone or name in request.features]
    kinds = column_types(plan, candidates)
    read_as = _read_as(plan.source)
    point: str = read_as.get("decimal_point", ".")
    features = {name: _feature(name, given.get(name), kinds[name], point) for name in candidates}
    for name, expression in computed.expressions.items():
        features[name] = with_computed_type(name, given[name], expression)
    features = _with_indicators(features, {request.label.name, *(cross.name for cross in request.crosses)})
    if not features:
        raise InvalidRequest("no column is left to be a feature", pointer="/features")
    _check_crosses(request, asked, plan, features)
    nulls = plan.source.null_tokens
    _check_features(features, nulls, point)
    try:
        return Schema(
            features=features,
            crosses=request.crosses,
            label=request.label,
            weight=request.weight,
            derive=request.derive,
            computed=computed.expressions,
            columns=computed.columns,
            time_formats=dict(dates.written),
            vectors=plan.elements,
            null_tokens=nulls,
            **read_as,
        )
    except ValidationError as error:
        raise InvalidRequest(invalid_fields(error.errors(), Schema, None)[0].detail, pointer="/features") from error


def _computed(asked: DatasetRequest, request: DatasetRequest, plan: Plan, dates: DateColumns) -> Computed:
    """Return the computed features. Raises `InvalidRequest`, for a part of a short form at that form."""
    texts = columns_read_as_text(asked)
    try:
        return computed_features(request, plan, dates, texts)
    except InvalidRequest as error:
        name = short_form_behind(asked, error.pointer)
        if name is None:
            raise
        what = ""
        if isinstance(asked.features[name], DateTime):
            what = "a datetime, and the column that it counts days since, are dates or times: "
        hint = "" if name in {*dates.written, *texts} else "; times that are not as ISO 8601 writes them need a format"
        raise InvalidRequest(f"{what}{error.message}{hint}", pointer=pointer("features", name)) from error


def _read_as(source: RangeSource) -> dict[str, Any]:
    """Return the options of delimited text that hold for text at predict as well."""
    fields = ("skip_initial_space", "decimal_point", "thousands_separator")
    return {name: getattr(source, name) for name in fields} if isinstance(source, DelimitedText) else {}


def _check_crosses(request: DatasetRequest, asked: DatasetRequest, plan: Plan, features: Mapping[str, Feature]) -> None:
    made = {
        input_name
        for name, feature in features.items()
        for input_name in [*feature.number_inputs(name), *feature.indicator_inputs(name), *feature.id_inputs(name)]
    }
    taken = {*features, request.label.name, *made, *([WEIGHT] if request.weight is not None else [])}
    for i, cross in enumerate(request.crosses):
        for j, name in enumerate(cross.features):
            place = pointer("crosses", i, "features", j)
            if name not in plan.columns and name not in features:
                raise unknown_column(name, plan.columns, place)
            if name not in features and name in asked.features:
                own = [one for one in features if short_form_behind(asked, pointer("features", one)) == name]
                raise InvalidRequest(
                    f"a cross is of categorical or hashed features of single tokens. Received: {name!r}, which is "
                    f"{asked.features[name].kind} and makes {', '.join(map(repr, own))}",
                    pointer=place,
                )
            if name not in features:
                raise InvalidRequest(f"a cross is of features, and column {name!r} is not a feature", pointer=place)
            if features[name].column_type != "token":
                raise InvalidRequest(
                    f"a cross is of categorical or hashed features. Received: {name!r}, which is {features[name].kind}",
                    pointer=place,
                )
            if features[name].bag is not None:
                raise InvalidRequest(
                    f"a cross is of single tokens: which of a list's would it take? Received: {name!r}", pointer=place
                )
        if cross.name in taken:
            raise InvalidRequest(
                f"the name of a cross is taken; give it another. Received: {cross.name!r}",
                pointer=pointer("crosses", i, "name"),
            )
        taken.add(cross.name)


def _check_features(features: Mapping[str, Feature], nulls: Sequence[str], decimal_point: str) -> None:
    for name, feature in features.items():
        own = {*nulls, *feature.null_values}
        if feature.respells:
            own |= {canonical_text(token, decimal_point) for token in own}
        for conflict in feature.conflicts(own):
            raise InvalidRequest(conflict.message, pointer=pointer("features", name, *conflict.place))


def _check_columns(request: DatasetRequest, plan: Plan) -> None:
    named = [(name, pointer("features", name)) for name in request.features if name not in request.derive]
    named += [(name, f"/exclude/{i}") for i, name in enumerate(request.exclude)]
    named += [*request.split_columns.items(), *request.group_columns.items()]
    for name, place in named:
        if name not in plan.columns:
            raise unknown_column(name, plan.columns, place)


def _candidates(request: DatasetRequest, plan: Plan) -> list[str]:
    if request.remaining == "exclude":
        return [name for name in plan.columns if name in request.features]
    out = {*request.exclude, *label_columns(request, plan.columns), *weight_columns(request, plan.columns)}
    out |= set() if isinstance(request.splits, dict) else set(request.split_columns)
    return [name for name in plan.columns if name in request.features or name not in out]


def _feature(name: str, given: Feature | None, inferred: ValueType | None, decimal_point: str) -> Feature:
    if inferred is None and given is not None and given.bag is not None:
        inferred = "bytes"
    if inferred is None:
        raise InvalidData(
            f"column {name!r} is neither a number nor a category: it is a list, nested, or a time. Give a list `many` or "
            "`shape`, a time the kind datetime, or exclude it",
            pointer=pointer("features", name),
        )
    return (default_feature(inferred) if given is None else given).with_type(inferred, decimal_point)


def _with_indicators(features: Mapping[str, Feature], others: Collection[str]) -> dict[str, Feature]:
    """Return features with the default indicators. A column or one of `others` that has an indicator's name keeps it."""
    taken = {*features, *others}
    return {
        name: feature.with_indicator(possible=indicator_name(name) not in taken)
        if isinstance(feature, Numeric)
        else feature
        for name, feature in features.items()
    }
