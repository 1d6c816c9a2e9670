"""`tandem demo`: the end-to-end pipeline on real data, from a raw CSV file to predictions."""

from __future__ import annotations

import json
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Annotated, Any, cast

import typer
from rich.console import Console
from rich.table import Table

from contracts.messages.trainings import TrainingRequest
from tandem import local_services
from tandem.client import Tandem
from tandem.demo_data import (
    EXAMPLES,
    FEATURES,
    ROWS,
    LateFlights,
    flights_request,
    late_flights,
    left_out,
    write_flights,
)
from tandem.errors import Conflict
from tandem.messages import Job
from tandem.options import AsJson, Modeling, Preprocessing, console, print_json
from tandem.progress import watch
from tandem.tables.results import dataset_line, metrics_table
from tandem.transport.addresses import MODELING_URL, PREPROCESSING_URL
from tandem.transport.connections import SERVICES

NAME = "flights"
MOST_DEMOS = 100
FEWEST_FLIGHTS = 100
"""Flights from which on their rate is worth comparing: its standard error is at most 5 points."""


def demo(
    sources: Annotated[
        Path, typer.Option(help="The services' first source root; the raw file is written there.")
    ] = local_services.SOURCES,
    preprocessing: Preprocessing = PREPROCESSING_URL,
    as_json: AsJson = False,
    modeling: Modeling = MODELING_URL,
) -> None:
    """Create a dataset, train and predict on 336,776 real flights. Uses running services, or starts them temporarily."""
    out = console(stderr=as_json)
    results: dict[str, Any] = {}
    with Tandem(preprocessing, modeling) as tandem:
        running = all(tandem.is_ready(service) for service in SERVICES)
        path = write_flights(sources)
        out.print(f"raw data: {path}, {ROWS:,} flights, {path.stat().st_size / 1e6:.0f} MB")
        with nullcontext() if running else local_services.running(tandem, lambda name: out.print(f"starting {name} …")):
            results = _whole_way(tandem, path, out)
        if running:
            for service in SERVICES:
                out.print(f"reports, jobs and documentation of {service}: {tandem.urls[service]}")
        else:
            out.print("both services have stopped; [bold]make serve[/] starts them again, with reports and jobs at")
            for service in SERVICES:
                out.print(f"  {tandem.urls[service]}")
    if as_json:
        print_json(results)


def _whole_way(tandem: Tandem, path: Path, out: Console) -> dict[str, Any]:
    job = _create_dataset(tandem)
    name = job.request["name"]
    made = watch(tandem, job, out, f"dataset {name}").response or {}
    out.print(dataset_line(made))
    request = TrainingRequest(model=NAME, dataset=name)
    trained = watch(tandem, tandem.train(request), out, f"training {NAME}").response or {}
    out.print(metrics_table(trained))
    values = tandem.predict(NAME, [row for _, row in EXAMPLES], version=trained.get("version"))
    out.print(_predictions(values, late_flights(path, [row for _, row in EXAMPLES])))
    return {"dataset": made, "model": trained, "predictions": values}


def _create_dataset(tandem: Tandem) -> Job:
    """Submit the dataset job under the first free name: flights, flights-2, …; keeps the datasets of earlier demos."""
    for number in range(1, MOST_DEMOS):
        with suppress(Conflict):
            return tandem.create_dataset(flights_request(NAME if number == 1 else f"{NAME}-{number}"))
    return tandem.create_dataset(flights_request(f"{NAME}-{MOST_DEMOS}"))


def _predictions(values: list[Any], counts: list[LateFlights]) -> Table:
    """Return a row per example: the prediction, and the rate in the data among flights with the same fields."""
    table = Table("flight", "request row", title="probability of arriving more than 15 minutes late")
    for column in ("fields left out", "prediction", "rate in the data", "among"):
        table.add_column(column, justify="right")
    for (description, row), value, alike in zip(EXAMPLES, values, counts, strict=True):
        rate = "too few" if alike.flights < FEWEST_FLIGHTS else f"{alike.late / alike.flights:.1%}"
        table.add_row(
            description,
            json.dumps(row),
            f"{len(left_out(row))} of {len(FEATURES)}",
            f"{_number(value):.1%}",
            rate,
            f"{alike.flights:,} flights",
        )
    return table


def _number(value: Any) -> float:
    """Return a prediction as a float; replies hold a number, or a list of one."""
    return float(cast("list[float]", value)[0] if isinstance(value, list) else value)
