"""Rows that belong together are proposed to share a split."""

from __future__ import annotations

import random

from tests.preprocessing.proposals.tables import ROWS, Propose, base, flags, table

from contracts.messages.schemas import Proposal

LABEL = {"column": "late"}


def kinds(proposal: Proposal) -> dict[str, str]:
    return {name: feature["kind"] for name, feature in proposal.request["features"].items()}


def test_an_id_that_repeats_is_the_split_key_and_no_feature(proposed: Propose) -> None:
    draw = random.Random(1)
    columns = base() | {"patient_id": [draw.randrange(200) for _ in range(ROWS)]}
    proposal = proposed(table(columns), label=LABEL)
    assert proposal.request["split_key"] == ["patient_id"]
    assert list(kinds(proposal)) == ["size", "colour"]
    assert proposal.request["exclude"] == ["patient_id"]
    assert flags(proposal, "patient_id")["split_key"].evidence == {"rows_each": 5.0}
    glued = proposed(table(base() | {"custid": columns["patient_id"]}), label=LABEL)
    assert glued.request["split_key"] == ["custid"]


def test_of_several_ids_a_person_chooses(proposed: Propose) -> None:
    draw = random.Random(2)
    columns = base() | {name: [draw.randrange(200) for _ in range(ROWS)] for name in ("user_id", "film_id")}
    proposal = proposed(table(columns), label=LABEL)
    assert "split_key" not in proposal.request
    assert flags(proposal, None)["split_key"].evidence == {"user_id": 5.0, "film_id": 5.0}
    assert {"user_id", "film_id"} <= kinds(proposal).keys()


def test_ids_of_kinds_of_row_names_and_of_amounts_are_no_key(proposed: Propose) -> None:
    draw = random.Random(3)
    columns = base() | {
        "shop_id": [draw.randrange(8) for _ in range(ROWS)],
        "row_id": list(range(ROWS)),
        "product_id": [draw.randrange(300) for _ in range(ROWS)],
        "paid": [draw.randrange(300) for _ in range(ROWS)],
        "zip": [draw.randrange(200) for _ in range(ROWS)],
    }
    proposal = proposed(table(columns), label=LABEL)
    assert "split_key" not in proposal.request
    assert kinds(proposal)["paid"] == "numeric"


def test_rows_that_differ_in_the_label_alone_share_a_split(proposed: Propose) -> None:
    draw = random.Random(4)
    columns = {
        "late": [draw.randint(0, 1) for _ in range(ROWS)],
        "colour": [draw.choice(["red", "green", "blue"]) for _ in range(ROWS)],
        "month": [draw.randrange(1, 13) for _ in range(ROWS)],
    }
    proposal = proposed(table(columns), label=LABEL)
    assert proposal.request["split_key"] == ["colour", "month"]
    assert flags(proposal, None)["split_key"].evidence["rows"] > ROWS // 50
    assert "split_key" not in proposed(table(base()), label=LABEL).request, "rows differ in their sizes"
