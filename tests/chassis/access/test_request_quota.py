from __future__ import annotations

import threading

import pytest

from chassis.access import request_quota
from chassis.access.request_quota import RequestQuota


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def admitted(quota: RequestQuota, count: int, caller: str = "a") -> int:
    return sum(quota.wait(caller) == 0 for _ in range(count))


@pytest.mark.parametrize("rate", [1, 3, 10, 1000])
def test_a_second_of_requests_at_once_then_as_many_a_second(rate: int) -> None:
    clock = Clock()
    quota = RequestQuota(rate, clock)
    assert admitted(quota, 3 * rate) == rate
    for _ in range(5):
        clock.now += 1
        assert admitted(quota, 3 * rate) == rate
    clock.now += 100
    assert admitted(quota, 3 * rate) == rate, "silence is not saved up"


def test_the_wait_is_how_long_it_takes_and_a_refused_request_does_not_count() -> None:
    clock = Clock()
    quota = RequestQuota(10, clock)
    assert admitted(quota, 10) == 10
    for _ in range(100):
        assert quota.wait("a") == pytest.approx(0.1)
    clock.now += 0.1
    assert quota.wait("a") == 0
    assert quota.wait("a") > 0


def test_slower_than_one_a_second() -> None:
    clock = Clock()
    quota = RequestQuota(0.1, clock)
    assert admitted(quota, 5) == 1
    assert quota.wait("a") == pytest.approx(10)
    clock.now += 10
    assert admitted(quota, 5) == 1


def test_callers_do_not_share_it_and_those_of_long_ago_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_quota, "_REMEMBERED", 50)
    clock = Clock()
    quota = RequestQuota(2, clock)
    assert admitted(quota, 5, "a") == admitted(quota, 5, "b") == 2
    for number in range(200):
        clock.now += 1
        quota.wait(f"c{number}")
    assert len(quota._due) <= 51


def test_from_many_threads_no_more_are_admitted() -> None:
    quota, counts = RequestQuota(100, Clock()), list[int]()
    threads = [threading.Thread(target=lambda: counts.append(admitted(quota, 100))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == 100
