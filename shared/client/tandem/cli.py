"""The `tandem` command: registers the subcommands of `commands` and prints expected errors without a traceback."""

from __future__ import annotations

from typing import Any

import typer
from rich.console import Console
from rich.text import Text
from typer.core import TyperGroup

from tandem.commands import batch, dataset, demo, jobs, models, predict, report, skew, train, up
from tandem.errors import ClientError


class Readable(TyperGroup):
    """A command group that prints a `ClientError` in a few lines and exits with code 1, without a traceback."""

    def invoke(self, ctx: Any) -> object:
        """Run the command. Raises `typer.Exit(1)` for a `ClientError`, after printing it to standard error."""
        try:
            return super().invoke(ctx)
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
)
app.command("up")(up.up)
app.add_typer(dataset.app, name="dataset")
app.command("train")(train.train)
app.command("predict")(predict.predict)
app.add_typer(batch.app, name="batch")
app.command("models")(models.models)
app.command("evaluation")(models.evaluation)
app.command("label")(models.label)
app.command("report")(report.report)
app.command("skew")(skew.skew)
app.add_typer(jobs.app, name="jobs")
app.command("demo")(demo.demo)
