"""Any two different names of columns work, from records to every network, signature and protocol."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.column_names import NAMES
from tests.modeling.made import Made
from tests.modeling.made_records import raw_features, raw_matrices, serialized
from tests.modeling.served import served
from tests.modeling.trained import run

from chassis.engine.engine import JobContext
from contracts.schema import Categorical, Feature, Label, Numeric, Schema
from contracts.storage import Storage
from modeling.protocols.invocations import Headers, invoke
from modeling.protocols.open_inference import infer, metadata
from modeling.protocols.tensorflow_classify import classify
from modeling.protocols.tensorflow_predict import predict
from modeling.reports.version_report import report_page
from modeling.repository.versions import read_detail, read_manifest
from modeling.serving.predictor import Predictor

NETWORKS = ["linear", "dnn", "wide_deep", "dcn_v2"]


def feature(place: int) -> Feature:
    kinds = [Numeric(dtype="float64"), Categorical(), Numeric(dtype="int64", indicator=True)]
    return kinds[place % len(kinds)]


def made_of(names: list[str]) -> Made:
    """A dataset in which each column has values of its own."""
    schema = Schema(
        features={name: feature(place) for place, name in enumerate(names)},
        label=Label(column="late"),
        null_tokens=[""],
    )
    generator = np.random.default_rng(0)
    rows: list[dict[str, Any]] = []
    for _ in range(64):
        row: dict[str, Any] = {"late": int(generator.integers(2))}
        for place, name in enumerate(names):
            values = [
                float(np.float32(generator.normal(place))),
                b"%d" % generator.integers(3),
                int(generator.integers(9)),
            ]
            row[name] = values[place % len(values)]
        rows.append(row)
    return Made(rows, [(1, 1, 2, 3)[at % 4] for at in range(64)], schema=schema, layout="columns")


@dataclass(frozen=True)
class Named:
    """A model with a version per network, of columns with the names above."""

    storage: Storage
    made: Made
    predictor: Predictor


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Named]:
    storage = Storage(str(tmp_path_factory.mktemp("names") / "storage"))
    made = made_of(NAMES)
    made.publish(storage)
    for network in NETWORKS:
        importance = {"rows": 0} if network != "linear" else {"rows": 50, "repeats": 1}
        run(storage, {"network": {"kind": network}, "epochs": 1, "importance": importance}, JobContext.alone(network))
    with served(storage) as predictor:
        yield Named(storage, made, predictor)


def as_json(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name].decode() if isinstance(row[name], bytes) else row[name] for name in NAMES}


def lines_of_csv(rows: list[dict[str, Any]]) -> bytes:
    sink = io.StringIO(newline="")
    writer = csv.writer(sink)
    writer.writerow(NAMES)
    writer.writerows([row[name] for name in NAMES] for row in rows)
    return sink.getvalue().encode()


def tensors(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    types = ["FP64", "BYTES", "INT64"]
    return [
        {
            "name": name,
            "datatype": types[place % len(types)],
            "shape": [len(rows)],
            "data": [row[name] for row in rows],
        }
        for place, name in enumerate(NAMES)
    ]


def columns(rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in NAMES}


def split(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"dataframe_split": {"columns": NAMES, "data": [[row[name] for name in NAMES] for row in rows]}}


def asked(send: Callable[..., Any], body: Any, *more: Any) -> Callable[[Predictor], Any]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return lambda predictor: json.loads(predictor.answer("m", send(content, *more)).body)


def ways(rows: list[dict[str, Any]]) -> dict[str, tuple[Callable[[Predictor], Any], Callable[[Any], Any]]]:
    """Each protocol, and where its reply holds the predictions."""
    plain, csv_headers = Headers("application/json"), Headers("text/csv")
    lines = b"\n".join(json.dumps(row).encode() for row in rows)
    return {
        "columns": (asked(predict, {"inputs": columns(rows)}), lambda reply: reply["outputs"]),
        "classify": (asked(classify, {"examples": rows}), lambda reply: [pairs[1][1] for pairs in reply["results"]]),
        "infer": (asked(infer, {"inputs": tensors(rows)}, None), lambda reply: reply["outputs"][0]["data"]),
        "split": (asked(invoke, split(rows), plain), lambda reply: reply["predictions"]),
        "records": (asked(invoke, {"dataframe_records": rows}, plain), lambda reply: reply["predictions"]),
        "lines": (asked(invoke, lines, Headers("application/jsonlines")), lambda reply: reply["predictions"]),
        "csv": (asked(invoke, lines_of_csv(rows), csv_headers), lambda reply: reply["predictions"]),
    }


def test_every_network_publishes_a_version(named: Named) -> None:
    published = [read_manifest(named.storage, "m", number) for number in range(1, len(NETWORKS) + 1)]
    assert [manifest.request.network.kind for manifest in published] == NETWORKS
    assert all(list(manifest.schema_.features) == NAMES for manifest in published)


def test_every_protocol_tells_the_names_apart(named: Named) -> None:
    rows = [as_json(row) for row in named.made.of("test")]
    expected = asked(predict, {"instances": rows})(named.predictor)["predictions"]
    assert len(set(expected)) > 10
    for way, (send, found) in ways(rows).items():
        assert np.array(found(send(named.predictor)), np.float32).tolist() == np.float32(expected).tolist(), way
    loaded = named.predictor.registry.get("m")
    assert [tensor["name"] for tensor in metadata(loaded, [1])["inputs"]] == NAMES
    assert loaded.signature_def["serving_default"]["inputs"].keys() == set(NAMES)


def test_each_name_reaches_its_own_input(named: Named) -> None:
    row = as_json(named.made.of("test")[0])
    changed = [{**row, name: None} for name in NAMES]
    body = json.dumps({"signature_name": "transform", "instances": [row, *changed]}).encode()
    found = json.loads(named.predictor.answer("m", predict(body)).body)["predictions"]
    whole = found[0]
    differing = [
        [(part, place) for part in whole for place, value in enumerate(whole[part]) if value != other[part][place]]
        for other in found[1:]
    ]
    schema = named.made.schema
    inputs = {name: ("numeric", place) for place, name in enumerate(schema.number_inputs)}
    inputs |= {name: ("categorical", place) for place, name in enumerate(schema.id_inputs)}
    for name, places in zip(NAMES, differing, strict=True):
        own = {inputs[name], *(inputs[made] for made in schema.features[name].indicator_inputs(name))}
        assert inputs[name] in places
        assert set(places) <= own, name


@pytest.mark.parametrize("version", range(1, len(NETWORKS) + 1))
def test_tensorflow_itself_loads_the_version_and_takes_columns_by_position(named: Named, version: int) -> None:
    rows = named.made.of("test")
    numeric, tokens = raw_matrices(named.made.schema, rows)
    expected = named.predictor.registry.get("m", version).signatures["serving_default"].call(numeric, tokens)
    path = named.storage.local_path(f"models/m/{version}")
    assert path is not None
    signatures = tf.saved_model.load(str(path)).signatures
    by_name = {name: tf.constant(numeric[:, at]) for at, name in enumerate(named.made.schema.number_columns)}
    by_name |= {name: tf.constant(tokens[:, at].tolist()) for at, name in enumerate(named.made.schema.token_columns)}
    answers = signatures["serving_default"](*(by_name[name] for name in NAMES))
    assert np.allclose(answers["predictions"].numpy(), expected["predictions"], rtol=1e-6)
    examples = [serialized(raw_features(named.made.schema, row)) for row in rows]
    answers = signatures["examples"](tf.constant(examples))
    assert np.allclose(answers["predictions"].numpy(), expected["predictions"], rtol=1e-6)


def test_the_report_shows_every_name(named: Named) -> None:
    manifest = read_manifest(named.storage, "m", 1)
    detail = read_detail(named.storage, manifest)
    assert detail.importance is not None
    assert {shuffled.feature for shuffled in detail.importance.features} == set(NAMES)
    page = bytes(report_page(manifest, detail, [], is_default=True).body).decode()
    for name in ("price usd", "price_usd", "prix €", "日 本", "a&#34;b"):
        assert name in page


@pytest.mark.long
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), min_size=1, max_size=4),
        min_size=2,
        max_size=30,
        unique=True,
    ).filter(lambda names: "late" not in names)
)
def test_any_names_are_exported(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    storage = Storage(str(Path(tmp_path_factory.mktemp("any")) / "storage"))
    names = [name for name in names if f"{name}:missing" not in names]
    made_of(names).publish(storage)
    request = {"network": {"kind": "linear"}, "epochs": 1, "importance": {"rows": 0}}
    assert run(storage, request, JobContext.alone())["version"] == 1
