"""Short texts of a request: options that go together, and how long their lists may be."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from contracts.features import Hashed, Text


def text(**options: Any) -> Text:
    return Text.model_validate({"kind": "text", **options})


def test_the_longest_text_has_all_its_ngrams() -> None:
    assert text(max=100).most_tokens == 199
    assert text(max=5, ngrams=[2, 3]).most_tokens == 7
    assert text(max=1, ngrams=[2, 3]).most_tokens == 1


def test_only_a_vocabulary_has_weights() -> None:
    assert text().is_weighted
    assert not text(weights="count").is_weighted
    assert not text(hash={"buckets": 8}).is_weighted


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ngrams": [2, 1]}, "one length to another"),
        ({"ngrams": [1]}, "at least 2 items"),
        ({"vocabulary": {}, "hash": {"buckets": 8}}, "in a vocabulary or hashed"),
        ({"hash": {"buckets": 8}, "weights": "tf_idf"}, "needs the counts of a vocabulary"),
        ({"max": 600}, "lower max, or take fewer lengths. Received: 1199, of 600 words"),
        ({"tokens": "letters"}, "'words' or 'characters'"),
    ],
)
def test_what_does_not_fit_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        text(**options)


def test_hashed_tokens_have_no_weights_by_count() -> None:
    feature = Hashed.model_validate({"kind": "hashed", "buckets": 9, "many": {"weights": "idf"}})
    (conflict,) = feature.conflicts([])
    assert conflict.place == ("many", "weights")
