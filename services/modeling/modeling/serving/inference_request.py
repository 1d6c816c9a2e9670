"""What stands between the protocols and the engine: a request as a signature takes it, and how its reply is written.

A protocol reads a body into a `Call`; the engine, which knows no protocol, has the version compute it, perhaps in one batch with
others of the same version and signature; and the call writes the reply from its own rows of the outputs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from modeling.feature_kinds.raw_values import RawValues
from modeling.serving.loaded_version import LoadedVersion, Outputs


@dataclass(frozen=True, slots=True)
class Reply:
    """A finished reply, and the version that it comes from."""

    body: bytes
    version: int
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Call:
    """One request: the raw values of its rows.

    `signature` is one that the version has. `reply` takes the outputs of these rows, in their order, and no others.
    """

    signature: str
    values: RawValues
    reply: Callable[[Outputs], Reply]


Read = Callable[[LoadedVersion], Call]
"""A body that waits to be read, by the fields of the version that is to answer. Not for the event loop: it may take long.

Raises `InvalidRequest` naming row and field.
"""


@dataclass(frozen=True, slots=True)
class LargeRead:
    """A `Read` that takes milliseconds, so that nothing else should wait for it."""

    read: Read

    def __call__(self, loaded: LoadedVersion) -> Call:
        """Read the body, as `Read`."""
        return self.read(loaded)
