from __future__ import annotations

import json
import stat
import threading
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from chassis.access.audit_log import AuditLog

REQUEST: dict[str, Any] = {
    "caller": "ada", "client": "10.0.0.7", "method": "DELETE", "path": "/v1/models/a", "made": None, "request_id": "r",
}  # fmt: skip


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(200, "done"), (202, "done"), (304, "done"), (401, "refused"), (403, "refused"), (421, "refused"), (429, "refused"),
     (404, "failed"), (503, "failed"), (0, "failed")],
)  # fmt: skip
def test_a_line_has_who_what_when_from_where_and_the_outcome(tmp_path: Path, status: int, outcome: str) -> None:
    log = AuditLog(tmp_path / "new" / "audit.jsonl", 1 << 20)
    log.record(**REQUEST, status=status)
    log.close()
    (line,) = lines(tmp_path / "new" / "audit.jsonl")
    assert line.pop("time").endswith("+00:00")
    expected = {**REQUEST, "from": "10.0.0.7", "status": status, "outcome": outcome}
    assert line == {name: value for name, value in expected.items() if name != "client"}


def test_its_owner_alone_reads_it_and_it_is_moved_aside_at_its_size(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    log = AuditLog(path, 2000)
    for number in range(200):
        log.record(**{**REQUEST, "path": f"/v1/models/{number}"}, status=200)
    log.close()
    files = sorted(tmp_path.iterdir())
    assert len(files) == 10
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 and file.stat().st_size <= 2000 for file in files)
    assert lines(path)[-1]["path"] == "/v1/models/199"


def test_names_with_line_breaks_stay_in_their_line(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "a", 1 << 20)
    log.record(**{**REQUEST, "path": '/v1/a\n{"caller": "root"}\u2028\ud800', "caller": "x\ny"}, status=404)
    log.close()
    assert len((tmp_path / "a").read_bytes().splitlines()) == 1


def test_many_threads_lose_no_line(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "a", 1 << 20)
    threads = [
        threading.Thread(target=lambda: [log.record(**REQUEST, status=200) for _ in range(50)]) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    log.close()
    assert len(lines(tmp_path / "a")) == 400


def test_a_full_disk_is_logged_and_fails_nothing() -> None:
    log = AuditLog(Path("/dev/full"), 1 << 20)
    with capture_logs() as logged:
        log.record(**REQUEST, status=200)
        log.close()
    events = ["the audit log cannot be written", "the last lines of the audit log are lost"]
    assert [line["event"] for line in logged] == events


def test_a_file_that_cannot_be_opened_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="directory"):
        AuditLog(tmp_path, 1 << 20)
