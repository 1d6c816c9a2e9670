"""Job results and resources on the terminal: rows of datasets, models and versions, and metrics with the baseline's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from rich.markup import escape
from rich.table import Table

from contracts.messages.metrics import HIGHER_IS_BETTER
from tandem.messages import Job
from tandem.values.durations import shown_duration

_SEVERITY_STYLES = {"serious": "red", "warning": "yellow"}


def dataset_line(response: dict[str, Any]) -> str:
    """Return a dataset job's summary: rows per split, rows left out, and the size of the records."""
    rows: dict[str, int] = response.get("rows", {})
    splits = ", ".join(f"{split} {count:,}" for split, count in rows.items())
    reasons = ("withoutLabel", "unknownClass", "withoutSplit")
    unlabelled, unknown, elsewhere = (response.get("leftOut", {}).get(why, 0) for why in reasons)
    left_out = f"; {unlabelled:,} without a label left out" if unlabelled else ""
    left_out += f"; {unknown:,} of a class that no training row has left out" if unknown else ""
    left_out += f"; {elsewhere:,} of no split left out" if elsewhere else ""
    return f"{sum(rows.values()):,} rows ({splits}){left_out}; {response.get('bytes', 0) / 1e6:.1f} MB of records"


def warning_lines(warnings: list[dict[str, Any]]) -> list[str]:
    """Return a line for each warning about a dataset: severity, kind, feature, the observation and advice."""
    return [
        f"[{_SEVERITY_STYLES.get(warning['severity'], 'dim')}]{escape(warning['severity'])}: {escape(warning['kind'])}[/] "
        + escape(": ".join([*([warning["feature"]] if warning.get("feature") else []), warning["message"]]))
        + f" [dim]{escape(warning['advice'])}[/]"
        for warning in warnings
    ]


def metrics_table(response: dict[str, Any]) -> Table:
    """Return a table with a row per metric of a training job's response: model and baseline, the better one in green."""
    table = Table("metric (test split)", title=f"model {response.get('model')}, version {response.get('version')}")
    table.add_column("model", justify="right")
    table.add_column("baseline", justify="right")
    evaluation = response.get("evaluation", {})
    metrics, baseline = evaluation.get("test", {}), evaluation.get("baseline", {})
    for name, value in metrics.items():
        other = baseline.get(name)
        if isinstance(value, int | float) or (value is None and other is not None):
            table.add_row(
                name.replace("_", " "),
                _shown(value, wins=_wins(name, value, other)),
                _shown(other, wins=_wins(name, other, value)),
            )
    return table


def calibration_line(response: dict[str, Any]) -> str | None:
    """Return how the probabilities of a training job's version were corrected; None where they were not."""
    evaluation = response.get("evaluation", {})
    calibration = evaluation.get("calibration")
    if calibration is None or calibration["verdict"] != "corrected":
        return None
    before, after = _decimals(calibration["ece_before"]), _decimals(evaluation["test"]["ece"])
    return (
        f"probabilities corrected by temperature {calibration['temperature']:.3f}: calibration error {before} before, "
        f"{after} after"
    )


def gate_lines(response: dict[str, Any]) -> list[str]:
    """Return lines on the quality gate and on the assigned label of a training job; none if it had neither."""
    lines: list[str] = []
    gate = response.get("gate")
    if gate is not None:
        lines.append(
            "[green]gate passed[/]"
            if gate["passed"]
            else "[red]gate failed: the version is kept, but is not the default[/]"
        )
        lines += [f"  {escape(_miss(miss))}" for miss in gate["missed"]]
    if response.get("label"):
        lines.append(f"label {response['label']} is on version {response['version']}")
    return lines


def _miss(miss: dict[str, Any]) -> str:
    asked = {"min": "at least", "max": "at most"}.get(miss["condition"].rpartition(".")[2], "better than")
    required = f"{asked} {miss['required']:.4f}"
    share = miss.get("missing_share")
    metric = miss["metric"] if share is None else f"{miss['metric']} with {100 * share:g} % of the fields missing"
    metric += "" if miss.get("class_name") is None else f" of class {miss['class_name']}"
    metric += " on average over the folds" if miss["condition"].startswith("folds.") else ""
    if miss["received"] is None:
        return f"{metric} is undefined on this test split (required: {required})"
    return f"{metric} is {miss['received']:.4f} (required: {required})"


def missing_tables(missing: dict[str, Any]) -> list[Table]:
    """Return a table by share of missing fields, and one of each feature missing or unseen alone, the worst first.

    `missing`: of an evaluation. Of several classes the calibration is that of the class whose mean probability is farthest off.
    """
    by_class = isinstance(missing["mean_label"], list)
    calibration = "calibration" if by_class else "mean prediction"
    names = [name for name, value in missing["baseline"].items() if name in HIGHER_IS_BETTER and value is not None]
    by_share = Table("missing fields", title=f"{missing['rows']:,} test rows with missing fields")
    by_feature = Table("only this feature", "is", title="a single feature missing or unseen, the worst first")
    for table in (by_share, by_feature):
        for name in (*names, calibration):
            table.add_column(name.replace("_", " "), justify="right")
    by_feature.add_column("training rows", justify="right")

    def figures(masked: dict[str, Any]) -> list[str]:
        metrics = masked["metrics"]
        return [
            *(_decimals(metrics[name]) for name in names),
            _calibration(masked["mean_prediction"], missing["mean_label"]),
        ]

    for masked in missing["by_share"]:
        by_share.add_row(f"{100 * masked['share']:g} %", *figures(masked))
    truth = "-" if by_class else _decimals(missing["mean_label"])
    by_share.add_row("constant baseline", *(_decimals(missing["baseline"][name]) for name in names), f"label {truth}")
    for masked in missing["by_feature"]:
        rows = masked["training_rows"]
        shown = "-" if rows is None else f"{rows:,}" if rows else "never"
        by_feature.add_row(escape(masked["feature"]), masked["masked_as"], *figures(masked), shown)
    return [by_share, by_feature]


def _calibration(predicted: float | list[float] | None, truth: float | list[float] | None) -> str:
    if isinstance(predicted, list) and isinstance(truth, list):
        off = [probability - share for probability, share in zip(predicted, truth, strict=True)]
        return f"{max(off, key=abs):+.4f}"
    return _decimals(predicted if isinstance(predicted, float) else None)


def _decimals(value: float | None) -> str:
    return "-" if value is None else f"{value:,.4f}"


def models_table(models: list[dict[str, Any]]) -> Table:
    """Return a table with a row per model, with the metrics of its default version."""
    table = plain_table("model", "versions", "default", "labels", "dataset", "metrics")
    for model in models:
        labels = ", ".join(f"{label}: {version}" for label, version in model["labels"].items())
        shown = [model["name"], str(len(model["versions"])), str(model["default"] or "none"), labels, model["dataset"]]
        table.add_row(*map(escape, shown), _metrics(model["evaluation"]))
    return table


def versions_table(versions: list[dict[str, Any]]) -> Table:
    """Return a table with a row per version, the newest first; an asterisk marks the default version."""
    table = plain_table("version", "state", "labels", "gate", "dataset", "network", "created", "metrics")
    for version in versions:
        gate = "" if version["gate"] is None else "[green]passed[/]" if version["gate"]["passed"] else "[red]failed[/]"
        number = f"{version['version']}{' *' if version['default'] else ''}"
        created = version["created"][:10]
        table.add_row(
            number,
            version["state"],
            escape(", ".join(version["labels"])),
            gate,
            escape(version["dataset"]),
            version["network"],
            created,
            _metrics(version["evaluation"]),
        )
    return table


def jobs_table(jobs: Sequence[Job], id_length: int | None = None) -> Table:
    """Return a table with a row per job; of their ids at most `id_length` characters."""
    table = plain_table("service", "id", "kind", "for", "state", "progress", "created (UTC)", "took")
    for job in jobs:
        fraction = "" if job.progress.fraction is None else f" {job.progress.fraction:.0%}"
        table.add_row(
            job.service,
            job.id[:id_length],
            job.kind,
            escape(job.subject),
            job.state,
            f"{job.progress.phase}{fraction}",
            job.create_time[:19].replace("T", " "),
            shown_duration(job.seconds),
        )
    return table


def job_table(job: Job) -> Table:
    """Return a table that describes one job, with its error if it has one."""
    return pair_table(
        {
            "job": job.id,
            "service": job.service,
            "kind": job.kind,
            "for": job.subject,
            "state": job.state,
            "progress": job.progress.phase + ("" if (done := job.progress.fraction) is None else f" {done:.0%}"),
            "attempt": str(job.attempt),
            "created": f"{job.create_time[:19].replace('T', ' ')} UTC",
            "took": shown_duration(job.seconds),
            "result": job.links.get("resource"),
            "error": (job.error or {}).get("detail"),
        }
    )


def labels_table(labels: dict[str, int]) -> Table:
    """Return a table with a row per label."""
    table = plain_table("label", "version")
    for label, version in labels.items():
        table.add_row(escape(label), str(version))
    return table


def plain_table(*columns: str) -> Table:
    """Return an empty table without lines, in which a name is never cut."""
    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def pair_table(values: Mapping[str, str | None]) -> Table:
    """Return a table with a row per name and value, without those that are empty."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, value in values.items():
        if value:
            table.add_row(name, escape(value))
    return table


def _metrics(evaluation: dict[str, Any]) -> str:
    """Return the main metrics as text: AUC and log loss, or MAE and RMSE."""
    test = evaluation["test"]
    names = [name for name in ("auc", "log_loss", "mae", "rmse") if test.get(name) is not None]
    return ", ".join(f"{name.replace('_', ' ')} {test[name]:.4f}" for name in names)


def _shown(value: float | None, *, wins: bool) -> str:
    if value is None:
        return "-"
    shown = f"{value:,}" if isinstance(value, int) else f"{value:.4f}"
    return f"[green]{shown}[/]" if wins else shown


def _wins(name: str, value: float | None, other: float | None) -> bool:
    higher_is_better = cast("Mapping[str, bool]", HIGHER_IS_BETTER).get(name)
    if value is None or other is None or higher_is_better is None:
        return False
    return value > other if higher_is_better else value < other
