"""`AsyncTandem` has `Tandem`'s methods and does as they do; several calls run side by side."""

from __future__ import annotations

import asyncio
import inspect

import pytest
from tests.apps import serving
from tests.client.scripted import DATASET, Script, a_request, make_app
from tests.client.transport.unreliable import Unreliable

from tandem import AsyncTandem, InvalidInput, NotFound, Tandem, TimedOut, Unreachable
from tandem.transport.retries import Timing


def names(kind: type) -> set[str]:
    return {name for name, _ in inspect.getmembers(kind) if not name.startswith("_")}


def test_both_clients_have_the_same_methods_with_the_same_parameters() -> None:
    assert names(Tandem) == names(AsyncTandem)
    waiting, others = Tandem("http://a", "http://a"), AsyncTandem("http://a", "http://a")
    for name in names(Tandem) - {"urls", "timing"}:
        assert (
            inspect.signature(getattr(waiting, name)).parameters == inspect.signature(getattr(others, name)).parameters
        ), name


def test_a_job_is_submitted_followed_and_waited_for(service: Script) -> None:
    service.break_after = [1, 0]

    async def way() -> list[str]:
        async with AsyncTandem(service.url, service.url) as tandem:
            job = await tandem.create_dataset(a_request())
            phases = [latest.progress.phase async for latest in tandem.follow(job)]
            assert (await tandem.wait(job)).response == DATASET
            assert [each.id for each in await tandem.jobs("preprocessing")] == [job.id]
            assert await tandem.is_ready("modeling")
            return phases

    assert asyncio.run(way()) == ["queued", "plan", "analyze", "publish"]


def test_predictions_and_errors(service: Script) -> None:
    async def way() -> None:
        async with AsyncTandem(service.url, service.url) as tandem:
            both = await asyncio.gather(*(tandem.predict("flights", [{"distance": 1.0}]) for _ in range(2)))
            assert both == [[0.25], [0.25]]
            rows = ({"distance": float(number)} for number in range(5))
            assert [each async for each in tandem.predict_stream("flights", rows, chunk_rows=2)] == [0.25] * 5
            with pytest.raises(NotFound):
                await tandem.predict("cats", [{}])
            with pytest.raises(InvalidInput, match="cannot be written as JSON"):
                await tandem.predict("flights", [{"distance": float("inf")}])

    asyncio.run(way())
    assert [len(body["instances"]) for body in service.bodies[-4:-1]] == [2, 2, 1]


def test_retries_and_timeouts() -> None:
    front = Unreliable(make_app(Script()))

    async def way(url: str) -> None:
        async with AsyncTandem(url, url, total_timeout=0.3) as tandem:
            tandem.timing = Timing(first_pause=0.001, total=0.3)
            front.script = ["503", "lost"]
            assert len(await tandem.models()) == 1
            assert len(front.requests) == 3
            front.script = ["slow"]
            with pytest.raises(TimedOut, match=r"total timeout is 0\.3 s"):
                await tandem.models()
        async with AsyncTandem(url, "http://127.0.0.1:1") as away:
            away.timing = Timing(first_pause=0.001)
            with pytest.raises(Unreachable, match=r"modeling does not answer at http://127\.0\.0\.1:1 "):
                await away.models()

    with serving(front) as url:
        asyncio.run(way(url))
