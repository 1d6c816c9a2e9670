"""`tandem demo` against running services."""

from __future__ import annotations

from pathlib import Path

from tests.client.scripted import Run, Script


def test_demo_uses_the_services_that_run_and_a_free_name(run: Run, service: Script, tmp_path: Path) -> None:
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
    assert f"{service.url}/docs" in shown.output
