"""The audit log and the quota of real applications: every route but the open ones leaves a line, without what rows hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.security.test_access import BODIES, Tried, _routes

from contracts.access.roles import Role

FILLED = {
    "{job_id}": "x", "{path:path}": "mine-a/x.csv", "{feature:path}": "f", "{name}": "mine-a", "{model}": "mine-a",
    "{dataset}": "mine-a", "{version}": "1", "{label}": "l", "{by}": "versions", "{which}": "1", "{verb}": "load",
}  # fmt: skip


@pytest.mark.parametrize("service", ["preprocessing", "modeling"])
def test_every_request_that_needs_a_token_leaves_a_line(tmp_path: Path, service: str) -> None:
    path = tmp_path / "audit.jsonl"
    more: dict[str, Any] = {"default_model": "mine-a"} if service == "modeling" else {}
    asked = Tried(service, tmp_path, jobs_at_once=0, audit_log=str(path), **more)
    sent: list[tuple[str, str]] = []
    with asked.served():
        for method, template in _routes(asked.app):
            if not method or "events" in template:
                continue
            url = template
            for parameter, value in FILLED.items():
                url = url.replace(parameter, value)
            given = {**BODIES.get(f"{method} {template}", {}), "secret": "SECRET-ROW"}
            body = {"json": given} if method in {"POST", "PUT"} else {}
            for who in ("everything", "none", Role.READ):
                for query in ("", "?secret=SECRET-QUERY"):
                    reply = asked.ask(who, method, f"{url}{query}", **body)
                    sent.append((f"{method} {url}", str(reply.status_code)))
        assert asked.ask("none", "GET", "/health/live").status_code == 200
    text = path.read_text()
    assert "SECRET" not in text
    assert not any(token in text for token in asked.tokens.values())
    lines = [json.loads(line) for line in text.splitlines()]
    logged = [(f"{line['method']} {line['path']}", str(line["status"])) for line in lines]
    is_open = ("/health", "/ping", "/docs", "/openapi.json", "/v2/health")
    expected = [one for one in sent if not one[0].partition(" ")[2].startswith(is_open)]
    assert sorted(one for one in logged if one in expected) == sorted(expected)
    assert not any(name.partition(" ")[2].startswith(is_open) for name, _ in logged)
    callers = {line["caller"] for line in lines}
    assert callers == {"everything", "caller-read", None}
    assert {line["outcome"] for line in lines} >= {"done", "refused", "failed"}
    assert {line["from"] for line in lines} == {"127.0.0.1"}


def test_a_job_that_was_asked_for_is_named(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    asked = Tried("preprocessing", tmp_path, jobs_at_once=1, audit_log=str(path))
    (tmp_path / "a.csv").write_text("y,x\n0,1\n")
    with asked.served():
        reply = asked.ask("everything", "POST", "/v1/datasets", json=BODIES["POST /v1/datasets"])
        assert reply.status_code == 202, reply.text
    line = json.loads(path.read_text().splitlines()[-1])
    assert (line["made"], line["caller"], line["outcome"]) == (reply.headers["location"], "everything", "done")


def test_requests_past_the_quota_of_a_caller_are_refused_and_those_of_others_are_not(tmp_path: Path) -> None:
    asked = Tried("preprocessing", tmp_path, jobs_at_once=0, requests_per_second=2)
    with asked.served():
        statuses = [asked.ask("everything", "GET", "/v1/jobs").status_code for _ in range(12)]
        assert statuses[:2] == [200, 200]
        assert 429 in statuses
        assert asked.ask(Role.READ, "GET", "/v1/jobs").status_code == 200
        assert asked.ask("everything", "GET", "/health/live").status_code == 200
