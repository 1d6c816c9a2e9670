"""A job's progress: lines where nobody looks at a terminal, a bar where somebody does."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import ModuleType

import pytest
from rich.console import Console
from tests.client.scripted import DATASET, FAILURE, Script, a_request

from tandem import Job, JobFailed, StillRunning, Tandem
from tandem.progress import time_left, watch


def console(*, terminal: bool, width: int = 120) -> tuple[Console, io.StringIO]:
    text = io.StringIO()
    return Console(file=text, force_terminal=terminal, width=width), text


def test_without_a_terminal_a_line_for_each_phase(client: Tandem) -> None:
    out, text = console(terminal=False)
    assert watch(client, client.create_dataset(a_request()), out, "dataset flights").response == DATASET
    phases = ["pending", "plan", "analyze 2/4", "succeeded"]
    assert text.getvalue().splitlines() == [f"dataset flights: {phase}" for phase in phases]


def test_a_bar_has_metrics_and_the_time_left(client: Tandem, service: Script) -> None:
    details = {
        "epoch": 3,
        "epochs": 20,
        "seconds_left": 75.2,
        "examples_per_second": 9000,
        "loss": 0.7,
        "val_loss": 0.61234,
        "val_auc": 0.75,
    }
    fitting = {"state": "RUNNING", "progress": {"phase": "fit", "fraction": 0.15, "details": details}}
    service.steps["training"].insert(0, fitting)
    out, text = console(terminal=True, width=200)
    watch(client, client.train({"model": "m", "dataset": "d"}), out, "training m")
    assert "1 min 15 s left" in text.getvalue()
    assert "fit epoch 3/20: loss 0.6123, auc 0.7500" in text.getvalue()


def test_without_an_estimate_the_time_left_follows_from_the_share(client: Tandem, service: Script) -> None:
    job = client.create_dataset(a_request())
    done_in_half = job.model_copy(
        update={
            "state": "RUNNING",
            "create_time": (datetime.now(UTC) - timedelta(seconds=60)).isoformat(),
            "progress": job.progress.model_copy(update={"fraction": 0.5, "phase": "analyze"}),
        }
    )
    assert time_left(done_in_half) == "about 1 min 0 s left"
    assert time_left(job) == ""
    begun = done_in_half.model_copy(update={"progress": job.progress.model_copy(update={"fraction": 0.001})})
    assert time_left(begun) == ""


def test_ctrl_c_leaves_the_job_running(client: Tandem, service: Script) -> None:
    job = client.create_dataset(a_request())

    class Interrupted:
        def follow(self, job: Job) -> Iterator[Job]:
            yield job
            raise KeyboardInterrupt

    out, _ = console(terminal=True)
    with pytest.raises(StillRunning) as raised:
        watch(Interrupted(), job, out, "d")
    assert raised.value.lines[1] == f"  follow it: tandem jobs follow {job.id}"


def test_wait_shows_a_bar_on_request(client: Tandem, capsys: pytest.CaptureFixture[str]) -> None:
    client.wait(client.create_dataset(a_request()))
    assert capsys.readouterr().out == ""
    client.wait(client.create_dataset(a_request()), progress=True)
    assert "dataset flights: analyze 2/4" in capsys.readouterr().out


def test_in_a_notebook_one_cell_follows_the_job(client: Tandem, monkeypatch: pytest.MonkeyPatch) -> None:
    """IPython is not installed with the tests: a stand-in keeps what its display is asked for."""
    shown: list[str] = []

    class Cell:
        def update(self, job: Job) -> None:
            shown.append(f"updated: {job.progress.phase}")

    def display(job: Job, *, display_id: bool) -> Cell:
        assert display_id
        assert "<table>" in job._repr_html_()
        shown.append(f"displayed: {job.progress.phase}")
        return Cell()

    stand_in = ModuleType("IPython.display")
    monkeypatch.setattr(stand_in, "display", display, raising=False)
    monkeypatch.setitem(sys.modules, "IPython.display", stand_in)
    watch(client, client.create_dataset(a_request()), Console(force_jupyter=True), "dataset flights")
    assert shown == ["displayed: queued", "updated: queued", "updated: plan", "updated: analyze", "updated: publish"]


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
