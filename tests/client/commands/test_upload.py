"""`tandem upload`: files below the first source root of a real service."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from tests.apps import serving
from typer.testing import CliRunner, Result

from preprocessing.main import make_app
from preprocessing.settings import PreprocessingSettings
from tandem.cli import app


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("uploaded")


@pytest.fixture(scope="module")
def url(root: Path) -> Iterator[str]:
    places = {"storage": str(root / "storage"), "state": str(root / "state"), "source_roots": [str(root / "raw")]}
    settings = PreprocessingSettings.model_validate({**places, "jobs_at_once": 0, "upload_megabytes": 1})
    with serving(make_app(settings), lifespan="off") as url, capture_logs():  # else they are mixed into the output
        yield url


def upload(url: str, *words: str | Path) -> Result:
    return CliRunner().invoke(app, ["upload", *map(str, words), "--preprocessing", url])


def test_files_have_their_names_or_those_that_are_given(url: str, root: Path, tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(name)
    a, b = tmp_path / "a.csv", tmp_path / "b.csv"
    assert upload(url, a).output == "a.csv\n"
    assert upload(url, a, "--to", "june/first.csv").output == "june/first.csv\n"
    assert upload(url, a, b, "--to", "july").output == "july/a.csv\njuly/b.csv\n"
    assert upload(url, a, "--to", "august/").output == "august/a.csv\n"
    assert {path.name for path in (root / "raw").rglob("*.csv")} == {"a.csv", "b.csv", "first.csv"}
    assert json.loads(upload(url, b, "--json", "--to", "c.csv").stdout)["bytes"] == 5


def test_a_taken_name_is_an_error_unless_it_is_to_be_replaced(url: str, root: Path, tmp_path: Path) -> None:
    (tmp_path / "taken.csv").write_text("first")
    assert upload(url, tmp_path / "taken.csv").exit_code == 0
    (tmp_path / "taken.csv").write_text("second")
    shown = upload(url, tmp_path / "taken.csv")
    assert shown.exit_code == 1
    assert "there is a source named 'taken.csv' already" in shown.stderr
    assert upload(url, tmp_path / "taken.csv", "--replace").exit_code == 0
    assert (root / "raw" / "taken.csv").read_text() == "second"


def test_a_file_that_is_not_there_is_named(url: str) -> None:
    shown = upload(url, "nowhere.csv")
    assert (shown.exit_code, shown.stderr) == (1, "error: cannot read nowhere.csv: No such file or directory\n")
