"""Whole proposals for small files: every guess and every flag, with its evidence."""

from __future__ import annotations

import bz2
import gzip
import json
import random
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import orc

from contracts.errors import InvalidData, InvalidRequest, NotAllowed, NotFound, UnreadableFile
from preprocessing.proposals.messages import Flag, InferRequest, Proposal
from preprocessing.proposals.propose import propose

Propose = Callable[..., Proposal]
ROWS = 1000


def table(columns: Mapping[str, Sequence[object]], delimiter: str = ",") -> str:
    lines = [delimiter.join(columns), *(delimiter.join(map(str, row)) for row in zip(*columns.values(), strict=True))]
    return "\n".join(lines) + "\n"


def base(rows: int = ROWS, seed: int = 1) -> dict[str, list[object]]:
    """A label that nothing tells, a number and a category."""
    draw = random.Random(seed)
    return {
        "late": [draw.randint(0, 1) for _ in range(rows)],
        "size": [f"{draw.gauss(5, 2):.4f}" for _ in range(rows)],
        "colour": [draw.choice(["red", "green", "blue"]) for _ in range(rows)],
    }


def flags(proposal: Proposal, column: str | None) -> dict[str, Flag]:
    return {flag.kind: flag for flag in proposal.flags if flag.column == column}


def numbers(rows: int = ROWS) -> list[int]:
    return [random.Random(i).randint(-10_000, 1_000_000) for i in range(rows)]


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


def test_columns_that_give_the_label_away(proposed: Propose) -> None:
    draw = random.Random(6)
    columns = base()
    late: list[Any] = columns["late"]
    columns |= {
        "delay": [draw.uniform(16, 90) if each else draw.uniform(-20, 15) for each in late],
        "speed": [draw.uniform(0, 1) if each else draw.uniform(1.1, 2) for each in late],
        "status": [draw.choice(["paid", "sent"]) if each else draw.choice(["open", "new"]) for each in late],
        "refund": [draw.randint(1, 3) if each else "" for each in late],
        "hint": [each if draw.random() < 0.95 else 1 - each for each in late],
    }
    proposal = proposed(table(columns), label={"column": "late"})
    assert proposal.request["exclude"] == ["delay", "speed", "status", "refund"]
    for column in proposal.request["exclude"]:
        assert list(flags(proposal, column))[-1] == "predicts_label"
    features = proposal.evidence.features
    assert (features["delay"].label_auc, features["speed"].label_auc) == (1.0, 0.0)
    assert (features["status"].label_purity, features["refund"].label_purity) == (1.0, 1.0)
    assert 0.9 < (features["hint"].label_purity or 0) < 0.99
    assert 0.4 < (features["size"].label_auc or 0) < 0.6


def test_an_expression_that_compares_one_column_is_looked_at_too(proposed: Propose) -> None:
    draw = random.Random(7)
    delay = [draw.randint(-20, 90) for _ in range(ROWS)]
    columns = {"delay": delay, "fine": [each * 2 + 1 for each in delay], **base()}
    proposal = proposed(table(columns), label={"expression": "delay > 15"})
    assert proposal.request["label"] == {"expression": "delay > 15", "kind": "binary"}
    assert proposal.request["exclude"] == ["fine"]
    assert "delay" not in proposal.request["features"]
    assert proposal.evidence.features["delay"].kind == "label"
    other = proposed(label={"expression": "delay + 1 > 15"})
    assert "fine" in other.request["features"]
    assert other.evidence.features["fine"].label_auc is None


def test_labels_that_are_words_become_an_expression(proposed: Propose) -> None:
    columns = base()
    columns["answer"] = ["Yes" if each else "No" for each in columns.pop("late")]
    proposal = proposed(table(columns), label={"column": "answer"})
    assert proposal.request["label"] == {"expression": "`answer` = 'Yes'", "kind": "binary"}
    assert "label" in flags(proposal, "answer")
    assert "answer" not in proposal.request["features"]
    asked = proposed(table(base()), label={"column": "colour", "kind": "binary"})
    assert "must be 0 or 1" in flags(asked, "colour")["label"].reason


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["red", "green", "blue"], "multiclass"),
        ([-1, 0, 1, 2], "multiclass"),
        (list(range(200)), "regression"),
        ([0.5, 1.25, 7, 9.5], "regression"),
    ],
    ids=["text", "few whole numbers", "many whole numbers", "fractions"],
)
def test_the_kind_of_a_label_follows_from_its_values(proposed: Propose, values: list[Any], kind: str) -> None:
    columns = base() | {"goal": [values[at % len(values)] for at in range(ROWS)]}
    proposal = proposed(table(columns), label={"column": "goal"})
    assert proposal.request["label"] == {"column": "goal", "kind": kind}
    assert f"proposed as kind {kind}" in flags(proposal, "goal")["label"].reason
    other = "regression" if kind == "multiclass" else "multiclass"
    kept = proposed(table(columns), label={"column": "goal", "kind": other})
    assert kept.request["label"] == {"column": "goal", "kind": other}


def test_a_column_called_label_gives_way_to_an_expression(proposed: Propose) -> None:
    proposal = proposed(table(base() | {"label": numbers()}), label={"expression": "late = 1"})
    assert "name_taken" in flags(proposal, "label")
    assert proposal.request["exclude"] == ["label"]


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


def test_headers(proposed: Propose) -> None:
    rows = [(i % 2, i * 1.5, "red" if i % 3 else "blue") for i in range(50)]
    body = "".join(f"{a},{b},{c}\n" for a, b, c in rows)
    none = proposed(body, label={"column": "column_1"})
    assert none.request["source"]["header"] is False
    assert none.request["source"]["columns"] == ["column_1", "column_2", "column_3"]
    assert list(none.request["features"]) == ["column_2", "column_3"]
    twice = proposed("y,x,x\n" + body, label={"column": "y"})
    assert twice.request["source"]["columns"] == ["y", "x", "x_2"]
    assert flags(twice, None)["renamed"].evidence == {"twice": ["x"]}
    words = "".join(f"{'north' if i % 2 else 'south'},{'red' if i % 3 else 'blue'}\n" for i in range(50))
    assert proposed("side,colour\n" + words).request["source"].get("header", True)
    assert proposed(words).request["source"]["header"] is False
    assert proposed(words, header=True).evidence.source.guesses["header"].given


def test_rows_before_the_table_and_rows_that_are_short(proposed: Propose) -> None:
    rows = "".join(f"{i % 2},{i * 1.5},red\n" if i % 10 else f"{i % 2},{i * 1.5}\n" for i in range(100))
    proposal = proposed("My report\nof today\ny,x,c\n" + rows, label={"column": "y"})
    assert proposal.request["source"]["skip_lines"] == 2
    assert proposal.request["source"]["ragged"] == "null_padding"
    assert proposal.evidence.features["c"].missing == 10


def test_rows_that_cannot_be_read_are_shown(proposed: Propose) -> None:
    rows = "".join(f"{i % 2},{i * 1.5},red\n" if i != 60 else "1,2,3,4,5\n" for i in range(100))
    proposal = proposed("y,x,c\n" + rows, label={"column": "y"})
    flag = flags(proposal, None)["bad_rows"]
    assert flag.evidence["rows"] == 1
    assert "expected 3 fields, found 5" in flag.evidence["reasons"][0]


@pytest.mark.parametrize(
    ("pack", "file", "compression"),
    [
        (gzip.compress, "t.csv.gz", None),
        (gzip.compress, "t.csv", "gzip"),
        (bz2.compress, "t.csv.bz2", None),
        (bytes, "t.csv.gz", "none"),
    ],
)
def test_compression_is_known_by_the_first_bytes(
    proposed: Propose, pack: Callable[[bytes], bytes], file: str, compression: str | None
) -> None:
    proposal = proposed(pack(table(base()).encode()), file)
    assert proposal.request["source"].get("compression") == compression
    assert proposal.request["name"] == "t"
    assert proposal.evidence.source.rows == ROWS


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig", "utf-32"])
def test_wide_text_and_marks(proposed: Propose, encoding: str) -> None:
    proposal = proposed(table(base(), "\t").encode(encoding), "t.txt")
    assert proposal.request["source"]["format"] == "tsv"
    assert proposal.request["source"].get("encoding", "utf-8") == encoding.removesuffix("-sig")
    assert list(proposal.evidence.features) == ["late", "size", "colour"]


def test_json_lines(proposed: Propose) -> None:
    columns = base()
    rows: list[dict[str, Any]] = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    for i, row in enumerate(rows):
        row |= {"shop": i % 7, "nested": {"a": i}, "sparse": None if i % 2 else i * 0.3}
    proposal = proposed("".join(json.dumps(row) + "\n" for row in rows), "t.jsonl")
    assert proposal.request["source"] == {"uris": ["t.jsonl"], "format": "jsonl"}
    assert proposal.request["features"] == {
        "size": {"kind": "numeric", "dtype": "float64"},
        "colour": {"kind": "categorical"},
        "shop": {"kind": "categorical"},
        "sparse": {"kind": "numeric", "dtype": "float64"},
    }
    assert proposal.request["exclude"] == ["nested"]
    assert "unsupported" in flags(proposal, "nested")
    assert proposal.evidence.features["sparse"].missing == ROWS // 2


def test_files_that_carry_types(proposed: Propose, tmp_path: Path) -> None:
    draw = random.Random(13)
    start = datetime(2024, 1, 1, tzinfo=UTC)
    columns = pa.table({
        "late": [bool(draw.getrandbits(1)) for _ in range(ROWS)],
        "size": [draw.uniform(0, 9) for _ in range(ROWS)],
        "month": pa.array([i % 12 for i in range(ROWS)], pa.int8()),
        "word": [draw.choice(["a", "b", "N/A"]) for _ in range(ROWS)],
        "other": [draw.choice(["c", "d", "N/A"]) for _ in range(ROWS)],
        "digits": [draw.choice(["1", "2", "3"]) for _ in range(ROWS)],
        "when": [start + timedelta(hours=i) for i in range(ROWS)],
        "list": [[i] for i in range(ROWS)],
    })  # fmt: skip
    pq.write_table(columns, tmp_path / "t.parquet", row_group_size=100)
    with pa.OSFile(str(tmp_path / "t.arrow"), "wb") as file, pa.ipc.new_file(file, columns.schema) as writer:
        writer.write_table(columns, max_chunksize=100)
    orc.write_table(columns, str(tmp_path / "t.orc"))
    for file in ("t.parquet", "t.arrow", "t.orc"):
        proposal = proposed(file=file)
        assert proposal.request["source"] == {"uris": [file], "format": file.removeprefix("t.")}
        assert proposal.request["features"] == {
            "size": {"kind": "numeric", "dtype": "float64"},
            "month": {"kind": "categorical"},
            "word": {"kind": "categorical", "null_values": ["N/A"]},
            "other": {"kind": "categorical", "null_values": ["N/A"]},
            "digits": {"kind": "categorical"},
        }
        assert proposal.request["exclude"] == ["when", "list"]
        assert list(flags(proposal, "when")) == ["datetime"]
        assert list(flags(proposal, "list")) == ["unsupported"]
        assert proposal.evidence.source.complete


def test_partition_columns(proposed: Propose, tmp_path: Path) -> None:
    for year in (2023, 2024, 2025):
        folder = tmp_path / "sales" / f"year={year}"
        folder.mkdir(parents=True)
        (folder / "part.csv").write_text(table(base(200, seed=year)))
    proposal = proposed(uris=["sales"])
    assert proposal.request["features"]["year"] == {"kind": "categorical"}
    assert proposal.evidence.features["year"].distinct == 3
    assert (proposal.evidence.source.files, proposal.evidence.source.rows) == (3, 600)
    assert proposal.request["name"] == "sales"


def test_a_large_file_is_sampled_from_its_beginning_to_its_end(proposed: Propose) -> None:
    rows = 60_000
    quoted = "".join(f'{i % 2},{i},"a, ""b""\nline {i % 5}",{i % 9 * 0.5}\n' for i in range(rows))
    proposal = proposed("y,n,text,x\n" + quoted, label={"column": "y"}, sample_rows=4000)
    source, features = proposal.evidence.source, proposal.evidence.features
    assert 3000 <= source.rows <= 4000
    assert not source.complete
    assert source.rows_estimated == pytest.approx(rows, rel=0.02)
    assert features["n"].max is not None
    assert features["n"].max > 0.9 * rows
    assert features["text"].distinct == 5
    assert not flags(proposal, None)
    assert "unique" in flags(proposal, "n")


def test_one_column_keeps_its_commas(proposed: Propose) -> None:
    text = "text\n" + "".join(f"{'well, ' * (i % 4)}so it goes {i % 5}\n" for i in range(100))
    proposal = proposed(text)
    assert list(proposal.evidence.features) == ["text"]
    assert proposal.request["source"]["delimiter"] not in {",", " "}


@pytest.mark.parametrize(
    ("content", "file", "error", "message", "pointer"),
    [
        (b"", "nowhere.csv", NotFound, "nowhere.csv", "/uris/0"),
        (b" \n\n", "t.csv", UnreadableFile, "is empty", "/uris"),
        (b"a,b\n", "t.csv", UnreadableFile, "no rows", "/uris"),
        (bytes(range(256)) * 9, "t.csv", UnreadableFile, "binary", "/uris"),
        (b"PK\x03\x04 and more", "t.xlsx", UnreadableFile, "Excel", "/uris"),
        (b"Obj\x01 and more", "t.avro", InvalidRequest, "only dataset jobs read", "/uris"),
        (b"ORC and more", "t.orc", UnreadableFile, "not an ORC file", "/uris"),
        (b'[{"a": 1},\n {"a": 2}]', "t.json", UnreadableFile, "one object a line", "/uris"),
        (b"\x1f\x8b broken", "t.csv.gz", UnreadableFile, "not readable as gzip", "/uris"),
        (b"PAR1 broken", "t.parquet", UnreadableFile, "not a Parquet file", "/uris"),
        (b"a\n1\n1\n", "t.csv", InvalidData, "no column is left", "/uris"),
    ],
)
def test_files_that_cannot_be_looked_at(
    proposed: Propose, content: bytes, file: str, error: type[Exception], message: str, pointer: str
) -> None:
    with pytest.raises(error, match=message) as raised:
        proposed(content, file)
    assert getattr(raised.value, "pointer", None) == pointer


def test_an_empty_file_is_said_to_be(proposed: Propose, tmp_path: Path) -> None:
    (tmp_path / "t.csv").touch()
    with pytest.raises((UnreadableFile, NotFound)):
        proposed(file="t.csv")


@pytest.mark.parametrize(
    ("field", "value", "pointer"),
    [
        ("format", "spark", "/format"),
        ("delimiter", ";;", "/delimiter"),
        ("encoding", "klingon", "/encoding"),
        ("label", {"column": "nothing"}, "/label/column"),
        ("columns", ["a", "b"], "/columns"),
    ],
)
def test_what_is_given_must_be_right(proposed: Propose, field: str, value: object, pointer: str) -> None:
    with pytest.raises((InvalidRequest, NotFound)) as raised:
        proposed(table(base()), **{field: value})
    assert raised.value.pointer == pointer


def test_files_outside_the_roots_are_not_looked_at(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    with pytest.raises(NotAllowed) as raised:
        propose(InferRequest(uris=["../t.csv"]), [str(tmp_path / "inside")])
    assert raised.value.pointer == "/uris/0"
