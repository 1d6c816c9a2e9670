"""`tandem train`: start a training job from a JSON file or from options, follow it, and show how good the model is."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from contracts.messages.networks import NetworkSpec
from contracts.messages.optimizers import OptimizerSpec, ScheduleSpec
from contracts.validation.declared_fields import tags_at
from tandem.client import Tandem
from tandem.commands.following import response_of
from tandem.errors import InvalidInput
from tandem.options import AsJson, Modeling, Wait, checked_object, console, json_option, object_option, read_object
from tandem.tables.folds import folds_table
from tandem.tables.results import calibration_line, gate_lines, metrics_table, warning_lines
from tandem.transport.addresses import MODELING_URL
from tandem.transport.service_call import given


def _kinds(spec: object) -> str:
    return f"One of {', '.join(tags_at(spec, (), 'kind'))}."


def train(  # noqa: PLR0913, PLR0917 - each is an option that a person types by name
    request: Annotated[
        str | None, typer.Argument(help="The request: a JSON file, JSON itself, or - for standard input.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="Model name.")] = None,
    dataset: Annotated[str | None, typer.Option(help="The dataset to train from.")] = None,
    network: Annotated[str | None, typer.Option(help=_kinds(NetworkSpec))] = None,
    hidden: Annotated[str | None, typer.Option(help="Widths of the hidden layers: 256,128")] = None,
    epochs: Annotated[int | None, typer.Option(help="Maximum number of epochs.")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Batch size.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Learning rate.")] = None,
    optimizer: Annotated[str | None, typer.Option(help=_kinds(OptimizerSpec))] = None,
    schedule: Annotated[str | None, typer.Option(help=_kinds(ScheduleSpec))] = None,
    class_weights: Annotated[
        str | None, typer.Option(help='How much rows of a class count: balanced, or by class: {"1": 5}')
    ] = None,
    features: Annotated[
        str | None, typer.Option(help='Rules that differ from the dataset, as JSON: {"distance": {"scale": "log1p"}}')
    ] = None,
    time_limit: Annotated[
        float | None,
        typer.Option(help="Seconds of fitting: the epoch in which they pass is the last, and the best is kept."),
    ] = None,
    masking: Annotated[
        str | None, typer.Option(help='Feature masking in training, as JSON: {"share": 0.25}; null masks no row.')
    ] = None,
    calibration: Annotated[
        str | None, typer.Option(help="Correction of probabilities by a temperature: auto or none.")
    ] = None,
    threshold: Annotated[
        str | None,
        typer.Option(
            help='The threshold of a binary label: f1, a number, or JSON: {"kind": "precision", "at_least": 0.9}, '
            '{"kind": "cost", "false_positive": 1, "false_negative": 5}'
        ),
    ] = None,
    quantiles: Annotated[
        str | None, typer.Option(help="Quantiles that a regression predicts, ascending: 0.1,0.5,0.9")
    ] = None,
    early_stopping: Annotated[
        str | None, typer.Option(help='Early stopping, as JSON: {"patience": 3}; null trains all epochs.')
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the initial weights and of the order of rows.")] = None,
    slices: Annotated[
        str | None, typer.Option(help="Categorical features to report metrics by: carrier,origin")
    ] = None,
    importance: Annotated[
        str | None, typer.Option(help='Permutation importance, as JSON: {"rows": 5000, "repeats": 3}')
    ] = None,
    folds: Annotated[
        str | None,
        typer.Option(help='Cross-validation: number of random folds, 2 to 20, or JSON: {"count": 5, "seed": 1}'),
    ] = None,
    require: Annotated[
        str | None, typer.Option(help='The quality gate, as JSON: {"auc": {"min": 0.7}, "better_than": "champion"}')
    ] = None,
    label: Annotated[
        str | None,
        typer.Option("--version-label", help="A version label to give the version, unless it fails the gate."),
    ] = None,
    timeout: Annotated[int | None, typer.Option(help="Seconds after which the job fails.")] = None,
    better_than: Annotated[
        str | None, typer.Option(help="The version label whose version the model must beat to pass the gate.")
    ] = None,
    wait: Wait = True,
    as_json: AsJson = False,
    modeling: Modeling = MODELING_URL,
) -> None:
    """Start a training job, follow it, and show its metrics. Options go on top of the request, if both are given."""
    body = read_object(request) if request else {}
    body |= given(
        model=model,
        dataset=dataset,
        network=_network(network, hidden),
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        optimizer=optimizer,
        schedule=schedule,
        class_weights=_class_weights(class_weights),
        features=object_option("--features", features),
        calibration=calibration,
        quantiles=_quantiles(quantiles),
        threshold=_threshold(threshold),
        seed=seed,
        time_limit=time_limit,
        slices=None if slices is None else [name for name in slices.split(",") if name],
        importance=object_option("--importance", importance),
        folds=_folds(folds),
        require=_require(object_option("--require", require), body.get("require"), better_than),
        label=label,
        timeout=timeout,
    )
    if early_stopping is not None:
        body["early_stopping"] = json_option("--early-stopping", early_stopping)  # null is a value: all epochs are run
    if masking is not None:
        body["masking"] = json_option("--masking", masking)  # null is a value: no row is masked
    if not body:
        raise InvalidInput("a request is needed: a JSON file, or at least --model and --dataset")
    with Tandem(modeling=modeling) as tandem:
        job = tandem.train(body)
        done = response_of(tandem, job, f"training {body.get('model')}", wait=wait, as_json=as_json)
    if done is not None:
        out = console()
        out.print(metrics_table(done))
        cross_validation: dict[str, Any] | None = done.get("evaluation", {}).get("cross_validation")
        if cross_validation is not None:
            out.print(folds_table(cross_validation))
        if (corrected := calibration_line(done)) is not None:
            out.print(corrected)
        for line in (*gate_lines(done), *warning_lines(done.get("dataset_warnings", []))):
            out.print(line)
        notes: list[str] = [*done.get("notes", []), *(cross_validation or {}).get("notes", [])]
        for note in notes:
            out.print(note, markup=False, highlight=False)


def _class_weights(text: str | None) -> str | dict[str, Any] | None:
    is_object = text is not None and text.lstrip().startswith("{")
    return object_option("--class-weights", text) if is_object else text


def _quantiles(text: str | None) -> list[float] | None:
    if text is None:
        return None
    try:
        return [float(level) for level in text.split(",")]
    except ValueError as error:
        raise InvalidInput(f"--quantiles takes numbers between commas. Received: {text!r}") from error


def _folds(text: str | None) -> int | dict[str, Any] | None:
    if text is None or text.lstrip().startswith("{"):
        return object_option("--folds", text)
    try:
        return int(text)
    except ValueError as error:
        raise InvalidInput(f"--folds takes a whole number, or JSON. Received: {text!r}") from error


def _threshold(text: str | None) -> str | float | dict[str, Any] | None:
    if text is None or text.lstrip().startswith("{"):
        return object_option("--threshold", text)
    try:
        return float(text)
    except ValueError:
        return text


def _require(option: dict[str, Any] | None, requested: object, better_than: str | None) -> dict[str, Any] | None:
    if better_than is None:
        return option
    base = requested if option is None else option
    gate = {} if base is None else checked_object("the request's require", base)
    return {**gate, "better_than": better_than}


def _network(kind: str | None, hidden: str | None) -> dict[str, Any] | None:
    if kind is None and hidden is None:
        return None
    if hidden is None:
        return {"kind": kind}
    try:
        widths = [int(width) for width in hidden.split(",")]
    except ValueError as error:
        raise InvalidInput(f"--hidden takes whole numbers between commas. Received: {hidden!r}") from error
    return {"kind": kind or "tabm", "hidden": widths}
