"""`tandem jobs`: list, show, follow, cancel, log."""

from __future__ import annotations

import json

from tests.client.scripted import FAILURE, Run, Script


def test_jobs_are_listed_shown_and_logged(run: Run) -> None:
    job_id = run("train", "--model", "m", "--dataset", "d", "--no-wait").output.strip()
    assert job_id in run("jobs", "list").output
    assert json.loads(run("jobs", "show", job_id, "--json").output)["state"] == "SUCCEEDED"
    shown = dict(line.split(maxsplit=1) for line in run("jobs", "show", job_id).output.splitlines())
    assert (shown["job"].strip(), shown["for"].strip(), shown["state"].strip()) == (job_id, "m", "SUCCEEDED")
    assert run("jobs", "log", job_id).output == f"log of {job_id}\n"
    assert run("jobs", "follow", job_id).exit_code == 0
    assert run("jobs", "cancel", job_id).output == "cancelled\n"


def test_a_failed_job_says_why_and_where_its_log_is(run: Run, service: Script) -> None:
    service.steps["dataset"][-1] = {"state": "FAILED", "progress": {"phase": "analyze"}, "error": FAILURE}
    shown = run("dataset", "--name", "f", "--uri", "f.csv", "--label", "l")
    assert shown.exit_code == 1
    assert FAILURE["detail"] in shown.stderr
    assert "tandem jobs log dataset-0" in shown.stderr
    assert FAILURE["detail"] in run("jobs", "show", "dataset-0").output
