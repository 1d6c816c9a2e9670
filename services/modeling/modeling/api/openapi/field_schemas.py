"""A model's raw features as JSON Schema: what each may be, what it was in training, and what becomes of a missing value.

What is said of training comes from the version's statistics; without them only the schema is told. Ranges and frequent tokens
are told in words: a value outside of them is predicted like any other.
"""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

from contracts.features import Constant
from contracts.input_rules import BucketInput, NumericInput, number_rules
from contracts.schema import Categorical, Hashed, Numeric, Schema
from contracts.statistics import CategoricalStatistics, NumericStatistics, Statistics, TopToken

Json = dict[str, Any]

_TOP = 10
_LONGEST = 40
_TOKEN_TYPES = ("string", "integer", "boolean", "null")


def row_schema(schema: Schema, statistics: Statistics | None) -> Json:
    """JSON Schema of a row by field name. No field is required."""
    rules: dict[str, NumericInput | BucketInput] = {}
    if statistics is not None:
        found = number_rules(schema, statistics)
        rules = {rule.feature: rule for rule in (*found.scaled, *found.buckets)}
    fields: Json = {}
    for name, feature in schema.features.items():
        seen = None if statistics is None else statistics.splits["train"].features.get(name)
        nulls = schema.nulls_of(name)
        if isinstance(feature, Numeric):
            numbers = seen if isinstance(seen, NumericStatistics) else None
            fields[name] = _number(feature, numbers, rules.get(name), nulls)
        else:
            tokens = seen if isinstance(seen, CategoricalStatistics) else None
            fields[name] = _token(feature, tokens, nulls)
    return {
        "type": "object",
        "description": "Every field may be left out: then it is missing.",
        "properties": fields,
        "additionalProperties": False,
    }


def column_schema(row: Json) -> Json:
    """The same as columns: an object of lists of equal length."""
    columns = {name: {"type": "array", "items": {"type": field["type"]}} for name, field in row["properties"].items()}
    return {
        "type": "object",
        "description": "Lists of equal length. A column that is left out is missing in every row.",
        "properties": columns,
        "minProperties": 1,
        "additionalProperties": False,
    }


def example_row(row: Json) -> Json:
    """A row in the middle of the training data: each field's example."""
    return {name: field["examples"][0] for name, field in row["properties"].items()}


def _number(
    feature: Numeric, seen: NumericStatistics | None, rule: NumericInput | BucketInput | None, nulls: list[str]
) -> Json:
    words = ["A whole number." if feature.dtype == "int64" else "A number."]
    example: float | None = None
    if seen is not None and seen.count:
        words.append(_range(seen))
        example = seen.median if seen.median is not None else seen.mean
    elif seen is not None:
        words.append("Without a value in training.")
    words += [_missing(seen, nulls), _filled(feature, rule)]
    if isinstance(rule, NumericInput) and rule.low is not None and rule.high is not None:
        words.append(f"Clipped to {_shown(rule.low)} … {_shown(rule.high)}.")
    if isinstance(rule, BucketInput):
        words.append(f"The model sees which of {len(rule.bounds) + 1} buckets it is in.")
    shown = None if example is None else round(example) if feature.dtype == "int64" else float(f"{example:.6g}")
    return {"type": ["number", "null"], "description": " ".join(words), "examples": [shown]}


def _range(seen: NumericStatistics) -> str:
    assert seen.min is not None
    assert seen.max is not None
    words = f"In training {_shown(seen.min)} to {_shown(seen.max)}"
    if seen.quantiles is not None:
        low, middle, high = (seen.quantiles.at(share) for share in (0.25, 0.5, 0.75))
        words += f", half of them {_shown(low)} to {_shown(high)}, median {_shown(middle)}"
    return f"{words}."


def _filled(feature: Numeric, rule: NumericInput | BucketInput | None) -> str:
    """What a missing value becomes."""
    told = " and the model is told so" if feature.indicator else ""
    if feature.impute == "none":
        return f"It has a bucket of its own{told}." if feature.bucketize is not None else f"It stays out{told}."
    by = "the constant" if isinstance(feature.impute, Constant) else f"the {feature.impute} of training"
    value = "" if rule is None or rule.fill is None else f", {_shown(rule.fill)}"
    return f"It becomes {by}{value}{',' if told and value else ''}{told}."


def _token(feature: Categorical | Hashed, seen: CategoricalStatistics | None, nulls: list[str]) -> Json:
    words = ["Text, or a whole number, true or false as text."]
    types: list[str] = list(_TOKEN_TYPES)
    example: str | Json | None = None
    if seen is not None and seen.top:
        shares = ", ".join(f"{_code(top.text)} {top.count / seen.count:.1%}" for top in seen.top[:_TOP])
        kinds = f"The most frequent of {seen.distinct:,} in training" if seen.distinct > _TOP else "In training"
        words.append(f"{kinds}: {shares}.")
        example = _example(seen.top[0])
        if isinstance(example, dict):
            types.append("object")
            words.append('Bytes that are not UTF-8 are given as `{"b64": …}`.')
    elif seen is not None:
        words.append("Without a value in training.")
    words += [_missing(seen, nulls), "It has an id of its own."]
    if isinstance(feature, Hashed):
        words.append(f"All others are hashed to {feature.buckets:,} ids.")
    else:
        ids = "one id" if feature.oov_buckets == 1 else f"{feature.oov_buckets:,} ids by their hash"
        words.append(f"Tokens that are not in the vocabulary share {ids}.")
    return {"type": types, "description": " ".join(words), "examples": [example]}


def _example(top: TopToken) -> str | Json:
    try:
        return top.token.decode()
    except UnicodeDecodeError:
        return {"b64": b64encode(top.token).decode()}


def _missing(seen: NumericStatistics | CategoricalStatistics | None, nulls: list[str]) -> str:
    share = None if seen is None or not seen.count + seen.missing else seen.missing / (seen.count + seen.missing)
    spellings = ", ".join(["null", "NaN", *(_code(token) if token else "empty text" for token in nulls)])
    often = "" if share is None else f" ({share:.1%} in training)"
    return f"Missing{often}: left out, {spellings}."


def _shown(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() and abs(value) < 1e15 else f"{value:,.6g}"


def _code(text: str) -> str:
    """Any text as a span of code: on one line, cut short, and without what would end the span."""
    line = json.dumps(text, ensure_ascii=False)[1:-1].replace("`", "'")
    return f"`{line[:_LONGEST]}{'…' if len(line) > _LONGEST else ''}`"
