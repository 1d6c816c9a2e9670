"""`tandem models` and `tandem label`."""

from __future__ import annotations

import json

import pytest
from tests.client.scripted import MISSING, Run, Script


def test_models_and_versions(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    shown = run("models")
    assert shown.exit_code == 0, shown.output
    for words in ("flights", "champion: 2", "auc 0.7512"):
        assert words in shown.output
    versions = run("models", "flights").output.splitlines()
    assert versions[1].split()[:2] == ["3", "AVAILABLE"]
    assert "failed" in versions[1]
    assert versions[2].split()[:4] == ["2", "*", "AVAILABLE", "champion"]
    assert run("models", "nothing").exit_code == 1


def test_labels_are_listed_moved_and_taken_away(run: Run, service: Script) -> None:
    assert run("label", "flights").output.splitlines()[1].split() == ["champion", "2"]
    assert run("label", "flights", "champion", "3").output == "champion: version 2 → version 3\n"
    assert run("label", "flights", "canary", "2", "--despite-gate").output == "canary: version 2\n"
    assert service.bodies == [{"version": 3}, {"version": 2, "despite_gate": True}]
    assert run("label", "flights", "canary", "--delete").exit_code == 0
    assert service.labels == {"champion": 3}
    for words in (("flights", "champion"), ("flights", "champion", "3", "--delete")):
        assert run("label", *words).exit_code == 1


def test_a_label_that_somebody_else_moved_stays(run: Run, service: Script) -> None:
    service.etag_moves = True
    shown = run("label", "flights", "champion", "3")
    assert shown.exit_code == 1
    assert "it has changed since" in shown.output
    assert service.labels == {"champion": 2}


def test_an_evaluation_is_json_and_its_missing_values_are_tables(run: Run) -> None:
    whole = json.loads(run("evaluation", "flights", "--version", "3").output)
    assert whole["detail"]["missing"]["rows"] == 40
    shown = run("evaluation", "flights", "--version", "3", "--missing")
    assert shown.exit_code == 0, shown.output
    for words in ("30 %", "0.4880", "0.2391", "constant baseline"):
        assert words in shown.output
    assert json.loads(run("evaluation", "flights", "--version", "3", "--missing", "--json").output) == MISSING
    old = run("evaluation", "flights", "--missing")
    assert old.exit_code == 1
    assert "version 2 of model 'flights' has no evaluation of rows with missing fields" in old.output
