"""Text that is proposed as lists of tokens, and text that is not."""

from __future__ import annotations

import json
import random
from collections.abc import Callable

import pytest
from tests.preprocessing.proposals.tables import Propose, flags

ROWS = 400
TAGS = [f"tag{i}" for i in range(30)]
DRAW = random.Random(4)


def tags(separator: str) -> Callable[[int], str]:
    return lambda _: separator.join(DRAW.sample(TAGS, DRAW.randrange(1, 6)))


def table(values: list[str]) -> str:
    return "".join(json.dumps({"y": i % 2, "size": i % 7 + 0.5, "x": value}) + "\n" for i, value in enumerate(values))


@pytest.mark.parametrize(
    ("make", "many"),
    [
        (tags("|"), {}),
        (tags(";"), {"separator": ";"}),
        (tags(", "), {"separator": ", "}),
        (tags(","), {"separator": ","}),
        (lambda _: "|".join(DRAW.choices(TAGS, k=DRAW.randrange(1, 70))), {"max": 138}),
        (lambda i: f"name{i}, Mr. first{i}", None),
        (lambda _: f"{DRAW.choice(TAGS)}|{DRAW.choice(TAGS)}", None),
        (lambda _: DRAW.choice(["a|b", "b", "a|b|c"]), None),
        (lambda i: f"all of word{i}, and so{i} on, that is{i}", None),
    ],
    ids=["bar", "semicolon", "comma and space", "comma", "long", "names", "pairs", "few values", "sentences"],
)
def test_lists_are_told_from_other_texts(
    proposed: Propose, make: Callable[[int], str], many: dict[str, object] | None
) -> None:
    proposal = proposed(table([make(i) for i in range(ROWS)]), label={"column": "y"}, file="t.jsonl")
    feature = proposal.request["features"].get("x", {})
    assert feature.get("many") == many
    assert ("list" in flags(proposal, "x")) == (many is not None)
