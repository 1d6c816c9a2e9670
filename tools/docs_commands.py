"""A hook of mkdocs: the reference of the `tandem` command, written from the command itself at `<!-- commands -->`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer.main
from typer.core import TyperGroup

from tandem.cli import app

_MARK = "<!-- commands -->"


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Replace the mark by the help of every command."""
    return markdown.replace(_MARK, "\n".join(_lines(typer.main.get_command(app), "tandem")))


def _lines(command: Any, name: str) -> Iterator[str]:
    if isinstance(command, TyperGroup):
        for word, child in command.commands.items():
            yield from _lines(child, f"{name} {word}")
        return
    yield from (f"## {name}", "", command.help or "", "")
    for parameter in command.params:
        yield from _parameter(parameter)


def _parameter(parameter: Any) -> Iterator[str]:
    if parameter.param_type_name == "argument":
        names = f"`{(parameter.metavar or parameter.name).strip('[]{}').upper()}`"
    else:
        names = ", ".join(f"`{name}`" for name in [*parameter.opts, *parameter.secondary_opts])
    notes = ["required"] if parameter.required else []
    if isinstance(parameter.default, str | int | float):
        notes.append(f"default `{parameter.default}`")
    if parameter.envvar:
        notes.append(f"environment variable `{parameter.envvar}`")
    yield from (" · ".join([names, *notes]), f":   {parameter.help or ''}", "")
