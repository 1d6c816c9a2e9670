"""The cluster that `TF_CONFIG` names."""

from __future__ import annotations

import json
from typing import Any

import pytest

from modeling.distributed.tf_config import cluster_of

TASKS = {"chief": ["a:1"], "worker": ["b:1", "c:1"]}


def config(kind: Any, index: Any, tasks: Any = TASKS) -> str:
    return json.dumps({"cluster": tasks, "task": {"type": kind, "index": index}})


def test_tf_config_names_a_chief_and_workers() -> None:
    addresses = ["a:1", "b:1", "c:1"]
    assert cluster_of(config("chief", 0)) == (0, addresses)
    assert cluster_of(config("worker", 1)) == (2, addresses)
    assert cluster_of(config("worker", "0")) == (1, addresses)


def test_without_a_chief_the_first_worker_is_one() -> None:
    assert cluster_of(config("worker", 0, {"worker": ["b:1", "c:1"]})) == (0, ["b:1", "c:1"])


@pytest.mark.parametrize("content", ["", " \n", "{}", config("chief", 0, {"chief": ["a:1"]}), config("", 0, {})])
def test_a_process_alone_is_no_cluster(content: str) -> None:
    assert cluster_of(content) is None


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        "7",
        '{"cluster": []}',
        '{"cluster": {"chief": 1}}',
        '{"cluster": {}, "task": 1}',
        config("chief", "x"),
    ],
)
def test_what_is_no_cluster_and_task_is_refused(content: str) -> None:
    with pytest.raises(ValueError, match="must be a JSON object with cluster and task"):
        cluster_of(content)


@pytest.mark.parametrize(
    "content",
    [
        config("chief", 0, {**TASKS, "ps": ["d:1"]}),
        config("chief", 0, {**TASKS, "chief": ["a:1", "d:1"]}),
        config("evaluator", 0),
        config("", 0),
        config("worker", 2),
        config("worker", -1),
        config("chief", 1),
    ],
)
def test_a_task_that_the_cluster_does_not_have_is_refused(content: str) -> None:
    with pytest.raises(ValueError, match=r"must name one chief, .* and which of them this is\. Received: "):
        cluster_of(content)
