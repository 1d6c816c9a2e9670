"""`tandem dataset list`, `show` and so on, about datasets that real jobs have published."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from tensorflow_metadata.proto.v0 import statistics_pb2
from tests.preprocessing.proposals.served import served
from typer.testing import CliRunner, Result

from contracts.dataset.published import Dataset
from preprocessing.engine import SparkEngine
from tandem.cli import app

Run = Callable[..., Result]
ROWS = "y,x,c\n" + "".join(f"{i % 2},{i},{'ab'[i % 3 == 0]}\n" for i in range(200))


@pytest.fixture
def run(engine: SparkEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Run]:
    with served(tmp_path, engine.settings.storage) as url:
        monkeypatch.setenv("TANDEM_PREPROCESSING_URL", url)
        yield lambda *words: CliRunner().invoke(app, ["dataset", *words])


def test_a_person_asks_about_datasets(run: Run, make_dataset: Callable[..., Dataset], tmp_path: Path) -> None:
    job = {"label": {"column": "y"}, "features": {"x": {"kind": "numeric", "dtype": "int64"}}}
    first = make_dataset(ROWS + "0,oops,a\n" * 150, name="asked", max_bad_records=200, **job)
    make_dataset(ROWS, name="asked-too", **job)
    assert {"asked", "asked-too"} <= {each["name"] for each in said(run("list", "--json"))}
    assert said(run("show", "asked", "--json"))["fingerprint"] == first.manifest.fingerprint
    listed = run("list").output
    assert re.search(r"^asked +200 \(train \d+, ", listed, re.MULTILINE)
    assert first.manifest.fingerprint in listed, "whole, as the output is no terminal"
    shown = run("show", "asked").output
    for pattern in (
        r"^dataset +asked *$",
        r"^source +csv: \S*\.csv *$",
        r"^label +y \(binary\) *$",
        r"^left out +150 that could not be read *$",
        rf"^fingerprint +{first.manifest.fingerprint} *$",
        r"^x +numeric +int64 *$",
        r"^report: http://\S+/v1/datasets/asked/report$",
    ):
        assert re.search(pattern, shown, re.MULTILINE), (pattern, shown)
    found = said(run("statistics", "asked"))
    assert found["splits"]["train"]["features"]["x"]["mean"] == first.statistics().numeric("x").mean
    proto = tmp_path / "statistics.pb"
    assert run("statistics", "asked", "--proto", str(proto)).exit_code == 0
    parsed = statistics_pb2.DatasetFeatureStatisticsList.FromString(proto.read_bytes())
    assert [each.name for each in parsed.datasets] == ["train", "validation", "test"]
    rejected = [json.loads(line) for line in run("rejected", "asked").output.splitlines()]
    assert [row["line"] for row in rejected] == list(range(202, 352))
    assert run("rejected", "asked-too").output == ""
    assert said(run("compare", "asked", "asked-too", "--json"))["drifted"] == []
    words = ["compare", "asked", "asked", "--other-split", "test"]
    assert said(run(*words, "--json"))["other_split"] == "test"
    assert said(run(*words, "--thresholds", '{"l_infinity": 0}', "--json"))["drifted"] != []
    table = run(*words).output
    assert re.search(r"asked, train: \d+ rows; compared with asked, test: \d+ rows", table)
    assert re.search(r"^c +0\.\d{4} ", table, re.MULTILINE)
    tokens = [json.loads(line)["text"] for line in run("vocabulary", "asked", "c").output.splitlines()]
    assert sorted(tokens) == ["a", "b"]
    assert len(run("vocabulary", "asked", "c", "--limit", "1").output.splitlines()) == 1
    planned = " ".join(run("delete", "asked-too", "--dry-run").output.split())
    assert re.fullmatch(
        r"asked-too would be deleted, [\d.]+ [kM]B; no version in its storage was trained from it", planned
    )
    assert run("delete", "asked-too").exit_code == 0
    gone = run("show", "asked-too")
    assert gone.exit_code == 1
    assert "there is no dataset named 'asked-too'" in gone.output


def said(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.output)
