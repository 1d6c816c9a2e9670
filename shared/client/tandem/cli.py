"""The `tandem` command: registers the subcommands of `commands` and prints expected errors without a traceback."""

from __future__ import annotations

import os
import warnings
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text
from typer.core import TyperGroup

from contracts.validation.environment import unknown_variables
from tandem import __version__
from tandem.commands import batch, dataset, demo, jobs, models, predict, report, skew, train, upload
from tandem.commands.access import login, token
from tandem.commands.services import doctor, up
from tandem.errors import ClientError, StillRunning
from tandem.transport.addresses import UnknownVariable


class Readable(TyperGroup):
    """A command group that prints a `ClientError` in a few lines and exits with code 1, without a traceback."""

    def invoke(self, ctx: Any) -> object:
        """Run the command. Raises `typer.Exit` for a `ClientError`, after printing it to standard error.

        The exit code is 1; 130, as after any Ctrl-C, where a job runs on.
        """
        try:
            return super().invoke(ctx)
        except StillRunning as running:
            for line in running.lines:
                typer.echo(line, err=True)
            raise typer.Exit(130) from running
        except ClientError as error:
            first, *rest = error.lines
            console = Console(stderr=True, highlight=False, soft_wrap=True)
            console.print(Text.assemble(("error: ", "bold red"), first))
            for line in rest:
                console.print(Text(line))
            raise typer.Exit(1) from error


app = typer.Typer(
    name="tandem",
    cls=Readable,
    help="From tables to TensorFlow predictions: dataset jobs run on Spark, training and serving do not need it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(value: bool) -> None:  # noqa: FBT001 - typer passes it so
    if value:
        typer.echo(f"tandem {__version__}")
        raise typer.Exit


@app.callback()
def tell_unknown_variables(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Warn, before any command, of environment variables with our prefix that nothing reads."""
    del version  # its callback has printed it
    warnings.simplefilter("ignore", UnknownVariable)  # printed here, for all commands alike
    for line in unknown_variables(os.environ):
        typer.secho(f"warning: {line}", fg="yellow", err=True)


app.command("up")(up.up)
app.add_typer(dataset.app, name="dataset")
app.command("train")(train.train)
app.command("predict")(predict.predict)
app.add_typer(batch.app, name="batch")
app.command("models")(models.models)
app.command("evaluation")(models.evaluation)
app.command("label")(models.label)
app.command("delete")(models.delete)
app.command("report")(report.report)
app.command("skew")(skew.skew)
app.add_typer(jobs.app, name="jobs")
app.command("upload")(upload.upload)
app.add_typer(token.app, name="token")
app.command("login")(login.login)
app.command("logout")(login.logout)
app.command("doctor")(doctor.doctor)
app.command("demo")(demo.demo)
