"""Columns that are proposed as texts, and columns that are not."""

from __future__ import annotations

import json
import random

import pytest
from tests.preprocessing.proposals.tables import Propose, flags

ROWS = 400
DRAW = random.Random(2)
VOCABULARY = [f"{a}{b}{c}" for a in "bdfgklm" for b in "aeiou" for c in ("n", "r", "st", "")]


def sentence(least: int = 4, most: int = 12) -> str:
    return " ".join(DRAW.choices(VOCABULARY, k=DRAW.randrange(least, most)))


def table(values: list[str]) -> str:
    return "".join(json.dumps({"y": i % 2, "size": i % 7 + 0.5, "x": value}) + "\n" for i, value in enumerate(values))


@pytest.mark.parametrize(
    ("values", "feature"),
    [
        ([sentence() for _ in range(ROWS)], {"kind": "text"}),
        ([sentence(120, 180) for _ in range(ROWS)], {"kind": "text", "max": 200}),
        (
            ["".join(DRAW.choices("日本語中文書東西南北", k=12)) for _ in range(ROWS)],
            {"kind": "text", "tokens": "characters"},
        ),
        (
            [DRAW.choice(["one of three classes", "of the other", "and the last one"]) for _ in range(ROWS)],
            {"kind": "categorical"},
        ),
        ([f"{DRAW.choice('ABC')}{i:05}" for i in range(ROWS)], None),
        ([f"new{i} word{i} each{i} time{i}" for i in range(ROWS)], None),
    ],
    ids=["sentences", "long ones", "no spaces", "classes", "codes", "words that come once"],
)
def test_texts_are_told_from_other_columns(
    proposed: Propose, values: list[str], feature: dict[str, object] | None
) -> None:
    proposal = proposed(table(values), label={"column": "y"}, file="t.jsonl")
    assert proposal.request["features"].get("x") == feature
    assert ("text" in flags(proposal, "x")) == (feature is not None and feature["kind"] == "text")
