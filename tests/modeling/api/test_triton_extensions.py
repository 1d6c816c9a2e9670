"""Triton's client asks the running service for its repository, configurations and statistics."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import numpy as np
import pytest
import tritonclient.http as triton
from tests.modeling.api.asking import post
from tests.modeling.made import SCHEMA


@pytest.fixture(scope="module")
def triton_client(service: httpx.Client) -> Iterator[Any]:
    client: Any = triton.InferenceServerClient(urlsplit(str(service.base_url)).netloc)
    yield client
    client.close()


def test_the_index_has_every_version(client: httpx.Client, triton_client: Any) -> None:
    index = triton_client.get_model_repository_index()
    of_m = {entry["version"]: entry for entry in index if entry["name"] == "m"}
    assert of_m["2"] == {"name": "m", "version": "2", "state": "READY", "reason": ""}
    assert {"1", "2"} <= set(of_m)
    only_ready = post(client, "/v2/repository/index", {"ready": True}).json()
    assert {entry["state"] for entry in only_ready} == {"READY"}
    assert post(client, "/v2/repository/index", b"").json() == post(client, "/v2/repository/index", {}).json()


@pytest.mark.parametrize(
    ("body", "words"), [({"ready": 1}, "true or false"), ({"raedy": True}, "raedy"), (b"{", "JSON")]
)
def test_a_wrong_question_for_the_index(client: httpx.Client, body: Any, words: str) -> None:
    reply = post(client, "/v2/repository/index", body)
    assert (reply.status_code, words in reply.json()["error"]) == (400, True)


@pytest.mark.parametrize("verb", ["load", "unload"])
def test_nothing_is_loaded_by_request(triton_client: Any, verb: str) -> None:
    with pytest.raises(Exception, match="not allowed: published versions are loaded by themselves"):
        getattr(triton_client, f"{verb}_model")("m")


def test_the_configuration_is_the_metadata_in_tritons_words(triton_client: Any) -> None:
    config, metadata = triton_client.get_model_config("m"), triton_client.get_model_metadata("m")
    assert (config["name"], config["platform"], config["max_batch_size"]) == ("m", "tensorflow_savedmodel", 0)
    assert [tensor["name"] for tensor in config["input"]] == list(SCHEMA.features)
    for side in ("input", "output"):
        kinds = {f"TYPE_{tensor['datatype']}".replace("BYTES", "STRING") for tensor in metadata[f"{side}s"]}
        assert {tensor["data_type"] for tensor in config[side]} == kinds
        assert [tensor["dims"] for tensor in config[side]] == [tensor["shape"] for tensor in metadata[f"{side}s"]]
    assert triton_client.get_model_config("m", "1")["input"] == config["input"]


def test_statistics_count_what_was_asked(triton_client: Any) -> None:
    def stats() -> dict[str, Any]:
        (found,) = triton_client.get_inference_statistics("m", "1")["model_stats"]
        return found

    before = stats()
    tensor = triton.InferInput("class", [3], "INT64")
    tensor.set_data_from_numpy(np.array([1, 2, 3], np.int64))
    for _ in range(2):
        triton_client.infer("m", [tensor], model_version="1")
    with pytest.raises(Exception, match="unknown field"):
        triton_client.infer("m", [_named(tensor, "klass")], model_version="1")
    after = stats()
    assert (after["name"], after["version"]) == ("m", "1")
    assert after["inference_count"] - before["inference_count"] == 6
    assert 1 <= after["execution_count"] - before["execution_count"] <= 2
    assert after["last_inference"] > max(before["last_inference"], 1.7e12)
    parts = ("queue", "compute_input", "compute_infer", "compute_output")
    for part in ("success", *parts):
        assert after["inference_stats"][part]["count"] - before["inference_stats"][part]["count"] == 2
    assert after["inference_stats"]["fail"]["count"] - before["inference_stats"]["fail"]["count"] == 1
    whole = sum(after["inference_stats"][part]["ns"] for part in parts)
    assert whole == pytest.approx(after["inference_stats"]["success"]["ns"], abs=1000)
    assert whole > 0
    assert sum(batch["compute_infer"]["count"] for batch in after["batch_stats"]) == after["execution_count"]


def _named(tensor: Any, name: str) -> Any:
    other = triton.InferInput(name, tensor.shape(), tensor.datatype())
    other.set_data_from_numpy(np.array([1, 2, 3], np.int64))
    return other


def test_statistics_of_a_model_and_of_all(triton_client: Any) -> None:
    versions = {entry["version"] for entry in triton_client.get_inference_statistics("m")["model_stats"]}
    everything = {
        (entry["name"], entry["version"]) for entry in triton_client.get_inference_statistics()["model_stats"]
    }
    assert "2" in versions
    assert {("m", version) for version in versions} <= everything


@pytest.mark.parametrize("path", ["none/config", "none/stats", "m/versions/99/config", "m/versions/99/stats"])
def test_what_is_not_there(client: httpx.Client, path: str) -> None:
    reply = client.get(f"/v2/models/{path}")
    assert (reply.status_code, list(reply.json())) == (404, ["error"])
