"""Batch predictions over HTTP, from the request to the files and their removal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.modeling.api.asking import pointer_of, post
from tests.modeling.live import finish
from tests.modeling.trained import Trained


def test_predict_for_a_file(client: httpx.Client, trained: Trained, source_root: Path) -> None:
    source = source_root / "rows.jsonl"
    rows = [{"id": "a", "distance km": 1200.5, "class": 3}, {"id": "b", "carrier/日本": "null"}]
    source.write_text("\n".join(map(json.dumps, rows)))
    request = {
        "name": "scored",
        "model": "m",
        "version": 1,
        "source": {"format": "jsonl", "uris": [source.name]},
        "keys": ["id"],
        "absent_columns": "missing",
        "format": "jsonl",
    }
    job = finish(client, client.post("/v1/batch-predictions", json=request))
    assert job["state"] == "SUCCEEDED", job
    assert job["links"]["resource"] == "/v1/batch-predictions/scored"
    found = client.get(job["links"]["resource"]).json()
    assert found == job["response"]
    assert found in client.get("/v1/batch-predictions").json()["predictions"]
    lines = [json.loads(line) for line in trained.storage.read(found["files"][0]["path"]).splitlines()]
    features = [{name: value for name, value in row.items() if name != "id"} for row in rows]
    expected = post(client, "/v1/models/m/versions/1:predict", {"instances": features}).json()["predictions"]
    assert [line["id"] for line in lines] == ["a", "b"]
    assert [line["predictions"] for line in lines] == pytest.approx(expected, abs=1e-6)

    cases: list[tuple[dict[str, Any], int, str | None]] = [
        ({}, 409, "/name"),
        ({"name": "x", "model": "nothing"}, 404, "/model"),
        ({"name": "x", "version": 9}, 404, "/version"),
        ({"name": "x", "version": None, "label": "nobody"}, 404, "/label"),
        ({"name": "x", "label": "nobody"}, 422, ""),
        ({"name": "x", "keys": ["id", "id"]}, 422, "/keys"),
        ({"name": "../x"}, 422, "/name"),
        ({"name": "x", "source": {"format": "orc", "uris": ["a"]}}, 422, "/source/format"),
    ]
    for change, status, pointer in cases:
        reply = client.post("/v1/batch-predictions", json={**request, **change})
        assert reply.status_code == status, reply.text
        assert pointer_of(reply) == pointer
    outside = {**request, "name": "outside", "source": {"format": "jsonl", "uris": ["/etc/passwd"]}}
    job = finish(client, client.post("/v1/batch-predictions", json=outside))
    assert job["error"]["status"] == 403
    assert not trained.storage.exists("predictions/outside")
    assert client.delete("/v1/batch-predictions/scored").status_code == 204
    assert client.get("/v1/batch-predictions/scored").status_code == 404
    assert not trained.storage.exists("predictions/scored")


def test_rows_that_were_skipped_are_served(client: httpx.Client, trained: Trained, source_root: Path) -> None:
    source = source_root / "skipped.jsonl"
    lines = [json.dumps({"distance km": number}) for number in range(8)]
    lines[2], lines[5] = '{"distance km": "far"}', "no object"
    source.write_text("\n".join(lines))
    request = {
        "name": "skipping",
        "model": "m",
        "source": {"format": "jsonl", "uris": [source.name]},
        "absent_columns": "missing",
        "max_bad_records": 2,
    }
    job = finish(client, client.post("/v1/batch-predictions", json=request))
    assert job["state"] == "SUCCEEDED", job
    assert job["response"]["rows"] == 6
    page = client.get("/v1/batch-predictions/skipping/rejected-rows").json()
    assert (page["count"], [(row["line"], row["text"]) for row in page["rows"]]) == (2, [(3, lines[2]), (6, lines[5])])
    assert page["rows"][0]["file"].endswith("skipped.jsonl")
    second = client.get("/v1/batch-predictions/skipping/rejected-rows", params={"offset": 1, "limit": 1}).json()
    assert (second["count"], second["offset"], second["rows"]) == (2, 1, page["rows"][1:])
    assert client.get("/v1/batch-predictions/nothing/rejected-rows").status_code == 404
    trained.storage.write(job["response"]["rejected"]["path"], b"other\n")
    assert client.get("/v1/batch-predictions/skipping/rejected-rows").status_code == 500
    client.delete("/v1/batch-predictions/skipping")


def test_all_rows_of_a_file_without_bad_ones_are_predicted(client: httpx.Client, source_root: Path) -> None:
    (source_root / "whole.jsonl").write_text('{"distance km": 1}')
    source = {"format": "jsonl", "uris": ["whole.jsonl"]}
    request = {"name": "whole", "model": "m", "source": source, "absent_columns": "missing"}
    assert finish(client, client.post("/v1/batch-predictions", json=request))["state"] == "SUCCEEDED"
    page = client.get("/v1/batch-predictions/whole/rejected-rows").json()
    assert page == {"count": 0, "offset": 0, "rows": []}
    client.delete("/v1/batch-predictions/whole")
