"""The cluster in `TF_CONFIG`, the variable by which TensorFlow's processes find one another. No TensorFlow here."""

from __future__ import annotations

import json


def cluster_of(config: str) -> tuple[int, list[str]] | None:
    """Return this process's index in the cluster and all addresses, the chief's first; None for a process alone.

    Raises `ValueError` for tasks other than one chief and workers.
    """
    if not config.strip():
        return None
    try:
        content = json.loads(config)
        tasks: dict[str, list[str]] = content.get("cluster", {})
        count = sum(map(len, tasks.values()))
        own, index = content.get("task", {}).get("type", ""), int(content.get("task", {}).get("index", 0))
    except (ValueError, AttributeError, TypeError) as error:
        raise ValueError(f"TF_CONFIG must be a JSON object with cluster and task. Received: {config!r}") from error
    if count < 2:  # a process alone is no cluster
        return None
    is_known = tasks.keys() <= {"chief", "worker"} and len(tasks.get("chief", [])) <= 1
    if not is_known or not 0 <= index < len(tasks.get(own, [])):
        raise ValueError(
            f"TF_CONFIG must name one chief, which is the service, and workers, and which of them this is. Received: {config!r}"
        )
    chiefs = tasks.get("chief", [])
    return (index if own == "chief" else len(chiefs) + index), [*chiefs, *tasks.get("worker", [])]
