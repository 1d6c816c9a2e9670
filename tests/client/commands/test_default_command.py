"""A group of commands with a default."""

from __future__ import annotations

from pathlib import Path

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


def test_a_misspelled_command_is_not_taken_for_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shown = CliRunner().invoke(app, ["lst"])
    assert shown.exit_code == 2
    assert "No such command or file 'lst'. Did you mean 'list'?" in shown.output
    (tmp_path / "lst").touch()
    assert "Did you mean" not in CliRunner().invoke(app, ["lst"]).output
