"""Proposals posted back: the job succeeds, and the dataset has the proposed schema."""

from __future__ import annotations

import gzip
import io
import json
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.conftest import MakeDataset

from contracts.dataset.published import Dataset
from contracts.messages.schemas import InferRequest, Proposal
from contracts.schema import Label
from preprocessing.engine import SparkEngine
from preprocessing.proposals.propose import propose
from tandem.demo_data import FILE, ROWS, write_flights

COUNT = 400


def rows() -> list[dict[str, Any]]:
    draw = random.Random(1)
    return [
        {
            "late": draw.randint(0, 1),
            "row": i,
            "amount": round(draw.uniform(-50, 9000), 2),
            "age": None if i % 9 == 0 else draw.randint(18, 90),
            "month": draw.randint(1, 12),
            "zip": f"{draw.randint(1, 40):05d}",
            "town": draw.choice(["Köln", "Münster", "Bad Ems", None]),
            "note": draw.choice(["ja", 'mit "Rabatt"', "zwei\nZeilen", "a, b; c"]),
        }
        for i in range(COUNT)
    ]


def text(delimiter: str = ",", *, header: bool = True, null: str = "NA", decimal: str = ".", end: str = "\n") -> str:
    found = rows()
    lines = [delimiter.join(found[0])] if header else []
    for row in found:
        cells: list[str] = []
        for name, value in row.items():
            cell = null if value is None else str(value)
            if name == "amount":
                cell = cell.replace(".", decimal)
            cells.append('"' + cell.replace('"', '""') + '"' if set(cell) & set(f'{delimiter}"\n') else cell)
        lines.append(delimiter.join(cells))
    return end.join(lines) + end


def parquet() -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows()), stream, row_group_size=64)
    return stream.getvalue()


FILES: dict[str, tuple[bytes, dict[str, Any]]] = {
    "plain.csv": (text().encode(), {}),
    "semicolons.csv": (
        text(";", decimal=",", null="").encode("latin-1"),
        {"encoding": "latin-1", "decimal_point": ","},
    ),
    "wide.txt": (text("\t").encode("utf-16"), {"encoding": "utf-16", "format": "tsv"}),
    "tabs.tsv": (text("\t", end="\r\n").encode(), {"format": "tsv"}),
    "nameless.csv": (text("|", header=False).encode(), {"header": False, "delimiter": "|"}),
    "packed.csv.gz": (gzip.compress(text().encode()), {}),
    "packed-unsaid.csv": (gzip.compress(text().encode()), {"compression": "gzip"}),
    "titled.csv": (f"A report\nof today\n{text()}".encode(), {"skip_lines": 2}),
    "lines.jsonl": ("".join(json.dumps(row) + "\n" for row in rows()).encode(), {"format": "jsonl"}),
    "typed.parquet": (parquet(), {"format": "parquet"}),
}


def posted_back(engine: SparkEngine, make_dataset: MakeDataset, **request: Any) -> tuple[Proposal, Dataset]:
    proposal = propose(InferRequest.model_validate(request), engine.settings.source_roots)
    body = json.loads(json.dumps(proposal.request))
    return proposal, make_dataset(**body, partitions=3)


def assert_schema(proposal: Proposal, dataset: Dataset) -> None:
    """The dataset's features are those proposed, with every option, and nothing else."""
    found = {name: feature.model_dump(mode="json") for name, feature in dataset.schema.features.items()}
    assert list(found) == list(proposal.request["features"])
    for name, feature in proposal.request["features"].items():
        assert {option: found[name][option] for option in feature} == feature
    given = proposal.request["source"].get("null_values", [""])
    assert dataset.schema.null_tokens == sorted({"", *given})
    assert dataset.schema.label == Label.model_validate(proposal.request["label"])


@pytest.mark.parametrize("file", FILES)
def test_a_proposal_posted_back_makes_the_dataset_that_it_says(
    engine: SparkEngine, make_dataset: MakeDataset, sources: Path, file: str
) -> None:
    content, expected = FILES[file]
    (sources / file).write_bytes(content)
    label = "column_1" if file.startswith("nameless") else "late"
    proposal, dataset = posted_back(engine, make_dataset, uris=[file], label={"column": label})
    source = proposal.request["source"]
    assert {name: source[name] for name in expected} == expected
    assert_schema(proposal, dataset)
    kinds = [feature["kind"] for feature in proposal.request["features"].values()]
    month = "categorical"
    assert kinds == ["numeric", "numeric", month, "categorical", "categorical", "categorical"]
    assert len(proposal.request["exclude"]) == 1
    statistics = dataset.statistics()
    assert sum(split.rows for split in statistics.splits.values()) == COUNT
    age, town = list(proposal.request["features"])[1], list(proposal.request["features"])[4]
    assert sum(split.features[age].missing for split in statistics.splits.values()) == 45
    assert proposal.evidence.features[age].missing == 45
    assert proposal.evidence.features[town].distinct == 3
    assert set(dataset.vocabulary(town).tokens.to_pylist()) == {
        name.encode() for name in ("Köln", "Münster", "Bad Ems")
    }


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_long_lists_and_tokens_with_separators_are_proposed_so_that_they_can_be_read(
    engine: SparkEngine, make_dataset: MakeDataset, sources: Path, kind: str
) -> None:
    tokens = [["a|b", "c", "d;e"][: i % 4] + [f"t{i % 7}"] * (i % 70) for i in range(300)]
    table = [{"late": i % 2, "id": i * 1.5, "tags": row} for i, row in enumerate(tokens)]
    file = f"long-lists-in-{kind}.{kind}"
    if kind == "jsonl":
        (sources / file).write_text("".join(json.dumps(row) + "\n" for row in table))
    else:
        pq.write_table(pa.Table.from_pylist(table), sources / file)
    proposal, dataset = posted_back(engine, make_dataset, uris=[file], label={"column": "late"})
    many = proposal.request["features"]["tags"]["many"]
    assert many == {"max": 2 * max(map(len, tokens)), "separator": ","}
    flag = next(flag for flag in proposal.flags if flag.column == "tags")
    assert flag.evidence == {"lists": 300, "longest": max(map(len, tokens)), "different": 10, "separator": ","}
    assert sum(split.rows for split in dataset.statistics().splits.values()) == 300


def test_flights(engine: SparkEngine, make_dataset: MakeDataset, sources: Path) -> None:
    write_flights(sources)
    proposal, dataset = posted_back(engine, make_dataset, uris=[FILE], label={"expression": "arr_delay > 15"})
    assert_schema(proposal, dataset)
    assert proposal.request["source"] == {"uris": [FILE], "format": "csv", "null_values": ["", "NA"]}
    features = proposal.request["features"]
    assert {name for name, feature in features.items() if feature["kind"] == "categorical"} == {
        *("month", "day", "hour", "carrier", "flight", "tailnum", "origin", "dest"),
    }
    assert features["distance"] == {"kind": "numeric", "dtype": "int64"}
    assert proposal.request["exclude"] == ["year", "time_hour"]
    assert {flag.column: flag.kind for flag in proposal.flags} == {
        "year": "constant",
        "month": "code",
        "day": "code",
        "hour": "code",
        "time_hour": "datetime",
        "dep_delay": "heavy_tail",
        "flight": "code",
    }
    evidence = proposal.evidence
    assert evidence.source.rows_estimated == pytest.approx(ROWS, rel=0.01)
    assert [token.value for token in evidence.features["dep_time"].null_tokens] == ["NA"]
    delays = evidence.features["dep_delay"].label_auc
    assert delays is not None
    assert 0.8 < delays < 0.999
