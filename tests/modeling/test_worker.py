"""A worker of a cluster: it waits for its chief. Two processes train in `training/test_cluster`."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Iterator

import pytest

from modeling import worker


@pytest.fixture
def chief() -> Iterator[str]:
    """The address of a socket that listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def test_a_chief_is_there_while_its_address_listens(chief: str) -> None:
    assert worker._listens(chief)
    worker._wait_for(chief)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert not worker._listens(f"127.0.0.1:{port}")


@pytest.mark.skipif(not socket.has_ipv6, reason="needs IPv6")
def test_an_address_of_ipv6_stands_in_brackets() -> None:
    try:
        server = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("this machine has no loopback of IPv6")
    with server:
        assert worker._listens(f"[::1]:{server.getsockname()[1]}")


@pytest.mark.parametrize("kind", [None, "chief"])
def test_a_process_that_is_no_worker_ends_and_says_why(monkeypatch: pytest.MonkeyPatch, kind: str | None) -> None:
    monkeypatch.setattr(sys, "argv", ["worker"])
    tasks = {"chief": ["a:1"], "worker": ["b:1"]}
    config = "" if kind is None else json.dumps({"cluster": tasks, "task": {"type": kind, "index": 0}})
    monkeypatch.setenv("TF_CONFIG", config)
    with pytest.raises(SystemExit, match="must name a cluster of a chief and workers, and this process as one of the"):
        worker.main()
