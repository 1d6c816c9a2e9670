"""Datasets, models, versions, jobs and proposals as HTML, which notebooks show; in all else they are what they extend."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from contracts.messages import schemas
from contracts.messages.jobs import JobMessage
from tandem.values.durations import shown_duration

Row = dict[str, Any]
_COLOURS = {"SUCCEEDED": "#1a7f37", "FAILED": "#cf222e", "CANCELLED": "#9a6700"}


class Dataset(dict[str, Any]):
    """A published dataset's manifest."""

    def _repr_html_(self) -> str:
        rows = {name: split["rows"] for name, split in self.get("splits", {}).items()}
        schema: Row = self.get("schema", {})
        shown = {
            "dataset": self.get("name"),
            "created": _moment(self.get("created")),
            "rows": _counts(rows),
            "label": _label(schema.get("label")),
            "records": self.get("records"),
            "fingerprint": self.get("fingerprint"),
        }
        features: Row = schema.get("features", {})
        kinds = [(name, feature.get("kind")) for name, feature in features.items()]
        return html_pairs(shown) + (html_table(["feature", "kind"], kinds) if kinds else "")


class Datasets(list[dict[str, Any]]):
    """Summaries of the published datasets."""

    def _repr_html_(self) -> str:
        columns = ["dataset", "created", "rows", "records", "MB"]
        return html_table(
            columns,
            (
                [
                    summary["name"],
                    _moment(summary["created"]),
                    _counts(summary["rows"]),
                    summary["records"],
                    _megabytes(summary),
                ]
                for summary in self
            ),
        )


class Model(dict[str, Any]):
    """The state of status version of a model."""

    def _repr_html_(self) -> str:
        states: list[Row] = self.get("model_version_status", [])
        return html_table(["version", "state"], ([status.get("version"), status.get("state")] for status in states))


class Models(list[dict[str, Any]]):
    """The models, with the metrics of their default versions."""

    def _repr_html_(self) -> str:
        columns = ["model", "versions", "default", "labels", "dataset", "metrics"]
        return html_table(
            columns,
            (
                [
                    model["name"],
                    len(model["versions"]),
                    model["default"],
                    _counts(model["labels"]),
                    model["dataset"],
                    _metrics(model["evaluation"]),
                ]
                for model in self
            ),
        )


class Versions(list[dict[str, Any]]):
    """The versions of a model, the newest first."""

    def _repr_html_(self) -> str:
        columns = ["version", "default", "state", "labels", "dataset", "network", "created", "metrics"]
        return html_table(
            columns,
            (
                [
                    version["version"],
                    "yes" if version["default"] else "",
                    version["state"],
                    ", ".join(version["labels"]),
                    version["dataset"],
                    version["network"],
                    _moment(version["created"]),
                    _metrics(version["evaluation"]),
                ]
                for version in self
            ),
        )


class Proposal(schemas.Proposal):
    """A request that `create_dataset` takes as it is, once it has a label; and the reasons."""

    def _repr_html_(self) -> str:
        source = self.evidence.source
        about = {
            "dataset": self.request.get("name"),
            "format": self.request.get("source", {}).get("format"),
            "label": _label(self.request.get("label")) or f"missing; candidates: {', '.join(self.label_candidates)}",
            "sampled rows": f"{source.rows:,}",
        }
        columns = ["column", "kind", "missing", "distinct", "examples", "reason"]
        features = (
            [
                name,
                evidence.kind,
                f"{evidence.missing_share:.1%}",
                f"{evidence.distinct:,}",
                ", ".join(example.value for example in evidence.examples[:3]),
                evidence.reason,
            ]
            for name, evidence in self.evidence.features.items()
        )
        flags = ([flag.column or "source", flag.kind, flag.reason] for flag in self.flags)
        times = ([json.dumps(one.splits), f"{one.days:,}", one.reason] for one in self.time_splits)
        return (
            html_pairs(about)
            + html_table(columns, features)
            + (html_table(["column", "flag", "reason"], flags) if self.flags else "")
            + (html_table(["splits by time", "days", "reason"], times) if self.time_splits else "")
        )


def job_html(job: JobMessage, subject: str, seconds: float) -> str:
    """Return a job as HTML: state, progress, metrics while it runs, and its error."""
    progress = job.progress
    bar = (
        ""
        if progress.fraction is None
        else f'<progress value="{progress.fraction:.4f}"></progress> {progress.fraction:.0%}'
    )
    state = f'<span style="color: {_COLOURS.get(job.state, "inherit")}">{escape(job.state.lower())}</span>'
    left = progress.details.get("seconds_left")
    details = {name: value for name, value in progress.details.items() if isinstance(value, int | float)}
    pairs = html_pairs(
        {
            "job": job.id,
            "kind": job.kind,
            "for": subject,
            "took" if job.done else "runs for": shown_duration(seconds),
            "left": shown_duration(left) if isinstance(left, int | float) and not job.done else None,
            **{name: value for name, value in details.items() if name != "seconds_left"},
            "error": (job.error or {}).get("detail"),
        }
    )
    return f"<div>{state} {escape(progress.phase)} {bar}</div>{pairs}"


def html_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table with a header; every cell is escaped."""
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    body = "".join("<tr>" + "".join(f"<td>{_cell(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def html_pairs(pairs: Row) -> str:
    """Return a table with a row per name and value, without those that have no value."""
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td>{_cell(value)}</td></tr>"
        for name, value in pairs.items()
        if value is not None and value != ""
    )
    return f"<table>{rows}</table>"


def _cell(value: object) -> str:
    return "" if value is None else escape(str(value))


def _moment(text: object) -> str:
    return str(text or "")[:19].replace("T", " ")


def _counts(counts: Row) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())


def _label(label: Row | None) -> str:
    return "" if label is None else str(label.get("column") or label.get("expression") or "")


def _megabytes(summary: Row) -> str:
    return f"{summary['bytes'] / 1e6:.1f}"


def _metrics(evaluation: Row | None) -> str:
    test: Row = (evaluation or {}).get("test", {})
    names = [name for name in ("auc", "log_loss", "accuracy", "mae", "rmse") if test.get(name) is not None]
    return ", ".join(f"{name.replace('_', ' ')} {test[name]:.4f}" for name in names)
