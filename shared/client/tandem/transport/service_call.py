"""Calls of a service apart from any connection: each is defined once, for `Tandem` and for `AsyncTandem`.

A definition is a generator, which yields requests, is sent their replies and returns the result:

    @ServiceCall
    def datasets(self) -> Steps[list[dict[str, Any]]]:
        reply = yield ServiceRequest("preprocessing", "GET", "/v1/datasets")
        return reply.json()["datasets"]

As a method of a blocking client it returns the result, as one of an asynchronous client an awaitable of it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Coroutine, Generator, Iterator, Mapping
from dataclasses import dataclass
from functools import update_wrapper, wraps
from typing import Any, Concatenate, Generic, ParamSpec, Self, TypeVar, cast, overload
from urllib.parse import quote

import httpx

from tandem.messages import ServiceName

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

ABSENT: Any = object()
_PAGE = 1000
"""Entries of a page."""


@dataclass(frozen=True)
class ServiceRequest:
    """A request to one of the services.

    `repeatable`: sent twice it does no more than once, so that it is repeated where a reply was lost. `content` opens the body
    at its start, for each attempt. `read_seconds` and `attempts` go before those of the client.
    """

    service: ServiceName
    method: str
    path: str
    json: Any = ABSENT
    params: Mapping[str, Any] | None = None
    headers: Mapping[str, str] | None = None
    content: Callable[[], Iterator[bytes]] | None = None
    repeatable: bool = True
    read_seconds: float | None = None
    attempts: int | None = None


Steps = Generator[ServiceRequest, httpx.Response, Result]
"""The definition of a call with one result: yields requests, is sent their replies."""
Streamed = Generator[ServiceRequest | list[Result], httpx.Response, None]
"""The definition of a call with many results: yields requests, and lists of results as soon as they are known."""


class BlockingClient(ABC):
    """Carries calls out while the caller waits."""

    @abstractmethod
    def run(self, steps: Steps[Result]) -> Result:
        """Carry the call out."""

    @abstractmethod
    def stream(self, steps: Streamed[Result]) -> Iterator[Result]:
        """Carry the call out, and yield its results."""


class AwaitingClient(ABC):
    """Carries calls out while others of the same event loop go on."""

    @abstractmethod
    async def run(self, steps: Steps[Result]) -> Result:
        """Carry the call out."""

    @abstractmethod
    def stream(self, steps: Streamed[Result]) -> AsyncIterator[Result]:
        """Carry the call out, and yield its results."""


class ServiceCall(Generic[Parameters, Result]):
    """Makes a method of both clients from the definition of a call with one result."""

    def __init__(self, steps: Callable[Concatenate[Any, Parameters], Steps[Result]]) -> None:
        self.steps = steps
        update_wrapper(cast("Callable[..., Any]", self), steps)

    @overload
    def __get__(self, client: None, owner: type) -> Self: ...
    @overload
    def __get__(self, client: BlockingClient, owner: type) -> Callable[Parameters, Result]: ...
    @overload
    def __get__(self, client: AwaitingClient, owner: type) -> Callable[Parameters, Coroutine[Any, Any, Result]]: ...
    def __get__(self, client: BlockingClient | AwaitingClient | None, owner: type) -> Any:
        if client is None:
            return self

        @wraps(self.steps)
        def method(*args: Parameters.args, **options: Parameters.kwargs) -> Any:
            return client.run(self.steps(client, *args, **options))

        return method


class StreamedCall(Generic[Parameters, Result]):
    """Makes a method of both clients from the definition of a call with many results."""

    def __init__(self, steps: Callable[Concatenate[Any, Parameters], Streamed[Result]]) -> None:
        self.steps = steps
        update_wrapper(cast("Callable[..., Any]", self), steps)

    @overload
    def __get__(self, client: None, owner: type) -> Self: ...
    @overload
    def __get__(self, client: BlockingClient, owner: type) -> Callable[Parameters, Iterator[Result]]: ...
    @overload
    def __get__(self, client: AwaitingClient, owner: type) -> Callable[Parameters, AsyncIterator[Result]]: ...
    def __get__(self, client: BlockingClient | AwaitingClient | None, owner: type) -> Any:
        if client is None:
            return self

        @wraps(self.steps)
        def method(*args: Parameters.args, **options: Parameters.kwargs) -> Any:
            return client.stream(self.steps(client, *args, **options))

        return method


def resumed(steps: Streamed[Result], reply: httpx.Response) -> ServiceRequest | list[Result] | None:
    """Return the next step of a call after a reply; None at its end."""
    try:
        return steps.send(reply)
    except StopIteration:
        return None


def path_of(*parts: str | int) -> str:
    """Return a path below `/v1`; each part is a name, escaped where a path cannot hold it.

    >>> path_of("datasets", "a/b")
    '/v1/datasets/a%2Fb'
    """
    return "/v1/" + "/".join(quote(str(part), safe="") for part in parts)


def given(**values: Any) -> dict[str, Any]:
    """Return the values that are not None: what a query or a body holds of what a caller may leave out."""
    return {name: value for name, value in values.items() if value is not None}


def pages(service: ServiceName, path: str, entries: str, count: str) -> Streamed[dict[str, Any]]:
    """Yield the entries of a resource that is served by pages: those in the page's field `entries`, of as many as in `count`."""
    offset, total = 0, 1
    while offset < total:
        reply = yield ServiceRequest(service, "GET", path, params={"offset": offset, "limit": _PAGE})
        page = reply.json()
        yield page[entries]
        offset, total = offset + max(1, len(page[entries])), page[count]
