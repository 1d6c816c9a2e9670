"""`tandem dataset list`, `show` and so on, about datasets that real jobs have published."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from tensorflow_metadata.proto.v0 import statistics_pb2
from tests.preprocessing.proposals.served import served
from typer.testing import CliRunner, Result

from contracts.dataset import Dataset
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
    assert {"asked", "asked-too"} <= {each["name"] for each in said(run("list"))}
    assert said(run("show", "asked"))["fingerprint"] == first.manifest.fingerprint
    found = said(run("statistics", "asked"))
    assert found["splits"]["train"]["features"]["x"]["mean"] == first.statistics().numeric("x").mean
    proto = tmp_path / "statistics.pb"
    assert run("statistics", "asked", "--proto", str(proto)).exit_code == 0
    parsed = statistics_pb2.DatasetFeatureStatisticsList.FromString(proto.read_bytes())
    assert [each.name for each in parsed.datasets] == ["train", "validation", "test"]
    rejected = [json.loads(line) for line in run("rejected", "asked").output.splitlines()]
    assert [row["line"] for row in rejected] == list(range(202, 352))
    assert run("rejected", "asked-too").output == ""
    assert said(run("compare", "asked", "asked-too"))["drifted"] == []
    assert said(run("compare", "asked", "asked", "--other-split", "test"))["other_split"] == "test"
    narrow = run("compare", "asked", "asked", "--other-split", "test", "--thresholds", '{"l_infinity": 0}')
    assert said(narrow)["drifted"] != []
    tokens = [json.loads(line)["text"] for line in run("vocabulary", "asked", "c").output.splitlines()]
    assert sorted(tokens) == ["a", "b"]
    assert len(run("vocabulary", "asked", "c", "--limit", "1").output.splitlines()) == 1
    assert run("delete", "asked-too").exit_code == 0
    gone = run("show", "asked-too")
    assert gone.exit_code == 1
    assert "there is no dataset named 'asked-too'" in gone.output


def said(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.output)
