"""Numbers with affixes, and spellings of one category, are proposed with their evidence."""

from __future__ import annotations

import random
from typing import Any

import pytest
from tests.preprocessing.proposals.tables import ROWS, Propose, base, flags, sampled, table

from contracts.features import TextRule
from preprocessing.proposals.spellings import affixed, folded

USUAL = (".", None)


@pytest.mark.parametrize(
    ("values", "rule", "numbers"),
    [
        (["$1,234.50", "$2.00", "7"], TextRule(prefix="$", thousands_separator=","), [1234.5, 2, 7]),
        (["12 %", "3%", "NA"], TextRule(suffix="%"), [12, 3]),
        (["1.234,5 €", "2,0 €"], TextRule(suffix="€", decimal_point=",", thousands_separator="."), [1234.5, 2]),
        (["-EUR 5", "EUR 6"], TextRule(prefix="EUR"), [-5, 6]),
        (["12 kg", "3 kg"], TextRule(suffix="kg"), [12, 3]),
    ],
)
def test_affixes_make_numbers(values: list[str], rule: TextRule, numbers: list[float]) -> None:
    found = affixed(sampled(values), USUAL)
    assert found is not None
    assert found.rule == rule
    known = found.column.numbers[: len(numbers)]
    assert known.tolist() == numbers
    assert found.flag.kind == "affixes"


@pytest.mark.parametrize(
    "values",
    [["A12", "A13"], ["1.5", "2"], ["12 kg", "3 g"], ["$5", "€6"], ["$5", "six"], ["5 kg", *map(str, range(9))], ["%"]],
)
def test_what_is_no_number_with_one_affix(values: list[str]) -> None:
    assert affixed(sampled(values), USUAL) is None


def test_affixes_are_options_of_the_proposed_feature(proposed: Propose) -> None:
    draw = random.Random(1)
    columns: dict[str, Any] = base() | {
        "fee": [f"${draw.randint(1, 9)};{draw.randint(100, 999)}.50".replace(";", ",") for _ in range(1000)],
        "share": [f"{draw.randint(0, 90)} %" if i % 9 else "NA" for i in range(1000)],
        "preis": [f"{draw.randint(1, 9)}.{draw.randint(100, 999)},5 €" for _ in range(1000)],
    }
    proposal = proposed(table(columns, delimiter="\t"), file="t.tsv", label={"column": "late"})
    features = proposal.request["features"]
    assert features["fee"] == {"kind": "numeric", "dtype": "float64", "prefix": "$", "thousands_separator": ","}
    assert features["share"]["suffix"] == "%"
    assert features["share"]["kind"] == "numeric"
    assert features["preis"] == {
        "kind": "numeric",
        "dtype": "float64",
        "suffix": "€",
        "decimal_point": ",",
        "thousands_separator": ".",
    }
    assert proposal.request["source"]["null_values"] == ["", "NA"]
    assert "'$' before" in flags(proposal, "fee")["affixes"].reason
    assert proposal.evidence.features["fee"].number_share == 1


def test_spellings_of_one_category(proposed: Propose) -> None:
    words = ["Yes", "yes", " Yes", "no", "NO", "maybe"]
    columns = base(1200) | {"renewed": [words[i % 6] for i in range(1200)]}
    proposal = proposed(table(columns), label={"column": "late"})
    assert proposal.request["features"]["renewed"] == {"kind": "categorical", "strip": True, "fold_case": True}
    flag = flags(proposal, "renewed")["spellings"]
    assert flag.evidence["spellings"]["yes"] == {"Yes": 200, "yes": 200, " Yes": 200}
    assert flag.evidence["distinct"] == 3


@pytest.mark.parametrize(
    "values", [["a", "A", "b"], ["red", "green"], ["yes", "Yes"], [f"k{i}" for i in range(1500)], ["7", " 7", "8"]]
)
def test_categories_that_have_one_spelling_each(values: list[str]) -> None:
    assert folded(sampled(values)) is None


@pytest.mark.parametrize(
    ("words", "label"),
    [
        (["Yes", "yes", " Yes", "no", "NO"], {"kind": "binary", "positive": "yes", "strip": True, "fold_case": True}),
        (["Low", "low", "mid", "high"], {"kind": "multiclass", "fold_case": True}),
    ],
)
def test_a_label_has_one_class_for_all_spellings(proposed: Propose, words: list[str], label: dict[str, Any]) -> None:
    draw = random.Random(2)
    columns = base() | {"churned": [draw.choice(words) for _ in range(1000)]}
    proposal = proposed(table(columns), label={"column": "churned"})
    assert proposal.request["label"] == {"column": "churned", **label}
    assert "one class" in next(flag.reason for flag in proposal.flags if flag.kind == "label")


def test_the_proposed_label_is_checked_for_leaks_as_it_is_read(proposed: Propose) -> None:
    draw = random.Random(2)
    words = [draw.choice(["Yes", "yes", " Yes", "no", "NO"]) for _ in range(1000)]
    columns = base() | {"churned": words, "told": [word.strip().lower() for word in words]}
    for label in ({"column": "churned"}, {"column": "churned", "kind": "multiclass"}):
        proposal = proposed(table(columns), label=label)
        assert "predicts_label" in flags(proposal, "told")
        assert proposal.request["label"]["fold_case"]
    given = {"column": "churned", "positive": "Yes", "strip": True}
    proposal = proposed(table(columns), label=given)
    assert proposal.request["label"] == {"kind": "binary", **given}
    assert "predicts_label" not in flags(proposal, "told"), "yes is another word than Yes here"


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
