"""Whatever bytes a file of any format holds, planning, reading and proposals raise declared errors alone."""

from __future__ import annotations

import gzip
import io
import json
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import orc
from tests.sources.reading import SOURCE

from contracts.errors import TandemError
from contracts.messages.schemas import InferRequest
from contracts.schema import ValueType
from preprocessing.planning.column_types import column_types
from preprocessing.planning.ranges import plan_ranges
from preprocessing.proposals.propose import propose
from sources.files.resolve_sources import locate
from sources.read_range import positions_before, read_range

ROWS = 300
TABLE = pa.table(
    {
        "n": [None if i % 7 == 0 else i for i in range(ROWS)],
        "t": [f"w{i % 9}" if i % 5 else None for i in range(ROWS)],
        "f": [i / 3 for i in range(ROWS)],
        "l": [[i] for i in range(ROWS)],
        "d": pa.array([i % 3 for i in range(ROWS)]).cast(pa.decimal128(30, 2)),
    }
)
CSV = b"n,t,f\n" + b"".join(b'%d,"w, %d",%f\r\n' % (i, i % 9, i / 3) for i in range(60))


def parquet(codec: str) -> bytes:
    stream = io.BytesIO()
    pq.write_table(TABLE, stream, compression=codec, row_group_size=100)
    return stream.getvalue()


def orc_file(codec: str) -> bytes:
    stream = io.BytesIO()
    orc.write_table(TABLE, stream, compression=codec)
    return stream.getvalue()


def arrow(new: Callable[..., Any]) -> bytes:
    table = TABLE.append_column("c", TABLE["t"].combine_chunks().dictionary_encode())
    stream = io.BytesIO()
    with new(stream, table.schema) as writer:
        writer.write_table(table, max_chunksize=100)
    return stream.getvalue()


def json_lines() -> bytes:
    rows = ({"n": i, "t": f"w\u00e9{i}", "f": i / 3, "o": {"a": [1]}} for i in range(60))
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


FILES: dict[str, tuple[str, dict[str, Any], Callable[[], bytes]]] = {
    "parquet": ("t.parquet", {"format": "parquet"}, lambda: parquet("snappy")),
    "plain_parquet": ("t.parquet", {"format": "parquet"}, lambda: parquet("none")),
    "orc": ("t.orc", {"format": "orc"}, lambda: orc_file("uncompressed")),
    "packed_orc": ("t.orc", {"format": "orc"}, lambda: orc_file("zlib")),
    "arrow": ("t.arrow", {"format": "arrow"}, lambda: arrow(pa.ipc.new_file)),
    "arrow_stream": ("t.arrows", {"format": "arrow"}, lambda: arrow(pa.ipc.new_stream)),
    "csv": ("t.csv", {"format": "csv"}, lambda: CSV),
    "utf16": ("t.csv", {"format": "csv", "encoding": "utf-16"}, lambda: CSV.decode().encode("utf-16")),
    "gzip": ("t.csv.gz", {"format": "csv"}, lambda: gzip.compress(CSV)),
    "jsonl": ("t.jsonl", {"format": "jsonl"}, json_lines),
}


def damaged(data: bytes, draw: random.Random) -> bytes:
    """The file cut off, with some bytes exchanged for others, or with one to five wrong ones, mostly at its ends."""
    changed, how = bytearray(data), draw.random()
    if how < 0.15:
        return data[: draw.randrange(len(data))]
    if how < 0.3:
        start = draw.randrange(len(data))
        changed[start : start + draw.randrange(1, 40)] = draw.randbytes(draw.randrange(40))
        return bytes(changed)
    for _ in range(draw.choice([1, 1, 2, 5])):
        places = (range(len(data)), range(max(0, len(data) - 900), len(data)), range(min(600, len(data))))
        changed[draw.choice(draw.choice(places))] = draw.randrange(256)
    return bytes(changed)


def read(path: Path, fields: dict[str, Any]) -> int:
    """Plan and read the file as a dataset job does; return how many rows it has."""
    source = SOURCE.validate_python({"uris": [str(path)], **fields})
    plan = plan_ranges(source, locate(source.uris, [str(path.parent)], hive_partitioning=None), 2)
    kinds: dict[str, ValueType] = {
        name: kind for name, kind in column_types(plan, plan.columns).items() if kind is not None
    }
    rows = 0
    for part in plan.ranges:
        rows += sum(batch.num_rows for batch in read_range(plan.source, plan.files, part, kinds))
        positions_before(plan.source, plan.files[0], part.start)
    return rows


def damage(folder: Path, name: str, seed: int, rounds: int) -> int:
    """Read and propose that many damaged files; return how many were refused."""
    file, fields, make = FILES[name]
    path, data, draw, refused = folder / file, make(), random.Random(seed), 0
    path.write_bytes(data)
    assert read(path, fields) in {60, ROWS}
    for _ in range(rounds):
        path.write_bytes(damaged(data, draw))
        for ask in (lambda: read(path, fields), lambda: propose(InferRequest(uris=[file]), [str(folder)])):
            try:
                ask()
            except TandemError:
                refused += 1
    return refused


@pytest.mark.parametrize("name", FILES)
def test_damaged_files_are_refused_in_words(tmp_path: Path, name: str) -> None:
    assert damage(tmp_path, name, 1, 12) > 0


@pytest.mark.long
@pytest.mark.parametrize("name", FILES)
def test_many_damaged_files_are_refused_in_words(tmp_path: Path, name: str) -> None:
    """In a process of its own: one that Arrow ended would take the other tests with it."""
    code = f"from tests.sources import test_damaged_files as t; t.damage(t.Path({str(tmp_path)!r}), {name!r}, 7, 1000)"
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, cwd=Path(__file__).parents[2])
