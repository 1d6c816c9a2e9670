"""`tandem demo` against running services."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.client.scripted import Run, Script


def test_demo_uses_the_services_that_run_and_a_free_name(
    run: Run, service: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "240")
    service.taken = {"flights", "flights-2"}
    shown = run("demo", "--sources", str(tmp_path))
    assert shown.exit_code == 0, shown.output
    with (tmp_path / "flights.csv").open() as file:
        assert sum(1 for _ in file) == 336_777
    dataset, training, prediction = service.bodies
    assert (dataset["name"], training["dataset"], training["model"]) == ("flights-3", "flights-3", "flights")
    assert dataset["source"]["uris"] == ["flights.csv"]
    rows = prediction["instances"]
    assert any(None in row.values() for row in rows)
    assert min(map(len, rows)) < max(map(len, rows))
    assert "0.7512" in shown.output
    assert "25.0%" in shown.output
    counted = re.findall(r"(\d) of 7 +│ +25\.0% +│ +(\S+|too few) +│ +([\d,]+) flights", shown.output)
    assert ("7", "23.7%", "327,346") in counted
    assert ("5", "46.4%", "4,110") in counted
    assert ("0", "too few", "1") in counted
    assert f"reports, jobs and documentation of modeling: {service.url}" in shown.output
