"""Behaviour that all kinds share that read tokens: categorical and hashed features."""

from __future__ import annotations

from abc import abstractmethod
from base64 import b64encode
from collections.abc import Collection, Iterator, Mapping
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa

from contracts.errors import InvalidRequest, pointer
from contracts.features import FIRST_ID, MISSING_ID, NO_ID, Feature
from contracts.schema import Schema
from contracts.statistics import CategoricalStatistics, Statistics, TopToken
from modeling.feature_kinds.base import FeatureKind, Json, ModelInputIds, Noteworthy
from modeling.feature_kinds.display import code_span, missing_spellings
from modeling.feature_kinds.raw_values import RawRows
from sources.arrays import Array, Bools
from sources.values.list_text import split_text

TokenFeature = TypeVar("TokenFeature", bound=Feature)

_TOP = 10
_TYPES = ("string", "number", "boolean", "null")


class TokenFeatures(FeatureKind[TokenFeature]):
    """Features that are read as tokens of any bytes. Missing: empty text, or one of the column's null tokens."""

    drift = "tokens"

    def __init__(self, schema: Schema, features: Mapping[str, TokenFeature]) -> None:
        super().__init__(schema, features)
        self._null_tokens = {name: {token.encode() for token in schema.nulls_of(name)} for name in features}

    @abstractmethod
    def first_known_id(self, feature: TokenFeature) -> int:
        """Return the first id that is neither that of a missing value nor out of vocabulary."""

    @abstractmethod
    def describe_ids(self, feature: TokenFeature) -> str:
        """Return the sentence on which ids tokens have that are not missing."""

    def present(self, name: str, tokens: list[bytes | str]) -> list[bytes | None]:
        """Return a feature's tokens as bytes, None where missing."""
        nulls = self._null_tokens[name]
        encoded = [token.encode() if isinstance(token, str) else token for token in tokens]
        return [None if token in nulls else token for token in encoded]

    def json_schemas(self, statistics: Statistics | None) -> dict[str, Json]:
        """Return text, numbers, booleans or null, with the most frequent tokens."""
        schemas: dict[str, Json] = {}
        for name, feature in self.features.items():
            in_training = None if statistics is None else statistics.splits["train"].features.get(name)
            tokens = in_training if isinstance(in_training, CategoricalStatistics) else None
            schemas[name] = _json_schema(tokens, feature, self.schema.nulls_of(name), self.describe_ids(feature))
        return schemas

    def explain(self, rows: RawRows, ids: ModelInputIds, statistics: Statistics) -> Iterator[Noteworthy]:
        """Yield the tokens that were missing or out of vocabulary, by their ids in the graph."""
        del statistics
        for name, feature in self.features.items():
            if feature.bag is not None:
                yield from self._explain_lists(name, feature, rows.tokens(name), ids.of(name))
                continue
            tokens, own_ids = rows.tokens(name), ids.of(name)
            for row in np.flatnonzero(own_ids < self.first_known_id(feature)).tolist():
                used, token = int(own_ids[row]), tokens[row]
                is_missing = used == MISSING_ID
                entry: Json = {
                    "reasons": ["missing" if is_missing else "out_of_vocabulary"],
                    "value": None
                    if is_missing
                    else token
                    if isinstance(token, str)
                    else token.decode(errors="replace"),
                    "used": used,
                }
                yield Noteworthy(row, name, entry)

    def count_imputed(self, rows: RawRows, ids: ModelInputIds) -> dict[str, int]:
        """Return how many values have the id of a missing one."""
        del rows
        return {name: int(self.is_missing(name, ids).sum()) for name in self.features}

    def is_missing(self, name: str, ids: ModelInputIds) -> Bools:
        """Return which rows have no value, bool [rows]."""
        own_ids = ids.of(name)
        return np.asarray(own_ids == MISSING_ID if own_ids.ndim == 1 else own_ids[:, 0] == MISSING_ID + 1, np.bool_)

    def is_unknown(self, name: str, ids: ModelInputIds) -> Bools:
        """Return which rows have a token out of vocabulary, bool [rows]."""
        own_ids, first = ids.of(name), self.first_known_id(self.features[name])
        if own_ids.ndim == 1:
            return np.asarray((own_ids >= FIRST_ID) & (own_ids < first), np.bool_)
        return np.asarray(((own_ids > FIRST_ID) & (own_ids <= first)).any(axis=1), np.bool_)

    def _explain_lists(self, name: str, feature: TokenFeature, texts: Array, own_ids: Array) -> Iterator[Noteworthy]:
        """Yield the lists that were missing, and those with tokens out of vocabulary: all ids in use, and these tokens."""
        bag = feature.bag
        assert bag is not None
        unknown = (own_ids > FIRST_ID) & (own_ids <= self.first_known_id(feature))
        for row in np.flatnonzero((own_ids[:, 0] == MISSING_ID + 1) | unknown.any(axis=1)).tolist():
            used = own_ids[row][own_ids[row] != NO_ID].tolist()
            is_missing = own_ids[row, 0] == MISSING_ID + 1
            entry: Json = {"reasons": ["missing" if is_missing else "out_of_vocabulary"], "value": None, "used": used}
            if not is_missing:
                text = texts[row].encode() if isinstance(texts[row], str) else texts[row]
                tokens = split_text(pa.array([text], pa.binary()), bag.separator).tokens.to_pylist()[: bag.max]
                strange = [token for token, is_strange in zip(tokens, unknown[row], strict=False) if is_strange]
                entry["value"] = [token.decode(errors="replace") for token in strange]
            yield Noteworthy(row, name, entry)

    def logged(self, rows: RawRows, redacted: Collection[str]) -> dict[str, pa.Array]:
        """Return columns of bytes."""
        return {
            name: pa.array(self.present(name, rows.tokens(name).tolist()), pa.binary())
            for name in self.features
            if name not in redacted
        }

    def overridden(self, name: str, given: Mapping[str, Any]) -> TokenFeature:
        """Raise `InvalidRequest`: ids are the dataset's."""
        del given
        raise InvalidRequest(
            f"only numeric features can be treated otherwise. Received: {name!r}, which is {self.features[name].kind}",
            pointer=pointer("features", name),
        )


def _json_schema(in_training: CategoricalStatistics | None, feature: Feature, nulls: list[str], ids: str) -> Json:
    words = ["Text, or a number, true or false as text."]
    if feature.respells:
        words.append("Text that is a number or a boolean is the same as that: `101.0` is 101, and `True` is true.")
    types: list[str] = list(_TYPES)
    if feature.bag is not None:
        types.append("array")
        separator = code_span(feature.bag.separator)
        words = [
            f"A list of at most {feature.bag.max} tokens, or their text with {separator} between them; `[]` is empty."
        ]
    example: str | Json | list[Any] | None = None
    if in_training is not None and in_training.top:
        shares = ", ".join(
            f"{code_span(top.text)} {top.count / in_training.count:.1%}" for top in in_training.top[:_TOP]
        )
        most_frequent = f"The most frequent of {in_training.distinct:,} in training"
        words.append(f"{most_frequent if in_training.distinct > _TOP else 'In training'}: {shares}.")
        example = _example(in_training.top[0])
        if feature.bag is not None:
            example = [_example(top) for top in in_training.top[:2]]
        if isinstance(example, dict):
            types.append("object")
            words.append('Bytes that are not UTF-8 are given as `{"b64": …}`.')
    elif in_training is not None:
        words.append("Without a value in training.")
    words += [missing_spellings(in_training, nulls), "It has an id of its own.", ids]
    return {"type": types, "description": " ".join(words), "examples": [example]}


def _example(top: TopToken) -> str | Json:
    try:
        return top.token.decode()
    except UnicodeDecodeError:
        return {"b64": b64encode(top.token).decode()}
