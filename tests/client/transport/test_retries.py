"""Requests are sent again where that helps and does nothing twice; pauses grow, vary, and follow `Retry-After`."""

from __future__ import annotations

from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Depends
from pydantic import BaseModel
from starlette.responses import Response
from tests.apps import serving
from tests.client.transport.unreliable import Unreliable

from chassis.app import create_app
from chassis.http.job_routes import IdempotencyKey, accepted, jobs_of
from chassis.jobs.kinds import JobKind
from chassis.jobs.queue import Jobs
from chassis.service_parts import ServiceDescription
from chassis.settings import ServiceSettings
from tandem import Conflict, NotFound, PreconditionFailed, Problem, ServiceFault, Tandem, TimedOut, Unreachable
from tandem.transport.retries import Attempts, Timing, retry_after
from tandem.transport.service_call import ServiceRequest

REQUEST = ServiceRequest("modeling", "GET", "/v1/models")
CHANGE = ServiceRequest("modeling", "DELETE", "/v1/models/m/labels/a", repeatable=False)
QUICK = Timing(first_pause=0.001, attempts=3)


class AnyRequest(BaseModel):
    name: str


def jobs_service(root: Path) -> Any:
    """A service with the real job table and no worker: its jobs wait."""
    router = APIRouter()

    @router.post("/v1/datasets")
    def submit(
        body: AnyRequest, jobs: Annotated[Jobs, Depends(jobs_of)], idempotency_key: IdempotencyKey = None
    ) -> Response:
        kind = JobKind("any", AnyRequest, "none:none")
        return accepted(jobs.submit(kind, body.model_dump(), idempotency_key=idempotency_key))

    settings = ServiceSettings(port=0, storage=str(root), state=str(root))
    return create_app(ServiceDescription("waiting", title="Waiting", text="", version="1"), settings, [router])


@pytest.fixture(scope="module")
def unreliable(tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[Unreliable, str]]:
    front = Unreliable(jobs_service(tmp_path_factory.mktemp("jobs")))
    with serving(front) as url:
        yield front, url


@pytest.fixture
def service(unreliable: tuple[Unreliable, str]) -> Unreliable:
    front, _ = unreliable
    front.script, front.requests, front.headers = [], [], {}
    return front


@pytest.fixture
def client(unreliable: tuple[Unreliable, str], service: Unreliable) -> Generator[Tandem]:
    with Tandem(unreliable[1], unreliable[1]) as tandem:
        tandem.timing = QUICK
        yield tandem


@pytest.mark.parametrize("fault", ["429", "502", "503", "504", "lost"])
def test_a_question_is_asked_again(client: Tandem, service: Unreliable, fault: str) -> None:
    service.script = [fault, fault]
    assert isinstance(client.jobs("preprocessing"), list)
    assert len(service.requests) == 3


@pytest.mark.parametrize(("fault", "error"), [("503", ServiceFault), ("lost", Unreachable)])
def test_the_last_attempts_error_is_raised(
    client: Tandem, service: Unreliable, fault: str, error: type[Exception]
) -> None:
    service.script = [fault] * 9
    with pytest.raises(error):
        client.jobs("preprocessing")
    assert len(service.requests) == QUICK.attempts


@pytest.mark.parametrize("fault", ["400", "404", "409", "500"])
def test_an_error_that_would_come_again_is_raised_at_once(client: Tandem, service: Unreliable, fault: str) -> None:
    service.script = [fault] * 9
    with pytest.raises(Problem):
        client.jobs("preprocessing")
    assert len(service.requests) == 1


@pytest.mark.parametrize("fault", ["lost", "502", "503", "504"])
def test_a_job_whose_reply_was_lost_is_submitted_once(client: Tandem, service: Unreliable, fault: str) -> None:
    before = {job.id for job in client.jobs("preprocessing", 100)}
    service.script = [fault]
    job = client.create_dataset({"name": fault})
    added = [each for each in client.jobs("preprocessing", 100) if each.id not in before]
    assert [each.id for each in added] == [job.id]


def test_equal_requests_on_purpose_are_two_jobs(client: Tandem) -> None:
    assert client.create_dataset({"name": "twice"}).id != client.create_dataset({"name": "twice"}).id
    keyed = [client.create_dataset({"name": "once"}, idempotency_key="mine").id for _ in range(2)]
    assert keyed[0] == keyed[1]


@pytest.mark.parametrize(("fault", "requests"), [("lost", 1), ("502", 1), ("503", 2), ("429", 2)])
def test_a_change_is_repeated_only_where_nothing_was_done(
    client: Tandem, service: Unreliable, fault: str, requests: int
) -> None:
    service.script = [fault]
    with pytest.raises((Unreachable, Problem)):  # there is no such route: what matters is how often it was asked
        client.delete_dataset("d")
    assert len(service.requests) == requests


def test_health_is_asked_once(client: Tandem, service: Unreliable) -> None:
    service.script = ["503"]
    assert not client.is_ready("preprocessing")
    assert len(service.requests) == 1


def test_a_total_timeout_bounds_all_attempts(unreliable: tuple[Unreliable, str], service: Unreliable) -> None:
    with Tandem(unreliable[1], unreliable[1], total_timeout=1.0) as tandem:
        service.script, service.headers = ["503"] * 9, {"Retry-After": "5"}
        with pytest.raises(ServiceFault):
            tandem.jobs("preprocessing")
        assert len(service.requests) == 1
        service.script = ["slow"]
        with pytest.raises(TimedOut, match="preprocessing at http"):
            tandem.jobs("preprocessing")
        service.script = []
        assert isinstance(tandem.jobs("preprocessing"), list)


def test_a_reply_that_takes_too_long_is_not_asked_for_again(
    unreliable: tuple[Unreliable, str], service: Unreliable
) -> None:
    with Tandem(unreliable[1], unreliable[1], read_timeout=0.1) as tandem:
        service.script = ["slow"]
        with pytest.raises(TimedOut):
            tandem.jobs("preprocessing")
    assert len(service.requests) == 1


def pauses(outcome: httpx.Response | httpx.TransportError, timing: Timing, request: ServiceRequest) -> list[float]:
    attempts = Attempts(request, timing, "http://there")
    return [pause for _ in range(timing.attempts) if (pause := attempts.pause_after(outcome)) is not None]


def test_pauses_double_up_to_the_longest_and_vary() -> None:
    timing = Timing(first_pause=1, longest_pause=4, attempts=6)
    drawn = [pauses(httpx.ConnectError("refused"), timing, CHANGE) for _ in range(20)]
    for number, grown in enumerate((1, 2, 4, 4, 4)):
        column = [series[number] for series in drawn]
        assert all(grown / 2 <= pause <= grown for pause in column)
        assert len(set(column)) > 1
    assert {len(series) for series in drawn} == {5}


def test_retry_after_goes_before_the_pause_unless_it_is_too_long() -> None:
    timing = Timing(first_pause=0.001, longest_pause=10)
    busy = httpx.Response(429, headers={"Retry-After": "7"})
    assert all(7 <= pause <= 7.01 for pause in pauses(busy, timing, CHANGE))
    assert pauses(httpx.Response(503, headers={"Retry-After": "11"}), timing, REQUEST) == []


def test_retry_after_is_a_number_or_a_date() -> None:
    def asked(text: str) -> float | None:
        return retry_after(httpx.Response(503, headers={"Retry-After": text}))

    assert asked("3") == 3
    soon = asked(format_datetime(datetime.now(UTC) + timedelta(seconds=30)))
    assert soon is not None
    assert 25 < soon <= 30
    assert asked(format_datetime(datetime.now(UTC) - timedelta(hours=1))) == 0
    assert [asked(text) for text in ("soon", "-1", "", "1e9")] == [None] * 4


def test_the_errors_of_a_reply_are_told_apart() -> None:
    attempts = Attempts(REQUEST, Timing(), "http://there")
    for status, kind in ((404, NotFound), (409, Conflict), (412, PreconditionFailed)):
        with pytest.raises(kind):
            attempts.reply(httpx.Response(status))
    with pytest.raises(Unreachable, match=r"modeling does not answer at http://there \(refused\)"):
        attempts.reply(httpx.ConnectError("refused"))
