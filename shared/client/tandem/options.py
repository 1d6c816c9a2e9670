"""Options that several commands share."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any, cast

import typer
from rich.console import Console

from tandem.errors import InvalidInput

Preprocessing = Annotated[
    str,
    typer.Option("--preprocessing", envvar="TANDEM_PREPROCESSING_URL", metavar="URL", help="Where preprocessing is."),
]
Modeling = Annotated[
    str, typer.Option("--modeling", envvar="TANDEM_MODELING_URL", metavar="URL", help="Where modeling is.")
]
Wait = Annotated[
    bool, typer.Option("--wait/--no-wait", help="Follow the job until it is done, or print its id and leave.")
]


def console() -> Console:
    """Where people read. Made anew for each command, so that it writes to the standard output of the moment."""
    return Console(highlight=False, soft_wrap=True)


def read_json(argument: str) -> Any:
    """JSON from the argument itself, from the file of that name, or from standard input for `-`. Raises `InvalidInput`."""
    if argument == "-":
        text, what = sys.stdin.read(), "standard input"
    elif argument.lstrip()[:1] in {"{", "["}:
        text, what = argument, "the argument"
    else:
        what = argument
        try:
            text = Path(argument).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidInput(f"cannot read {argument}: {getattr(error, 'strerror', None) or error}") from error
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidInput(f"{what} is not JSON: {error}") from error


def read_object(argument: str) -> dict[str, Any]:
    """As `read_json`, for a JSON object."""
    found = read_json(argument)
    if not isinstance(found, dict):
        raise InvalidInput(f"a request is a JSON object. Received: {json.dumps(found)[:80]}")
    return cast("dict[str, Any]", found)
