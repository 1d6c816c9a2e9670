"""KServe's own client, in an environment of its own: it needs an older protobuf than TensorFlow does."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import httpx
import numpy as np
import pytest

KSERVE = "kserve==0.21.0"
CLIENT = """
import asyncio, json, math, sys
import numpy as np
from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig

def inputs(binary):
    numbers = np.array([[1200.5], [math.nan]], np.float32)
    grades = np.array([3, 4], np.int64)
    words = np.array([b"origin 1", b""], dtype=np.object_)
    made = [
        InferInput("distance km", list(numbers.shape), "FP32"),
        InferInput("class", list(grades.shape), "INT64"),
        InferInput("origin", list(words.shape), "BYTES"),
    ]
    for each, data in zip(made, (numbers, grades, words)):
        each.set_data_from_numpy(data, binary_data=binary)
    return made

async def ask(url):
    found = {}
    async with InferenceRESTClient(RESTConfig(protocol="v2", timeout=60)) as client:
        found["live"] = await client.is_server_live(url)
        found["ready"] = await client.is_server_ready(url)
        found["model_ready"] = await client.is_model_ready(url, "m")
        for binary in (False, True):
            request = InferRequest(model_name="m", infer_inputs=inputs(binary), request_id="q")
            headers = {}
            reply = await client.infer(url, request, model_name="m", response_headers=headers)
            found[f"v2, binary {binary}"] = reply.outputs[0].as_numpy().tolist()
            found["id"], found["version"] = reply.id, headers["x-model-version"]
        try:
            request = InferRequest(model_name="m", infer_inputs=[InferInput("klass", [1], "FP32", [1.0])])
            await client.infer(url, request, model_name="m")
        except Exception as error:
            found["error"] = str(error)
    async with InferenceRESTClient(RESTConfig(protocol="v1", timeout=60)) as client:
        row = {"distance km": 1200.5, "class": 3, "origin": "origin 1"}
        reply = await client.infer(url, {"instances": [row, {"class": 4, "origin": None}]}, model_name="m")
        found["v1"] = reply["predictions"]
        found["v1_ready"] = await client.is_model_ready(url, "m")
        found["v1_live"] = await client.is_server_live(url)
    print(json.dumps(found))

asyncio.run(ask(sys.argv[1]))
"""


@pytest.mark.timeout(900)
def test_kserves_client_gets_the_same_predictions(service: httpx.Client, tmp_path: Path) -> None:
    uv = Path(sys.executable).with_name("uv")
    quiet = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, tmp_path / "kserve"], check=True, env=quiet)
    python = tmp_path / "kserve" / "bin" / "python"
    subprocess.run([uv, "pip", "install", "--quiet", "--python", python, KSERVE], check=True, env=quiet)
    rows = [
        {"distance km": 1200.5, "class": 3, "origin": "origin 1"},
        {"distance km": math.nan, "class": 4, "origin": ""},
    ]
    body = json.dumps({"instances": rows}).encode()
    expected = service.post("/v1/models/m:predict", content=body).json()["predictions"]
    done = subprocess.run(
        [python, "-c", CLIENT, str(service.base_url)], check=False, capture_output=True, text=True, env=quiet
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found.pop("error").startswith("inputs.klass: unknown field 'klass'")
    assert (found["live"], found["ready"], found["model_ready"]) == (True, True, True)
    assert (found["v1_ready"], found["v1_live"]) == (True, True)
    assert (found["id"], found["version"]) == ("q", "2")
    for way in ("v1", "v2, binary False", "v2, binary True"):
        assert np.array_equal(np.float32(found[way]), np.float32(expected)), way
