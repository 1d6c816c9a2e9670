"""A group of commands with a default."""

from __future__ import annotations

import pytest
import typer
from typer.testing import CliRunner

from tandem.commands.default_command import CreateUnlessNamed

app = typer.Typer(cls=CreateUnlessNamed)


@app.command()
def create(name: str = "none") -> None:
    typer.echo(f"create {name}")


@app.command("list")
def names() -> None:
    typer.echo("list")


@pytest.mark.parametrize(
    ("words", "output"),
    [
        (["--name", "a"], "create a\n"),
        (["create", "--name", "a"], "create a\n"),
        ([], "create none\n"),
        (["list"], "list\n"),
    ],
)
def test_create_needs_no_word(words: list[str], output: str) -> None:
    assert CliRunner().invoke(app, words).output == output


def test_help_is_of_the_group() -> None:
    shown = CliRunner().invoke(app, ["--help"]).output
    assert "create" in shown
    assert "list" in shown
