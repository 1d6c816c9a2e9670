"""Two preprocessing services share one job table in a real server of PostgreSQL."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from tests.postgresql_server import PostgreSQLServer
from tests.processes import wait_until
from tests.system.servers import Server

Pair = tuple[Server, Server]
ENDED = {"SUCCEEDED", "FAILED", "CANCELLED"}


@pytest.fixture(scope="module")
def services(postgresql: PostgreSQLServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    root = tmp_path_factory.mktemp("shared")
    servers = Server("preprocessing", root), Server("preprocessing", root)
    url = postgresql.url.replace("postgresql+psycopg://", "postgresql://")  # as a user has it
    try:
        for server in servers:
            server.start(
                TANDEM_JOBS_URL=url,
                TANDEM_STATE=str(root / f"state-{server.port}"),
                TANDEM_LEASE_SECONDS="6",
                TANDEM_HEARTBEAT_SECONDS="1",
            )
        rows = "".join(f"{i % 2},{i},{'abc'[i % 3]}\n" for i in range(2000))
        (servers[0].sources / "rows.csv").write_text("y,x,c\n" + rows)
        yield servers
    finally:
        for server in servers:
            server.stop()


def request(name: str) -> dict[str, Any]:
    return {"name": name, "source": {"format": "csv", "uris": ["rows.csv"]}, "label": {"column": "y"}}


def submit(server: Server, name: str) -> str:
    reply = httpx.post(f"{server.url}/v1/datasets", json=request(name), headers={"Idempotency-Key": name}, timeout=60)
    assert reply.status_code == 202, reply.text
    return reply.json()["id"]


def job_at(server: Server, job: str) -> dict[str, Any]:
    reply = httpx.get(f"{server.url}/v1/jobs/{job}", timeout=60)
    assert reply.status_code == 200, reply.text
    return reply.json()


def wait_for_end(server: Server, job: str) -> dict[str, Any]:
    wait_until(lambda: job_at(server, job)["state"] in ENDED)
    return job_at(server, job)


@pytest.mark.parametrize(("jobs", "clients"), [(8, 4), pytest.param(200, 20, marks=pytest.mark.long)])
def test_each_job_runs_once_whoever_submits_it(services: Pair, jobs: int, clients: int) -> None:
    def twice(number: int) -> set[str]:
        """Both services are asked for one dataset, with one key: it is one job."""
        return {submit(server, f"once-{jobs}-{number}") for server in services}

    with ThreadPoolExecutor(clients) as threads:
        made = list(threads.map(twice, range(jobs)))
    assert {len(ids) for ids in made} == {1}
    for number, (job,) in enumerate(made):
        done = wait_for_end(services[number % 2], job)
        assert (done["state"], done["attempt"]) == ("SUCCEEDED", 1), done
        events = httpx.get(f"{services[1 - number % 2].url}/v1/jobs/{job}/events", timeout=60).text
        assert "SUCCEEDED" in events
    logs = [httpx.get(f"{server.url}/v1/jobs/{job}/log", timeout=60) for server in services for (job,) in made]
    assert sorted({reply.status_code for reply in logs}) == [200, 404]
    assert sum(reply.status_code == 200 for reply in logs) == jobs
    assert all(
        "in the state folder of the service that ran it" in reply.text for reply in logs if reply.status_code == 404
    )


def test_a_job_is_cancelled_through_the_other(services: Pair) -> None:
    jobs = [submit(services[0], f"cancelled-{number}") for number in range(4)]
    for job in jobs[1:]:
        assert httpx.post(f"{services[1].url}/v1/jobs/{job}:cancel", timeout=60).status_code in {200, 202}
    states = [wait_for_end(services[1], job)["state"] for job in jobs]
    assert states[0] == "SUCCEEDED"
    assert "CANCELLED" in states[1:]


def test_a_database_that_restarts_costs_no_job(services: Pair, postgresql: PostgreSQLServer) -> None:
    jobs = [submit(services[number % 2], f"restarted-{number}") for number in range(4)]
    postgresql.stop()
    try:
        replies = [httpx.get(f"{server.url}/v1/jobs/{jobs[0]}", timeout=60) for server in services]
        replies.append(httpx.post(f"{services[0].url}/v1/datasets", json=request("never"), timeout=60))
        for reply in replies:
            assert reply.status_code == 503, reply.text
            assert "the job table cannot be reached" in reply.json()["detail"]
            assert "planted-password" not in reply.text
        time.sleep(2)
    finally:
        postgresql.start()
    assert {wait_for_end(server, job)["state"] for server in services for job in jobs} == {"SUCCEEDED"}


def test_the_other_takes_over_from_a_killed_service(services: Pair) -> None:
    jobs = [submit(services[0], f"taken-over-{number}") for number in range(4)]
    wait_until(lambda: any(job_at(services[1], job)["state"] == "RUNNING" for job in jobs))
    services[0].kill()
    assert {wait_for_end(services[1], job)["state"] for job in jobs} == {"SUCCEEDED"}
