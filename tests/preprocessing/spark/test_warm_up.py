"""Warming calls every kernel, so that no task has to compile or load one."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

import preprocessing.range_tasks
from preprocessing.spark.warm_up import warm_kernels, warm_process, warm_worker


def kernels_by_user() -> list[tuple[Any, str, Any]]:
    """Every module of tasks that calls a kernel, the kernel's name there, and the kernel."""
    assert preprocessing.range_tasks
    modules = [
        module
        for name, module in sys.modules.items()
        if name.startswith("preprocessing.") and not name.startswith("preprocessing.kernels.")
    ]
    modules.append(sys.modules["preprocessing.kernels.token_hashing"])  # plain Python, which calls kernels
    modules.append(sys.modules["preprocessing.kernels.exact_sums"])  # called by way of the module
    return [
        (module, name, kernel)
        for module in modules
        for name, kernel in vars(module).items()
        if str(getattr(kernel, "__module__", "")).startswith("preprocessing.kernels.")
        and getattr(getattr(kernel, "_cache", None), "cache_path", None) is not None
    ]


def test_every_kernel_that_tasks_call_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    called: set[str] = set()

    def noted(kernel: Any) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            called.add(kernel.__name__)
            return kernel(*arguments)

        return call

    kernels: set[str] = set()
    for module, name, kernel in kernels_by_user():
        kernels.add(kernel.__name__)
        monkeypatch.setattr(module, name, noted(kernel))
    assert len(kernels) > 20
    warm_kernels()
    assert kernels - called == set()


def test_a_process_that_is_warm_is_not_warmed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    assert gc.get_freeze_count() > 0, "pytest's process is frozen, as a worker is that was forked from the daemon"
    monkeypatch.setattr("preprocessing.spark.warm_up.warm_kernels", pytest.fail)
    warm_process()


def test_a_worker_counts_the_rows_that_it_was_given() -> None:
    batches = [pa.RecordBatch.from_pydict({"id": list(range(rows))}) for rows in (3, 0, 4)]
    (reply,) = warm_worker(iter(batches))
    assert reply.to_pylist() == [{"rows": 7}]
