"""A load that nobody waits for gives way to predictions; one that somebody waits for does not."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.modeling.serving.test_registry import copy_version
from tests.modeling.trained import Trained
from tests.processes import wait_until

from contracts.storage import Storage
from modeling.repository.model_repository import ModelRepository
from modeling.serving import load_throttle
from modeling.serving.load_saved_model import load
from modeling.serving.load_throttle import LoadThrottle
from modeling.serving.registry import ModelRegistry


def work(seconds: float) -> None:
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass


def rested() -> float:
    began = time.perf_counter()
    load_throttle.give_way()
    return time.perf_counter() - began


def test_a_step_is_followed_by_a_rest_in_proportion() -> None:
    with LoadThrottle(0.05, lambda: True).giving_way():
        for _ in range(3):
            work(0.004)
            assert rested() > 0.9 * 0.004 * 19


def test_nothing_rests_without_traffic_or_in_a_hurry_or_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load_throttle, "_LONGEST_REST", 3600.0)
    with LoadThrottle(1e-9, lambda: False).giving_way():
        work(0.001)
        load_throttle.give_way()
    with (busy := LoadThrottle(1e-9, lambda: True)).giving_way(), busy.hurried():
        work(0.001)
        load_throttle.give_way()
    work(0.001)
    load_throttle.give_way()


@pytest.fixture
def resting(trained: Trained, storage: Storage, monkeypatch: pytest.MonkeyPatch) -> ModelRegistry:
    """It has begun to load version 2, and would go on in an hour."""
    registry = ModelRegistry(ModelRepository(storage), 1, lambda: load, found := LoadThrottle(1e-9))
    copy_version(trained.storage, storage, 1)
    registry.start(0.01)
    wait_until(lambda: registry.is_ready)
    monkeypatch.setattr(load_throttle, "_LONGEST_REST", 3600.0)
    found.is_busy = lambda: True
    copy_version(trained.storage, storage, 2)
    while registry.state("m", 2)[0] != "LOADING":
        time.sleep(0.001)
    assert registry.get("m").manifest.version == 1
    return registry


def test_many_loads_have_a_larger_share_and_those_side_by_side_share_it() -> None:
    busy = LoadThrottle(0.05, lambda: True)
    with busy.giving_way(100):  # ten times the share of up to ten
        work(0.02)
        assert 0.9 * 0.02 < rested() < 0.02 * 19
        with ThreadPoolExecutor(1) as thread:

            def load_too() -> float:
                with busy.giving_way(100):
                    work(0.02)
                    return rested()

            assert thread.submit(load_too).result() > 0.9 * 0.02 * 3


def test_the_loads_at_the_start_do_not_rest(
    trained: Trained, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load_throttle, "_LONGEST_REST", 3600.0)
    copy_version(trained.storage, storage, 1)
    registry = ModelRegistry(ModelRepository(storage), 1, lambda: load, LoadThrottle(1e-9, lambda: True))
    registry.start(3600)
    wait_until(lambda: registry.is_ready)
    assert registry.get("m").manifest.version == 1
    registry.stop()


def test_whoever_waits_for_a_load_has_it_hurry(resting: ModelRegistry) -> None:
    resting.refresh_model("m")
    assert resting.get("m").manifest.version == 2
    resting.stop()


def test_the_end_does_not_wait_for_a_rest(resting: ModelRegistry) -> None:
    resting.stop()
