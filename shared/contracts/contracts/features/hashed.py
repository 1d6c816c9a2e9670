"""Hashed features: tokens whose id is a hash, so that no vocabulary is needed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field

from contracts.features.base import Conflict
from contracts.features.ids import FIRST_ID, Buckets
from contracts.features.token import TokenFeature


class Hashed(TokenFeature):
    """A token of any bytes that needs no vocabulary: its id is 1 + FarmHash Fingerprint64(token) mod `buckets`, or 0."""

    kind: Literal["hashed"] = "hashed"
    buckets: Annotated[Buckets, Field(description="Different tokens may share one.", examples=[1000])]

    def conflicts(self, nulls: Collection[str]) -> Iterator[Conflict]:
        """Yield a conflict for weights that counts of tokens would decide, in addition to those of lists."""
        yield from super().conflicts(nulls)
        if self.many is not None and self.many.weights == "idf":
            message = "idf needs the tokens' counts, which hashed ones do not have; make the feature categorical"
            yield Conflict(("many", "weights"), message)

    def id_sizes(self, name: str, vocabularies: Mapping[str, int], buckets: Mapping[str, int]) -> list[int]:
        """Return the buckets after the missing value."""
        del name, vocabularies, buckets
        return [FIRST_ID + self.buckets + self.places_before_ids]
