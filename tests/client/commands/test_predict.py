"""`tandem predict`: rows in each form, from an argument, a file or a pipe, by a real service."""

from __future__ import annotations

import csv
import io
import json
import math
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs
from tests.apps import serving
from tests.client.scripted import Run, Script
from tests.modeling.serving.test_registry import copy_version
from tests.modeling.trained import Trained
from tests.processes import wait_until
from tests.real_apps import app_of
from typer.testing import CliRunner, Result

from contracts.storage import Storage
from tandem import Tandem
from tandem.cli import app

ROWS: list[dict[str, Any]] = [
    {
        "distance km": None if number % 4 == 3 else 900.5 + number,
        "class": number,
        "origin": None if number % 5 == 4 else f"origin {number}",
    }
    for number in range(10)
]


@pytest.mark.parametrize("rows", ['{"distance": 1}', '[{"distance": 1}]', '{"instances": [{"distance": 1}]}'])
def test_predict_takes_a_row_rows_or_a_whole_body(run: Run, service: Script, rows: str, tmp_path: Path) -> None:
    (tmp_path / "rows.json").write_text(rows)
    for shown in (
        run("predict", "flights", rows),
        run("predict", "flights", str(tmp_path / "rows.json")),
        run("predict", "flights", "-", stdin=rows),
        run("predict", "flights", stdin=rows),
    ):
        assert json.loads(shown.output) == {"predictions": [0.25]}
    assert service.bodies == [{"instances": [{"distance": 1}]}] * 4


@pytest.fixture(scope="module")
def url(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    root = tmp_path_factory.mktemp("predict")
    copy_version(trained.storage, Storage(str(root / "storage")), 1)
    with serving(app_of("modeling", root)) as url, Tandem(url, url) as tandem:
        wait_until(lambda: tandem.is_ready("modeling"))
        with capture_logs():  # else they are mixed into the command's output
            yield url


@pytest.fixture
def expected(url: str) -> Any:
    with Tandem(url, url) as tandem:
        predictions = tandem.predict("m", ROWS)
    return pytest.approx(predictions, abs=1e-6)  # the last digit depends on the number of rows in a request


Predict = Callable[..., Result]


@pytest.fixture
def predict(url: str, monkeypatch: pytest.MonkeyPatch) -> Predict:
    monkeypatch.setenv("TANDEM_MODELING_URL", url)
    monkeypatch.setattr("tandem.commands.predict.CHUNK_ROWS", 3)

    def call(stdin: str, *words: str) -> Result:
        return CliRunner().invoke(app, ["predict", "m", *words], input=stdin)

    return call


def as_csv(rows: list[dict[str, Any]], **more: Any) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, [*more, *rows[0]])
    writer.writeheader()
    writer.writerows({**more, **row} for row in rows)
    return text.getvalue()


def numbers(shown: Result) -> list[float]:
    assert shown.exit_code == 0, shown.output
    return [json.loads(line) for line in shown.stdout.splitlines()]


def test_json_lines_and_csv_are_predicted_like_one_document(predict: Predict, expected: Any) -> None:
    assert json.loads(predict(json.dumps(ROWS)).stdout)["predictions"] == expected
    assert numbers(predict("".join(f"{json.dumps(row)}\n" for row in ROWS))) == expected
    assert numbers(predict(as_csv(ROWS))) == expected
    gaps = [{name: math.nan if value is None else value for name, value in row.items()} for row in ROWS]
    assert numbers(predict("".join(f"{json.dumps(row)}\n" for row in gaps))) == expected


def test_columns_that_are_no_features_are_left_out_with_a_note(predict: Predict, expected: Any) -> None:
    shown = predict(as_csv(ROWS, id="7", late="1"), "--version", "1")
    assert numbers(shown) == expected
    assert shown.stderr == "columns that are no features are left out: id, late\n"
    shown = predict("id,late\n1,2\n")
    assert "no column of the CSV is a feature of the model: id, late" in shown.stderr


def test_an_error_comes_after_the_predictions_before_it(predict: Predict, expected: Any) -> None:
    rows = [*ROWS[:4], {**ROWS[4], "distance km": "far"}]
    shown = predict(as_csv(rows))
    assert shown.exit_code == 1
    assert [json.loads(line) for line in shown.stdout.splitlines()] == pytest.approx(expected.expected[:3], abs=1e-6)
    assert "rows 4 to 5" in shown.stderr
    assert "instances[1].distance km: must be a number" in shown.stderr
    assert "--explain takes one JSON document" in predict(as_csv(ROWS), "--explain").stderr
    assert "has no threshold" in predict(as_csv(ROWS), "--class").stderr


def test_a_pipe_that_is_closed_early_ends_without_a_traceback(url: str) -> None:
    program = f"{sys.executable} -c 'from tandem.cli import app; app()' predict m --modeling {url} | head -n 1"
    rows = "".join(f"{json.dumps(ROWS[0])}\n" for _ in range(5000))
    shown = subprocess.run(["sh", "-c", program], input=rows, capture_output=True, text=True, check=True)
    assert "Traceback" not in shown.stderr
    assert len(shown.stdout.splitlines()) == 1
