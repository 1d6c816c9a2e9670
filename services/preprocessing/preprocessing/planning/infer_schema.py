"""Infer the features that the request leaves out, from a sample of each column.

The rules are few on purpose, so that a job's behavior is predictable. Decisions that take judgement (codes, ids, null tokens,
columns that leak the label) are proposed by `preprocessing.proposals`, for a person to decide before the job.

A column whose sampled values are all whole numbers is numeric int64, one of numbers is numeric float64, anything else is
categorical. JSON values have types of their own, and files that carry types (Parquet, Arrow) are not sampled.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import ValidationError

from contracts.errors import InvalidData, InvalidRequest, pointer
from contracts.features import Feature, Numeric, ValueType, default_feature, indicator_name
from contracts.features.spelling import canonical_text
from contracts.messages.datasets import DatasetRequest
from contracts.schema import WEIGHT, Schema
from contracts.source import ColumnarSource, DelimitedText, RangeSource
from contracts.validation.invalid_fields import invalid_fields
from preprocessing.planning.column_names import unknown_column
from preprocessing.planning.expressions import check_expressions, check_names, label_columns, weight_columns
from preprocessing.planning.ranges import Plan, beginnings
from sources.read_range import read_range
from sources.rejects import Rejects
from sources.values.arrow_values import value_type
from sources.values.text_values import Spelling, is_typed

_SAMPLES = 16
_SAMPLE_ROWS = 4096
_FEW_ROWS = 256


def infer_schema(request: DatasetRequest, plan: Plan) -> Schema:
    """Return the schema: the request's features, completed from the source, in the source's order.

    Raises `NotFound` for a column that is not in the source, `InvalidData` for a column whose type cannot be a feature,
    `InvalidRequest` if no feature is left.
    """
    check_expressions(request)
    check_names(request, plan.columns)
    _check_columns(request, plan)
    candidates = _candidates(request, plan)
    kinds = column_types(plan, candidates)
    read_as = _read_as(plan.source)
    point: str = read_as.get("decimal_point", ".")
    features = {name: _feature(name, request.features.get(name), kinds[name], point) for name in candidates}
    features = _with_indicators(features, {request.label.name, *(cross.name for cross in request.crosses)})
    if not features:
        raise InvalidRequest("no column is left to be a feature", pointer="/features")
    _check_crosses(request, plan, features)
    nulls = plan.source.null_tokens
    _check_features(features, nulls, point)
    try:
        return Schema(
            features=features,
            crosses=request.crosses,
            label=request.label,
            weight=request.weight,
            derive=request.derive,
            null_tokens=nulls,
            **read_as,
        )
    except ValidationError as error:
        raise InvalidRequest(invalid_fields(error.errors(), Schema, None)[0].detail, pointer="/features") from error


def _read_as(source: RangeSource) -> dict[str, Any]:
    """Return the options of delimited text that hold for text at predict as well."""
    fields = ("skip_initial_space", "decimal_point", "thousands_separator")
    return {name: getattr(source, name) for name in fields} if isinstance(source, DelimitedText) else {}


def _check_crosses(request: DatasetRequest, plan: Plan, features: Mapping[str, Feature]) -> None:
    made = {
        input_name
        for name, feature in features.items()
        for input_name in [*feature.number_inputs(name), *feature.indicator_inputs(name), *feature.id_inputs(name)]
    }
    taken = {*features, request.label.name, *made, *([WEIGHT] if request.weight is not None else [])}
    for i, cross in enumerate(request.crosses):
        for j, name in enumerate(cross.features):
            place = pointer("crosses", i, "features", j)
            if name not in plan.columns:
                raise unknown_column(name, plan.columns, place)
            if name not in features:
                raise InvalidRequest(f"a cross is of features, and column {name!r} is not a feature", pointer=place)
            if features[name].column_type != "token":
                raise InvalidRequest(
                    f"a cross is of categorical or hashed features. Received: {name!r}, which is {features[name].kind}",
                    pointer=place,
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


def column_types(plan: Plan, names: Sequence[str]) -> dict[str, ValueType | None]:
    """Return the type that each named column is read as; None if it can be neither a number nor a category."""
    types: dict[str, ValueType | None] = {
        name: _partition_type(plan, name) for name in names if name in plan.files[0].partition
    }
    own = [name for name in names if name not in types]
    if not own:
        return types
    if isinstance(plan.source, ColumnarSource):
        return types | _schema_types(plan.schemas, own)
    if isinstance(plan.source, DelimitedText):
        samples = _sample(plan, own)
        spelling = Spelling((), plan.source.decimal_point, plan.source.thousands_separator)
        for name in own:
            types[name] = _text_type(samples.column(name), spelling)
        return types
    types.update((name, plan.sampled_types[name]) for name in own)
    return types


def _schema_types(schemas: Sequence[pa.Schema], names: Sequence[str]) -> dict[str, ValueType | None]:
    return {name: value_type(_first_type([schema.field(name).type for schema in schemas])) for name in names}


def _partition_type(plan: Plan, name: str) -> ValueType:
    """Return the type of a partition column, by its values in all folders."""
    values = [file.partition[name] for file in plan.files]
    present = [None if value is None or value in plan.source.null_tokens else value.encode() for value in values]
    return _text_type(pa.chunked_array([pa.array(present, pa.binary())]), Spelling(()))


def _first_type(kinds: Sequence[pa.DataType]) -> pa.DataType:
    """Return the column's first type that is not null; null if there is none."""
    return next((kind for kind in kinds if not pa.types.is_null(kind)), kinds[0])


def _check_columns(request: DatasetRequest, plan: Plan) -> None:
    named = [(name, pointer("features", name)) for name in request.features]
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
    if inferred is None:
        raise InvalidData(
            f"column {name!r} is neither a number nor a category: it is nested, or a time. Exclude it",
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


def _sample(plan: Plan, names: Sequence[str]) -> pa.Table:
    """Return rows from the beginnings of up to sixteen ranges, as bytes; without unreadable rows, which the job reports."""
    schema = pa.schema([(name, pa.binary()) for name in names])
    batches: list[pa.RecordBatch] = []
    for part in beginnings(plan, _SAMPLES) if names else []:
        skipped = Rejects(allowed=_SAMPLE_ROWS)
        for batch in read_range(plan.source, plan.files, part, dict.fromkeys(names, "bytes"), rejects=skipped):
            batches.append(batch.slice(0, _SAMPLE_ROWS))
            break
    return pa.Table.from_batches(batches, schema)


def _text_type(column: pa.ChunkedArray, spelling: Spelling) -> ValueType:
    values = cast("pa.Array", pc.drop_null(column).combine_chunks())
    if not len(values):
        return "float64"  # a column without values is imputed with 0, and needs no vocabulary
    if not is_typed(values[:_FEW_ROWS], "float64", spelling):
        return "bytes"  # most text is recognized by its first values
    if is_typed(values, "int64", spelling):
        return "int64"
    return "float64" if is_typed(values, "float64", spelling) else "bytes"
