"""Raw CSV in, prediction out, through both services as they are run."""

from __future__ import annotations

import csv
import json
import random
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.system.servers import Server

from tandem.client import Tandem

Pair = tuple[Server, Server]

LABEL = {"expression": "late_by > 15", "kind": "binary"}


@pytest.fixture(scope="module")
def trips(pair: Pair) -> str:
    """Trips that are late by where they start and how far they go, with holes in both."""
    rng = random.Random(4)
    with (pair[0].sources / "trips.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["late_by", "carrier", "distance", "hour"])
        for _ in range(6000):
            carrier, distance, hour = rng.choice("ABCD"), rng.randint(50, 3000), rng.randint(5, 23)
            late = 40 * (carrier == "C") + distance / 60 + rng.gauss(0, 12) - 30
            writer.writerow(
                [
                    "NA" if rng.random() < 0.03 else round(late, 1),
                    "NA" if rng.random() < 0.1 else carrier,
                    "" if rng.random() < 0.2 else distance,
                    hour,
                ]
            )
    return "trips.csv"


def dataset_request(name: str, uri: str, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "source": {"format": "csv", "uris": [uri], "null_values": ["NA"]},
        "label": LABEL,
        "features": {"hour": {"kind": "categorical"}, "distance": {"kind": "numeric", "indicator": True}},
        **more,
    }


@pytest.mark.parametrize("records", ["none", "raw", "transformed"])
def test_each_mode_trains_a_model_that_predicts(tandem: Tandem, trips: str, records: str) -> None:
    name = f"trips-{records}"
    made = tandem.wait(tandem.create_dataset(dataset_request(name, trips, records=records, layout="packed")))
    assert made.response is not None
    assert made.response["leftOut"]["withoutLabel"] > 100
    assert set(made.response["features"]) == {"carrier", "distance", "hour"}
    trained = tandem.wait(
        tandem.train(
            {
                "model": name,
                "dataset": name,
                "network": {"kind": "dnn", "hidden": [16]},
                "epochs": 6,
                "batch_size": 256,
                "learning_rate": 0.01,
            }
        )
    )
    assert trained.response is not None
    evaluation = trained.response["evaluation"]
    assert evaluation["test"]["auc"] > 0.85
    assert evaluation["test"]["log_loss"] < evaluation["baseline"]["log_loss"]
    rows = [
        {"carrier": "C", "distance": 2800, "hour": 9},
        {"carrier": "A", "distance": 60, "hour": 9},
        {},
        {"distance": None},
    ]
    late, early, nothing, null = tandem.predict(name, rows)
    assert late > 0.8
    assert early < 0.2
    assert nothing == pytest.approx(null, abs=1e-6)
    assert tandem.model(name)["model_version_status"][0]["state"] == "AVAILABLE"


def test_the_exported_model_stands_on_its_own(pair: Pair, tandem: Tandem, trips: str, tmp_path: Path) -> None:
    """In a fresh process that can import neither this project nor pyspark, the same row gets the same prediction."""
    model = pair[1].storage / "models" / "trips-raw" / "1"
    program = """
import sys
sys.path = [p for p in sys.path if p]
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"pyspark", "contracts", "sources", "chassis", "modeling", "preprocessing", "tandem"}:
            raise ImportError(name)
sys.meta_path.insert(0, Refuse())
import tensorflow as tf
model = tf.saved_model.load(sys.argv[1])
row = {"carrier": tf.constant(["C"]), "distance": tf.constant([float("nan")]), "hour": tf.constant(["9"])}
print(float(model.signatures["serving_default"](**row)["predictions"][0]))
"""
    environment = {"PATH": "/usr/bin:/bin", "TF_CPP_MIN_LOG_LEVEL": "3", "HOME": str(tmp_path)}
    printed = subprocess.run(
        [sys.executable, "-I", "-c", program, str(model)],
        capture_output=True,
        text=True,
        env=environment,
        cwd=tmp_path,
        check=False,
    )
    assert printed.returncode == 0, printed.stderr[-2000:]
    expected = tandem.predict("trips-raw", [{"carrier": "C", "hour": 9}], version=1)[0]
    assert float(printed.stdout) == pytest.approx(expected, rel=1e-6)


def test_modeling_holds_no_spark(pair: Pair) -> None:
    assert pair[1].process is not None
    maps = Path(f"/proc/{pair[1].process.pid}/maps").read_text()
    assert "tensorflow" in maps
    assert "pyspark" not in maps
    commands = subprocess.run(
        ["ps", "-o", "args=", "--ppid", str(pair[1].process.pid)], capture_output=True, text=True, check=False
    )
    assert "java" not in commands.stdout


GOOD_TRAINING = {
    "model": "m",
    "dataset": "trips-raw",
    "network": {"kind": "linear"},
    "epochs": 1,
    "batch_size": 64,
    "learning_rate": 0.1,
}

BAD: list[tuple[str, int, str, str, Any, int, str]] = [
    ("taken", 0, "POST", "/v1/datasets", dataset_request("trips-raw", "trips.csv"), 409, "trips-raw"),
    ("no such file", 0, "POST", "/v1/datasets", dataset_request("x", "nosuch.csv"), 404, "nosuch.csv"),
    ("outside", 0, "POST", "/v1/datasets", dataset_request("x", "/etc/passwd"), 403, "outside"),
    ("climbing out", 0, "POST", "/v1/datasets", dataset_request("x", "../preprocessing.log"), 403, "outside"),
    ("malformed", 0, "POST", "/v1/datasets", b'{"name": ', 400, "JSON"),
    ("unknown field", 0, "POST", "/v1/datasets", {**dataset_request("x", "trips.csv"), "colour": 1}, 422, "/colour"),
    (
        "wrong type",
        0,
        "POST",
        "/v1/datasets",
        {**dataset_request("x", "trips.csv"), "partitions": "many"},
        422,
        "/partitions",
    ),
    ("bad name", 0, "POST", "/v1/datasets", dataset_request("../x", "trips.csv"), 422, "/name"),
    ("no dataset", 0, "GET", "/v1/datasets/nosuch", None, 404, "nosuch"),
    ("climbing name", 0, "GET", "/v1/datasets/..%2F..", None, 404, ""),
    ("no statistics", 0, "GET", "/v1/datasets/nosuch/statistics", None, 404, "nosuch"),
    ("no vocabulary", 0, "GET", "/v1/datasets/trips-raw/vocabularies/distance", None, 404, "distance"),
    ("delete nothing", 0, "DELETE", "/v1/datasets/nosuch", None, 404, "nosuch"),
    ("no job", 0, "GET", "/v1/jobs/nosuch", None, 404, "nosuch"),
    ("train on nothing", 1, "POST", "/v1/trainings", {**GOOD_TRAINING, "dataset": "nosuch"}, 404, "nosuch"),
    ("train wrongly", 1, "POST", "/v1/trainings", {**GOOD_TRAINING, "epochs": "few"}, 422, "/epochs"),
    ("train more", 1, "POST", "/v1/trainings", {**GOOD_TRAINING, "colour": 1}, 422, "/colour"),
    ("no model", 1, "POST", "/v1/models/nosuch:predict", {"instances": [{}]}, 404, "nosuch"),
    ("no version", 1, "POST", "/v1/models/trips-raw/versions/99:predict", {"instances": [{}]}, 404, "99"),
    (
        "unknown predict field",
        1,
        "POST",
        "/v1/models/trips-raw:predict",
        {"instances": [{}, {"colour": 1}]},
        400,
        r"colour",
    ),
    (
        "wrong predict type",
        1,
        "POST",
        "/v1/models/trips-raw:predict",
        {"instances": [{"distance": "far"}]},
        400,
        "distance",
    ),
    ("malformed predict", 1, "POST", "/v1/models/trips-raw:predict", b"{", 400, "JSON"),
]


@pytest.mark.parametrize(
    ("which", "method", "path", "body", "status", "says"), [case[1:] for case in BAD], ids=[case[0] for case in BAD]
)
def test_bad_requests_get_a_clear_answer(
    pair: Pair, trips: str, which: int, method: str, path: str, body: Any, status: int, says: str
) -> None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else None
    headers = {"Content-Type": "application/json"}
    reply = httpx.request(method, pair[which].url + path, timeout=30, content=content, headers=headers)
    assert reply.status_code == status, reply.text
    if ":predict" in path:
        assert set(reply.json()) == {"error"}
    else:
        assert reply.headers["content-type"] == "application/problem+json"
        assert reply.json()["status"] == status
    assert says in reply.text


def test_a_job_that_fails_names_the_place_and_leaves_nothing(pair: Pair, tandem: Tandem) -> None:
    (pair[0].sources / "broken.csv").write_text("y,x\n1,2\n0,3\n1,four\n")
    before = sorted((pair[0].storage / "datasets").iterdir())
    job = tandem.create_dataset(
        {
            "name": "broken",
            "source": {"format": "csv", "uris": ["broken.csv"]},
            "label": {"column": "y"},
            "features": {"x": {"kind": "numeric"}},
        }
    )
    *_, last = tandem.follow(job)
    assert last.state == "FAILED"
    assert last.error is not None
    assert last.error["status"] == 422
    assert "line 4, column 'x': 'four'" in last.error["detail"]
    assert last.error["errors"][0]["pointer"] == "/features/x"
    assert sorted((pair[0].storage / "datasets").iterdir()) == before


def test_a_repeated_request_is_one_job_even_after_it_is_done(pair: Pair, tandem: Tandem, trips: str) -> None:
    request = dataset_request("once", trips)
    job = tandem.create_dataset(request, idempotency_key="once-1")
    tandem.wait(job)
    assert tandem.create_dataset(request, idempotency_key="once-1").id == job.id
    reply = httpx.delete(f"{pair[0].url}/v1/datasets/once")
    assert reply.status_code == 204
    assert not (pair[0].storage / "datasets" / "once").exists()


@pytest.mark.parametrize("which", [0, 1])
def test_the_docs_page_needs_no_other_address(pair: Pair, which: int) -> None:
    page = httpx.get(f"{pair[which].url}/docs").text
    assert "http" not in page.replace("http-equiv", "")
    needed = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(needed) >= 3
    for path in needed:
        assert httpx.get(pair[which].url + path).is_success


def test_a_proposal_asks_the_running_engine_for_the_label(pair: Pair, tandem: Tandem) -> None:
    rows = [(["Yes ", " yes", "NO"][row % 3], ["", "2024-05-01"][row % 3 < 2], row % 7) for row in range(600)]
    text = "".join(f"{said},{day},{age}\n" for said, day, age in rows)
    (pair[0].sources / "left.csv").write_text("said,day,age\n" + text)
    label = {"expression": "lower(trim(said)) = 'yes'", "kind": "binary"}
    until = time.monotonic() + 120
    while httpx.get(f"{pair[0].url}/health/ready").json()["checks"]["engine"] != "ready":
        assert time.monotonic() < until
        time.sleep(0.1)
    proposal = tandem.infer_dataset(["left.csv"], {"label": label})
    assert ("day", "predicts_label") in {(flag.column, flag.kind) for flag in proposal.flags}
    assert "leaks_not_checked" not in {flag.kind for flag in proposal.flags}
