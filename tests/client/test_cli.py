"""`tandem`: its commands, and errors without a traceback."""

from __future__ import annotations

import pytest
from tests.client.scripted import Run


def test_help_lists_every_command(run: Run) -> None:
    shown = run("--help")
    assert shown.exit_code == 0
    assert all(name in shown.output for name in ("up", "dataset", "train", "predict", "report", "jobs", "demo"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["dataset", '{"name": "x"}'], ["Invalid request: label is missing", "/label: is required"]),
        (["dataset", "nofile.json"], ["cannot read nofile.json: No such file or directory"]),
        (["dataset", '{"name": '], ["the argument is not JSON"]),
        (["dataset", "[]"], ["a request must be a JSON object. Received: []"]),
        (["dataset"], ["a request is needed"]),
        (["train"], ["a request is needed"]),
        (["train", "--hidden", "8;4"], ["--hidden takes whole numbers between commas. Received: '8;4'"]),
        (["predict", "cats", "{}"], ["Not Found: there is no model named 'cats'"]),
        (["jobs", "show", "nowhere"], ["no job ids begin with 'nowhere'"]),
        (
            ["jobs", "list", "--preprocessing", "http://127.0.0.1:1", "--modeling", "http://127.0.0.1:1"],
            ["does not answer"],
        ),
        (["up"], ["answers at http://127.0.0.1:", "already"]),
    ],
)
def test_errors_are_a_few_lines_and_exit_code_1(run: Run, words: list[str], said: list[str]) -> None:
    shown = run(*words)
    assert shown.exit_code == 1
    assert shown.stderr.startswith("error: ")
    assert all(part in shown.stderr for part in said)
    assert "Traceback" not in shown.output
