"""The services' addresses: as given, else from the environment, else on this machine; and variables with unknown names."""

from __future__ import annotations

import os
import warnings

import httpx

from contracts.validation.environment import unknown_variables
from tandem.errors import InvalidInput
from tandem.messages import ServiceName

PREPROCESSING_URL = "http://127.0.0.1:8001"
MODELING_URL = "http://127.0.0.1:8002"
VARIABLES: dict[ServiceName, str] = {
    "preprocessing": "TANDEM_PREPROCESSING_URL",
    "modeling": "TANDEM_MODELING_URL",
}
_DEFAULTS: dict[ServiceName, str] = {"preprocessing": PREPROCESSING_URL, "modeling": MODELING_URL}


class UnknownVariable(UserWarning):
    """An environment variable begins with `TANDEM_`, but nothing reads it."""


def addresses(preprocessing: str | None, modeling: str | None) -> dict[ServiceName, str]:
    """Return each service's base URL. An empty variable counts as unset. Raises `InvalidInput` for one that is no URL.

    Warns of variables with unknown names where an address is looked for in the environment.
    """
    if preprocessing is None or modeling is None:
        for line in unknown_variables(os.environ):
            warnings.warn(line, UnknownVariable, stacklevel=3)
    given: dict[ServiceName, str | None] = {"preprocessing": preprocessing, "modeling": modeling}
    return {
        service: _checked(service, url or os.environ.get(VARIABLES[service]) or _DEFAULTS[service])
        for service, url in given.items()
    }


def _checked(service: ServiceName, address: str) -> str:
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL:
        url = None
    if url is None or url.scheme not in {"http", "https"} or not url.host:
        raise InvalidInput(
            f"the address of {service}, from {VARIABLES[service]} or the option --{service}, must be a URL such as "
            f"{_DEFAULTS[service]}. Received: {address!r}"
        )
    return address
