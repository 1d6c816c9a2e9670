"""Raw files over HTTP: uploads below the first source root, where the operator allows them."""

from __future__ import annotations

import base64
import binascii
import re
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from chassis.access.needs import Needs
from chassis.http.preconditions import PreconditionOf
from chassis.strict_json import reply_bytes
from contracts.access.roles import Role
from contracts.errors import InvalidRequest, NotAllowed, UnsupportedContent
from contracts.messages.datasets import UploadedFile
from preprocessing.api.dependencies import SettingsOf
from preprocessing.uploads import Upload, first_root

PREFIX = "/v1/sources/"
router = APIRouter(tags=["sources"])

_SHA256 = re.compile(r"(?:^|,)\s*sha-256\s*=\s*:([A-Za-z0-9+/=]*):\s*(?:,|$)", re.IGNORECASE)
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
_REPLACED: dict[int | str, dict[str, Any]] = {200: {"description": "Replaced.", "model": UploadedFile}}

DESCRIPTION = """Writes the body below the first source root, as it arrives, so that it may be larger than memory. The file is
visible once it is whole; a broken upload leaves nothing. Allowed by the setting `TANDEM_UPLOAD_MEGABYTES`, which is also the
largest size (413).

A path that is taken is refused with 409. `replace=true` replaces the file, `If-Match` only the one with that `ETag` (else 412).
`If-None-Match: *` answers 412 in place of 409."""


@router.put(
    PREFIX + "{path:path}",
    status_code=HTTPStatus.CREATED,
    response_model=UploadedFile,
    responses=_REPLACED,
    openapi_extra=_BODY,
    summary="Upload a raw file",
    description=DESCRIPTION,
)
@Needs(Role.TRAIN, name="path")
async def put_source(
    path: Annotated[str, Path(description="Where, below the first source root.", examples=["june/flights.csv"])],
    request: Request,
    settings: SettingsOf,
    precondition: PreconditionOf,
    replace: Annotated[bool, Query(description="Replace a file of that name.")] = False,  # noqa: FBT002 - a query's
    content_digest: Annotated[
        str | None,
        Header(
            alias="Content-Digest", description="RFC 9530: `sha-256=:BASE64:`. A body with another digest is refused."
        ),
    ] = None,
) -> Response:
    """Store the body as a file. Raises `NotAllowed` where uploads are off, and the errors of `Upload`."""
    if not settings.upload_megabytes:
        raise NotAllowed(
            "this service takes no uploads: copy the file below the first source root, or set TANDEM_UPLOAD_MEGABYTES"
        )
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise UnsupportedContent("a file is stored as it is sent: leave Content-Encoding out")
    sha256 = _sha256_of(content_digest)
    with Upload(first_root(settings.source_roots), path, replace=replace, precondition=precondition) as upload:
        try:
            async for part in request.stream():
                await run_in_threadpool(upload.write, part)
        except ClientDisconnect as error:
            raise InvalidRequest("the upload ended before the whole body had arrived") from error
        uploaded = await run_in_threadpool(upload.publish, sha256)
    return Response(
        reply_bytes(uploaded.model_dump(mode="json")),
        status_code=HTTPStatus.OK if upload.replaces else HTTPStatus.CREATED,
        headers={"ETag": uploaded.etag},
        media_type="application/json",
    )


def _sha256_of(header: str | None) -> bytes | None:
    """Return the SHA-256 of a `Content-Digest`; None for other algorithms alone. Raises `InvalidRequest`."""
    if header is None:
        return None
    digest = _SHA256.search(header)
    if digest is None:
        return None
    try:
        decoded = base64.b64decode(digest[1], validate=True)
    except binascii.Error:
        decoded = b""
    if len(decoded) != 32:
        raise InvalidRequest(
            f"Content-Digest must hold a SHA-256 in base64, between colons. Received: {header[:200]!r}"
        )
    return decoded
