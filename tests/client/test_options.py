"""JSON as an argument: in itself, as a file, or on standard input."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tandem import InvalidInput
from tandem.options import json_option, read_json, read_object


@pytest.mark.parametrize(
    ("text", "value"),
    [('{"a": 1}', {"a": 1}), ("[1]", [1]), ("null", None), ("-1.5", -1.5), ('"x"', "x"), (" true ", True)],
)
def test_json_stands_for_itself(text: str, value: Any) -> None:
    assert read_json(text) == value
    assert json_option("--any", text) == value


def test_anything_else_is_a_file_even_one_that_begins_with_a_digit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("2026-request.json").write_text('{"name": "é"}', encoding="utf-8")
    assert read_object("2026-request.json") == {"name": "é"}
    assert json_option("--source", "2026-request.json") == {"name": "é"}


def test_what_is_not_given_is_none() -> None:
    assert json_option("--any", None) is None


def test_errors_name_the_option_and_the_place() -> None:
    with pytest.raises(InvalidInput, match=r"--splits takes JSON, in itself or as a file: the argument is not JSON"):
        json_option("--splits", '{"train": }')
    with pytest.raises(InvalidInput, match=r"cannot read nowhere\.json: No such file"):
        read_json("nowhere.json")
    with pytest.raises(InvalidInput, match=r"a request must be a JSON object\. Received: \[1\]"):
        read_object("[1]")
