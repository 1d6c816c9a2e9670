"""Arrow's CSV reader gets every byte of the text, wherever its blocks end."""

from __future__ import annotations

import io

import pyarrow as pa
import pytest
from pyarrow import csv

from sources.text.arrow_blocks import ArrowBlocks
from sources.text.encodings import BOM

TEXT = BOM + b'a,"x\r\ny"\r\n' * 3 + b'"\r\r\n","' + b"\r" * 200 + b'\n"\r\n'


@pytest.mark.parametrize("size", range(1, 60))
def test_the_blocks_hold_the_text_and_only_the_last_ends_with_a_carriage_return(size: int) -> None:
    stream = ArrowBlocks(io.BytesIO(TEXT + b"\r"))
    blocks = list(iter(lambda: stream.read(size), b""))
    assert not any(block.endswith(b"\r") for block in blocks[:-1])
    assert b"".join(blocks).removeprefix(BOM).removeprefix(BOM) == TEXT.removeprefix(BOM) + b"\r"
    assert min(map(len, blocks[:-1]), default=size) >= size


@pytest.mark.parametrize("size", [230, 231, 233, 260, 512])
def test_arrow_keeps_marks_and_quoted_line_breaks(size: int) -> None:
    text = BOM + b"b,c\n" + b'"\r\n",2\n' * 100 + b'"' + b"\r" * 200 + b'\n",3\n'
    parse = csv.ParseOptions(newlines_in_values=True)
    types = csv.ConvertOptions(column_types={"x": pa.binary(), "y": pa.binary()})
    read = csv.ReadOptions(column_names=["x", "y"], block_size=size, use_threads=False)
    with csv.open_csv(ArrowBlocks(io.BytesIO(text)), read, parse, types) as batches:
        values = pa.Table.from_batches(list(batches)).column("x").to_pylist()
    assert values == [BOM + b"b", *[b"\r\n"] * 100, b"\r" * 200 + b"\n"]
