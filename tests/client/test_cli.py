"""`tandem`: its commands, and errors without a traceback."""

from __future__ import annotations

import importlib.metadata
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import typer.main
from tests.client.scripted import FAILURE, Run, Script
from typer.core import TyperGroup

from tandem.cli import app

LONG = "a-dataset-whose-name-is-longer-than-any-terminal-" + "x" * 50

JSON_COMMANDS: list[list[str]] = [
    ["dataset", "create", "--name", "f", "--uri", "f.csv", "--label", "l"],
    ["dataset", "--name", "f", "--uri", "f.csv", "--label", "l", "--no-wait"],
    ["train", "--model", "m", "--dataset", "d"],
    ["batch", "create", "--name", "p", "--model", "m", "--source", "{}"],
    ["predict", "flights", "{}"],
    ["models"],
    ["models", "flights"],
    ["label", "flights"],
    ["label", "flights", "canary", "3"],
    ["label", "flights", "champion", "--delete"],
    ["jobs", "list"],
    ["jobs", "show", "training-0"],
    ["jobs", "follow", "training-0"],
    ["jobs", "cancel", "training-0"],
    ["jobs", "log", "training-0"],
    ["report", "flights", "-o", "report.html"],
]


def commands(command: Any = None, *words: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield each command's words and the command."""
    command = typer.main.get_command(app) if command is None else command
    if isinstance(command, TyperGroup):
        for word, child in command.commands.items():
            yield from commands(child, *words, word)
    else:
        yield words, command


def test_help_lists_every_command(run: Run) -> None:
    for word in ("--help", "-h"):
        shown = run(word)
        assert shown.exit_code == 0
        assert all(words[0] in shown.output for words, _ in commands())


@pytest.mark.parametrize("words", [words for words, _ in commands()], ids=" ".join)
def test_every_command_has_short_help_and_takes_json(run: Run, words: tuple[str, ...]) -> None:
    shown = run(*words, "-h")
    assert shown.exit_code == 0
    assert "--json" in shown.output
    assert "--help" in shown.output


def test_groups_have_short_help(run: Run) -> None:
    for group in ("dataset", "batch", "jobs"):
        assert "Commands" in run(group, "-h").output


@pytest.mark.parametrize("words", JSON_COMMANDS, ids=" ".join)
def test_json_is_all_that_is_printed_on_standard_output(
    run: Run,
    service: Script,
    words: list[str],
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("reports"))
    service.jobs.append({"id": "training-0", "kind": "training", "request": {"model": "m"}})
    shown = run(*words, "--json")
    assert shown.exit_code == 0, shown.output
    assert isinstance(json.loads(shown.stdout), dict | list)


def test_the_version_is_shown(run: Run) -> None:
    assert run("--version").output == f"tandem {importlib.metadata.version('tandem-client')}\n"


def test_names_and_ids_are_whole_where_nobody_looks_at_a_terminal(run: Run, service: Script) -> None:
    service.jobs.append({"id": "f" * 32, "kind": "dataset", "request": {"name": LONG}})
    shown = run("jobs", "list").output
    assert LONG in shown
    assert "f" * 32 in shown
    assert max(map(len, shown.splitlines())) < 400


def test_unknown_variables_are_told_once_and_change_nothing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TANDEM_MODELLING_URL", "http://there")
    shown = run("models", "--json")
    assert json.loads(shown.stdout)[0]["name"] == "flights"
    assert shown.stderr.splitlines() == [
        "warning: TANDEM_MODELLING_URL is not a setting of Tandem and has no effect; did you mean TANDEM_MODELING_URL?"
    ]


ASK_NO_SERVICE = {"token", "login", "logout", "doctor"}


def arguments_of(command: Any) -> list[str]:
    return ["{}" for parameter in command.params if parameter.param_type_name == "argument" and parameter.required]


@pytest.mark.parametrize(
    ("words", "arguments"),
    [(words, arguments_of(command)) for words, command in commands() if words[0] not in ASK_NO_SERVICE],
    ids=str,
)
def test_a_wrong_address_is_an_error_without_a_traceback(
    run: Run, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], arguments: list[str]
) -> None:
    monkeypatch.setenv("TANDEM_PREPROCESSING_URL", "localhost:8001")
    monkeypatch.setenv("TANDEM_MODELING_URL", "localhost:8002")
    shown = run(*words, *arguments, stdin="{}")
    assert shown.exit_code == 1
    assert shown.stderr.startswith("error: ")
    assert shown.exception is None or isinstance(shown.exception, SystemExit)


def test_after_ctrl_c_the_job_runs_on_and_the_command_tells_how_to_follow_it(service: Script) -> None:
    service.steps["dataset"] = service.steps["dataset"][:-1]
    service.hangs = True
    environment = {**os.environ, "TANDEM_PREPROCESSING_URL": service.url}
    words = ["dataset", "--name", "f", "--uri", "f.csv", "--label", "l"]
    # Where the tests run in the background of a shell, their processes begin with a deaf ear for Ctrl-C.
    listens = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    program = [sys.executable, "-c", f"{listens}; from tandem.cli import app; app()", *words]
    with subprocess.Popen(
        program, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as command:
        assert command.stdout is not None
        while "analyze" not in command.stdout.readline():
            assert command.poll() is None
        command.send_signal(signal.SIGINT)
        _, shown = command.communicate(timeout=60)
    assert command.returncode == 130
    assert shown.splitlines() == [
        "job dataset-0 runs on",
        "  follow it: tandem jobs follow dataset-0",
        "  stop it:   tandem jobs cancel dataset-0",
    ]
    assert [job["id"] for job in service.jobs] == ["dataset-0"]


@pytest.mark.parametrize(
    ("words", "parts"),
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
            ["does not answer", "start both services here: tandem up"],
        ),
        (["up"], ["answers at http://127.0.0.1:", "already"]),
    ],
)
def test_errors_are_a_few_lines_and_exit_code_1(run: Run, words: list[str], parts: list[str]) -> None:
    shown = run(*words)
    assert shown.exit_code == 1
    assert shown.stderr.startswith("error: ")
    assert all(part in shown.stderr for part in parts)
    assert "Traceback" not in shown.output


def test_a_failed_job_is_an_error_with_json_too(run: Run, service: Script) -> None:
    service.steps["dataset"][-1] = {"state": "FAILED", "progress": {"phase": "analyze"}, "error": FAILURE}
    shown = run("dataset", "--name", "f", "--uri", "f.csv", "--label", "l", "--json")
    assert (shown.exit_code, shown.stdout) == (1, "")
    assert FAILURE["detail"] in shown.stderr


@pytest.mark.parametrize("words", [["train", "--label", "a"], ["report", "m", "--label", "a"]], ids=" ".join)
def test_a_versions_label_is_told_apart_from_the_column_to_predict(run: Run, words: list[str]) -> None:
    shown = run(*words)
    assert shown.exit_code == 2
    assert "--version-label" in shown.output
