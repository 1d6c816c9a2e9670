"""The services' addresses and timeouts, and an HTTP client for each: common to blocking and asynchronous connections."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Generic, TypeVar

import httpx

from tandem.transport.access_token import authorization
from tandem.transport.addresses import addresses
from tandem.transport.retries import Timing

HttpClient = TypeVar("HttpClient", httpx.Client, httpx.AsyncClient)


class HttpClients(ABC, Generic[HttpClient]):
    """An HTTP client for each service."""

    def __init__(
        self,
        preprocessing: str | None = None,
        modeling: str | None = None,
        *,
        connect_timeout: float = Timing.connect,
        read_timeout: float = Timing.read,
        total_timeout: float | None = None,
        attempts: int = Timing.attempts,
    ) -> None:
        self.urls = addresses(preprocessing, modeling)
        self.timing = Timing(connect_timeout, read_timeout, total_timeout, attempts)
        headers = authorization()
        self._http = {name: self._open(url, headers) for name, url in self.urls.items()}

    @staticmethod
    @abstractmethod
    def _open(url: str, headers: dict[str, str]) -> HttpClient:
        """Return a client of the service at this address, which sends these headers with every request."""
