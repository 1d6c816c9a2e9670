"""Rules of lists of tokens: their separators, and what they do not go with."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from contracts.features import Categorical, Cross, Hashed, Many, Numeric
from contracts.schema import Label, Schema

LABEL = Label(column="y")


@pytest.mark.parametrize("separator", ["", "[", "]", "||", "aba", "x" * 9])
def test_separators_that_could_be_read_in_two_ways_are_refused(separator: str) -> None:
    with pytest.raises(ValidationError):
        Many(separator=separator)


@pytest.mark.parametrize("separator", ["|", ", ", "\x1f", "ab", "é"])
def test_other_separators_are_taken(separator: str) -> None:
    assert Many(separator=separator).separator == separator


def test_ids_of_lists_come_last_and_are_one_above_those_of_single_tokens() -> None:
    schema = Schema(
        features={"l": Categorical(many=Many(max=3)), "c": Categorical(), "h": Hashed(buckets=5, many=Many(max=2))},
        label=LABEL,
    )
    assert schema.id_inputs == ["c", "l", "h"]
    assert schema.id_columns == {"c": [0], "l": [1, 2, 3], "h": [4, 5]}
    feature = schema.features["l"]
    assert feature.id_sizes("l", {"l": 4}, {}) == [Categorical().id_sizes("l", {"l": 4}, {})[0] + 1]
    assert schema.features["h"].id_sizes("h", {}, {}) == [7]
    assert feature.bag == Many(max=3)
    assert Numeric(dtype="float64").bag is None


@pytest.mark.parametrize("options", [{"strip": True}, {"spelling": "canonical"}, {"reserved": ["a|b"]}])
def test_options_of_single_tokens_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="list"):
        Schema(features={"l": Categorical(many=Many(), **options)}, label=LABEL)


def test_a_cross_of_a_list_is_refused() -> None:
    with pytest.raises(ValidationError, match="which has lists"):
        Schema(
            features={"l": Categorical(many=Many()), "c": Categorical()},
            crosses=[Cross(features=["c", "l"], buckets=9)],
            label=LABEL,
        )


def test_a_feature_without_lists_has_the_fingerprint_of_before() -> None:
    written = Schema(features={"c": Categorical()}, label=LABEL)
    assert written.fingerprint() == Schema(features={"c": Categorical(many=None)}, label=LABEL).fingerprint()
    assert written.fingerprint() != Schema(features={"c": Categorical(many=Many())}, label=LABEL).fingerprint()
