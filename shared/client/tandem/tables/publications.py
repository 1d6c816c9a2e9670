"""Published datasets and predictions on the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from rich.markup import escape
from rich.table import Table

from tandem.tables.results import pair_table, plain_table, warning_lines

Row = dict[str, Any]


def datasets_table(datasets: Iterable[Row], fingerprint_length: int | None = None) -> Table:
    """Return a table with a row per dataset; of their fingerprints at most `fingerprint_length` characters."""
    table = plain_table("dataset", "rows", "records", "size", "created (UTC)", "fingerprint")
    for dataset in datasets:
        table.add_row(
            escape(dataset["name"]),
            _rows(dataset["rows"]),
            f"{dataset['records']}, {dataset['layout']}",
            _size(dataset["bytes"]),
            _moment(dataset["created"]),
            dataset["fingerprint"][:fingerprint_length],
        )
    return table


def dataset_parts(manifest: Row) -> Iterator[Table | str]:
    """Yield the parts that describe a dataset: what it is, its features, and its warnings."""
    schema: Row = manifest["schema"]
    label: Row = schema["label"]
    shards: list[Row] = manifest["shards"]
    yield pair_table(
        {
            "dataset": manifest["name"],
            "created": f"{_moment(manifest['created'])} UTC",
            "source": _source(manifest["source"], manifest["files"]),
            "label": f"{label.get('expression') or label['column']} ({label['kind']})",
            "weight": schema.get("weight"),
            "rows": _rows({name: split["rows"] for name, split in manifest["splits"].items()}),
            "left out": _left_out(manifest["left_out"]),
            "without a time": f"{without_time:,} training rows"
            if (without_time := manifest.get("without_time"))
            else None,
            "groups": _groups(manifest.get("groups")),
            "records": f"{manifest['records']}, {manifest['layout']}, {_count(len(shards), 'file')}, "
            + _size(sum(shard["bytes"] for shard in shards)),
            "fingerprint": manifest["fingerprint"],
        }
    )
    features = plain_table("feature", "kind", "type")
    for name, feature in schema["features"].items():
        features.add_row(escape(name), feature["kind"], feature.get("dtype") or "text")
    yield ""
    yield features
    if warnings := manifest.get("warnings"):
        yield ""
        yield from warning_lines(warnings)


def predictions_table(predictions: Iterable[Row]) -> Table:
    """Return a table with a row per published batch prediction."""
    table = plain_table("predictions", "model", "version", "rows", "size", "created (UTC)", "folder")
    for one in predictions:
        table.add_row(
            escape(one["name"]),
            escape(one["model"]),
            str(one["version"]),
            f"{one['rows']:,}",
            _size(sum(file["bytes"] for file in one["files"])),
            _moment(one["created"]),
            escape(one["folder"]),
        )
    return table


def prediction_parts(predictions: Row) -> Iterator[Table | str]:
    """Yield the parts that describe published predictions: what they are, and their files."""
    yield pair_table(
        {
            "predictions": predictions["name"],
            "created": f"{_moment(predictions['created'])} UTC",
            "model": f"{predictions['model']}, version {predictions['version']}",
            "rows": f"{predictions['rows']:,}",
            "columns": ", ".join(predictions["columns"]),
            "job": predictions["job"],
        }
    )
    files = plain_table("file", "rows", "size", "SHA-256")
    rejected: Row | None = predictions.get("rejected")
    for file in [*predictions["files"], *([rejected] if rejected else [])]:
        files.add_row(escape(file["path"]), f"{file['rows']:,}", _size(file["bytes"]), file["sha256"])
    yield ""
    yield files


def _source(source: Row, files: list[Row]) -> str:
    names = ", ".join(str(file["uri"]) for file in files[:3]) or source.get("table") or ""
    more = f" and {len(files) - 3:,} more" if len(files) > 3 else ""
    return f"{source['format']}: {names}{more}"


def _left_out(left_out: Row) -> str:
    reasons = {
        "without_label": "without a label",
        "filtered": "filtered",
        "rejected": "that could not be read",
        "without_split": "of no split",
        "unknown_class": "of a class that no training row has",
    }
    return ", ".join(f"{left_out[name]:,} {text}" for name, text in reasons.items() if left_out.get(name))


def _groups(groups: Row | None) -> str | None:
    if groups is None:
        return None
    without_key = f"; {groups['without_key']:,} rows without a key" if groups["without_key"] else ""
    return f"{groups['groups']:,} of {', '.join(groups['columns'])}, each in one split{without_key}"


def _rows(splits: dict[str, int]) -> str:
    parts = ", ".join(f"{name} {rows:,}" for name, rows in splits.items() if rows)
    return f"{sum(splits.values()):,} ({parts})"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def removal_table(removal: Row) -> Table:
    """Return a table with a row per version that went, or would go, and the size of all."""
    table = plain_table("would be removed" if removal["dry_run"] else "removed", "labels", "default", "dataset", "size")
    for version in removal["versions"]:
        table.add_row(
            f"{escape(removal['model'])} {version['version']}",
            escape(", ".join(version["labels"])),
            "yes" if version["default"] else "",
            escape(version["dataset"] or "unknown: its manifest is damaged"),
            _size(version["bytes"]),
        )
    return table


def dataset_removal(removal: Row) -> str:
    """Return the lines on a dataset that would go."""
    versions = [f"{version['model']} {version['version']}" for version in removal["trained"]]
    trained = (
        f"trained from it: {escape(', '.join(versions))}"
        if versions
        else "no version in its storage was trained from it"
    )
    return f"{escape(removal['dataset'])} would be deleted, {_size(removal['bytes'])}; {trained}"


def _size(number: int) -> str:
    return f"{number / 1e6:,.1f} MB" if number >= 50_000 else f"{number / 1e3:,.1f} kB"


def _moment(created: str) -> str:
    return created[:16].replace("T", " ")
