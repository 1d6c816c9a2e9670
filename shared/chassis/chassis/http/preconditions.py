"""Conditional requests (RFC 9110, section 13): change a thing only if it is still as the client last saw it.

A resource sends its entity tag in `ETag`; a client that changes it sends that tag in `If-Match`, one that creates it
`If-None-Match: *`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header

from contracts.errors import InvalidRequest, PreconditionFailed, PreconditionRequired

__all__ = ["IfMatchOf", "Precondition", "PreconditionOf"]

_TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')
_LIST = re.compile(rf"\s*(?:{_TAG.pattern})(?:\s*,\s*(?:{_TAG.pattern}))*\s*")


@dataclass(frozen=True)
class Precondition:
    """A request's `If-Match` and `If-None-Match`: tags, `{"*"}`, or None where the header was not sent."""

    if_match: frozenset[str] | None = None
    if_none_match: frozenset[str] | None = None

    def check(self, etag: str | None) -> None:
        """Check the resource's present tag, None where there is no resource. Raises `PreconditionFailed`.

        Tags are compared strongly for `If-Match`, so a weak one never fits, and weakly for `If-None-Match`.
        """
        if self.if_match is not None:
            if etag is None:
                raise PreconditionFailed(
                    "If-Match was sent, but the resource does not exist; create it with If-None-Match: *"
                )
            if "*" not in self.if_match and etag not in self.if_match:
                received = ", ".join(sorted(self.if_match))
                raise PreconditionFailed(f"the resource has changed: its ETag is {etag}. Received: {received}")
        if self.if_none_match is not None and etag is not None:
            weak = {tag.removeprefix("W/") for tag in self.if_none_match}
            if "*" in weak or etag.removeprefix("W/") in weak:
                raise PreconditionFailed(f"the resource exists, with the ETag {etag}. Received: If-None-Match")

    def check_change(self, etag: str | None) -> None:
        """Check as `check` does; a resource that exists may only be changed with a condition. Raises `PreconditionRequired`."""
        if etag is not None and self.if_match is None and self.if_none_match is None:
            raise PreconditionRequired("the resource exists; send its last seen ETag in If-Match")
        self.check(etag)


def _parse(header: str | None, name: str) -> frozenset[str] | None:
    if header is None:
        return None
    if header.strip() == "*":
        return frozenset("*")
    if not _LIST.fullmatch(header):
        raise InvalidRequest(f'{name} must be * or ETags in quotes, as "3-9f2c". Received: {header[:100]!r}')
    return frozenset(_TAG.findall(header))


_IfMatch = Annotated[str | None, Header(alias="If-Match", description="The `ETag` that was last seen, or `*` for any.")]


def _of_request(
    if_match: _IfMatch = None,
    if_none_match: Annotated[
        str | None, Header(alias="If-None-Match", description="`*`: only if there is none yet.")
    ] = None,
) -> Precondition:
    return Precondition(_parse(if_match, "If-Match"), _parse(if_none_match, "If-None-Match"))


PreconditionOf = Annotated[Precondition, Depends(_of_request)]
"""A route's parameter: the preconditions of its request. Raises `InvalidRequest` for a header that is not well formed."""


def _if_match_alone(if_match: _IfMatch = None) -> Precondition:
    return Precondition(_parse(if_match, "If-Match"))


IfMatchOf = Annotated[Precondition, Depends(_if_match_alone)]
"""As `PreconditionOf`, of a request that has no use for `If-None-Match`."""
