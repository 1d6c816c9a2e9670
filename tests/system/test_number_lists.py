"""Lists of numbers over HTTP: real services, from Parquet to predictions and files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.system.servers import Server, learn, replica

from tandem.client import Tandem

Pair = tuple[Server, Server]
LISTS: list[Any] = [[1.5, 2.5], [9.0], [], [None, 4.0], None, [-3.0, -0.5, 0.25]]


def baskets(size: int) -> pa.Table:
    """Prices of baskets, of which the label knows whether their sum is above 10."""
    generator = np.random.default_rng(1)
    lists = [generator.uniform(0, 8, generator.integers(0, 6)).round(2).tolist() for _ in range(size)]
    return pa.table({"prices": lists, "large": [int(sum(prices) > 10) for prices in lists], "id": range(size)})


@pytest.fixture(scope="module")
def model(tandem: Tandem, pair: Pair) -> str:
    pq.write_table(baskets(1500), pair[0].sources / "baskets.parquet")
    proposal = tandem.infer_dataset(["baskets.parquet"], {"label": {"column": "large"}})
    assert proposal.request["features"]["prices"] == {"kind": "numeric", "many": {}}
    (seen,) = [flag.evidence for flag in proposal.flags if flag.column == "prices"]
    assert seen == {"lists": 1500, "shortest": 0, "longest": 5, "has_fractions": True}
    features = {"prices": {"kind": "numeric", "many": {"statistics": ["sum", "count", "max"]}}}
    trained = learn(tandem, {**proposal.request, "features": features, "exclude": ["id"]}, "baskets", epochs=10)
    assert trained["evaluation"]["test"]["auc"] > 0.97
    return f"{pair[1].url}/v1/models/baskets"


@pytest.fixture(scope="module")
def invocations(model: str, pair: Pair) -> Iterator[str]:
    with replica(pair[1], "baskets") as url:
        yield f"{url}/invocations"


def test_arrays_and_text_are_alike(model: str, invocations: str, tandem: Tandem, pair: Pair) -> None:
    expected: list[Any] = tandem.predict("baskets", [{"prices": one} for one in LISTS])
    assert expected[1] > expected[0]
    texts = ["1.5|2.5", "9", "[]", "|4.0", None, "-3|-0.5|0.25"]
    assert tandem.predict("baskets", [{"prices": one} for one in texts]) == expected
    bare = httpx.post(f"{model}:predict", json={"instances": LISTS})
    assert bare.json()["predictions"] == expected
    tensor = {"name": "prices", "shape": [6], "datatype": "BYTES", "data": [one or "" for one in texts]}
    answered = httpx.post(f"{pair[1].url}/v2/models/baskets/infer", json={"inputs": [tensor]}).json()
    np.testing.assert_allclose(answered["outputs"][0]["data"], expected, atol=1e-6)
    lines = "prices\n" + "".join(f"{one or ''}\n" for one in texts)
    answered = httpx.post(
        invocations,
        content=lines,
        headers={"Content-Type": "text/csv; header=present", "Accept": "application/json"},
    )
    assert "predictions" in answered.json(), answered.text
    np.testing.assert_allclose(answered.json()["predictions"], expected, atol=1e-6)
    explained = httpx.post(f"{model}:predict?explain=inputs", json={"instances": [{"prices": []}]}).json()
    assert explained["explanations"][0]["prices:max"]["reasons"][0] == "missing"


@pytest.mark.parametrize(
    ("value", "shown"),
    [("1|far", '"1|far"'), ([1, "far"], '"1|far"'), ([True], '"true"'), ([[1]], "[[1]]"), ({"a": 1}, '{"a": 1}')],
)
def test_what_is_no_list_of_numbers_is_named(model: str, value: Any, shown: str) -> None:
    reply = httpx.post(f"{model}:predict", json={"instances": [{}, {"prices": value}]})
    assert reply.status_code == 400
    assert reply.json()["error"].startswith("instances[1].prices: must be a list of ")
    assert reply.json()["error"].endswith(f"Received: {shown}")


def test_the_openapi_page_has_a_row_to_try(model: str, pair: Pair) -> None:
    document = httpx.get(f"{pair[1].url}/openapi.json").json()
    content = document["paths"]["/v1/models/baskets:predict"]["post"]["requestBody"]["content"]["application/json"]
    place = content["schema"]["properties"]["instances"]["items"]["$ref"].rpartition("/")[2]
    assert document["components"]["schemas"][place]["properties"]["prices"]["type"] == ["array", "string", "null"]
    for name in ("row", "columns"):
        assert httpx.post(f"{model}:predict", json=content["examples"][name]["value"]).status_code == 200


def test_files_are_predicted(model: str, tandem: Tandem, pair: Pair) -> None:
    table = baskets(50)
    expected = tandem.predict("baskets", [{"prices": one} for one in table.column("prices").to_pylist()])
    pq.write_table(table, pair[1].sources / "some-baskets.parquet")
    rows = [f"{i},{'|'.join(map(str, one)) or '[]'}" for i, one in enumerate(table.column("prices").to_pylist())]
    (pair[1].sources / "some-baskets.csv").write_text("\n".join(["id,prices", *rows]) + "\n")
    for kind in ("parquet", "csv"):
        source = {"format": kind, "uris": [f"some-baskets.{kind}"]}
        tandem.wait(
            tandem.predict_files(
                {"name": f"baskets-{kind}", "model": "baskets", "keys": ["id"], "format": "jsonl", "source": source}
            )
        )
        (file,) = tandem.batch_prediction(f"baskets-{kind}")["files"]
        lines = [json.loads(line) for line in (pair[1].storage / file["path"]).read_text().splitlines()]
        assert [line["predictions"] for line in lines] == pytest.approx(expected, abs=1e-6)
