"""A job's progress: lines where nobody looks at a terminal, a bar where somebody does."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from tests.client.scripted import DATASET, FAILURE, Script, a_request

from tandem import JobFailed, Tandem
from tandem.progress import watch


def console(*, terminal: bool) -> tuple[Console, io.StringIO]:
    text = io.StringIO()
    return Console(file=text, force_terminal=terminal, width=120), text


def test_without_a_terminal_a_line_for_each_phase(client: Tandem) -> None:
    out, text = console(terminal=False)
    assert watch(client, client.create_dataset(a_request()), out, "dataset flights").response == DATASET
    phases = ["pending", "plan", "analyze 2/4", "succeeded"]
    assert text.getvalue().splitlines() == [f"dataset flights: {phase}" for phase in phases]


def test_on_a_terminal_a_bar_that_ends_at_its_end(client: Tandem) -> None:
    out, text = console(terminal=True)
    watch(client, client.create_dataset(a_request()), out, "dataset flights")
    assert "100%" in text.getvalue()
    assert "succeeded" in text.getvalue()


def test_a_job_that_failed_raises_after_its_last_line(client: Tandem, service: Script) -> None:
    service.steps["dataset"][-1] = {"state": "FAILED", "progress": {"phase": "analyze"}, "error": FAILURE}
    out, text = console(terminal=False)
    with pytest.raises(JobFailed):
        watch(client, client.create_dataset(a_request()), out, "d")
    assert text.getvalue().splitlines()[-1] == "d: failed"
