"""Wrong settings end a service with a line for each; unknown variables are logged."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
import structlog

from chassis.read_settings import read_settings, warn_of_unknown_variables
from modeling.settings import ModelingSettings
from preprocessing.settings import PreprocessingSettings


@pytest.mark.parametrize(
    ("variables", "lines"),
    [
        ({"TANDEM_PORT": "abc"}, ["TANDEM_PORT: must be a whole number. Received: 'abc'"]),
        (
            {"TANDEM_SPARK_OPTIONS": "x"},
            ["TANDEM_SPARK_OPTIONS: is not JSON: Expecting value: line 1 column 1 (char 0)"],
        ),
        (
            {"TANDEM_LOG_LEVEL": "loud", "TANDEM_LEASE_SECONDS": "-1"},
            [
                "TANDEM_LEASE_SECONDS: must be above 0.0. Received: '-1'",
                "TANDEM_LOG_LEVEL: must be 'DEBUG', 'INFO', 'WARNING' or 'ERROR'. Received: 'loud'",
            ],
        ),
        (
            {"TANDEM_PORT": "abc", "TANDEM_STORE": "x"},
            [
                "TANDEM_PORT: must be a whole number. Received: 'abc'",
                "TANDEM_STORE is not a setting of Tandem and has no effect; did you mean TANDEM_STORAGE?",
            ],
        ),
    ],
)
def test_each_wrong_setting_has_a_line_with_its_variable(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], lines: list[str]
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        read_settings(PreprocessingSettings)
    assert str(ended.value).splitlines() == ["wrong settings:", *(f"  {line}" for line in lines)]


@pytest.mark.parametrize("variable", ["TANDEM_PORT", "AIP_HTTP_PORT"])
def test_of_several_variables_the_one_that_was_set_is_named(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "abc")
    with pytest.raises(SystemExit, match=f"  {variable}: must be a whole number"):
        read_settings(ModelingSettings)


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("TANDEM_STATE", "{file}/state", "cannot be written: Not a directory"),
        ("TANDEM_JOBS_URL", "postgresql+asyncpg://host/db", "its driver cannot be loaded; is it installed?"),
        ("TANDEM_JOBS_URL", "nosuch://host/db", "its driver cannot be loaded"),
        ("TANDEM_STORAGE", "nosuch://bucket/tandem", "must be a folder, or a URI of abfs"),
    ],
)
def test_what_cannot_be_used_here_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str, value: str, words: str
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(variable, value.format(file=tmp_path / "file"))
    with pytest.raises(SystemExit) as ended:
        read_settings(PreprocessingSettings)
    first, line = str(ended.value).splitlines()
    assert first == "wrong settings:"
    assert line.startswith(f"  {variable}: ")
    assert words in line


def test_right_settings_are_returned(tmp_path: Path) -> None:
    assert read_settings(partial(PreprocessingSettings, port=7, state=str(tmp_path / "state"))).port == 7
    assert list((tmp_path / "state").iterdir()) == []


@pytest.mark.parametrize("service", ["preprocessing", "modeling"])
def test_a_service_ends_without_a_traceback(service: str) -> None:
    environment = {**os.environ, "TANDEM_MAX_BODY_BYTES": "none"}
    shown = subprocess.run(
        [sys.executable, "-m", f"{service}.main"], env=environment, capture_output=True, text=True, check=False
    )
    assert shown.returncode == 1
    assert shown.stderr == "wrong settings:\n  TANDEM_MAX_BODY_BYTES: must be a whole number. Received: 'none'\n"


def test_an_unknown_variable_is_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TANDEM_SOURCE_ROOT", "/data")
    with structlog.testing.capture_logs() as logged:
        warn_of_unknown_variables()
    assert [(line["log_level"], line["event"]) for line in logged] == [
        (
            "warning",
            "TANDEM_SOURCE_ROOT is not a setting of Tandem and has no effect; did you mean TANDEM_SOURCE_ROOTS?",
        )
    ]
