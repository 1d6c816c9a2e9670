"""Small files to make proposals for."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence

import pyarrow as pa

from contracts.messages.schemas import Flag, Proposal
from contracts.schema import ValueType
from preprocessing.proposals.sample_rows import Sample
from preprocessing.proposals.sampled_columns import Column, columns_of

Propose = Callable[..., Proposal]
ROWS = 1000


def table(columns: Mapping[str, Sequence[object]], delimiter: str = ",") -> str:
    lines = [delimiter.join(columns), *(delimiter.join(map(str, row)) for row in zip(*columns.values(), strict=True))]
    return "\n".join(lines) + "\n"


def base(rows: int = ROWS, seed: int = 1) -> dict[str, list[object]]:
    """A label that nothing tells, a number and a category."""
    draw = random.Random(seed)
    return {
        "late": [draw.randint(0, 1) for _ in range(rows)],
        "size": [f"{draw.gauss(5, 2):.4f}" for _ in range(rows)],
        "colour": [draw.choice(["red", "green", "blue"]) for _ in range(rows)],
    }


def flags(proposal: Proposal, column: str | None) -> dict[str, Flag]:
    return {flag.kind: flag for flag in proposal.flags if flag.column == column}


def numbers(rows: int = ROWS) -> list[int]:
    return [random.Random(i).randint(-10_000, 1_000_000) for i in range(rows)]


def sampled(values: Sequence[str | bytes | None], name: str = "x", kind: ValueType | None = None) -> Column:
    """Return a sampled column of these values, None where missing."""
    cells = [value.encode() if isinstance(value, str) else value for value in values]
    sample = Sample(
        columns=[name],
        values={name: pa.chunked_array([pa.array(cells, pa.binary())])},
        rows=len(cells),
        complete=True,
        rows_estimated=len(cells),
        files_sampled=1,
    )
    return columns_of(sample, {name: kind})[name]
