"""Asynchronous connections to both services, on an event loop of asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from types import TracebackType
from typing import Self

import httpx

from tandem.errors import ClientError
from tandem.messages import Job
from tandem.transport.connections import built
from tandem.transport.http_clients import HttpClients
from tandem.transport.job_events import Following
from tandem.transport.retries import Attempts, Outcome
from tandem.transport.service_call import AwaitingClient, Result, ServiceRequest, Steps, Streamed, resumed


class AsyncConnections(HttpClients[httpx.AsyncClient], AwaitingClient):
    """HTTP to both services. Every call raises `Unreachable` and `Problem`."""

    @staticmethod
    def _open(url: str, headers: dict[str, str]) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=url, headers=headers)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        for http in self._http.values():
            await http.aclose()

    async def run(self, steps: Steps[Result]) -> Result:
        """Carry a call out: send its requests, hand it their replies, and return its result."""
        try:
            request = next(steps)
            while True:
                try:
                    reply = await self._reply(request)
                except ClientError as error:
                    request = steps.throw(error)
                else:
                    request = steps.send(reply)
        except StopIteration as end:
            return end.value

    async def stream(self, steps: Streamed[Result]) -> AsyncIterator[Result]:
        """Carry a call out, and yield its results as they arrive."""
        step = next(steps, None)
        while step is not None:
            if isinstance(step, ServiceRequest):
                step = resumed(steps, await self._reply(step))
            else:
                for result in step:
                    yield result
                step = next(steps, None)

    async def events(self, job: Job) -> AsyncIterator[Job]:
        """Yield the job after each change until it is done, resuming broken connections."""
        following = Following(job, self.urls[job.service])
        while not following.done:
            try:
                async with self._http[job.service].stream("GET", following.path, **following.options) as response:
                    if not response.is_success:
                        await response.aread()
                    async for event in following.source(response).aiter_sse():
                        for latest in following.seen(event):
                            yield latest
            except httpx.TransportError:
                pass  # the service restarts, or the connection dropped: the events so far stay valid
            if not following.done:
                await asyncio.sleep(following.pause())

    async def _reply(self, request: ServiceRequest) -> httpx.Response:
        http = self._http[request.service]
        attempts = Attempts(request, self.timing, self.urls[request.service])
        while True:
            outcome = await self._outcome(http, request, attempts)
            pause = attempts.pause_after(outcome)
            if pause is None:
                return attempts.reply(outcome)
            await asyncio.sleep(pause)

    async def _outcome(self, http: httpx.AsyncClient, request: ServiceRequest, attempts: Attempts) -> Outcome:
        content = None if request.content is None else _on_a_thread(request.content())
        message = built(http, request, content, attempts.timeout())
        try:
            async with asyncio.timeout(attempts.seconds_left):
                return await http.send(message)
        except httpx.TransportError as error:
            return error
        except TimeoutError:
            return httpx.ReadTimeout(f"the total timeout is {self.timing.total:g} s")


async def _on_a_thread(parts: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Yield the parts of a file, each read on a thread, so that the event loop does not wait for the disk."""
    while part := await asyncio.to_thread(next, parts, b""):
        yield part
