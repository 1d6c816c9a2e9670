"""Proposals for columns of text whose numbers and booleans pandas, or a person, wrote."""

from __future__ import annotations

import random

from tests.preprocessing.proposals.tables import ROWS, Propose, base, flags, table


def test_ids_with_a_point_and_booleans_of_pandas_are_flagged_with_what_becomes_of_them(proposed: Propose) -> None:
    draw = random.Random(1)
    columns = base() | {
        "store": [draw.choice(["101.0", "102.0", ""]) for _ in range(ROWS)],
        "distance": [f"{draw.randrange(10**6)}.0" for _ in range(ROWS)],
        "member": [draw.choice(["True", "False", "unknown"]) for _ in range(ROWS)],
    }
    proposal = proposed(table(columns))
    features = proposal.request["features"]
    assert (features["store"], features["member"]) == ({"kind": "categorical"}, {"kind": "categorical"})
    store = flags(proposal, "store")["respelled"]
    assert store.evidence == {"share": 1.0, "examples": {"101.0": "101", "102.0": "102"}}
    assert "becomes the token" in store.reason
    member = flags(proposal, "member")["respelled"]
    assert member.evidence["examples"] == {"True": "true", "False": "false"}
    assert member.evidence["share"] < 1
    assert features["distance"] == {"kind": "numeric", "dtype": "float64"}
    assert "if they are ids, make it categorical" in flags(proposal, "distance")["respelled"].reason


def test_versions_keep_their_text(proposed: Propose) -> None:
    draw = random.Random(2)
    columns = base() | {"release": [draw.choice(["3.1", "3.10", "3.9", "beta"]) for _ in range(ROWS)]}
    proposal = proposed(table(columns))
    assert proposal.request["features"]["release"] == {"kind": "categorical", "spelling": "written"}
    assert flags(proposal, "release")["respelled"].evidence["joined"] == ["3.1", "3.10"]


def test_codes_and_fractions_are_not_flagged(proposed: Propose) -> None:
    draw = random.Random(3)
    columns = base() | {
        "code": [draw.choice(["06", "17", "99"]) for _ in range(ROWS)],
        "price": [draw.choice(["1.50", "2.25", "7.10"]) for _ in range(ROWS)],
    }
    proposal = proposed(table(columns))
    assert proposal.request["features"]["price"] == {"kind": "numeric", "dtype": "float64"}
    assert [kind for name in ("code", "price") for kind in flags(proposal, name)] == ["code"]
