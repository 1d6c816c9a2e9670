"""`tandem dataset`: start a dataset job from a JSON file or from options, and follow it; or have its request proposed."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from contracts.label_kinds import LABEL_KINDS
from contracts.source import AvroFiles, RangeSource, format_by_name, format_names
from tandem.client import Tandem
from tandem.commands import infer, publications
from tandem.commands.default_command import CreateUnlessNamed
from tandem.commands.following import response_of
from tandem.errors import InvalidInput
from tandem.options import (
    AsJson,
    Preprocessing,
    Wait,
    checked_object,
    console,
    json_option,
    object_option,
    read_object,
)
from tandem.tables.results import dataset_line, warning_lines
from tandem.transport.addresses import PREPROCESSING_URL
from tandem.transport.service_call import given

Names = list[str]


app = typer.Typer(
    cls=CreateUnlessNamed, help="Start a dataset job, have a request for one proposed, or ask about published datasets."
)
app.command("infer")(infer.infer)
app.command("list")(publications.names)
app.command("show")(publications.show)
app.command("statistics")(publications.statistics)
app.command("compare")(publications.compare)
app.command("vocabulary")(publications.vocabulary)
app.command("rejected")(publications.rejected)
app.command("delete")(publications.delete)


@app.command("create")
def create(  # noqa: PLR0913, PLR0917 - each is an option that a person types by name
    request: Annotated[
        str | None, typer.Argument(help="The request: a JSON file, JSON itself, or - for standard input.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Dataset name.")] = None,
    uri: Annotated[
        Names | None, typer.Option(help="A file, folder or glob; relative to the service's first source root.")
    ] = None,
    source_format: Annotated[
        str | None,
        typer.Option("--format", help=f"{', '.join(format_names(RangeSource | AvroFiles))}. Default: by the name."),
    ] = None,
    null: Annotated[Names | None, typer.Option(help="A spelling of a missing value, besides the empty field.")] = None,
    label: Annotated[str | None, typer.Option(help="The label column, which the model learns to predict.")] = None,
    label_expression: Annotated[
        str | None, typer.Option(help="Or the label as a Spark SQL expression: 'arr_delay > 15'.")
    ] = None,
    label_kind: Annotated[str | None, typer.Option(help=f"One of {', '.join(LABEL_KINDS)}.")] = None,
    label_positive: Annotated[
        str | None, typer.Option(help="The text that is 1 in the column of a binary label, as `yes`.")
    ] = None,
    label_strip: Annotated[bool | None, typer.Option(help="Spaces around a class are no part of it.")] = None,
    label_fold_case: Annotated[bool | None, typer.Option(help="Classes are read in lower case.")] = None,
    condition: Annotated[
        str | None, typer.Option("--filter", help="A Spark SQL condition; other rows are left out.")
    ] = None,
    derive: Annotated[
        Names | None,
        typer.Option(help="A column for label, weight, filter or a feature, in SQL: 'late_by=arr_delay - 15'."),
    ] = None,
    time_zone: Annotated[str | None, typer.Option(help="Zone of dates in derived features, as Europe/Berlin.")] = None,
    weight: Annotated[str | None, typer.Option(help="The column of the rows' weights.")] = None,
    numeric: Annotated[Names | None, typer.Option(help="A numeric feature.")] = None,
    categorical: Annotated[Names | None, typer.Option(help="A categorical feature.")] = None,
    date: Annotated[
        Names | None, typer.Option(help="A date or time, with its format if it is not ISO 8601: 'ordered=%m/%d/%Y'.")
    ] = None,
    text: Annotated[Names | None, typer.Option(help="A short text, of which the model learns words.")] = None,
    features: Annotated[
        str | None, typer.Option(help='Features as JSON: {"distance": {"kind": "numeric", "impute": "median"}}')
    ] = None,
    crosses: Annotated[
        str | None, typer.Option(help='Crosses as JSON: [{"features": ["origin", "dest"], "buckets": 500}]')
    ] = None,
    exclude: Annotated[Names | None, typer.Option(help="A column that is no feature.")] = None,
    remaining: Annotated[str | None, typer.Option(help="Columns not named: infer their kind, or exclude them.")] = None,
    records: Annotated[str | None, typer.Option(help="What to write: none, raw or transformed.")] = None,
    layout: Annotated[str | None, typer.Option(help="How: columns or packed.")] = None,
    compression: Annotated[str | None, typer.Option(help="Of the record files: none or gzip.")] = None,
    splits: Annotated[
        str | None,
        typer.Option(
            help='As JSON: shares, {"train": 0.8, "validation": 0.1, "test": 0.1}; a column\'s values, '
            '{"column": "fold", "values": {"train": [0, 1], "test": [2]}}; a time, '
            '{"time": {"column": "ts", "test_from": "2026-01-01"}}; or files, {"files": {"train": ["a"], "test": ["b"]}}'
        ),
    ] = None,
    split_key: Annotated[
        Names | None, typer.Option(help="A column whose equal values stay in one split, or are checked to.")
    ] = None,
    max_bad_records: Annotated[int | None, typer.Option(help="Malformed rows to skip before the job fails.")] = None,
    partitions: Annotated[int | None, typer.Option(help="Number of ranges into which the source is divided.")] = None,
    timeout: Annotated[int | None, typer.Option(help="Seconds after which the job fails.")] = None,
    wait: Wait = True,
    as_json: AsJson = False,
    preprocessing: Preprocessing = PREPROCESSING_URL,
) -> None:
    """Start a dataset job, and follow it. Options go on top of the request, if both are given."""
    body = read_object(request) if request else {}
    body |= given(
        name=name,
        source=_source(body.get("source"), uri, source_format, null),
        label=_label(
            label,
            label_expression,
            given(kind=label_kind, positive=label_positive, strip=label_strip, fold_case=label_fold_case),
        ),
        filter=condition,
        derive=_derived(body.get("derive"), derive),
        weight=weight,
        features=_features(
            object_option("--features", features), body.get("features"), _named(numeric, categorical, date, text)
        ),
        crosses=json_option("--crosses", crosses),
        exclude=exclude,
        remaining=remaining,
        records=records,
        layout=layout,
        compression=compression,
        splits=object_option("--splits", splits),
        split_key=split_key,
        time_zone=time_zone,
        max_bad_records=max_bad_records,
        partitions=partitions,
        timeout=timeout,
    )
    if not body:
        raise InvalidInput(
            "a request is needed: a JSON file, or at least --name, --uri, and --label or --label-expression"
        )
    with Tandem(preprocessing=preprocessing) as tandem:
        job = tandem.create_dataset(body)
        done = response_of(tandem, job, f"dataset {body.get('name')}", wait=wait, as_json=as_json)
    if done is not None:
        out = console()
        out.print(dataset_line(done))
        for line in warning_lines(done.get("warnings", [])):
            out.print(line)
        out.print(f"report: {preprocessing}/v1/datasets/{body.get('name')}/report")


def _derived(requested: object, named: Names | None) -> dict[str, str] | None:
    if not named:
        return None
    derived = {} if requested is None else checked_object("the request's derive", requested)
    for definition in named:
        name, equals, text = definition.partition("=")
        if not equals:
            raise InvalidInput(f"--derive takes a name and SQL: 'late_by=arr_delay - 15'. Received: {definition!r}")
        derived[name.strip()] = text.strip()
    return derived


def _source(requested: object, uris: Names | None, named: str | None, nulls: Names | None) -> dict[str, Any] | None:
    if not (uris or named or nulls):
        return None
    source = {} if requested is None else checked_object("the request's source", requested)
    if uris:
        source["uris"] = uris
    if named or (uris and "format" not in source):
        source["format"] = named or format_by_name(uris[0] if uris else "") or "csv"
    if nulls:
        source["null_values"] = nulls
    return source


def _named(
    numeric: Names | None, categorical: Names | None, dates: Names | None, texts: Names | None
) -> dict[str, Any]:
    """Return the features of options that name columns. A date's format stands after `=`."""
    kinds = {"numeric": numeric or [], "categorical": categorical or [], "text": texts or []}
    named: dict[str, Any] = {name: {"kind": kind} for kind, names in kinds.items() for name in names}
    for date in dates or []:
        name, is_given, written = date.partition("=")
        named[name] = {"kind": "datetime", "format": written} if is_given else {"kind": "datetime"}
    return named


def _features(option: dict[str, Any] | None, requested: object, named: dict[str, Any]) -> dict[str, Any] | None:
    if not named:
        return option
    base = requested if option is None else option
    return named if base is None else checked_object("the request's features", base) | named


def _label(column: str | None, expression: str | None, options: dict[str, Any]) -> dict[str, Any] | None:
    if column is None and expression is None:
        return None
    return {"column": column, **options} if column is not None else {"expression": expression, **options}
