"""Whole numbers as codes or quantities: by spelling, name, relation to the label, and spread."""

from __future__ import annotations

import random

import numpy as np
import pytest
from tests.preprocessing.proposals.tables import Propose, base, flags, sampled, table

from preprocessing.proposals.labels.label_leaks import Target
from preprocessing.proposals.whole_numbers import code_word, judge_whole_numbers, words_of

ROWS = 2000


def uniform(distinct: int, seed: int = 1) -> list[int]:
    draw = random.Random(seed)
    return [draw.randrange(distinct) for _ in range(ROWS)]


def verdict(values: list[int], name: str = "x", target: Target | None = None) -> tuple[str, str]:
    judged = judge_whole_numbers(sampled([str(value) for value in values], name), target)
    return judged.verdict, judged.reason


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        *[(name, "quantity") for name in ("rooms", "cars", "n_doors", "numberOfPets", "age", "price_usd", "hours")],
        *[(name, "code") for name in ("month", "age_group", "store", "zip", "shop_id", "house_no", "status", "x1")],
    ],
)
def test_the_name_of_few_values(name: str, expected: str) -> None:
    assert verdict(uniform(12), name)[0] == expected


@pytest.mark.parametrize(("name", "expected"), [("store", "code"), ("dollars", "quantity"), ("x", "quantity")])
def test_the_name_of_many_values(name: str, expected: str) -> None:
    assert verdict(uniform(600), name)[0] == expected


def labels(values: list[int], chance: list[float], seed: int = 2) -> Target:
    draw = random.Random(seed)
    return Target("binary", np.array([float(draw.random() < chance[value]) for value in values]))


def test_a_label_that_rises_with_the_values_makes_them_quantities() -> None:
    values = uniform(10)
    kind, reason = verdict(values, target=labels(values, [0.1 + 0.08 * value for value in range(10)]))
    assert (kind, "rises or falls" in reason) == ("quantity", True)
    kind, reason = verdict(values, target=labels(values, [0.9 - 0.08 * value for value in range(10)]))
    assert (kind, "rises or falls" in reason) == ("quantity", True)


def test_a_label_that_differs_in_no_order_makes_them_codes() -> None:
    values = uniform(10)
    kind, reason = verdict(values, target=labels(values, [0.1, 0.9] * 5))
    assert (kind, "in no order" in reason) == ("code", True)
    assert "different values in 2000 rows" in reason


def test_a_label_of_chance_tells_nothing() -> None:
    values = uniform(10)
    assert verdict(values, target=labels(values, [0.5] * 10)) == verdict(values)
    assert verdict(values)[0] == "code"


def test_a_number_as_label_tells_as_well() -> None:
    values = uniform(10)
    noise = random.Random(3)
    target = Target("regression", np.array([value + noise.gauss(0, 3) for value in values]))
    assert verdict(values, target=target)[0] == "quantity"


def test_counts_have_one_peak_of_frequency() -> None:
    draw = random.Random(4)
    binomial = [sum(draw.random() < 0.3 for _ in range(12)) for _ in range(ROWS)]
    kind, reason = verdict(binomial)
    assert (kind, "one peak of frequency" in reason) == ("quantity", True)
    gaps = [value * 7 for value in binomial]
    assert verdict(gaps)[0] == "code"


def test_amounts_that_are_cut_off_have_more_rows_at_their_ends() -> None:
    draw = random.Random(4)
    cut = [min(max(round(draw.gauss(8, 6)), 0), 16) for _ in range(ROWS)]
    kind, reason = verdict(cut)
    assert (kind, "more rows at both ends" in reason) == ("quantity", True)
    assert verdict([value * 7 for value in cut])[0] == "code"
    two_peaks = [draw.choice((2, 3, 3, 3, 9, 9, 9, 10)) + draw.choice((0, 0, 0, 1)) for _ in range(ROWS)]
    assert verdict([*two_peaks, *range(17)] * 2)[0] == "code"


def test_codes_that_are_equal_as_float32(proposed: Propose) -> None:
    draw = random.Random(5)
    codes = [36_000_000_000 + 1000 * number for number in range(229)]
    columns = base(ROWS) | {"msisdn": [draw.choice(codes) for _ in range(ROWS)]}
    proposal = proposed(table(columns))
    assert proposal.request["features"]["msisdn"]["kind"] == "categorical"
    assert "of 229 different numbers 57 are different as float32" in flags(proposal, "msisdn")["code"].reason


def test_a_quantity_of_few_values_is_flagged_with_its_reason(proposed: Propose) -> None:
    proposal = proposed(table(base(ROWS) | {"rooms": [value + 1 for value in uniform(6)]}))
    assert proposal.request["features"]["rooms"] == {"kind": "numeric", "dtype": "int64"}
    assert "plural 'rooms'" in proposal.evidence.features["rooms"].reason
    assert "use categorical if they are codes" in flags(proposal, "rooms")["quantity"].reason


def test_words_of_a_name() -> None:
    assert words_of("numberOfRooms_USD-2") == ["number", "of", "rooms", "usd"]


@pytest.mark.parametrize(
    "name", ["idcode", "custid", "storeNbr", "agent", "flight", "occ10", "census_tract", "sic", "id_store"]
)
def test_names_of_codes(name: str) -> None:
    assert code_word(name) is not None
    assert verdict(uniform(600), name)[0] == "code"


@pytest.mark.parametrize("name", ["paid", "grid", "bid", "covid", "id", "ids", "agents", "code_length", "age"])
def test_words_that_only_end_like_codes(name: str) -> None:
    assert (code_word(name) is not None) == (name in {"id", "ids"})


@pytest.mark.parametrize("name", ["days_in_waiting_list", "misc_val", "basement_sf_1", "delinq_2yrs", "nights_of_stay"])
def test_names_of_amounts_and_counts_with_more_words(name: str) -> None:
    assert verdict(uniform(12), name)[0] == "quantity"


def test_seconds_since_1970_are_a_quantity_although_float32_joins_them(proposed: Propose) -> None:
    draw = random.Random(6)
    moments = [1_260_759_000 + draw.randrange(9000) for _ in range(ROWS)]
    columns = base(ROWS) | {"created_on": moments, "msisdn": moments}
    proposal = proposed(table(columns))
    assert proposal.request["features"]["created_on"] == {"kind": "numeric", "dtype": "int64"}
    assert "times since 1970" in flags(proposal, "created_on")["quantity"].reason
    assert "msisdn" not in proposal.request["features"] or proposal.request["features"]["msisdn"]["kind"] != "numeric"
