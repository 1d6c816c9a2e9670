"""URIs of folders as text: their parts, paths below them, and their form for messages. Imports no file system.

Keys of S3 come from the URI's user (`s3://key:secret@bucket`), or from the environment, a profile or the machine's role, as AWS's
own tools look for them.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit, urlunsplit

_REGION_WITH_ENDPOINT = "us-east-1"
"""The region of a server that has none."""


@dataclass(frozen=True)
class S3Location:
    """The parts of the URI of a folder in S3; None where the environment decides."""

    bucket: str
    prefix: str
    endpoint: str | None
    """With its scheme: `http://127.0.0.1:9000`."""
    region: str | None
    access_key: str | None
    secret_key: str | None


def s3_location(uri: str) -> S3Location:
    """Return what a URI `s3://…` holds, and of the environment `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL` and the region."""
    parts = urlsplit(uri)
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    endpoint = (
        options.get("endpoint_override") or os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    )
    if endpoint and "://" not in endpoint:
        endpoint = f"{options.get('scheme', 'https')}://{endpoint}"
    user, _, host = parts.netloc.rpartition("@")
    access, _, secret = user.partition(":")
    region = options.get("region") or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if endpoint and not region:
        region = _REGION_WITH_ENDPOINT
    return S3Location(
        bucket=host,
        prefix=parts.path.strip("/"),
        endpoint=(endpoint or "").rstrip("/") or None,
        region=region,
        access_key=unquote(access) or None,
        secret_key=unquote(secret) or None,
    )


def below(uri: str, path: str) -> str:
    """Return the URI of a path below a folder; options stay at the end."""
    base, mark, options = uri.partition("?") if "://" in uri else (uri, "", "")
    return f"{base.rstrip('/')}/{path}{mark}{options}"


def shown(uri: str) -> str:
    """Return a URI without user and password, and without options, which may hold keys.

    >>> shown("s3://key:secret@bucket/models?region=eu-west-1"), shown("/srv/tandem")
    ('s3://bucket/models', '/srv/tandem')
    """
    if "://" not in uri:
        return uri
    parts = urlsplit(uri)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
