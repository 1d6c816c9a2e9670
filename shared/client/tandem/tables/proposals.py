"""A proposed dataset request on the terminal: source options, a table with a row per column, and the flags to review."""

from __future__ import annotations

import json
from typing import Any

from rich.markup import escape
from rich.table import Table
from rich.text import Text

from contracts.messages.schemas import FeatureEvidence, Proposal, SourceEvidence

_STYLES = {"excluded": "dim", "label": "bold cyan", "numeric": "green", "categorical": "magenta", "hashed": "yellow"}
_LONGEST_EXAMPLES = 40


def source_lines(proposal: Proposal) -> list[Text]:
    """Return the sample's size, then each source option that differs from its default, with the reason."""
    source = proposal.evidence.source
    lines = [Text(_sample_size(source))]
    chosen: dict[str, Any] = proposal.request["source"]
    for name, guess in source.guesses.items():
        if name in chosen:
            value = json.dumps(guess.value, ensure_ascii=False)
            lines.append(Text.assemble((f"  {name}", "bold"), f" {value}  ", (guess.reason, "dim")))
    return lines


def _sample_size(source: SourceEvidence) -> str:
    rows, sampled, files = f"{source.rows:,} rows", source.files_sampled, source.files
    in_files = f"{files} file{'s' if files != 1 else ''}"
    if source.complete:
        return f"all {rows} of {in_files}"
    estimated = f"about {source.rows_estimated:,}" if source.rows_estimated else "more"
    return f"a sample of {rows} of {estimated}, from {sampled} of {in_files}"


def column_table(proposal: Proposal) -> Table:
    """Return a table with a row per column: kind, missing values, distinct values, most frequent values, flags."""
    table = Table("column", "kind", box=None, pad_edge=False)
    for name in ("missing", "distinct", "numbers"):
        table.add_column(name, justify="right")
    table.add_column("examples")
    table.add_column("flags")
    flags: dict[str, list[str]] = {}
    for flag in proposal.flags:
        flags.setdefault(flag.column or "", []).append(flag.kind)
    features = proposal.evidence.features
    for name, evidence in features.items():
        style = _STYLES.get(evidence.kind, "")
        option = proposal.request["features"].get(name, {})
        kind = " ".join(str(part) for part in (evidence.kind, option.get("dtype"), option.get("buckets")) if part)
        table.add_row(
            Text(name, "bold" if evidence.kind != "excluded" else "dim"),
            Text(kind, style),
            f"{evidence.missing_share:.1%}",
            f"{evidence.distinct:,}",
            f"{evidence.number_share:.0%}",
            Text(_examples(evidence), "dim"),
            Text(", ".join(flags.get(name, [])), "yellow"),
        )
    for name in proposal.request["exclude"]:
        if name not in features:
            table.add_row(Text(name, "dim"), Text("excluded", "dim"), "", "", "", "", ", ".join(flags.get(name, [])))
    return table


def _examples(evidence: FeatureEvidence) -> str:
    shown = ", ".join(example.value for example in evidence.examples)
    return shown if len(shown) <= _LONGEST_EXAMPLES else f"{shown[:_LONGEST_EXAMPLES]}…"


def time_lines(proposal: Proposal) -> list[Text]:
    """Return two lines for each proposal of splits by time: the reason, and the splits as JSON."""
    lines: list[Text] = []
    for one in proposal.time_splits:
        lines.append(Text.assemble(("splits by time ", "green"), f"{one.column}: {one.reason}"))
        lines.append(Text(f'  "splits": {json.dumps(one.splits, ensure_ascii=False)}', "bold"))
    return lines


def flag_lines(proposal: Proposal) -> list[str]:
    """Return a line for each flag."""
    return [
        f"[yellow]{flag.kind}[/] {escape(flag.column or 'source')}: {escape(flag.reason)}" for flag in proposal.flags
    ]
