"""How missing values and numbers are spelled, as a proposal finds it."""

from __future__ import annotations

import random

import pytest
from tests.preprocessing.proposals.tables import ROWS, Propose, base, flags, table


def test_spellings_of_missing(proposed: Propose) -> None:
    draw = random.Random(8)
    columns = base() | {
        "delay": ["NA" if i % 7 == 0 else draw.uniform(0, 9) for i in range(ROWS)],
        "work": ["?" if i % 5 == 0 else draw.choice(["a", "b"]) for i in range(ROWS)],
        "home": ["?" if i % 6 == 0 else draw.choice(["x", "y"]) for i in range(ROWS)],
        "mood": ["none" if i % 4 == 0 else draw.choice(["good", "bad"]) for i in range(ROWS)],
    }
    proposal = proposed(table(columns))
    assert proposal.request["source"]["null_values"] == ["", "?", "NA"]
    assert "delay are numbers" in proposal.evidence.source.guesses["null_values"].reason
    features = proposal.evidence.features
    assert (features["delay"].missing, features["work"].missing, features["mood"].missing) == (143, 200, 0)
    assert [(each.value, each.count) for each in features["mood"].null_tokens] == [("none", 250)]
    assert features["delay"].missing_share == pytest.approx(0.143)
    given = proposed(null_values=["NA"])
    assert given.request["source"]["null_values"] == ["NA"]
    assert given.evidence.source.guesses["null_values"].given
    assert given.evidence.features["work"].missing == 0


def test_columns_of_nothing_but_spellings_of_missing_have_no_values(proposed: Propose) -> None:
    proposal = proposed(table(base() | {"nothing": ["NULL"] * ROWS}))
    assert list(flags(proposal, "nothing")) == ["all_missing"]
    assert proposal.request["source"]["null_values"] == ["", "NULL"]


def test_spaces_around_a_spelling_belong_to_it(proposed: Propose) -> None:
    columns = base() | {"work": [" ?" if i % 5 == 0 else i % 17 / 3 for i in range(ROWS)]}
    assert proposed(table(columns)).request["source"]["null_values"] == ["", " ?"]


def test_namibia_is_not_missing(proposed: Propose) -> None:
    draw = random.Random(9)
    columns = base() | {
        "delay": ["NA" if i % 7 == 0 else draw.uniform(0, 9) for i in range(ROWS)],
        "country": [draw.choice(["DE", "FR", "NA", "NO"]) for _ in range(ROWS)],
    }
    proposal = proposed(table(columns))
    assert "null_values" not in proposal.request["source"]
    assert proposal.request["features"]["delay"] == {"kind": "numeric", "dtype": "float64", "null_values": ["NA"]}
    assert proposal.evidence.features["country"].missing == 0
    assert flags(proposal, "country")["missing_spelled_as_code"].evidence == {"tokens": ["NA"]}


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


def german(rows: int = 300) -> str:
    draw = random.Random(12)
    lines = ["Name;Straße;Betrag;Bestellt;spät"]
    for i in range(rows):
        name = draw.choice(["Müller", "Weiß", "Jäger"])
        amount = f"{draw.uniform(0, 9000):,.2f}".translate(str.maketrans(",.", ".,"))
        lines.append(f"{name};Straße {i % 9};{amount};0{i % 9 + 1}.03.2024;{draw.randint(0, 1)}")
    return "\n".join(lines) + "\n"


def test_decimal_commas_in_latin_1(proposed: Propose) -> None:
    proposal = proposed(german().encode("latin-1"), label={"column": "spät"})
    assert proposal.request["source"] == {
        "uris": ["table.csv"],
        "format": "csv",
        "delimiter": ";",
        "decimal_point": ",",
        "thousands_separator": ".",
        "encoding": "latin-1",
    }
    assert proposal.request["features"] == {
        "Name": {"kind": "categorical"},
        "Straße": {"kind": "categorical"},
        "Betrag": {"kind": "numeric", "dtype": "float64"},
    }
    assert proposal.request["exclude"] == ["Bestellt"]


@pytest.mark.parametrize(
    ("values", "delimiter", "spelling"),
    [
        (["1,234", "567", "2,345,678"], ";", (".", ",")),
        (["1,234", "567", "21,000"], ";", (".", ",")),
        (["1,234", "0,567", "21,050"], ";", (",", None)),
        (["1,5", "2,25", "3"], ";", (",", None)),
        (['"1,234"', '"12,345"', '"1,000"'], ",", (".", ",")),
        (["1 234,5", "17,25", "2 000"], ";", (",", " ")),
        (["1'234.5", "17.25", "2'000"], ";", (".", "'")),
        (["1.234", "5.678", "9.100"], ";", (".", None)),
        (["1,5", "NA", "2,5"], ";", (",", None)),
    ],
)
def test_how_numbers_are_spelled(
    proposed: Propose, values: list[str], delimiter: str, spelling: tuple[str, str | None]
) -> None:
    rows = [f"{i % 2}{delimiter}{values[i % len(values)]}{delimiter}w{i % 4}" for i in range(60)]
    proposal = proposed("\n".join([f"y{delimiter}x{delimiter}w", *rows]) + "\n", label={"column": "y"})
    source = proposal.request["source"]
    assert (source.get("decimal_point", "."), source.get("thousands_separator")) == spelling
    assert proposal.evidence.features["x"].number_share == 1.0
