"""How missing values and numbers are spelled, as a proposal finds it."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from tests.preprocessing.proposals.tables import ROWS, Propose, base, flags, sampled, table

from preprocessing.proposals.null_spellings import Nulls, detect_nulls, detect_numbers


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
        "Bestellt": {"kind": "datetime", "format": "%d.%m.%Y", "parts": ["weekday"]},
    }
    assert proposal.request["exclude"] == []


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


def nulls_of(*, is_text: bool = True, **values: Sequence[str | None]) -> Nulls:
    return detect_nulls([sampled(cells, name) for name, cells in values.items()], is_text=is_text)


def test_a_word_between_numbers_means_missing_and_among_words_it_does_not() -> None:
    assert nulls_of(x=["1", "2", "none"]).everywhere == ["none"]
    assert nulls_of(x=["a", "b", "none"], y=["c", "none", "d"]).everywhere == []
    assert nulls_of(x=["none"] * 3).everywhere == [], "it may be the only category"


def test_one_number_among_spellings_is_an_accident() -> None:
    assert nulls_of(x=["unknown"] * 20 + ["5"]).everywhere == []
    assert nulls_of(x=["unknown"] * 19 + ["5"]).everywhere == ["unknown"]


def test_an_unmistakable_spelling_needs_two_columns() -> None:
    assert nulls_of(x=["a", "N/A"]).everywhere == []
    found = nulls_of(x=["a", "N/A"], y=["N/A", "b"], z=["c", "d"])
    assert (found.everywhere, found.reasons) == (["N/A"], {"N/A": "occurs in 2 columns: x, y"})


def test_where_text_is_no_number_spellings_belong_to_their_columns() -> None:
    found = nulls_of(is_text=False, x=["a", "N/A"], y=["N/A", "b"], z=["1", "none"])
    assert found.everywhere == []
    assert found.by_column == {"x": ["N/A"], "y": ["N/A"]}


def test_codes_of_the_same_shape_keep_the_token() -> None:
    found = nulls_of(land=["DE", "FR", "NA"], x=["1", "NA"], y=["NA", "two words"])
    assert found.everywhere == []
    assert (found.kept, found.by_column) == ({"land": ["NA"]}, {"x": ["NA"], "y": ["NA"]})
    few = nulls_of(land=["DE", "NA"], x=["1", "NA"])
    assert (few.everywhere, few.kept) == (["NA"], {})


def spelled(cells: list[str], delimiter: str = ";", **given: str | None) -> tuple[str, str | None, list[str]]:
    found = detect_numbers({"x": sampled(cells), "w": sampled(["a", "b"], "w")}, delimiter, given)
    return found.decimal_point, found.thousands_separator, found.columns


def test_the_plain_spelling_wins_where_no_other_gains_a_column() -> None:
    assert spelled(["1.5", "2"]) == (".", None, [])
    assert spelled(["a", "b"]) == (".", None, [])
    assert spelled(["1,5", "1,2,3"]) == (".", None, []), "one value that is no number under any spelling"


def test_a_given_part_of_the_spelling_stays() -> None:
    assert spelled(["1,234"], decimal_point=".") == (".", ",", ["x"])
    assert spelled(["1,234"], thousands_separator=None) == (",", None, ["x"])
    assert spelled(["1.5"], decimal_point=",") == (",", None, [])
    assert spelled(["1 5"], decimal_point="!", thousands_separator="?") == ("!", "?", [])
