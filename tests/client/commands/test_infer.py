"""`tandem dataset infer` against the real route."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from tests.preprocessing.proposals.served import served
from typer.testing import CliRunner, Result

from contracts.messages.datasets import DatasetRequest
from tandem import NotFound, Tandem
from tandem.cli import app

Run = Callable[..., Result]


@pytest.fixture
def address(tmp_path: Path) -> Generator[str]:
    with served(tmp_path) as url:
        draw = random.Random(1)
        rows = [
            f"{draw.randint(0, 1)};{draw.uniform(0, 9):.3f};{draw.choice(['red', '[b]', 'NA'])};{i};{draw.randint(1, 9)}"
            for i in range(300)
        ]
        (tmp_path / "sources" / "my export.csv").write_text("\n".join(["won;size;tone;row;shop", *rows]))
        yield url


@pytest.fixture
def run(address: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("TANDEM_PREPROCESSING_URL", address)
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *words: CliRunner().invoke(app, list(words))


def test_a_person_reads_columns_and_flags(run: Run) -> None:
    shown = run("dataset", "infer", "my export.csv", "--label", "won")
    assert shown.exit_code == 0, shown.output
    lines = shown.output.splitlines()
    assert lines[0] == "all 300 rows of 1 file"
    assert any(line.startswith('  delimiter ";"') for line in lines)
    (size,) = [line for line in lines if line.startswith("size ")]
    assert size.split()[1:3] == ["numeric", "float64"]
    (row,) = [line for line in lines if line.startswith("row ")]
    assert (row.split()[1], row.split()[-1]) == ("excluded", "unique")
    (tone,) = [line for line in lines if line.startswith("tone ")]
    assert "[b]" in tone
    assert any(line.startswith("code shop: ") for line in lines)


def test_without_a_label_it_says_which_columns_could_be_one(run: Run) -> None:
    shown = run("dataset", "infer", "my export.csv")
    assert shown.exit_code == 0
    assert shown.output.splitlines()[-1].endswith("Binary columns: won")


def test_the_request_is_printed_and_written_for_create_to_take(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "request.json"
    words = ["--label", "won", "--name", "wins", "--source", '{"null_values": ["NA"]}']
    printed = run("dataset", "infer", "my export.csv", *words, "--json")
    assert run("dataset", "infer", "my export.csv", *words, "-o", str(target)).output.splitlines()[-1] == (
        f"tandem dataset create {target}"
    )
    request = DatasetRequest.model_validate_json(printed.output)
    assert json.loads(printed.output) == json.loads(target.read_text())
    assert (request.name, request.label.column) == ("wins", "won")
    assert request.source.null_tokens == ["", "NA"]
    assert list(request.features) == ["size", "tone", "shop"]


def test_errors_are_readable(run: Run, tmp_path: Path) -> None:
    shown = run("dataset", "infer", "nothing.csv")
    assert shown.exit_code == 1
    assert "nothing.csv" in shown.output
    assert "/uris/0" in shown.output
    shown = run("dataset", "infer", "my export.csv", "-o", str(tmp_path / "no" / "folder.json"))
    assert "cannot write" in shown.output
    assert "Traceback" not in shown.output


def test_from_python(address: str) -> None:
    with Tandem(address) as tandem:
        proposal = tandem.infer_dataset(["my export.csv"], {"label": {"column": "won"}})
        assert proposal.request["features"]["size"] == {"kind": "numeric", "dtype": "float64"}
        with pytest.raises(NotFound):
            tandem.infer_dataset(["nothing.csv"])
