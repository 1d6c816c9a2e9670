"""File systems from URIs: the one place that opens them.

| URI | |
|---|---|
| `/folder`, `file:///folder` | a folder of this machine |
| `s3://bucket/folder?endpoint_override=host:9000&scheme=http&region=eu-west-1` | Amazon S3, and servers that speak its protocol |
| `gs://…`, `abfs://…`, `hdfs://…` | as `pyarrow.fs` reads them |
"""

from __future__ import annotations

import os
from functools import lru_cache

from pyarrow import fs

from contracts.stores.uris import s3_location

_KEPT = 64


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
    region = place.region or fs.resolve_s3_region(place.bucket)
    client = fs.S3FileSystem(region=region, allow_delayed_open=True, **options, **keys)
    return client, f"{place.bucket}/{place.prefix}".rstrip("/")
