"""File systems from URIs: the one place that knows of endpoints, regions and credentials.

| URI | |
|---|---|
| `/folder`, `file:///folder` | a folder of this machine |
| `s3://bucket/folder?endpoint_override=host:9000&scheme=http&region=eu-west-1` | Amazon S3, and servers that speak its protocol |
| `gs://…`, `abfs://…`, `hdfs://…` | as `pyarrow.fs` reads them |

Keys of S3 come from the URI's user (`s3://key:secret@bucket`), or from the environment, a profile or the machine's role, as AWS's
own tools look for them. `shown` is a URI without keys, for messages and logs.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qs, unquote, urlsplit, urlunsplit

from pyarrow import fs

_KEPT = 64
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


def opened(uri: str) -> tuple[fs.FileSystem, str]:
    """Return the file system and the path in it; paths without a scheme are of this machine.

    A client of an object store keeps its connections, so it is made once per process. Raises `ValueError` for other schemes.
    """
    if "://" not in uri:
        return fs.LocalFileSystem(), os.path.join(os.getcwd(), uri)  # noqa: PTH118, PTH109  tasks ask some hundred times
    return _opened(uri, os.getpid())


@lru_cache(maxsize=_KEPT)
def _opened(uri: str, _process: int) -> tuple[fs.FileSystem, str]:
    if not uri.startswith("s3://"):
        return fs.FileSystem.from_uri(uri)
    place = s3_location(uri)
    scheme, _, host = (place.endpoint or "").partition("://")
    options = {"endpoint_override": host, "scheme": scheme} if host else {}
    keys = {"access_key": place.access_key, "secret_key": place.secret_key} if place.access_key else {}
    region = place.region or (_REGION_WITH_ENDPOINT if host else fs.resolve_s3_region(place.bucket))
    client = fs.S3FileSystem(region=region, allow_delayed_open=True, **options, **keys)
    return client, f"{place.bucket}/{place.prefix}".rstrip("/")


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
