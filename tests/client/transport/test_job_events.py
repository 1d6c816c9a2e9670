"""A job is followed over broken connections."""

from __future__ import annotations

import pytest
from tests.client.scripted import Script, a_request

from tandem import (
    Tandem,
    Unreachable,
)


def test_follow_resumes_where_a_broken_stream_left_off(client: Tandem, service: Script) -> None:
    service.break_after = [1, 0, 2]
    phases = [job.progress.phase for job in client.follow(client.create_dataset(a_request()))]
    assert phases == ["queued", "plan", "analyze", "publish"]
    assert service.resumed_from == [None, "1", "1", "3"]


def test_follow_gives_up_on_a_stream_that_stays_broken(
    client: Tandem, service: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tandem.transport.job_events.ATTEMPTS", 2)
    service.break_after = [0] * 10
    with pytest.raises(Unreachable, match="lost the connection"):
        client.wait(client.create_dataset(a_request()))
