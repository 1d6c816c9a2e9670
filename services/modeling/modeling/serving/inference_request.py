"""The interface between protocols and batching: a request's inputs to a signature, and the rendering of its reply.

A protocol reads a body into a `Call`; batching, which knows no protocol, computes it, perhaps with other calls of the same
version and signature; and the call renders the reply from its own rows of the outputs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from modeling.feature_kinds.raw_values import RawValues
from modeling.serving.loaded_version import LoadedVersion, Outputs


@dataclass(frozen=True, slots=True)
class Reply:
    """A rendered reply, and the version that predicted it."""

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


BodyDecoder = Callable[[LoadedVersion], Call]
"""Reader of a body, by the fields of the version that answers. Not for the event loop: it may take long.

Raises `InvalidRequest` naming row and field.
"""


@dataclass(frozen=True, slots=True)
class LargeBodyDecoder:
    """A `Read` that takes milliseconds, so that nothing else should wait for it."""

    decode: BodyDecoder

    def __call__(self, loaded: LoadedVersion) -> Call:
        """Read the body, as `Read`."""
        return self.decode(loaded)
