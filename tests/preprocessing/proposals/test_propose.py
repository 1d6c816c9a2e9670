"""Whole proposals for small files: every guess and every flag, with its evidence."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from tests.preprocessing.proposals.tables import ROWS, Propose, base, flags, table


def test_a_plain_table(proposed: Propose) -> None:
    proposal = proposed(table(base()))
    assert proposal.request == {
        "name": "table",
        "source": {"uris": ["table.csv"], "format": "csv"},
        "label": {"column": "late", "kind": "binary"},
        "features": {"size": {"kind": "numeric", "dtype": "float64"}, "colour": {"kind": "categorical"}},
        "exclude": [],
        "remaining": "exclude",
        "splits": {"train": 0.8, "validation": 0.1, "test": 0.1},
        "records": "raw",
    }
    assert proposal.missing == []
    assert [flag.kind for flag in proposal.flags] == ["label"]
    source = proposal.evidence.source
    assert (source.rows, source.complete, source.rows_estimated) == (ROWS, True, ROWS)
    colour = proposal.evidence.features["colour"]
    assert (colour.distinct, colour.missing, colour.number_share) == (3, 0, 0.0)
    assert sum(example.count for example in colour.examples) == ROWS
    size = proposal.evidence.features["size"]
    assert (size.number_share, size.whole_share) == (1.0, 0.0)


def test_without_a_plain_label_it_is_named_as_missing(proposed: Propose) -> None:
    columns = base()
    columns["b"] = columns.pop("late")
    proposal = proposed(table(columns))
    assert proposal.missing == ["/label"]
    assert "label" not in proposal.request
    assert proposal.label_candidates == ["b"]


def test_columns_that_teach_nothing_are_excluded(proposed: Propose) -> None:
    draw = random.Random(2)
    start = datetime(2024, 1, 1, tzinfo=UTC)
    shuffled = draw.sample(range(ROWS), ROWS)
    columns = base() | {
        "nothing": [""] * ROWS,
        "same": [7] * ROWS,
        "row": list(range(ROWS)),
        "shuffled": shuffled,
        "customer_id": draw.sample(range(10**9), ROWS),
        "uuid": [f"{draw.getrandbits(64):x}x" for _ in range(ROWS)],
        "when": [(start + timedelta(hours=3 * i % 2000)).isoformat() for i in range(ROWS)],
    }
    columns["twin"] = columns["colour"]
    proposal = proposed(table(columns))
    expected = {
        "nothing": "all_missing",
        "same": "constant",
        "row": "unique",
        "shuffled": "unique",
        "customer_id": "unique",
        "uuid": "unique",
        "when": "datetime",
        "twin": "duplicate",
    }
    assert proposal.request["exclude"] == list(expected)
    for column, kind in expected.items():
        assert list(flags(proposal, column)) == [kind]
        assert proposal.evidence.features[column].kind == "excluded"
    assert set(proposal.request["features"]) == {"size", "colour"}
    assert flags(proposal, "twin")["duplicate"].evidence["column"] == "colour"


def test_amounts_may_all_differ(proposed: Propose) -> None:
    proposal = proposed(table(base() | {"amount": random.Random(3).sample(range(10**8), ROWS)}))
    assert proposal.request["features"]["amount"] == {"kind": "numeric", "dtype": "int64"}
    assert not flags(proposal, "amount")


def test_a_constant_that_may_be_missing_is_a_category(proposed: Propose) -> None:
    proposal = proposed(table(base() | {"flag": ["yes" if i % 3 else "" for i in range(ROWS)]}))
    assert proposal.request["features"]["flag"] == {"kind": "categorical"}
    assert flags(proposal, "flag")["constant"].evidence["missing"] == 334
    rare = proposed(table(base(4000) | {"flag": ["odd" if i == 9 else "usual" for i in range(4000)]}))
    assert flags(rare, "flag")["nearly_constant"].evidence["value"] == "usual"
    assert rare.request["features"]["flag"] == {"kind": "categorical"}


def test_numbers_that_are_codes_are_categories(proposed: Propose) -> None:
    draw = random.Random(4)
    columns = base() | {
        "month": [draw.randint(1, 12) for _ in range(ROWS)],
        "zip": [f"{draw.randint(1000, 99999):05d}" for _ in range(ROWS)],
        "shop_id": [draw.randint(1, 300) for _ in range(ROWS)],
        "card": [10**17 + draw.randint(1, 100) for _ in range(ROWS)],
        "number_of_rooms": [draw.randint(1, 400) for _ in range(ROWS)],
        "age": [draw.randint(18, 90) for _ in range(ROWS)],
    }
    proposal = proposed(table(columns))
    features = proposal.request["features"]
    assert {name: features[name]["kind"] for name in ("month", "shop_id", "card")} == dict.fromkeys(
        ("month", "shop_id", "card"), "categorical"
    )
    assert features["zip"]["kind"] == "hashed"
    assert features["number_of_rooms"] == features["age"] == {"kind": "numeric", "dtype": "int64"}
    assert "12 different values" in flags(proposal, "month")["code"].reason
    assert "leading zeros" in flags(proposal, "zip")["code"].reason
    assert "'id'" in flags(proposal, "shop_id")["code"].reason
    assert "2^53" in flags(proposal, "card")["code"].reason


def test_many_different_values_are_hashed(proposed: Propose) -> None:
    draw = random.Random(5)
    proposal = proposed(table(base() | {"page": [f"p{draw.randint(1, 1200)}" for _ in range(ROWS)]}))
    feature = proposal.request["features"]["page"]
    evidence = proposal.evidence.features["page"]
    assert feature["kind"] == "hashed"
    assert 2 * evidence.distinct <= feature["buckets"] <= 4 * evidence.distinct
    assert "high_cardinality" in flags(proposal, "page")
