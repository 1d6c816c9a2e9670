"""A proposed dataset request in words: how the source is read, a row per column, and what a person should look at."""

from __future__ import annotations

import json
from typing import Any

from rich.markup import escape
from rich.table import Table
from rich.text import Text

from tandem.messages import Proposal

_STYLES = {"excluded": "dim", "label": "bold cyan", "numeric": "green", "categorical": "magenta", "hashed": "yellow"}
_LONGEST_EXAMPLES = 40


def source_lines(proposal: Proposal) -> list[Text]:
    """How much was looked at, and each field of the source that is not a default, with its reason."""
    source: dict[str, Any] = proposal.evidence["source"]
    seen = f"{source['rows']:,} rows of {source['files_sampled']} of {source['files']} files"
    whole = "all of them" if source["complete"] else f"of about {source['rows_estimated'] or 0:,}"
    lines = [Text(f"{seen} ({whole if source['complete'] or source['rows_estimated'] else 'a sample'})")]
    chosen: dict[str, Any] = proposal.request["source"]
    for name, guess in source["guesses"].items():
        if name in chosen:
            value = json.dumps(guess["value"], ensure_ascii=False)
            lines.append(Text.assemble((f"  {name}", "bold"), f" {value}  ", (guess["reason"], "dim")))
    return lines


def column_table(proposal: Proposal) -> Table:
    """A row per column: its kind and why, what is missing, how many different values, the most frequent ones, its flags."""
    table = Table("column", "kind", box=None, pad_edge=False)
    for name in ("missing", "distinct", "numbers"):
        table.add_column(name, justify="right")
    table.add_column("examples")
    table.add_column("flags")
    flags: dict[str, list[str]] = {}
    for flag in proposal.flags:
        flags.setdefault(flag["column"] or "", []).append(flag["kind"])
    features: dict[str, dict[str, Any]] = proposal.evidence["features"]
    for name, found in features.items():
        style = _STYLES.get(found["kind"], "")
        option = proposal.request["features"].get(name, {})
        kind = " ".join(str(each) for each in (found["kind"], option.get("dtype"), option.get("buckets")) if each)
        table.add_row(
            Text(name, "bold" if found["kind"] != "excluded" else "dim"),
            Text(kind, style),
            f"{found['missing_share']:.1%}",
            f"{found['distinct']:,}",
            f"{found['number_share']:.0%}",
            Text(_examples(found), "dim"),
            Text(", ".join(flags.get(name, [])), "yellow"),
        )
    for name in proposal.request["exclude"]:
        if name not in features:
            table.add_row(Text(name, "dim"), Text("excluded", "dim"), "", "", "", "", ", ".join(flags.get(name, [])))
    return table


def _examples(found: dict[str, Any]) -> str:
    shown = ", ".join(example["value"] for example in found["examples"])
    return shown if len(shown) <= _LONGEST_EXAMPLES else f"{shown[:_LONGEST_EXAMPLES]}…"


def flag_lines(proposal: Proposal) -> list[str]:
    """A line for each flag."""
    return [
        f"[yellow]{flag['kind']}[/] {escape(flag['column'] or 'source')}: {escape(flag['reason'])}"
        for flag in proposal.flags
    ]
