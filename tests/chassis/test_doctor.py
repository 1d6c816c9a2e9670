"""Checks of a service's surroundings, each with surroundings that are right, and with such as are not."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from tests.apps import serving
from tests.object_store import ObjectStore

from chassis.doctor import Finding, common_checks, findings, memory, print_findings
from chassis.settings import ServiceSettings
from contracts.storage import Storage


def settings(root: Path, **values: Any) -> ServiceSettings:
    given: dict[str, Any] = {
        "port": 1, "storage": str(root / "storage"), "state": str(root / "state"), "source_roots": [str(root)], **values,
    }  # fmt: skip
    return ServiceSettings(**given)


def check(root: Path, name: str, **values: Any) -> Finding:
    checks = [one for one in common_checks("preprocessing", settings(root, **values), "1.2") if one[0] == name]
    (finding,) = findings(checks)
    return finding


def test_everything_is_right_in_a_new_folder(tmp_path: Path) -> None:
    found = {one.check: one for one in findings(common_checks("preprocessing", settings(tmp_path), "1.2"))}
    assert list(found) == ["settings", "access", "storage", "sources", "job table", "disk", "port"]
    assert {one.status for name, one in found.items() if name != "disk"} == {"ok"}
    assert not list((tmp_path / "storage").iterdir())


def test_an_object_store_is_written_and_read(object_store: ObjectStore, tmp_path: Path) -> None:
    uri = object_store.uri("doctor")
    assert check(tmp_path, "storage", storage=uri).status == "ok"
    object_store.ask(fail=1.0)
    try:
        assert check(tmp_path, "storage", storage=uri).status == "failed"
    finally:
        object_store.ask(fail=0.0)
    assert Storage(uri).sizes("") == {}


def test_a_store_in_which_two_create_one_file_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(storage: Storage, path: str, data: bytes) -> None:
        storage.write(path, data)

    monkeypatch.setattr(Storage, "publish", careless)
    found = check(tmp_path, "storage")
    assert (found.status, "conditional writes" in found.remedy) == ("failed", True)


def test_a_clock_that_is_wrong_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() - 3600)
    found = check(tmp_path, "storage")
    assert (found.status, "3600 s ahead" in found.detail) == ("warning", True)


@pytest.mark.parametrize(
    ("name", "values", "status", "words"),
    [
        ("access", {"host": "0.0.0.0"}, "failed", "TANDEM_TOKENS"),
        ("access", {"host": "0.0.0.0", "allow_unauthenticated": True}, "warning", "keep others out"),
        ("access", {"host": "0.0.0.0", "tokens": "x"}, "ok", ""),
        ("sources", {"source_roots": ["/nowhere/at/all"]}, "failed", "TANDEM_SOURCE_ROOTS"),
        ("job table", {"jobs_url": "postgresql://127.0.0.1:1/none"}, "failed", "detail"),
    ],
)
def test_what_is_wrong_has_a_remedy(tmp_path: Path, name: str, values: dict[str, Any], status: str, words: str) -> None:
    found = check(tmp_path, name, **values)
    assert found.status == status, found
    assert words in found.remedy


def test_a_port_is_free_or_has_this_release_or_another_or_another_program(tmp_path: Path) -> None:
    for version, status in (("1.2", "ok"), ("1.1", "warning")):
        with serving(FastAPI(title="t", version=version), lifespan="off") as url:
            assert check(tmp_path, "port", port=int(url.rpartition(":")[2])).status == status
    with serving(FastAPI(openapi_url=None), lifespan="off") as url:
        assert check(tmp_path, "port", port=int(url.rpartition(":")[2])).status == "failed"


def test_memory_is_compared_with_the_need() -> None:
    assert memory(0.01, "nothing").status == "ok"
    large = memory(1e6, "everything")
    assert (large.status, "everything wants 1e+06" in large.detail) == ("warning", True)


def test_an_exception_is_a_finding_and_the_next_check_runs(capsys: pytest.CaptureFixture[str]) -> None:
    def broken() -> Finding:
        raise ZeroDivisionError("of nothing")

    print_findings([("one", broken), ("two", lambda: Finding("two", "ok", "fine"))])
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert (first["status"], first["detail"]) == ("failed", "ZeroDivisionError: of nothing")
    assert second == {"check": "two", "status": "ok", "detail": "fine", "remedy": ""}
