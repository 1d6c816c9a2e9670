"""Hashed features: tokens whose id is a hash, so that no vocabulary is needed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.features.base import ColumnFeature, ColumnType, ValueType
from contracts.features.ids import FIRST_ID, Buckets


class Hashed(ColumnFeature):
    """A token of any bytes that needs no vocabulary: its id is 1 + FarmHash Fingerprint64(token) mod `buckets`, or 0."""

    column_type: ClassVar[ColumnType] = "token"

    kind: Literal["hashed"] = "hashed"
    buckets: Annotated[Buckets, Field(description="Different tokens may share one.", examples=[1000])]

    @property
    def value_type(self) -> ValueType:
        """Return `bytes`: a token of any bytes."""
        return "bytes"

    def number_inputs(self, name: str) -> list[str]:
        """Return an empty list: a token is not a number."""
        del name
        return []

    def id_inputs(self, name: str) -> list[str]:
        """Return the feature's own name."""
        return [name]

    def id_sizes(self, name: str, vocabularies: Mapping[str, int], buckets: Mapping[str, int]) -> list[int]:
        """Return the buckets after the missing value."""
        del name, vocabularies, buckets
        return [FIRST_ID + self.buckets]
