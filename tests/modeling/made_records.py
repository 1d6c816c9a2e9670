"""Rows as records, and what the rules of DESIGN.md make of them, value by value."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from contracts.input_rules import number_rules
from contracts.schema import Numeric, Schema

if TYPE_CHECKING:
    from tests.modeling.made import Made, Row


def signed_log1p(values: np.ndarray) -> np.ndarray:
    return np.sign(values) * np.log1p(np.abs(values))


def oracle(made: Made, rows: list[Row]) -> tuple[np.ndarray, np.ndarray]:
    """The model inputs of the rows, by the words of `contracts.input_rules` and nothing else."""
    columns: list[np.ndarray] = []
    indicators: list[np.ndarray] = []
    for feature in number_rules(made.schema, made.statistics).scaled:
        values = numbers(rows, feature.feature)
        missing = ~np.isfinite(values)
        filled = np.where(missing, np.float32(feature.fill), values)
        scaled = (filled.astype(np.float64) - feature.center) / feature.divisor
        bound = math.inf if feature.bound is None else feature.bound
        columns.append(np.clip(scaled, -bound, bound).astype(np.float32))
        if feature.indicator:
            indicators.append(missing.astype(np.float32))
    ids = np.zeros((len(rows), len(made.schema.token_columns)), np.int64)
    for at, (name, vocabulary) in enumerate(made.vocabularies.items()):
        place = {token: index + 2 for index, token in enumerate(vocabulary.tokens.to_pylist())}
        nulls = {token.encode() for token in ["", *made.schema.null_tokens]}
        for row, values in enumerate(rows):
            token = values.get(name) or b""
            ids[row, at] = 0 if token in nulls else place.get(token, 1)
    return _side_by_side([*columns, *indicators], len(rows)), ids


def numbers(rows: list[Row], name: str) -> np.ndarray:
    """A numeric column as float32(float64(x)), NaN where missing or beyond float32."""
    return doubles(rows, name).astype(np.float32)


def doubles(rows: list[Row], name: str) -> np.ndarray:
    """Return a numeric column as the dataset counts it: float64 [rows], NaN where missing or beyond float32."""
    values = np.array([math.nan if row.get(name) is None else float(row[name]) for row in rows], np.float64)
    with np.errstate(over="ignore"):
        return np.where(np.isfinite(values.astype(np.float32)), values, math.nan)


def raw_matrices(schema: Schema, rows: list[Row]) -> tuple[np.ndarray, np.ndarray]:
    """The packed raw tensors of the rows."""
    numeric = [numbers(rows, name) for name in schema.number_columns]
    tokens = np.empty((len(rows), len(schema.token_columns)), object)
    for at, name in enumerate(schema.token_columns):
        tokens[:, at] = [row.get(name) or b"" for row in rows]
    return _side_by_side(numeric, len(rows)), tokens


def _side_by_side(columns: list[np.ndarray], rows: int) -> np.ndarray:
    return np.stack(columns, axis=1) if columns else np.zeros((rows, 0), np.float32)


def raw_features(schema: Schema, row: Row) -> dict[str, tf.train.Feature]:
    """The row's features in raw/columns form: a missing value is an absent feature."""
    features: dict[str, tf.train.Feature] = {}
    for name, feature in schema.features.items():
        value = row.get(name)
        if value is None or value == b"":
            continue
        if not isinstance(feature, Numeric):
            features[name] = byte_list([value])
        else:
            features[name] = whole([value]) if feature.dtype == "int64" else real([value])
    return features


def whole(values: Any) -> tf.train.Feature:
    return tf.train.Feature(int64_list=tf.train.Int64List(value=values))


def real(values: Any) -> tf.train.Feature:
    return tf.train.Feature(float_list=tf.train.FloatList(value=values))


def byte_list(values: Any) -> tf.train.Feature:
    return tf.train.Feature(bytes_list=tf.train.BytesList(value=values))


def serialized(features: dict[str, tf.train.Feature]) -> bytes:
    return tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString()
