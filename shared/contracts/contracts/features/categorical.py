"""Categorical features: tokens that are looked up in a vocabulary, which Spark counts in the training split."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationInfo, field_validator

from contracts.features.base import Conflict, ValueType
from contracts.features.ids import FIRST_ID, Buckets
from contracts.features.spelling import canonical_text
from contracts.features.text_rules import TextRule
from contracts.features.token import TokenFeature


class Categorical(TokenFeature):
    """A token of any bytes, looked up in the training split's vocabulary."""

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

    def with_type(self, column: ValueType, decimal_point: str = ".") -> Self:
        """Return the feature with a spelling, and with its reserved tokens spelled that way."""
        feature = super().with_type(column, decimal_point)
        if not feature.respells:
            return feature
        reserved = [canonical_text(token, decimal_point) for token in feature.reserved]
        return feature.model_copy(update={"reserved": reserved})

    def conflicts(self, nulls: Collection[str]) -> Iterator[Conflict]:
        """Yield a conflict for each reserved token that is a null token, an earlier one once spelled, or not as it is read."""
        yield from super().conflicts(nulls)
        for i, token in enumerate(self.reserved):
            if self.many is not None and self.many.separator in token:
                message = f"a reserved token cannot hold the separator of lists. Received: {token!r}"
                yield Conflict(("reserved", i), message)
            if token in nulls and self.many is None:
                yield Conflict(("reserved", i), f"a reserved token cannot be a null token. Received: {token!r}")
            if token in self.reserved[:i]:
                message = f"two reserved tokens are spelled {token!r}; leave one out, or set the feature's spelling to written"
                yield Conflict(("reserved", i), message)
            read = (self.text_rule or TextRule()).read(token)
            if read != token:
                message = f"a reserved token must be as it is read, {read!r}. Received: {token!r}"
                yield Conflict(("reserved", i), message)

    @property
    def vocabulary(self) -> Categorical | None:
        """Return the feature itself."""
        return self

    @property
    def first_token_id(self) -> int:
        """Return the first token's id; the ids below are the missing value and the out-of-vocabulary buckets."""
        return FIRST_ID + self.oov_buckets

    def holds_all(self, distinct: int) -> bool:
        """Return true if the vocabulary surely holds every token of a training split that has `distinct` ones."""
        return self.min_count == 1 and (self.max_size is None or len(self.reserved) + distinct <= self.max_size)

    def id_sizes(self, name: str, vocabularies: Mapping[str, int], buckets: Mapping[str, int]) -> list[int]:
        """Return the tokens of the vocabulary after the missing value and the out-of-vocabulary buckets."""
        del buckets
        return [self.first_token_id + vocabularies[name] + self.places_before_ids]
