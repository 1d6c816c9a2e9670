"""Triton's extensions of the Open Inference Protocol: the repository's index, model configurations, and statistics.

https://github.com/triton-inference-server/server/tree/main/docs/protocol. The repository is read-only here: published versions
load by themselves, and nothing is loaded or unloaded by request.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from modeling.protocols.open_inference import PLATFORM, metadata
from modeling.serving.inference_counts import Duration, InferenceCounts
from modeling.serving.loaded_version import LoadedVersion

EXTENSIONS = ["model_repository", "model_configuration", "statistics"]

_STATES = {"AVAILABLE": "READY", "LOADING": "LOADING"}
_NOTHING = Duration()


def index_entry(model: str, version: int, state: str, reason: str) -> dict[str, str]:
    """Return a version's entry in the index, from TensorFlow Serving's state of it and its fault."""
    why = reason or ("" if state in _STATES else "not loaded: it is once it is first requested")
    return {"name": model, "version": str(version), "state": _STATES.get(state, "UNAVAILABLE"), "reason": why}


def model_config(loaded: LoadedVersion) -> dict[str, Any]:
    """Return the model configuration. `max_batch_size` is 0: the dimensions are those of whole tensors, rows included."""
    tensors = metadata(loaded, [])
    return {
        "name": tensors["name"],
        "platform": PLATFORM,
        "backend": "tensorflow",
        "version_policy": {"all": {}},
        "max_batch_size": 0,
        "input": [{**_tensor(tensor), "optional": True} for tensor in tensors["inputs"]],
        "output": [_tensor(tensor) for tensor in tensors["outputs"]],
    }


def _tensor(tensor: Mapping[str, Any]) -> dict[str, Any]:
    datatype = tensor["datatype"]
    return {
        "name": tensor["name"],
        "data_type": "TYPE_STRING" if datatype == "BYTES" else f"TYPE_{datatype}",
        "dims": tensor["shape"],
    }


def statistics(versions: Iterable[LoadedVersion]) -> dict[str, Any]:
    """Return the statistics of versions since each was loaded, durations in nanoseconds."""
    return {"model_stats": [_of_version(loaded) for loaded in versions]}


def _of_version(loaded: LoadedVersion) -> dict[str, Any]:
    counts = loaded.counts
    return {
        "name": loaded.manifest.model,
        "version": str(loaded.manifest.version),
        "last_inference": round(counts.last * 1000),
        "inference_count": counts.rows,
        "execution_count": counts.runs,
        "inference_stats": {
            "success": _duration(counts.success),
            "fail": _duration(counts.fail),
            "queue": _duration(counts.queue),
            "compute_input": _duration(counts.decode),
            "compute_infer": _duration(counts.compute),
            "compute_output": _duration(counts.encode),
            "cache_hit": _duration(_NOTHING),
            "cache_miss": _duration(_NOTHING),
        },
        "response_stats": {},
        "batch_stats": _batches(counts),
        "memory_usage": [],
    }


def _batches(counts: InferenceCounts) -> list[dict[str, Any]]:
    """Return the runs of the graph by their rows. What comes before and after is not counted by batch."""
    return [
        {
            "batch_size": rows,
            "compute_input": _duration(_NOTHING),
            "compute_infer": _duration(taken),
            "compute_output": _duration(_NOTHING),
        }
        for rows, taken in sorted([*counts.batches.items()])
    ]


def _duration(taken: Duration) -> dict[str, int]:
    return {"count": taken.count, "ns": round(taken.seconds * 1e9)}
