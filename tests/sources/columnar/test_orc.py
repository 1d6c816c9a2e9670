"""ORC: stripes, alone and together, with missing values and bad ones, and files that are damaged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import orc as pyarrow_orc
from tests.sources.reading import planned, rows

from contracts.dataset.manifest import SourceFile, SourceRange
from contracts.errors import InvalidData, UnparsableValue, UnreadableFile
from contracts.schema import ValueType
from sources.columnar import orc
from sources.read_request import ReadRequest

COUNT = 30_000
KINDS: dict[str, ValueType] = {"t": "bytes", "n": "int64"}


@pytest.fixture
def file(tmp_path: Path) -> SourceFile:
    """Several stripes, of more rows than a batch has."""
    table = pa.table(
        {
            "n": pa.array([None if i % 7 == 0 else i for i in range(COUNT)], pa.int64()),
            "t": pa.array(["" if i % 5 == 0 else f"{i:x}" * 20 for i in range(COUNT)]),
            "l": pa.array([[i] for i in range(COUNT)]),
        }
    )
    path = tmp_path / "t.orc"
    pyarrow_orc.write_table(table, str(path), stripe_size=1 << 14, compression="zlib")
    return SourceFile(uri=str(path), bytes=path.stat().st_size, modified_ns=0)


def expected(start: int, end: int) -> list[tuple[Any, ...]]:
    return [(None if i % 5 == 0 else (f"{i:x}" * 20).encode(), None if i % 7 == 0 else i) for i in range(start, end)]


def read(file: SourceFile, start: int, end: int, kinds: dict[str, ValueType] = KINDS) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    for batch in orc.read(ReadRequest(file, SourceRange(file=0, start=start, end=end), kinds)):
        assert batch.num_rows <= 16_384
        found += zip(*(column.to_pylist() for column in batch.columns), strict=True)
    return found


def test_units_are_stripes(file: SourceFile) -> None:
    units = orc.units(file)
    assert units.count > 1
    assert (units.columns, units.rows, units.has_rows) == (["n", "t", "l"], COUNT, True)
    assert units.pieces == units.passes == [(stripe, stripe + 1) for stripe in range(units.count)]
    assert orc.schema(file).field("n").type == pa.int64()


def test_stripes_alone_are_the_rows_of_the_whole_in_order(file: SourceFile) -> None:
    count = orc.units(file).count
    assert read(file, 0, count) == expected(0, COUNT)
    befores = [orc.rows_before(file, stripe) for stripe in range(count + 1)]
    assert (befores[0], befores[-1]) == (0, COUNT)
    for stripe in range(count):
        assert read(file, stripe, stripe + 1) == expected(befores[stripe], befores[stripe + 1])


def test_a_plan_in_parts_reads_every_row_once(file: SourceFile) -> None:
    plan = planned(Path(file.uri), 2, format="orc")
    assert len(plan.ranges) == 2
    assert rows(plan, KINDS) == expected(0, COUNT)


def test_a_bad_value_is_named_by_its_row_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "t.orc"
    values = [float(i) for i in range(COUNT)]
    values[-2] = 0.5
    pyarrow_orc.write_table(pa.table({"n": values}), str(path), stripe_size=1 << 14)
    file = SourceFile(uri=str(path), bytes=1, modified_ns=0)
    last = orc.units(file).count - 1
    assert last > 0
    with pytest.raises(UnparsableValue, match=rf"t\.orc, row {COUNT - 1}, column 'n': '0\.5' is not a whole number"):
        read(file, last, last + 1, {"n": "int64"})


def test_a_nested_column_cannot_be_read(file: SourceFile) -> None:
    with pytest.raises(InvalidData, match=r"column 'l' is list.*read it with many, or shape, or exclude it"):
        read(file, 0, 1, {"l": "bytes"})


@pytest.mark.parametrize("data", [b"", b"a,b\n1,2\n", b"ORC"])
def test_a_file_of_another_format_is_named(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "t.orc").write_bytes(data)
    with pytest.raises(UnreadableFile, match=r"t\.orc is not an ORC file"):
        orc.units(SourceFile(uri=str(tmp_path / "t.orc"), bytes=len(data), modified_ns=0))


def test_damage_in_a_stripe_is_found_when_it_is_read(file: SourceFile) -> None:
    data = bytearray(Path(file.uri).read_bytes())
    data[10:2000] = b"\xff" * 1990
    Path(file.uri).write_bytes(data)
    with pytest.raises(UnreadableFile, match=r"t\.orc is damaged") as caught:
        read(file, 0, 1)
    assert caught.value.pointer == "/source"


def without_a_struct() -> bytes:
    """An ORC file of no stripes whose only type is INT: a footer and a postscript in protocol buffers."""
    footer = b"\x08\x03\x10\x03" + b"\x22\x02\x08\x03" + b"\x30\x00"  # lengths, types, number of rows
    postscript = b"\x08" + bytes([len(footer)]) + b"\x10\x00\x22\x02\x00\x0c\x28\x00\x30\x06" + b"\x82\xf4\x03\x03ORC"
    return b"ORC" + footer + postscript + bytes([len(postscript)])


def test_a_file_without_columns_at_its_top_is_named(tmp_path: Path) -> None:
    (tmp_path / "t.orc").write_bytes(without_a_struct())
    file = SourceFile(uri=str(tmp_path / "t.orc"), bytes=1, modified_ns=0)
    for ask in (
        orc.units,
        orc.schema,
        lambda file: list(orc.read(ReadRequest(file, SourceRange(file=0, start=0, end=1), {}))),
    ):
        with pytest.raises(UnreadableFile, match=r"t\.orc holds what Arrow cannot read.*top-level struct"):
            ask(file)
