"""Categorical features: tokens that are looked up in a vocabulary, which Spark counts in the training split."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field, ValidationInfo, field_validator

from contracts.features.base import ColumnFeature, ColumnType, Conflict, ValueType
from contracts.features.ids import FIRST_ID, Buckets


class Categorical(ColumnFeature):
    """A token of any bytes, looked up in the training split's vocabulary."""

    column_type: ClassVar[ColumnType] = "token"

    kind: Literal["categorical"] = "categorical"
    min_count: Annotated[int, Field(ge=1, description="Rarer tokens are out of vocabulary.")] = 1
    reserved: Annotated[
        list[Annotated[str, Field(min_length=1)]],
        Field(
            description="Tokens that get the first ids, in this order, however often they occur, even never.",
            examples=[["UA", "AA"]],
        ),
    ] = []
    max_size: Annotated[
        int | None, Field(ge=1, description="Keep at most this many tokens: the reserved ones, then the most frequent.")
    ] = None
    oov_buckets: Annotated[
        Buckets,
        Field(description="Ids for tokens out of vocabulary: 1 + FarmHash Fingerprint64(token) mod this."),
    ] = 1

    @field_validator("reserved")
    @classmethod
    def _distinct(cls, reserved: list[str]) -> list[str]:
        twice = sorted({token for token in reserved if reserved.count(token) > 1})
        if twice:
            raise ValueError(f"reserved tokens must be distinct. Received twice: {', '.join(map(repr, twice))}")
        return reserved

    @field_validator("max_size")
    @classmethod
    def _holds_the_reserved(cls, size: int | None, info: ValidationInfo) -> int | None:
        reserved = len(info.data.get("reserved", []))
        if size is not None and size < reserved:
            raise ValueError(f"max_size must hold the {reserved} reserved tokens. Received: {size}")
        return size

    @property
    def value_type(self) -> ValueType:
        """Return `bytes`: a token of any bytes."""
        return "bytes"

    def conflicts(self, nulls: Collection[str]) -> Iterator[Conflict]:
        """Yield a conflict for each reserved token that is a null token."""
        for i, token in enumerate(self.reserved):
            if token in nulls:
                yield Conflict(("reserved", i), f"a reserved token cannot be a null token. Received: {token!r}")

    @property
    def vocabulary(self) -> Categorical | None:
        """Return the feature itself."""
        return self

    @property
    def first_token_id(self) -> int:
        """Return the first token's id; the ids below are the missing value and the out-of-vocabulary buckets."""
        return FIRST_ID + self.oov_buckets

    def number_inputs(self, name: str) -> list[str]:
        """Return an empty list: a token is not a number."""
        del name
        return []

    def id_inputs(self, name: str) -> list[str]:
        """Return the feature's own name."""
        return [name]

    def id_sizes(self, name: str, vocabularies: Mapping[str, int], buckets: Mapping[str, int]) -> list[int]:
        """Return the tokens of the vocabulary after the missing value and the out-of-vocabulary buckets."""
        del buckets
        return [self.first_token_id + vocabularies[name]]
