"""JSON of any type as the value of an option, an argument or a field: sent to the service, or refused in a few lines."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator

import pytest
from tests.client.scripted import Run, Script

from tandem.commands import batch, dataset, infer, publications
from tandem.commands.skew import skew
from tandem.commands.train import train

VALUES = ["null", "true", "7", "1e999", '"auc"', '"\\ud800"', "[]", "[1]", "{}", '{"a": NaN}', '{"a": [1]}']

COMMANDS: dict[tuple[str, ...], Callable[..., None]] = {
    ("dataset", "--no-wait", "--name", "a", "--label", "l"): dataset.create,
    ("dataset", "infer", "a.csv"): infer.infer,
    ("dataset", "compare", "a", "b"): publications.compare,
    ("train", "--no-wait", "--model", "m"): train,
    ("batch", "--no-wait", "--name", "a"): batch.create,
    ("skew", "m"): skew,
}
TOPPED: dict[tuple[str, ...], str] = {
    ("dataset", "--uri", "a.csv"): "source",
    ("dataset", "--null", "NA"): "source",
    ("dataset", "--numeric", "x"): "features",
    ("dataset", "--date", "x"): "features",
    ("dataset", "--text", "x"): "features",
    ("dataset", "--derive", "a=b"): "derive",
    ("train", "--better-than", "champion"): "require",
}
"""Options that change one field of the request, and the field."""


def json_options(command: Callable[..., None]) -> Iterator[str]:
    """Yield the options whose help mentions JSON."""
    for name, parameter in inspect.signature(command, eval_str=True).parameters.items():
        (option,) = getattr(parameter.annotation, "__metadata__", (None,))
        if "JSON:" in (getattr(option, "help", None) or ""):
            yield f"--{name.replace('_', '-')}"


OPTIONS = [
    (*words, option)
    for words, command in COMMANDS.items()
    for option in [*json_options(command), *(["--class-weights"] if command is train else [])]
]


def test_every_command_with_json_is_swept() -> None:
    assert {words[:-1] for words in OPTIONS} == set(COMMANDS)
    assert {words[-1] for words in OPTIONS} == {
        "--features",
        "--crosses",
        "--splits",
        "--source",
        "--threshold",
        "--thresholds",
        "--early-stopping",
        "--importance",
        "--masking",
        "--require",
        "--class-weights",
        "--folds",
    }


def assert_readable(run: Run, *words: str) -> None:
    shown = run(*words)
    assert shown.exception is None or isinstance(shown.exception, SystemExit), (words, shown.exception)
    assert shown.exit_code == 0 or shown.stderr.startswith("error: "), (words, shown.stderr)


@pytest.mark.parametrize("words", OPTIONS, ids=" ".join)
def test_an_option_takes_any_json_without_a_traceback(run: Run, words: tuple[str, ...]) -> None:
    for value in VALUES:
        assert_readable(run, *words, value)


@pytest.mark.parametrize("words", TOPPED, ids=" ".join)
def test_a_field_that_an_option_changes_may_have_any_type(run: Run, words: tuple[str, ...]) -> None:
    for value in VALUES:
        request = f'{{"name": "a", "model": "m", "label": {{}}, "{TOPPED[words]}": {value}}}'
        assert_readable(run, words[0], request, *words[1:], "--no-wait")


def test_rows_and_requests_may_be_any_json(run: Run) -> None:
    for value in VALUES:
        assert_readable(run, "predict", "flights", value)
        for command in ("dataset", "train", "batch"):
            assert_readable(run, command, value, "--no-wait")


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        (["train", "--require", '"auc"'], """--require must be a JSON object. Received: "auc\""""),
        (["train", '{"require": 1}', "--better-than", "a"], "the request's require must be a JSON object. Received: 1"),
        (["train", "--class-weights", '{"1": }'], "--class-weights takes JSON, in itself or as a file"),
        (["dataset", "--features", "[1]"], "--features must be a JSON object. Received: [1]"),
        (["skew", "m", "--thresholds", "[1]"], "--thresholds must be a JSON object. Received: [1]"),
        (["predict", "m", "5"], "a row must be a JSON object. Received: 5"),
        (["predict", "m", '{"x": 1e999}'], "the request cannot be written as JSON"),
    ],
)
def test_a_refusal_names_the_option(run: Run, words: list[str], refusal: str) -> None:
    shown = run(*words)
    assert shown.exit_code == 1
    assert refusal in shown.stderr


@pytest.mark.parametrize(("field", "empty"), [("crosses", []), ("splits", {}), ("features", {})])
def test_an_empty_option_overrides_the_files_field(run: Run, service: Script, field: str, empty: object) -> None:
    request = {"name": "a", "label": {"column": "l"}, "crosses": [1], "splits": {"train": 1}, "features": {"x": {}}}
    assert run("dataset", json.dumps(request), f"--{field}", json.dumps(empty), "--no-wait").exit_code == 0
    assert service.bodies == [{**request, field: empty}]
