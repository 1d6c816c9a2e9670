"""`POST /v1/schemas:infer` over HTTP: replies that are strict JSON, and problems that point into the request."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.preprocessing.proposals.served import served

from preprocessing.api import schemas as schemas_api


@pytest.fixture
def client(tmp_path: Path) -> Generator[httpx.Client]:
    with served(tmp_path) as url, httpx.Client(base_url=url, timeout=60) as client:
        yield client


def asked(client: httpx.Client, body: object) -> httpx.Response:
    return client.post("/v1/schemas:infer", json=body)


def test_a_proposal(client: httpx.Client, tmp_path: Path) -> None:
    rows = "".join(f"{i % 2},{i * 0.37},{'inf' if i % 50 == 0 else i / 7}\n" for i in range(200))
    (tmp_path / "sources" / "t.csv").write_text("y,x,z\n" + rows)
    reply = asked(client, {"uris": ["t.csv"]})
    assert reply.status_code == 200
    found: dict[str, Any] = reply.json()
    assert found["request"]["features"]["x"] == {"kind": "numeric", "dtype": "float64"}
    assert found["request"]["label"] == {"column": "y", "kind": "binary"}
    assert found["request"]["features"]["z"] == {"kind": "numeric", "dtype": "float64"}
    assert found["evidence"]["features"]["z"]["max"] == 199 / 7
    assert found["evidence"]["source"]["guesses"]["delimiter"]["value"] == ","


def test_a_proposed_name_is_free_and_a_given_one_stays(client: httpx.Client, tmp_path: Path) -> None:
    (tmp_path / "sources" / "t.csv").write_text("y,x\n" + "".join(f"{i % 2},{i * 0.37}\n" for i in range(200)))
    names: list[str] = []
    for _ in range(3):
        names.append(asked(client, {"uris": ["t.csv"]}).json()["request"]["name"])
        manifest = tmp_path / "storage" / "datasets" / names[-1] / "manifest.json"
        manifest.parent.mkdir(parents=True)
        manifest.write_text("damaged, and a name that is taken all the same")
    assert names == ["t", "t-2", "t-3"]
    assert asked(client, {"uris": ["t.csv"], "name": "t"}).json()["request"]["name"] == "t"


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ({"uris": ["nowhere.csv"]}, 404, "/uris/0"),
        ({"uris": ["../secret.csv"]}, 403, "/uris/0"),
        ({"uris": ["/etc/passwd"]}, 403, "/uris/0"),
        ({"uris": ["empty.csv"]}, 422, "/uris"),
        ({"uris": ["binary.csv"]}, 422, "/uris"),
        ({"uris": ["a.orc"]}, 422, "/uris"),
        ({"uris": ["t.csv"], "format": "avro"}, 422, "/format"),
        ({"uris": ["t.csv"], "encoding": "utf-16"}, 422, "/encoding"),
        ({"uris": ["t.csv"], "encoding": "idna"}, 422, "/encoding"),
        ({"uris": ["t.csv"], "delimiter": "ab"}, 422, "/delimiter"),
        ({"uris": ["t.csv"], "quote": ","}, 422, None),
        ({"uris": ["t.csv"], "sample_rows": 10**9}, 422, "/sample_rows"),
        ({"uris": ["t.csv"], "colour": "red"}, 422, "/colour"),
        ({"uris": ["t.csv"], "label": {"column": "nothing"}}, 404, "/label/column"),
        ({"uris": []}, 422, "/uris"),
        ({"uris": ["a\0b"]}, 404, "/uris/0"),
    ],
)
def test_problems(client: httpx.Client, tmp_path: Path, body: dict[str, Any], status: int, pointer: str | None) -> None:
    sources = tmp_path / "sources"
    (sources / "t.csv").write_text("y,x\n" + "0,1.5\n1,2.5\n1,1.5\n" * 20)
    (sources / "empty.csv").write_text("\n")
    (sources / "binary.csv").write_bytes(bytes(range(256)))
    (sources / "a.orc").write_bytes(b"ORC" + bytes(100))
    reply = asked(client, body)
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    pointers = [error["pointer"] for error in reply.json().get("errors", [])]
    assert pointers == ([] if pointer is None else [pointer]), reply.text


def test_only_so_many_at_once(client: httpx.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sources" / "t.csv").write_text("y,x\n" + "0,1.5\n1,2.5\n1,1.5\n" * 20)
    monkeypatch.setattr(schemas_api, "PATIENCE_SECONDS", 0.01)
    for _ in range(schemas_api.AT_ONCE):
        schemas_api._turns.acquire()
    try:
        busy = asked(client, {"uris": ["t.csv"]})
    finally:
        for _ in range(schemas_api.AT_ONCE):
            schemas_api._turns.release()
    assert busy.status_code == 429
    assert "Retry-After" in busy.headers
    assert asked(client, {"uris": ["t.csv"]}).status_code == 200
