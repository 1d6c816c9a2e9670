"""Options that several commands share."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, cast

import typer
from rich.console import Console

from tandem.errors import InvalidInput

Preprocessing = Annotated[
    str,
    typer.Option(
        "--preprocessing",
        envvar="TANDEM_PREPROCESSING_URL",
        metavar="URL",
        help="Base URL of the preprocessing service.",
    ),
]
Modeling = Annotated[
    str,
    typer.Option("--modeling", envvar="TANDEM_MODELING_URL", metavar="URL", help="Base URL of the modeling service."),
]
Wait = Annotated[
    bool, typer.Option("--wait/--no-wait", help="Follow the job until it is done, or print its id and exit.")
]


Version = Annotated[int | None, typer.Option(help="A version of the model. Default: the default version.")]
VersionLabel = Annotated[
    str | None,
    typer.Option("--version-label", help="A version label, such as champion, in place of a version number."),
]
"""Not `--label`, by which `tandem dataset` names the label column."""

_UNLIMITED = 100_000
_INLINE = re.compile(r"\s*(?:[{\[\"].*|null|true|false|-?\d[\d.eE+-]*)\s*", re.DOTALL)
"""JSON in the argument itself; anything else is the name of a file."""


AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON on standard output, and nothing else.")]


PrintsJson = Annotated[bool, typer.Option("--json", help="Print JSON, as without this option.")]
"""For commands that print JSON in any case: `--json` is an option of every command."""


def console(*, stderr: bool = False) -> Console:
    """Return a console on the current standard output; created per command, since tests and embedders replace it.

    What another program reads is never cut to a width.
    """
    out = Console(highlight=False, soft_wrap=True, stderr=stderr)
    if not out.is_terminal:
        out.width = _UNLIMITED
    return out


def is_inline(argument: str) -> bool:
    """Return True if the argument is JSON itself, and not the name of a file.

    >>> is_inline("[1]"), is_inline("rows.json"), is_inline("-")
    (True, False, False)
    """
    return _INLINE.fullmatch(argument) is not None


def read_json(argument: str) -> Any:
    """Return JSON from the argument itself, from the file of that name, or from standard input for `-`.

    Raises `InvalidInput` for an unreadable file and for text that is not JSON.
    """
    if argument == "-":
        text, origin = sys.stdin.read(), "standard input"
    elif is_inline(argument):
        text, origin = argument, "the argument"
    else:
        origin = argument
        try:
            text = Path(argument).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidInput(f"cannot read {argument}: {getattr(error, 'strerror', None) or error}") from error
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidInput(f"{origin} is not JSON: {error}") from error


def read_object(argument: str) -> dict[str, Any]:
    """Return a JSON object, read as by `read_json`. Raises `InvalidInput` for any other JSON value, too."""
    return checked_object("a request", read_json(argument))


def checked_object(name: str, content: object) -> dict[str, Any]:
    """Return the content if it is a JSON object. Raises `InvalidInput`, which names it, for any other JSON value."""
    if not isinstance(content, dict):
        raise InvalidInput(f"{name} must be a JSON object. Received: {json.dumps(content)[:80]}")
    return cast("dict[str, Any]", content)


def json_option(option: str, text: str | None) -> Any:
    """Return the JSON value of an option that takes one, in itself or as a file; None if it was not given.

    Raises `InvalidInput`, which names the option, for text that is neither.
    """
    if text is None:
        return None
    try:
        return read_json(text)
    except InvalidInput as error:
        raise InvalidInput(f"{option} takes JSON, in itself or as a file: {error}") from error


def object_option(option: str, text: str | None) -> dict[str, Any] | None:
    """Return the JSON object of an option that takes one, in itself or as a file; None if it was not given.

    Raises `InvalidInput`, which names the option, for any other JSON value and for text that is neither.
    """
    return None if text is None else checked_object(option, json_option(option, text))


def print_json(content: object) -> None:
    """Print content on standard output, to be read by other programs as well."""
    typer.echo(json.dumps(content, indent=2, ensure_ascii=False))


def print_json_lines(entries: Iterable[object]) -> None:
    """Print each entry on a line of its own."""
    for entry in entries:
        typer.echo(json.dumps(entry, ensure_ascii=False))
