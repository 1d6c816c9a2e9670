"""Parquet: row groups as one range, several or a part, with and without dictionaries, and damaged files."""

from __future__ import annotations

import base64
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow.parquet import encryption
from tests.sources.reading import planned, rows

from contracts.dataset.manifest import SourceFile, SourceRange
from contracts.errors import InvalidData, UnparsableValue, UnreadableFile
from contracts.schema import ValueType
from sources.columnar import parquet
from sources.read_request import ReadRequest


@pytest.mark.parametrize("group_rows", [1, 7, 20, 100, 1000])
@pytest.mark.parametrize("partitions", [1, 2, 3, 8, 50])
def test_a_row_group_may_be_several_ranges(
    tmp_path: Path, group_rows: int, partitions: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sources.columnar.parquet.BATCH_ROWS", 6)
    path = tmp_path / "t.parquet"
    pq.write_table(
        pa.table({"i": pa.array(range(100)), "s": [f"s{at}" for at in range(100)]}), path, row_group_size=group_rows
    )
    plan = planned(path, partitions, format="parquet")
    assert 0.7 * partitions <= len(plan.ranges) <= partitions
    assert [part.start for part in plan.ranges[1:]] == [part.end for part in plan.ranges[:-1]]
    assert all(part.end - part.start <= 2 * -(-100 // partitions) for part in plan.ranges)
    if group_rows == 20 and partitions < 5:
        assert all(part.start % 20 == 0 for part in plan.ranges), "no row group is decoded twice"
    assert rows(plan, {"i": "int64", "s": "bytes"}) == [(at, f"s{at}".encode()) for at in range(100)]


@pytest.mark.parametrize("group_rows", [40, 200, 333, 1000])
def test_a_file_of_few_row_groups_is_several_tasks(
    tmp_path: Path, group_rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("preprocessing.planning.ranges.SMALL_RANGE_BYTES", 100)
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"i": pa.array(range(1000))}), path, row_group_size=group_rows)
    plan = planned(path, None, format="parquet")
    assert 4 <= len(plan.ranges) <= 10
    assert [part.start for part in plan.ranges[1:]] == [part.end for part in plan.ranges[:-1]]
    assert plan.ranges[-1].end - plan.ranges[-1].start <= plan.ranges[0].end, "the last are small"
    assert rows(plan, {"i": "int64"}) == [(at,) for at in range(1000)]


@pytest.mark.parametrize("values", [["a", "", None, "tokens of more than eight bytes"], [None], [""], [b"\xff", b"a"]])
def test_text_is_the_same_with_and_without_a_dictionary(tmp_path: Path, values: list[str | bytes | None]) -> None:
    found: list[Any] = []
    column = pa.array((values * 5000)[:5000], pa.binary() if isinstance(values[0], bytes) else pa.string())
    for dictionary in (True, False):
        path = tmp_path / f"{dictionary}.parquet"
        pq.write_table(pa.table({"c": column}), path, use_dictionary=dictionary, row_group_size=999)
        found.append(rows(planned(path, 3, format="parquet"), {"c": "bytes"}))
    with_dictionary, without = found
    expected = [value.encode() if isinstance(value, str) else value for value in column.to_pylist()]
    assert with_dictionary == without == [(value or None,) for value in expected]


def test_parquet_columns_become_numbers_or_tokens(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    columns = {
        "i": pa.array([1, None, 2**62], pa.int64()),
        "u": pa.array([1, 2, 3], pa.uint8()),
        "f": pa.array([1.5, float("nan"), None], pa.float32()),
        "b": pa.array([True, None, False]),
        "s": pa.array(["x", "", None]),
        "d": pa.array(["p", None, "q"]).dictionary_encode(),
        "n": pa.array([[1], [2], None]),
    }
    pq.write_table(pa.table(columns), path)
    plan = planned(path, format="parquet")
    kinds: dict[str, ValueType] = {"i": "int64", "u": "bytes", "f": "float64", "b": "bytes", "s": "bytes", "d": "bytes"}
    found = rows(plan, kinds)
    assert [row[0] for row in found] == [1, None, 2**62]
    assert [row[1] for row in found] == [b"1", b"2", b"3"]
    assert [row[3:] for row in found] == [(b"true", b"x", b"p"), (None, None, None), (b"false", None, b"q")]
    with pytest.raises(InvalidData, match=r"'n' is list"):
        rows(plan, {"n": "bytes"})
    with pytest.raises(InvalidData, match=r"'s' is .*string, not a number"):
        rows(plan, {"s": "float64"})


def test_floats_as_categories_are_written_like_whole_numbers_where_they_are(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"f": pa.array([1.0, -0.5, 1e300, None, float("nan")])}), path)
    found = rows(planned(path, format="parquet"), {"f": "bytes"})
    assert [row[0] for row in found] == [b"1", b"-0.5", str(int(1e300)).encode(), None, None]


@pytest.mark.parametrize("position", [4, 300, 2000, -6])
def test_damaged_parquet_is_named(tmp_path: Path, position: int) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"s": [f"text {i}" for i in range(3000)]}), path)
    content = bytearray(path.read_bytes())
    end = position + 40 if position > 0 else len(content)
    content[position:end] = b"\xff" * len(content[position:end])
    path.write_bytes(bytes(content))
    with pytest.raises((UnreadableFile, InvalidData), match=r"t\.parquet"):
        rows(planned(path, format="parquet"), {"s": "bytes"})


def test_a_column_of_nulls_is_any_kind(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"a": pa.nulls(2), "b": pa.nulls(2)}), path)
    plan = planned(path, format="parquet")
    assert rows(plan, {"a": "float64", "b": "bytes"}) == [(None, None), (None, None)]


@pytest.fixture
def grouped(tmp_path: Path) -> SourceFile:
    """Ten rows in groups of four."""
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"n": [*range(9), 0.5], "t": [f"t{i}" for i in range(10)]}), path, row_group_size=4)
    return SourceFile(uri=str(path), bytes=1, modified_ns=0)


def test_units_are_rows_that_row_groups_divide(grouped: SourceFile) -> None:
    units = parquet.units(grouped)
    assert (units.columns, units.count, units.rows) == (["n", "t"], 10, 10)
    assert (units.pieces, units.passes, units.begins) == ([(0, 4), (4, 8), (8, 10)],) * 2 + ([0, 4, 8, 10],)
    assert parquet.schema(grouped).field("n").type == pa.float64()
    assert parquet.rows_before(grouped, 7) == 7


@pytest.mark.parametrize(("start", "end"), [(0, 9), (0, 1), (3, 5), (4, 8), (7, 9), (5, 5), (10, 10)])
def test_any_rows_of_a_file_can_be_read_alone(grouped: SourceFile, start: int, end: int) -> None:
    request = ReadRequest(grouped, SourceRange(file=0, start=start, end=end), {"t": "bytes", "n": "int64"})
    found = [row for batch in parquet.read(request) for row in batch.to_pylist()]
    assert found == [{"t": b"t%d" % i, "n": i} for i in range(start, end)]


def test_a_bad_value_is_named_by_its_row_in_the_file(grouped: SourceFile) -> None:
    request = ReadRequest(grouped, SourceRange(file=0, start=5, end=10), {"n": "int64"})
    with pytest.raises(UnparsableValue, match=r"t\.parquet, row 10, column 'n': '0\.5' is not a whole number"):
        list(parquet.read(request))


def with_encoding(path: Path, code: int) -> SourceFile:
    """A file of two columns without dictionaries, of which the second claims another encoding in its page and in the footer."""
    pq.write_table(pa.table({"a": [1, 2], "b": [1.5, 2.5]}), path, use_dictionary=False, compression="none")
    data = bytearray(path.read_bytes())
    page, footer = data.rindex(b"\x15\x00\x15\x06\x15\x06"), data.rindex(b"\x25\x06\x00")  # PLAIN, after RLE there
    data[page + 1] = data[footer + 2] = 2 * code
    path.write_bytes(data)
    return SourceFile(uri=str(path), bytes=len(data), modified_ns=0)


def read(file: SourceFile, *columns: str) -> list[dict[str, Any]]:
    request = ReadRequest(file, SourceRange(file=0, start=0, end=2), dict.fromkeys(columns, "float64"))
    return [row for batch in parquet.read(request) for row in batch.to_pylist()]


@pytest.mark.parametrize(("code", "name"), [(3, "RLE"), (4, "BIT_PACKED"), (10, "UNKNOWN")])
def test_an_encoding_that_arrow_lacks_is_named_with_its_column(tmp_path: Path, code: int, name: str) -> None:
    file = with_encoding(tmp_path / "t.parquet", code)
    with pytest.raises(
        UnreadableFile, match=rf"t\.parquet: Arrow cannot decode column 'b' \(encodings .*{name}.*PLAIN"
    ):
        read(file, "a", "b")
    assert read(file, "a") == [{"a": 1.0}, {"a": 2.0}]


def test_a_compression_that_arrow_lacks_is_no_damage(tmp_path: Path) -> None:
    pq.write_table(pa.table({"b": [1.5, 2.5]}), tmp_path / "t.parquet", compression="none")
    data = bytearray((tmp_path / "t.parquet").read_bytes())
    data[data.rindex(b"\x19\x18\x01b\x15\x00") + 5] = 6  # of the column named b: LZO
    (tmp_path / "t.parquet").write_bytes(data)
    with pytest.raises(UnreadableFile, match=r"t\.parquet: Arrow cannot decode column 'b'.*LZO"):
        read(SourceFile(uri=str(tmp_path / "t.parquet"), bytes=1, modified_ns=0), "b")


class _Kms(encryption.KmsClient):  # pyright: ignore[reportUntypedBaseClass]
    """Keys wrapped as Base64: enough to write an encrypted file."""

    def wrap_key(self, key_bytes: bytes, master_key_identifier: str) -> bytes:
        return base64.b64encode(key_bytes)

    def unwrap_key(self, wrapped_key: bytes, master_key_identifier: str) -> bytes:
        return base64.b64decode(wrapped_key)


@pytest.mark.parametrize("plaintext_footer", [False, True])
def test_an_encrypted_file_is_named_as_one(tmp_path: Path, plaintext_footer: bool) -> None:
    path, table = tmp_path / "t.parquet", pa.table({"a": [1.0], "b": [1.5]})
    configuration = encryption.EncryptionConfiguration(
        footer_key="f", column_keys={"c": ["b"]}, plaintext_footer=plaintext_footer
    )
    factory = encryption.CryptoFactory(lambda _: _Kms())
    properties = factory.file_encryption_properties(encryption.KmsConnectionConfig(), configuration)
    with pq.ParquetWriter(path, table.schema, encryption_properties=properties) as writer:
        writer.write_table(table)
    file = SourceFile(uri=str(path), bytes=path.stat().st_size, modified_ns=0)
    with pytest.raises(UnreadableFile, match=r"t\.parquet is encrypted, and there is no key here"):
        read(file, "a", "b")


SECOND = datetime(1970, 1, 1, 0, 0, 1)  # noqa: DTZ001 - a timestamp without a zone


@pytest.mark.parametrize(
    ("column", "micros"),
    [
        (pa.array([SECOND, None], pa.timestamp("s")), 1_000_000),
        (pa.array([SECOND, None], pa.timestamp("ms")), 1_000_000),
        (pa.array([SECOND, None], pa.timestamp("us", "America/New_York")), 1_000_000),
        (pa.array([-1, None], pa.int64()).cast(pa.timestamp("ns")), -1),
        (pa.array([1, None], pa.int32()).cast(pa.date32()), 86_400_000_000),
        (pa.array(["1970-01-02", None]), 86_400_000_000),
        (pa.array([b"1970-01-01T01:00:00+01:00", b""], pa.binary()), 0),
        (pa.array(["1970-01-02", "NA"], pa.large_string()), 86_400_000_000),
        (pa.array(["1970-01-02", None]).dictionary_encode(), 86_400_000_000),
        (pa.nulls(2), None),
    ],
    ids=lambda value: str(value.type) if isinstance(value, pa.Array) else "",
)
def test_times_and_text_are_instants(tmp_path: Path, column: pa.Array, micros: int | None) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"t": column, "n": [1, 2]}), path)
    plan = planned(path, format="parquet")
    assert rows(plan, {"t": "instant", "n": "int64"}, null_values={"t": ["NA"]}) == [(micros, 1), (None, 2)]


@pytest.mark.parametrize("encoded", [False, True])
def test_text_that_is_no_time_is_named_by_its_row(tmp_path: Path, encoded: bool) -> None:
    path = tmp_path / "t.parquet"
    column = pa.array(["1970-01-01", None, "soon", "1970-01-02"])
    pq.write_table(pa.table({"t": column.dictionary_encode() if encoded else column, "n": [0, 1, 2, 3]}), path)
    plan = planned(path, 1, format="parquet")
    with pytest.raises(
        UnparsableValue, match=r"row 3, column 't': 'soon' is not a date or a time as ISO 8601 writes it"
    ) as caught:
        rows(plan, {"t": "instant"})
    assert caught.value.pointer == "/features/t"
    rejected: list[tuple[str, int, str, bytes]] = []
    read = rows(plan, {"t": "instant", "n": "int64"}, allowed=1, rejected=rejected)
    assert read == [(0, 0), (None, 1), (86_400_000_000, 3)]
    assert [line for _, line, _, _ in rejected] == [3]


@pytest.mark.parametrize("column", [pa.array([1, 2]), pa.array([1.5, None]), pa.array([True, False])])
def test_numbers_are_no_instants(tmp_path: Path, column: pa.Array) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"t": column}), path)
    with pytest.raises(UnparsableValue, match=r"row 1, column 't': .* is not a date or a time"):
        rows(planned(path, format="parquet"), {"t": "instant"})


def test_nested_columns_are_no_instants(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"t": [[1], [2]]}), path)
    with pytest.raises(InvalidData, match=r"column 't' is list.*a list; read it with many"):
        rows(planned(path, format="parquet"), {"t": "instant"})
