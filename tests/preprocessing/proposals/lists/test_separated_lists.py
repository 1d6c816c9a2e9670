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


@pytest.mark.parametrize(
    ("make", "feature"),
    [
        (lambda i: "|".join(str(DRAW.random()) for _ in range(i % 5 + 1)), {"kind": "numeric", "many": {}}),
        (
            lambda i: "; ".join(f"{DRAW.random():.2f}" for _ in range(i % 3)) + ";1",
            {"kind": "numeric", "many": {"separator": ";"}},
        ),
        (lambda i: "|".join(str(DRAW.random()) for _ in range(2)), None),
        (lambda i: ",".join(str(DRAW.random()) for _ in range(i % 5 + 1)), None),
        (lambda i: "|".join(str(DRAW.randrange(10**6)) for _ in range(i % 5 + 1)), None),
    ],
    ids=["bar", "semicolon", "pairs", "comma", "whole"],
)  # fmt: skip
def test_lists_of_numbers_with_fractions_are_statistics(
    proposed: Propose, make: Callable[[int], str], feature: dict[str, object] | None
) -> None:
    proposal = proposed(table([make(i) for i in range(ROWS)]), label={"column": "y"}, file="t.jsonl")
    asked = proposal.request["features"].get("x", {})
    assert (asked if feature else asked.get("many")) == feature
