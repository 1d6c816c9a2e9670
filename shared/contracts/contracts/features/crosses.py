"""Crosses: two token features as one input of the model."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator

from contracts.base_model import FrozenModel, without_default
from contracts.features.ids import Buckets


class Cross(FrozenModel):
    """A cross of two tokens: every pair has an id of its own, except for hash collisions; 0 where either is missing.

    The id of the tokens a and b is 1 + FarmHash Fingerprint64(j) mod `buckets`, where j is the number of bytes of a in
    decimal, a colon, a, and b: no two pairs have the same j.
    """

    features: Annotated[
        list[str], Field(min_length=2, max_length=2, description="Two categorical or hashed features, in this order.")
    ]
    buckets: Annotated[Buckets, Field(examples=[10_000])]
    name: Annotated[
        str,
        Field(
            min_length=1,
            description="Name of the model input. Default: `a_x_b`.",
            json_schema_extra=without_default,
        ),
    ] = ""

    @model_validator(mode="before")
    @classmethod
    def _default_name(cls, data: Any) -> Any:
        if isinstance(data, dict) and "name" not in data and isinstance(data.get("features"), list):
            return {**data, "name": "_x_".join(map(str, data["features"]))}
        return data

    @field_validator("features")
    @classmethod
    def _two(cls, features: list[str]) -> list[str]:
        if features[0] == features[1]:
            raise ValueError(f"a feature cannot be crossed with itself. Received: {features}")
        return features
