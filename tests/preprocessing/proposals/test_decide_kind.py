"""Whether a column is proposed as a number, a category, a hashed category, or nothing."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from tests.preprocessing.proposals.tables import ROWS, Propose, base, flags, sampled, table

from preprocessing.proposals.decide_kind import decide_kind


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
        "when": [(start + timedelta(hours=3 * i % 2000)).isoformat() if i else "soon" for i in range(ROWS)],
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


def test_sentinels_are_shown_and_not_taken(proposed: Propose) -> None:
    draw = random.Random(10)
    columns = base() | {
        "age": [-999 if i % 50 == 0 else draw.uniform(18, 90) for i in range(ROWS)],
        "income": [99999 if i % 50 == 0 else draw.randint(1, 20_000) for i in range(ROWS)],
        "visits": [-1 if i % 50 == 0 else draw.randint(0, 400) for i in range(ROWS)],
        "balance": [draw.randint(-999, 999) for _ in range(ROWS)],
    }
    proposal = proposed(table(columns))
    for column, value in {"age": -999, "income": 99999, "visits": -1}.items():
        assert flags(proposal, column)["sentinel"].evidence["value"] == value
        assert "null_values" not in proposal.request["features"][column]
    assert not flags(proposal, "balance")
    assert proposal.evidence.features["age"].min == -999


def test_a_few_values_that_are_no_numbers_are_named(proposed: Propose) -> None:
    draw = random.Random(11)
    columns = base() | {"weight": ["12 kg" if i % 20 == 0 else draw.uniform(1, 99) for i in range(ROWS)]}
    proposal = proposed(table(columns))
    assert flags(proposal, "weight")["mostly_numbers"].evidence == {"number_share": 0.95, "others": {"12 kg": 50}}
    assert [each.value for each in proposal.evidence.features["weight"].unparsed] == ["12 kg"]
    assert proposal.request["features"]["weight"]["kind"] in {"categorical", "hashed"}


def kind_of(
    values: Sequence[str | None], name: str = "x", *, rows_estimated: int | None = None, text_is_number: bool = True
) -> tuple[str, list[str]]:
    decision = decide_kind(sampled(values, name), rows_estimated, complete=True, text_is_number=text_is_number)
    return decision.kind, [flag.kind for flag in decision.flags]


@pytest.mark.parametrize(
    ("values", "kind", "kinds_of_flags"),
    [
        ([None, None], "excluded", ["all_missing"]),
        (["7", "7"], "excluded", ["constant"]),
        (["7", None], "categorical", ["constant"]),
        (["2024-01-01", "2024-01-02", "2024-01-02"], "excluded", ["datetime"]),
        (["20240101", "20240102", "20240102"], "numeric", []),
        (["1.5", "2.5", "nan"], "numeric", []),
        (["red", "blue", "red"], "categorical", []),
        (["1", "2", "3", "4", "x"], "categorical", ["mostly_numbers"]),
        (["1", "2", "3", "y", "x"], "categorical", []),
    ],
)
def test_few_values(values: list[str | None], kind: str, kinds_of_flags: list[str]) -> None:
    assert kind_of(values) == (kind, kinds_of_flags)


def test_text_is_a_number_only_where_files_spell_their_numbers() -> None:
    assert kind_of(["1", "2", "2"], text_is_number=False) == ("categorical", [])
    typed = decide_kind(sampled(["1", "2", "2"], kind="int64"), None, complete=True, text_is_number=False)
    assert (typed.kind, typed.options) == ("numeric", {"dtype": "int64"})
    assert decide_kind(sampled(["1", "2", "2"], kind="float64"), None, complete=True).options == {"dtype": "float64"}


@pytest.mark.parametrize(("rows", "kind"), [(19, "numeric"), (20, "excluded")])
def test_unique_numbers_need_twenty_rows(rows: int, kind: str) -> None:
    assert kind_of([str(number) for number in range(rows)])[0] == kind


@pytest.mark.parametrize(
    ("name", "kind"),
    [("amount", "numeric"), ("id", "excluded"), ("orderId", "excluded"), ("ORDER_ID", "excluded"), ("idea", "numeric")],
)
def test_unique_numbers_in_no_order_are_ids_by_their_name(name: str, kind: str) -> None:
    assert kind_of([str(number * 7919 % 100_003 * 1000) for number in range(100)], name)[0] == kind


def test_rows_of_the_whole_source_tell_how_dense_row_numbers_are() -> None:
    values = [str(number * 7 % 100 * 10) for number in range(100)]
    assert kind_of(values, rows_estimated=495)[0] == "numeric"
    assert kind_of(values, rows_estimated=496)[0] == "excluded"


def test_few_whole_numbers_are_codes_where_there_are_enough_rows() -> None:
    for each, kind in ((19, "numeric"), (20, "categorical")):
        assert kind_of([str(number) for number in range(10)] * each)[0] == kind
    assert kind_of([str(number) for number in range(51)] * 20)[0] == "numeric"


def test_buckets_are_a_power_of_two_of_at_least_twice_the_values() -> None:
    values = [f"p{number}" for number in range(150)] * 1 + [f"p{number}" for number in range(100)]
    decision = decide_kind(sampled(values), None, complete=True)
    assert (decision.kind, decision.options) == ("hashed", {"buckets": 1024})
    many = decide_kind(sampled([f"p{number % 6000}" for number in range(10_000)]), None, complete=True)
    assert many.options == {"buckets": 16384}


def test_a_value_of_nearly_all_rows_is_flagged() -> None:
    assert kind_of(["a"] * 998 + ["b", "c"]) == ("categorical", [])
    assert kind_of(["a"] * 999 + ["b"]) == ("categorical", ["nearly_constant"])


@pytest.mark.parametrize(
    ("sentinel", "others", "is_flagged"),
    [
        ("-1", 0, True),
        ("-1", -5, False),
        ("999", 0, True),
        ("999", 950, False),
        ("-999", -1000, False),
        ("500", 0, False),
    ],
)
def test_a_sentinel_is_an_extreme_far_from_all_others(sentinel: str, others: int, is_flagged: bool) -> None:
    values = [sentinel] * 5 + [str(others + number * 0.75) for number in range(100)]
    assert (kind_of(values)[1] == ["sentinel"]) == is_flagged


@pytest.mark.parametrize(
    ("values", "claim"),
    [
        ([f"{i}x" for i in range(300)], "every row of the sample has another value, and it is text"),
        ([None, *(f"{i}x" for i in range(300))], "every row of the sample that has a value has another value"),
        (["0x", *(f"{i}x" for i in range(300))], "300 different values in 301 rows, and it is text"),
    ],
)
def test_that_every_row_has_another_value_is_claimed_where_it_is_so(values: list[str | None], claim: str) -> None:
    assert decide_kind(sampled(values), None, complete=True).reason.startswith(claim)
