"""Uploads over HTTP, through the client: streamed, checked, limited, and off unless the operator allows them."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests import apps
from tests.processes import wait_until

from preprocessing.main import make_app
from preprocessing.settings import PreprocessingSettings
from preprocessing.uploads import FOLDER
from sources.files.resolve_sources import locate
from tandem import AsyncTandem, Conflict, InvalidInput, PreconditionFailed, Rejected, Tandem

MEGABYTE = 1 << 20


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("uploads") / "sources"


def settings_of(root: Path, **more: Any) -> PreprocessingSettings:
    places: dict[str, Any] = {"storage": str(root.parent / "storage"), "state": str(root.parent / "state")}
    return PreprocessingSettings(source_roots=[str(root)], jobs_at_once=0, **places, **more)


@pytest.fixture(scope="module")
def url(root: Path) -> Iterator[str]:
    with apps.serving(make_app(settings_of(root, upload_megabytes=2, max_body_bytes=1000))) as url:
        yield url


@pytest.fixture
def client(url: str) -> Iterator[Tandem]:
    with Tandem(url, url) as tandem:
        yield tandem


def leftovers(root: Path) -> list[Path]:
    return list((root / FOLDER).glob("*"))


def test_a_file_larger_than_other_bodies_becomes_a_source(client: Tandem, root: Path, tmp_path: Path) -> None:
    content = b"label,x\n" + b"1,2\n" * 300_000
    (tmp_path / "a b.csv").write_bytes(content)
    made = client.upload(tmp_path / "a b.csv", "june/ä b.csv")
    assert (root / "june" / "ä b.csv").read_bytes() == content
    assert made["sha256"] == hashlib.sha256(content).hexdigest()
    assert [Path(file.uri).name for file in locate(["june"], [str(root)])] == ["ä b.csv"]
    assert [Path(file.uri).name for file in locate(["**"], [str(root)])] == ["ä b.csv"]
    assert leftovers(root) == []


def test_a_name_is_taken_once_and_replaced_on_request(client: Tandem, root: Path, tmp_path: Path) -> None:
    (tmp_path / "named.csv").write_bytes(b"first")
    etag = client.upload(str(tmp_path / "named.csv"))["etag"]
    with pytest.raises(Conflict, match=r"there is a source named 'named\.csv' already"):
        client.upload(b"second", "named.csv")
    client.upload(b"second", "named.csv", etag=etag)
    with pytest.raises(PreconditionFailed):
        client.upload(b"third", "named.csv", etag=etag)
    client.upload(b"", "named.csv", replace=True)
    assert (root / "named.csv").read_bytes() == b""


def test_an_asynchronous_upload(url: str, root: Path, tmp_path: Path) -> None:
    content = b"0123456789" * 150_000
    (tmp_path / "async.csv").write_bytes(content)

    async def upload() -> None:
        async with AsyncTandem(url, url) as tandem:
            await tandem.upload(tmp_path / "async.csv")

    asyncio.run(upload())
    assert (root / "async.csv").read_bytes() == content


@pytest.mark.parametrize("announced", [True, False])
def test_a_file_past_the_limit_is_413(url: str, root: Path, *, announced: bool) -> None:
    content = b"x" * (2 * MEGABYTE + 1)
    body = content if announced else iter([content[:MEGABYTE], content[MEGABYTE:]])
    reply = httpx.put(f"{url}/v1/sources/large.csv", content=body)
    assert reply.status_code == 413
    assert httpx.put(f"{url}/v1/sources/fits-{announced}.csv", content=content[:-1]).status_code == 201
    assert not (root / "large.csv").exists()
    assert leftovers(root) == []


def test_other_bodies_keep_their_limit(url: str) -> None:
    assert httpx.post(f"{url}/v1/datasets", content=b"x" * 2000).status_code == 413


def test_a_connection_that_breaks_leaves_nothing(url: str, root: Path) -> None:
    address = httpx.URL(url)
    with socket.create_connection((address.host, address.port)) as connection:
        head = "PUT /v1/sources/broken.csv HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf"
        connection.sendall(head.encode())
        wait_until(lambda: leftovers(root))
    wait_until(lambda: not leftovers(root))
    assert not (root / "broken.csv").exists()


@pytest.mark.parametrize("digest", [":AAAA:", f":{base64.b64encode(bytes(32)).decode()}:"])
def test_a_wrong_checksum_is_refused(url: str, root: Path, digest: str) -> None:
    reply = httpx.put(f"{url}/v1/sources/c.csv", content=b"x", headers={"Content-Digest": f"sha-256={digest}"})
    assert reply.status_code == 422
    assert "SHA-256" in reply.json()["detail"]
    assert not (root / "c.csv").exists()


def test_a_right_checksum_among_others_is_taken(url: str) -> None:
    digest = base64.b64encode(hashlib.sha256(b"x").digest()).decode()
    headers = {"Content-Digest": f"sha-512=:AAAA:, sha-256=:{digest}:"}
    reply = httpx.put(f"{url}/v1/sources/d.csv", content=b"x", headers=headers)
    assert (reply.status_code, reply.headers["etag"]) == (201, reply.json()["etag"])


@pytest.mark.parametrize("path", ["%2e%2e/a.csv", "a/%2e%2e/%2e%2e/b.csv", "%2Fetc/passwd", ".uploads/a", "a%00b"])
def test_an_escape_is_refused(url: str, root: Path, path: str) -> None:
    before = sorted(root.parent.rglob("*.csv"))
    assert httpx.put(f"{url}/v1/sources/{path}", content=b"x").status_code in {404, 422}
    assert sorted(root.parent.rglob("*.csv")) == before


def test_a_compressed_body_is_refused(url: str) -> None:
    reply = httpx.put(f"{url}/v1/sources/z.csv", content=b"x", headers={"Content-Encoding": "gzip"})
    assert reply.status_code == 415


def test_uploads_are_off_by_default(tmp_path: Path) -> None:
    with apps.serving(make_app(settings_of(tmp_path / "sources")), lifespan="off") as url, Tandem(url, url) as client:
        with pytest.raises(Rejected, match="set TANDEM_UPLOAD_MEGABYTES") as refused:
            client.upload(b"x", "a.csv")
        assert refused.value.status == 403
    assert not (tmp_path / "sources").exists()


def test_what_cannot_be_read_or_named_is_refused_before_it_is_sent(client: Tandem, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"cannot read .*nowhere"):
        client.upload(tmp_path / "nowhere")
    with pytest.raises(InvalidInput, match="bytes have no name"):
        client.upload(b"x")
