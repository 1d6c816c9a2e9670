"""Blocking connections to both services. Data stays where the services keep it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from types import TracebackType
from typing import Any, Self

import httpx

from tandem.errors import ClientError, InvalidInput
from tandem.messages import Job, ServiceName
from tandem.transport.http_clients import HttpClients
from tandem.transport.job_events import Following
from tandem.transport.retries import Attempts, Outcome
from tandem.transport.service_call import ABSENT, BlockingClient, Result, ServiceRequest, Steps, Streamed, resumed

SERVICES: tuple[ServiceName, ...] = ("preprocessing", "modeling")

_OF_THE_TRANSFER = {"content-encoding", "content-length", "transfer-encoding"}


class Connections(HttpClients[httpx.Client], BlockingClient):
    """HTTP to both services. Every call raises `Unreachable` and `Problem`."""

    @staticmethod
    def _open(url: str, headers: dict[str, str]) -> httpx.Client:
        return httpx.Client(base_url=url, headers=headers)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        for http in self._http.values():
            http.close()

    def run(self, steps: Steps[Result]) -> Result:
        """Carry a call out: send its requests, hand it their replies, and return its result."""
        try:
            request = next(steps)
            while True:
                try:
                    reply = self._reply(request)
                except ClientError as error:
                    request = steps.throw(error)
                else:
                    request = steps.send(reply)
        except StopIteration as end:
            return end.value

    def stream(self, steps: Streamed[Result]) -> Iterator[Result]:
        """Carry a call out, and yield its results as they arrive."""
        step = next(steps, None)
        while step is not None:
            if isinstance(step, ServiceRequest):
                step = resumed(steps, self._reply(step))
            else:
                yield from step
                step = next(steps, None)

    def events(self, job: Job) -> Iterator[Job]:
        """Yield the job after each change until it is done, resuming broken connections."""
        following = Following(job, self.urls[job.service])
        while not following.done:
            try:
                with self._http[job.service].stream("GET", following.path, **following.options) as response:
                    if not response.is_success:
                        response.read()
                    for event in following.source(response).iter_sse():
                        yield from following.seen(event)
            except httpx.TransportError:
                pass  # the service restarts, or the connection dropped: the events so far stay valid
            if not following.done:
                time.sleep(following.pause())

    def _reply(self, request: ServiceRequest) -> httpx.Response:
        http = self._http[request.service]
        attempts = Attempts(request, self.timing, self.urls[request.service])
        while True:
            outcome = self._outcome(http, request, attempts)
            pause = attempts.pause_after(outcome)
            if pause is None:
                return attempts.reply(outcome)
            time.sleep(pause)

    def _outcome(self, http: httpx.Client, request: ServiceRequest, attempts: Attempts) -> Outcome:
        content = None if request.content is None else request.content()
        message = built(http, request, content, attempts.timeout())
        try:
            if attempts.seconds_left is None:
                return http.send(message)
            with closing(http.send(message, stream=True)) as response:
                return _read_in_time(response, attempts)
        except httpx.TransportError as error:
            return error


def built(
    http: httpx.Client | httpx.AsyncClient, request: ServiceRequest, content: Any, timeout: httpx.Timeout
) -> httpx.Request:
    """Return the message of a request. Raises `InvalidInput` for values that JSON does not have, such as infinity."""
    options: dict[str, Any] = {} if request.json is ABSENT else {"json": request.json}
    try:
        return http.build_request(
            request.method,
            request.path,
            params=request.params,
            headers=request.headers,
            content=content,
            timeout=timeout,
            **options,
        )
    except (ValueError, TypeError) as error:
        raise InvalidInput(f"the request cannot be written as JSON: {error}") from error


def _read_in_time(response: httpx.Response, attempts: Attempts) -> httpx.Response:
    """Return the response with its whole body. Raises `httpx.ReadTimeout` once the total timeout has passed."""
    parts: list[bytes] = []
    for part in response.iter_bytes():
        attempts.check()
        parts.append(part)
    headers = [(name, value) for name, value in response.headers.multi_items() if name not in _OF_THE_TRANSFER]
    return httpx.Response(response.status_code, headers=headers, content=b"".join(parts), request=response.request)
