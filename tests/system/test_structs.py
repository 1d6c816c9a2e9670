"""Nested records over HTTP: real services, from JSON lines and Parquet to predictions and files, by paths."""

from __future__ import annotations

import json
import struct
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import palmerpenguins
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import tensorflow as tf
from tests.system.servers import Server, learn, replica

from tandem.client import Tandem

Pair = tuple[Server, Server]
Row = dict[str, Any]
NUMBERS = ["body.mass_g", "body.bill.length_mm", "body.bill.depth_mm"]
PATHS = [*NUMBERS, "seen.island"]
MISSING: list[Row] = [
    {"body": None, "seen": None},
    {},
    {"body": {"bill": None, "mass_g": 4000}, "seen": {}},
    {"body": {"bill": {"depth_mm": 15}}, "seen": {"island": None}},
]
"""Rows that lack something at each level."""


def penguins() -> list[Row]:
    """The penguins as records of an application: measures in objects of two levels."""
    table = palmerpenguins.load_penguins().astype(object)
    return [
        {
            "id": place,
            "species": row["species"],
            "body": {
                "mass_g": row["body_mass_g"],
                "bill": {"length_mm": row["bill_length_mm"], "depth_mm": row["bill_depth_mm"]},
            },
            "seen": {"island": row["island"]},
        }
        for place, row in enumerate(table.where(table.notna(), None).to_dict("records"))
    ]


def features_of(row: Row) -> Row:
    return {name: value for name, value in row.items() if name in {"body", "seen"}}


def leaf(row: Row, path: str) -> Any:
    for step in path.split("."):
        row = (row or {}).get(step)  # type: ignore[assignment]
    return row


def flat(row: Row) -> Row:
    return {path: leaf(row, path) for path in PATHS}


@pytest.fixture(scope="module")
def model(tandem: Tandem, pair: Pair) -> str:
    (pair[0].sources / "penguins.jsonl").write_text("".join(json.dumps(row) + "\n" for row in penguins()))
    proposal = tandem.infer_dataset(["penguins.jsonl"], {"label": {"column": "species"}})
    assert sorted(proposal.request["features"]) == sorted(PATHS)
    assert {name: proposal.request["features"][name]["kind"] for name in PATHS} == {
        **dict.fromkeys(NUMBERS, "numeric"),
        "seen.island": "categorical",
    }
    features = {name: proposal.request["features"][name] for name in PATHS}
    trained = learn(tandem, {**proposal.request, "features": features}, "nested", epochs=40)
    assert trained["evaluation"]["test"]["accuracy"] > 0.9
    return f"{pair[1].url}/v1/models/nested"


@pytest.fixture(scope="module")
def invocations(model: str, pair: Pair) -> Iterator[str]:
    with replica(pair[1], "nested") as url:
        yield f"{url}/invocations"


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return [*map(features_of, penguins()[::20]), *MISSING]


@pytest.fixture(scope="module")
def expected(model: str, tandem: Tandem, rows: list[Row]) -> list[Any]:
    """Predictions of the rows with paths as keys."""
    answered: list[Any] = tandem.predict("nested", [flat(row) for row in rows])
    species = [row["species"] for row in penguins()[::20]]
    assert np.mean([a["class"] == b for a, b in zip(answered, species, strict=False)]) > 0.9
    assert len({json.dumps(one) for one in answered[-3:]}) == 3
    return answered


def tensors(rows: list[Row]) -> tuple[list[Row], bytes]:
    """The inputs of a v2 request, and the same in its binary form, without `data`."""
    inputs: list[Row] = []
    raw = b""
    for path in PATHS:
        values = [leaf(row, path) for row in rows]
        if path in NUMBERS:
            data = np.array(values, np.float64).astype("<f4")
            inputs.append({"name": path, "shape": [len(rows)], "datatype": "FP32", "data": values})
            part = data.tobytes()
        else:
            inputs.append({"name": path, "shape": [len(rows)], "datatype": "BYTES", "data": [v or "" for v in values]})
            part = b"".join(struct.pack("<I", len(v or "")) + (v or "").encode() for v in values)
        raw += part
        inputs[-1]["parameters"] = {"binary_data_size": len(part)}
    return inputs, raw


def example(row: Row) -> str:
    features: dict[str, tf.train.Feature] = {}
    for path in PATHS:
        value = leaf(row, path)
        if value is not None and path in NUMBERS:
            features[path] = tf.train.Feature(float_list=tf.train.FloatList(value=[value]))
        elif value is not None:
            features[path] = tf.train.Feature(bytes_list=tf.train.BytesList(value=[value.encode()]))
    return b64encode(tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString()).decode()


def test_every_protocol_takes_nested_rows_or_paths(
    model: str, invocations: str, pair: Pair, rows: list[Row], expected: list[Any]
) -> None:
    v2 = f"{pair[1].url}/v2/models/nested"
    assert sorted(one["name"] for one in httpx.get(v2).json()["inputs"]) == sorted(PATHS)
    inputs, raw = tensors(rows)
    head = json.dumps(
        {"inputs": [{name: one for name, one in given.items() if name != "data"} for given in inputs]}
    ).encode()
    plain = [{name: one for name, one in given.items() if name != "parameters"} for given in inputs]
    by_path = {path: [leaf(row, path) for row in rows] for path in PATHS}
    objects = {name: [row.get(name) for row in rows] for name in ("body", "seen")}
    mixed = {"body": objects["body"], "seen.island": by_path["seen.island"]}
    cells = [",".join("" if one is None else str(one) for one in flat(row).values()) for row in rows]
    answers: dict[str, httpx.Response] = {
        "nested rows": httpx.post(f"{model}:predict", json={"instances": rows}),
        "rows of both": httpx.post(
            f"{model}:predict",
            json={"instances": [flat(row) if place % 2 else row for place, row in enumerate(rows)]},
        ),
        "columns of paths": httpx.post(f"{model}:predict", json={"inputs": by_path}),
        "columns of objects": httpx.post(f"{model}:predict", json={"inputs": objects}),
        "columns of both": httpx.post(f"{model}:predict", json={"inputs": mixed}),
        "examples": httpx.post(
            f"{model}:predict",
            json={"signature_name": "examples", "instances": [{"examples": {"b64": example(row)}} for row in rows]},
        ),
        "classify": httpx.post(f"{model}:classify", json={"examples": rows}),
        "classify by path": httpx.post(f"{model}:classify", json={"examples": [flat(row) for row in rows]}),
        "tensors": httpx.post(f"{v2}/infer", json={"inputs": plain}),
        "binary tensors": httpx.post(
            f"{v2}/infer", content=head + raw, headers={"Inference-Header-Content-Length": str(len(head))}
        ),
        "dataframe_split": httpx.post(
            invocations, json={"dataframe_split": {"columns": PATHS, "data": [[*flat(row).values()] for row in rows]}}
        ),
        "dataframe_split of objects": httpx.post(
            invocations,
            json={
                "dataframe_split": {
                    "columns": ["body", "seen"],
                    "data": [[row.get("body"), row.get("seen")] for row in rows],
                }
            },
        ),
        "dataframe_records": httpx.post(invocations, json={"dataframe_records": rows}),
        "dataframe_records by path": httpx.post(invocations, json={"dataframe_records": [flat(row) for row in rows]}),
        "instances": httpx.post(invocations, json={"instances": rows}),
        "inputs": httpx.post(invocations, json={"inputs": objects}),
        "CSV": httpx.post(
            invocations,
            content="\n".join([",".join(PATHS), *cells]) + "\n",
            headers={"Content-Type": "text/csv; header=present", "Accept": "application/json"},
        ),
    }
    wanted = np.array([answer["probabilities"] for answer in expected])
    for way, reply in answers.items():
        assert reply.status_code == 200, (way, reply.text)
        np.testing.assert_allclose(probabilities(reply.json()), wanted, atol=1e-6, err_msg=way)


def probabilities(reply: Row) -> Any:
    """The probabilities of a reply in any protocol, [rows, classes]."""
    if "results" in reply:
        return [[score for _, score in row] for row in reply["results"]]
    if "predictions" in reply:
        return [row["probabilities"] for row in reply["predictions"]]
    if isinstance(reply["outputs"], dict):
        return reply["outputs"]["probabilities"]
    return next(np.reshape(one["data"], one["shape"]) for one in reply["outputs"] if one["name"] == "probabilities")


def test_the_client_takes_nested_rows_and_tables(
    model: str, tandem: Tandem, rows: list[Row], expected: list[Any]
) -> None:
    classes = [answer["class"] for answer in expected]
    assert [answer["class"] for answer in tandem.predict("nested", rows)] == classes
    by_path = pd.DataFrame([flat(row) for row in rows])
    objects = pd.DataFrame({"body": [row.get("body") for row in rows], "seen": [row.get("seen") for row in rows]})
    for frame in (by_path, objects):
        assert tandem.predict("nested", frame)["class"].tolist() == classes


def test_explanations_name_the_paths(model: str) -> None:
    body = {"instances": [{"body": {"mass_g": 3750, "bill": {"length_mm": 39.1}}, "seen": {"island": "Atlantis"}}]}
    reply = httpx.post(f"{model}:predict?explain=inputs", json=body)
    (explained,) = reply.json()["explanations"]
    assert {path: one["reasons"] for path, one in explained.items()} == {
        "body.bill.depth_mm": ["missing"],
        "seen.island": ["out_of_vocabulary", "never_unknown_in_training"],
    }


BILL = "body.bill.length_mm"
WRONG: list[tuple[str, Any, str]] = [
    ("instances", [{}, {"body": 3}], "instances[1].body: must be an object"),
    ("instances", [{}, {"body": {"bill": [1]}}], "instances[1].body.bill: must be an object"),
    ("instances", [{}, {"body": {"bill": {"length_mm": "far"}}}], f"instances[1].{BILL}: must be a number"),
    ("instances", [{}, {"body": {"bill": {"length_mm": {"a": 1}}}}], f"instances[1].{BILL}: must be a number"),
    ("instances", [{}, {BILL: "far"}], f"instances[1].{BILL}: must be a number"),
    ("instances", [{}, {"body": {"bill": {"width": 1}}}], "instances[1]: unknown field 'body.bill.width'"),
    ("instances", [{}, {"body": {"bill": {"length_mm": 1}}, BILL: 2}], f"instances[1].{BILL}: is given twice"),
    ("inputs", {"body": [{}, 3]}, "inputs.body[1]: must be an object"),
    ("inputs", {"body": [{}, {"bill": {"length_mm": "far"}}]}, f"inputs.{BILL}[1]: must be a number"),
    ("inputs", {"body": [{"bill": {"length_mm": 1}}], BILL: [2]}, f"inputs.{BILL}[0]: is given twice"),
    ("inputs", {"body": [{"nose": 1}]}, "inputs.body.nose: unknown field"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "value", "message"), WRONG)
def test_what_is_no_such_record_is_named(model: str, key: str, value: Any, message: str) -> None:
    reply = httpx.post(f"{model}:predict", json={key: value})
    assert reply.status_code == 400, reply.text
    assert reply.json()["error"].startswith(message)


def test_other_protocols_name_the_field(model: str, invocations: str, pair: Pair) -> None:
    v2 = f"{pair[1].url}/v2/models/nested/infer"
    tensor = {"name": BILL, "shape": [1], "datatype": "BYTES", "data": ["far"]}
    table = {"columns": ["body"], "data": [[{}], [{"bill": 2}]]}
    csv = {"Content-Type": "text/csv; header=present"}
    for reply, name in (
        (httpx.post(v2, json={"inputs": [tensor]}), f"inputs.{BILL}"),
        (httpx.post(v2, json={"inputs": [{**tensor, "name": "body"}]}), "inputs.body[0]"),
        (httpx.post(invocations, json={"dataframe_split": table}), "body.bill"),
        (httpx.post(invocations, json={"dataframe_records": [{}, {"body": {"bill": 2}}]}), "body.bill"),
        (httpx.post(invocations, json={"dataframe_records": [{"seen": {"island": {"a": 1}}}]}), "seen.island"),
        (httpx.post(invocations, content=f"{BILL}\nfar\n", headers=csv), BILL),
        (httpx.post(f"{model}:classify", json={"examples": [{"body": "far"}]}), "examples[0].body"),
    ):
        assert reply.status_code == 400, reply.text
        assert name in reply.text


def test_the_openapi_page_has_a_row_to_try(model: str, pair: Pair) -> None:
    document = httpx.get(f"{pair[1].url}/openapi.json").json()
    content = document["paths"]["/v1/models/nested:predict"]["post"]["requestBody"]["content"]["application/json"]
    for one in content["examples"].values():
        assert httpx.post(f"{model}:predict", json=one["value"]).status_code == 200


def test_files_are_predicted_by_their_structs(model: str, tandem: Tandem, pair: Pair) -> None:
    records = [*penguins()[:40], *({"id": 40 + place, "species": None, **row} for place, row in enumerate(MISSING))]
    expected = tandem.predict("nested", [features_of(row) for row in records])
    pq.write_table(pa.Table.from_pylist(records), pair[1].sources / "nested.parquet")
    (pair[1].sources / "nested.jsonl").write_text("".join(json.dumps(row) + "\n" for row in records))
    pd.DataFrame([{"id": row["id"], **flat(row)} for row in records]).to_csv(
        pair[1].sources / "nested.csv", index=False
    )
    for kind in ("parquet", "jsonl", "csv"):
        name = f"nested-{kind}"
        source = {"format": kind, "uris": [f"nested.{kind}"]}
        batch = {"name": name, "model": "nested", "keys": ["id"], "format": "parquet", "source": source}
        tandem.wait(tandem.predict_files(batch))
        (file,) = tandem.batch_prediction(name)["files"]
        got = pq.read_table(pair[1].storage / file["path"])
        assert [*map(int, got.column("id").to_pylist())] == [row["id"] for row in records]
        assert got.column("class").to_pylist() == [answer["class"] for answer in expected], kind
        np.testing.assert_allclose(
            np.stack(got.column("probabilities").to_pylist()),
            [answer["probabilities"] for answer in expected],
            atol=1e-6,
            err_msg=kind,
        )


def test_a_path_may_be_a_key_of_predicted_files(model: str, tandem: Tandem, pair: Pair) -> None:
    pq.write_table(pa.Table.from_pylist(penguins()[:20]), pair[1].sources / "by-island.parquet")
    source = {"format": "parquet", "uris": ["by-island.parquet"]}
    batch = {"name": "by-island", "model": "nested", "keys": ["seen.island"], "format": "jsonl", "source": source}
    tandem.wait(tandem.predict_files(batch))
    (file,) = tandem.batch_prediction("by-island")["files"]
    lines = [json.loads(line) for line in (pair[1].storage / file["path"]).read_text().splitlines()]
    assert [line["seen.island"] for line in lines] == [row["seen"]["island"] for row in penguins()[:20]]


def test_a_line_of_a_predicted_file_is_named(model: str, tandem: Tandem, pair: Pair) -> None:
    row = json.dumps({**features_of(penguins()[0]), "note": "x" * 5000})
    (pair[1].sources / "flat.jsonl").write_text(f"{row}\n" * 250 + '{"body": {"bill": 7}}\n')
    source = {"format": "jsonl", "uris": ["flat.jsonl"]}
    *_, failed = tandem.follow(
        tandem.predict_files({"name": "flat", "model": "nested", "format": "jsonl", "source": source})
    )
    assert "line 251" in str(failed.error)
    assert "'body.bill' is '7', and must be an object or null" in str(failed.error)
