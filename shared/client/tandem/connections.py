"""Connections to both services: a request to one of them, and its reply or error. Data stays where the services keep it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx

from contracts.base_model import FrozenModel
from tandem.errors import InvalidInput, Unreachable, checked
from tandem.job_events import follow
from tandem.messages import Job, ServiceName, sent

PREPROCESSING_URL = "http://127.0.0.1:8001"
MODELING_URL = "http://127.0.0.1:8002"
TIMEOUT_SECONDS = 60.0
SERVICES: tuple[ServiceName, ...] = ("preprocessing", "modeling")


class Connections:
    """HTTP to both services. Every call raises `Unreachable` and `Problem`."""

    def __init__(self, preprocessing: str = PREPROCESSING_URL, modeling: str = MODELING_URL) -> None:
        self.urls: dict[ServiceName, str] = {"preprocessing": preprocessing, "modeling": modeling}
        self._http = {name: httpx.Client(base_url=url, timeout=TIMEOUT_SECONDS) for name, url in self.urls.items()}

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

    def is_ready(self, service: ServiceName) -> bool:
        """Return True if the service answers and can take work now. Raises nothing."""
        try:
            return self._http[service].get("/health/ready", timeout=5.0).is_success
        except httpx.TransportError:
            return False

    def is_there(self, service: ServiceName) -> bool:
        """Return True if anything answers at the service's address. Raises nothing."""
        try:
            self._http[service].get("/health/live", timeout=5.0)
        except httpx.TransportError:
            return False
        return True

    def call(self, service: ServiceName, method: str, path: str, **request: Any) -> httpx.Response:
        """Send a request to a service. `request`: the other arguments of `httpx.Client.build_request`.

        Raises `InvalidInput` for values that JSON does not have, such as NaN.
        """
        http = self._http[service]
        try:
            message = http.build_request(method, path, **request)
        except ValueError as error:
            raise InvalidInput(f"the request cannot be written as JSON: {error}") from error
        try:
            return checked(http.send(message))
        except httpx.TransportError as error:
            reason = f" ({error})" if str(error) else ""
            raise Unreachable(f"{service} does not answer at {self.urls[service]}{reason}") from error

    def submit(
        self, service: ServiceName, path: str, request: FrozenModel | Mapping[str, Any], idempotency_key: str | None
    ) -> Job:
        """Send the request of a job, a mapping as it is. A repeated key with an equal request returns the earlier job."""
        body = sent(request) if isinstance(request, FrozenModel) else dict(request)
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        return Job.of(service, self.call(service, "POST", path, json=body, headers=headers).json())

    def events(self, service: ServiceName, path: str) -> Iterator[dict[str, Any]]:
        """Yield the job at `path` after each change until it is done, resuming broken connections."""
        return follow(self._http[service], path)


def path_of(*parts: str | int) -> str:
    """Return a path below `/v1`; each part is a name, escaped where a path cannot hold it.

    >>> path_of("datasets", "a/b")
    '/v1/datasets/a%2Fb'
    """
    return "/v1/" + "/".join(quote(str(part), safe="") for part in parts)


def given(**values: Any) -> dict[str, Any]:
    """Return the values that are not None: what a query or a body holds of what a caller may leave out."""
    return {name: value for name, value in values.items() if value is not None}
