"""`tandem report`: the page in a file or a browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.client.scripted import Run


def test_report_is_written_to_a_file(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("report", "flights").output == "flights-2.html\n"
    assert (tmp_path / "flights-2.html").read_text(encoding="utf-8") == "<!doctype html>flights 2 é"
    assert run("report", "flights", "--version", "3", "-o", "page.html").exit_code == 0
    assert (tmp_path / "page.html").read_text(encoding="utf-8").endswith("flights 3 é")
    assert run("report", "flights", "--version-label", "champion", "-o", "page.html").exit_code == 0
    assert "flights 2" in (tmp_path / "page.html").read_text(encoding="utf-8")
    assert run("report", "flights", "--version-label", "canary").exit_code == 1
    assert run("report", "flights", "-o", "no/such/folder.html").exit_code == 1


def test_changes_since_another_version_are_written_to_a_file(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("report", "flights", "--since", "1").output == "flights-2-since-1.html\n"
    assert (tmp_path / "flights-2-since-1.html").read_text(encoding="utf-8") == "<title>flights 2 since 1</title>"
    assert "flights 3 since 2" in run("report", "flights", "--version", "3", "--since", "2", "-o", "-").output
    assert run("report", "--dataset", "flights", "--since", "1").exit_code == 1


def test_a_datasets_report_is_written_to_a_file(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shown = run("report", "--dataset", "flights")
    assert (shown.exit_code, shown.output) == (0, "flights.html\n")
    assert (tmp_path / "flights.html").read_text() == "<title>flights</title>"
    assert run("report", "--dataset", "flights", "-o", "-").output == "<title>flights</title>"
    assert "compared with older" in run("report", "--dataset", "flights", "--compare", "older", "-o", "-").output
    assert run("report", "flights", "--compare", "older").exit_code == 1
    assert "no dataset named 'none'" in run("report", "--dataset", "none").output
    assert run("report", "--dataset", "flights", "--version", "1").exit_code == 1
    assert run("report", "flights", "--dataset", "flights").exit_code == 1
    assert run("report").exit_code == 1


def test_a_report_is_opened_in_a_browser(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda url: opened.append(url) or len(opened) < 2)
    assert run("report", "--dataset", "flights", "--open").exit_code == 0
    assert opened == [(tmp_path / "flights.html").as_uri()]
    shown = run("report", "--dataset", "flights", "--open")
    assert shown.exit_code == 1
    assert "no browser could be started" in shown.output
