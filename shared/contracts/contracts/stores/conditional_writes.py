"""Files of an object store that are created only where there is none: If-None-Match of S3 and Azure, the generation of Google.

`pyarrow.fs` has no such writes; obstore does, of the stores that have them: HDFS is none.

A server that speaks S3 may ignore the condition and write over the file, so that two writers would both believe to be first:
one at an endpoint of its own is asked once, with a file that exists, before the first write.
"""

from __future__ import annotations

import os
import secrets
import time
from contextlib import suppress
from functools import lru_cache
from typing import Any

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import AzureStore, GCSStore, S3Store

from contracts.errors import NameTaken, StorageUnavailable
from contracts.stores.uris import s3_location, shown

_PAUSES = (0.1, 0.3, 1.0, 3.0, 0.0)
"""Seconds to wait after each attempt that failed without an answer."""
_NO_RETRIES = {"max_retries": 0}
_KEPT = 64


def create(uri: str, path: str, data: bytes) -> None:
    """Write a new file in the folder at `uri`. Raises `NameTaken` if there is one already, which stays as it is.

    Of writers at any number of machines exactly one succeeds. Raises `OSError` where the store does not answer.
    """
    _require_conditions(uri, os.getpid())
    _put(uri, path, data)


def _put(uri: str, path: str, data: bytes) -> None:
    once, again = _stores(uri, os.getpid())
    is_first, failure = True, ""
    for pause in _PAUSES:
        try:
            if _is_created(once, path, data) or (not is_first and bytes(obstore.get(again, path).bytes()) == data):
                return  # an attempt whose answer was lost may have written it
        except (BaseError, OSError) as error:
            is_first, failure = False, _first_line(error)
            time.sleep(pause)
        else:
            raise NameTaken(f"there is a published {path} already")
    raise OSError(f"{shown(uri)}/{path} cannot be written: {failure}")


def _is_created(store: Any, path: str, data: bytes) -> bool:
    """Return false where there is a file already."""
    try:
        obstore.put(store, path, data, mode="create", use_multipart=False)
    except AlreadyExistsError:
        return False
    return True


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


@lru_cache(maxsize=_KEPT)
def _stores(uri: str, _process: int) -> tuple[Any, Any]:
    """Return stores whose root is the folder, one that asks once, and one that asks again where there is no answer.

    Raises `StorageUnavailable` for a scheme that has no conditional writes.
    """
    return _store(uri, retry_config=_NO_RETRIES), _store(uri)


def _store(uri: str, **options: Any) -> Any:
    scheme = uri.partition("://")[0]
    if scheme == "s3":
        place = s3_location(uri)
        keys = {"access_key_id": place.access_key, "secret_access_key": place.secret_key} if place.access_key else {}
        own = {"endpoint": place.endpoint, "virtual_hosted_style_request": False} if place.endpoint else {}
        options["client_options"] = {"allow_http": True} if (place.endpoint or "").startswith("http://") else {}
        region = {"region": place.region} if place.region else {}
        return S3Store(place.bucket, prefix=place.prefix or None, **keys, **own, **region, **options)
    if scheme in {"gs", "gcs"}:
        return GCSStore.from_url(uri.partition("?")[0].replace("gcs://", "gs://"), **options)
    if scheme in {"abfs", "abfss", "az"}:
        return AzureStore.from_url(uri.partition("?")[0], **options)
    raise StorageUnavailable(f"{shown(uri)}: a storage is a folder, or s3://, gs:// or abfs://")


@lru_cache(maxsize=_KEPT)
def _require_conditions(uri: str, process: int) -> None:
    """Raise `StorageUnavailable` if the server writes over a file that it was asked to create."""
    if not uri.startswith("s3://") or s3_location(uri).endpoint is None:
        return
    path = f".conditional-{secrets.token_hex(8)}"
    _put(uri, path, b"1")
    try:
        _put(uri, path, b"2")
    except NameTaken:
        return
    finally:
        with suppress(BaseError):  # a hidden file that stays does no harm
            obstore.delete(_stores(uri, process)[1], path)
    raise StorageUnavailable(
        f"{shown(uri)}: the server ignores If-None-Match, so that two services could publish over one another; take one with "
        "conditional writes, or a folder"
    )
