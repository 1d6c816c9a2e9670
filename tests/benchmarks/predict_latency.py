"""One row of 39 features over HTTP on a kept-alive connection, beside an empty FastAPI endpoint of the same server.

python tests/benchmarks/predict_latency.py          prints the figures
python tests/benchmarks/predict_latency.py serve    what it starts: the modeling service and the empty endpoint
"""

from __future__ import annotations

import http.client
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

NUMERIC, CATEGORICAL = 13, 26


def measure(requests: int = 3000, rounds: int = 10, tokens: int = 1000) -> dict[str, float]:
    """Milliseconds from request to reply, of `requests` to each endpoint in so many alternating rounds.

    The model has 13 whole numbers and 26 categories of `tokens` tokens each, and hidden layers of 256 and 128.
    """
    with tempfile.TemporaryDirectory(prefix="tandem-latency-") as folder:
        _publish_model(folder, tokens)
        port = _free_port()
        environment = {
            **os.environ,
            "TANDEM_STORAGE": f"{folder}/storage",
            "TANDEM_STATE": f"{folder}/state",
            "TANDEM_PORT": str(port),
            "TANDEM_LOG_LEVEL": "WARNING",
        }
        with Path(folder, "log").open("wb") as log:
            server = subprocess.Popen([sys.executable, __file__, "serve"], env=environment, stdout=log, stderr=log)
        try:
            _wait_until_ready(server, port)
            return _compare(port, requests, rounds, tokens)
        finally:
            server.terminate()
            server.wait(30)


def serve() -> None:
    """Run the modeling service with one more route that does nothing."""
    from chassis.app import serve as run  # noqa: PLC0415  # only the server's process needs these
    from modeling.main import make_app  # noqa: PLC0415
    from modeling.settings import ModelingSettings  # noqa: PLC0415

    settings = ModelingSettings()
    app = make_app(settings)

    @app.get("/empty")
    async def empty() -> dict[str, str]:  # pyright: ignore[reportUnusedFunction]
        return {}

    run(app, settings)


def _compare(port: int, requests: int, rounds: int, tokens: int) -> dict[str, float]:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.connect()
    connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    random.seed(0)
    bodies = [_body(tokens) for _ in range(64)]
    empty: list[float] = []
    predict: list[float] = []
    for at in range(200):
        _time(connection, "POST", "/v1/models/latency:predict", bodies[at % len(bodies)])
        _time(connection, "GET", "/empty", None)
    for _ in range(rounds):
        empty += [_time(connection, "GET", "/empty", None) for _ in range(requests // rounds)]
        predict += [
            _time(connection, "POST", "/v1/models/latency:predict", bodies[at % len(bodies)])
            for at in range(requests // rounds)
        ]
    connection.close()
    return {
        "empty_p50_ms": round(statistics.median(empty), 3),
        "empty_p99_ms": round(statistics.quantiles(empty, n=100)[98], 3),
        "predict_p50_ms": round(statistics.median(predict), 3),
        "predict_p99_ms": round(statistics.quantiles(predict, n=100)[98], 3),
    }


def _time(connection: http.client.HTTPConnection, method: str, path: str, body: bytes | None) -> float:
    began = time.perf_counter()
    connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
    response = connection.getresponse()
    content = response.read()
    milliseconds = (time.perf_counter() - began) * 1000
    if response.status != http.client.OK:
        raise RuntimeError(f"{path} answered {response.status}: {content[:300]!r}")
    return milliseconds


def _body(tokens: int) -> bytes:
    row: dict[str, Any] = {f"i{at}": random.choice([None, random.randrange(100_000)]) for at in range(NUMERIC)}
    row |= {f"c{at}": f"{random.randrange(tokens * 2):08x}" for at in range(CATEGORICAL)}
    return json.dumps({"instances": [row]}).encode()


def _publish_model(folder: str, tokens: int) -> None:
    """A version whose weights are where they began: what they are does not change how long they take."""
    from contracts.schema import Categorical, Label, Numeric, Schema  # noqa: PLC0415  # TensorFlow is loaded below
    from contracts.statistics import LabelStatistics, NumericStatistics, SplitStatistics, Statistics  # noqa: PLC0415
    from contracts.storage import Storage  # noqa: PLC0415
    from contracts.vocabulary import Vocabulary  # noqa: PLC0415
    from modeling.evaluation.score import evaluate  # noqa: PLC0415
    from modeling.export import export  # noqa: PLC0415
    from modeling.layers.model_inputs import ModelInputs  # noqa: PLC0415
    from modeling.messages import TrainingRequest, TrainingResult  # noqa: PLC0415
    from modeling.networks.build import build_network  # noqa: PLC0415
    from modeling.networks.specs import Dnn  # noqa: PLC0415
    from modeling.targets import Target  # noqa: PLC0415
    from modeling.versions import VersionManifest, describe_files, publish, staging  # noqa: PLC0415

    numeric = {f"i{at}": Numeric(dtype="int64") for at in range(NUMERIC)}
    categorical = {f"c{at}": Categorical() for at in range(CATEGORICAL)}
    schema = Schema(features={**numeric, **categorical}, label=Label(column="label"))
    known = NumericStatistics(count=9, missing=1, infinite=0, zeros=0, negative=0, mean=5e4, std=3e4, min=0, max=1e5)
    split = SplitStatistics(
        rows=10, features=dict.fromkeys(numeric, known), label=LabelStatistics(count=10, positives=5)
    )
    vocabulary = Vocabulary.of([f"{at:08x}".encode() for at in range(tokens)], [1] * tokens)
    vocabularies = dict.fromkeys(categorical, vocabulary)
    inputs = ModelInputs(schema, Statistics(splits={"train": split}), vocabularies)
    network = Dnn(kind="dnn")
    storage = Storage(f"{folder}/storage")
    evaluation = evaluate("binary", np.empty(0), np.empty(0), 0.5, seed=0)
    with staging(storage, "latency", "job", 1) as staged:
        export(
            schema,
            inputs,
            build_network(network, inputs.number_width, inputs.named_sizes),
            Target("binary", 0.5),
            staged,
        )
        draft = VersionManifest.model_validate(
            {
                "model": "latency",
                "version": 0,
                "job": "job",
                "created": datetime.now(UTC),
                "schema": schema,
                "dataset": {"name": "latency", "fingerprint": ""},
                "request": TrainingRequest(model="latency", dataset="latency", network=network),
                "result": TrainingResult(
                    model="latency",
                    version=0,
                    evaluation=evaluation,
                    gate=None,
                    history=[],
                    seconds={},
                    examples_per_second=0,
                ),
                "libraries": {},
                "files": describe_files(staged),
            }
        )
        publish(storage, staged, draft)


def _wait_until_ready(server: subprocess.Popen[bytes], port: int) -> None:
    """Until the models are loaded and the jobs' child has finished starting, which would disturb the figures."""
    until = time.monotonic() + 180
    while time.monotonic() < until:
        if server.poll() is not None:
            raise RuntimeError(f"the server ended with {server.returncode}")
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            connection.request("GET", "/health/ready")
            found = json.loads(connection.getresponse().read())
            connection.close()
            if found["status"] == "ready" and found["checks"]["engine"] == "ready":
                return
        except OSError:
            pass
        time.sleep(0.2)
    raise TimeoutError("the server was not ready within 180 seconds")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        serve()
    else:
        print(json.dumps(measure(), indent=1))
