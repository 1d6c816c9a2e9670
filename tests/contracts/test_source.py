import pytest

from contracts.source import ColumnarSource, RangeSource, codec_by_name, format_by_magic, format_by_name, format_names


@pytest.mark.parametrize(
    ("name", "format_"),
    [
        ("a.csv", "csv"),
        ("A.TSV.gz", "tsv"),
        ("a.ndjson.zst", "jsonl"),
        ("s3://b/a.parquet", "parquet"),
        ("a.feather", "arrow"),
        ("a.orc", "orc"),
        ("a.avro", "avro"),
        ("a.txt", None),
        ("a", None),
    ],
)
def test_the_format_follows_from_the_name(name: str, format_: str | None) -> None:
    assert format_by_name(name) == format_


def test_columnar_files_are_known_by_their_first_bytes() -> None:
    starts = (b"PAR1\x15", b"ARROW1\0\0", b"\xff\xff\xff\xff\x10", b"ORC\n", b"a,b\n1,2\n", b"")
    assert [format_by_magic(start) for start in starts] == ["parquet", "arrow", "arrow", "orc", None, None]


def test_the_codec_follows_from_the_name() -> None:
    names = ("a.csv.gz", "a.csv.BZ2", "a.zst", "a.zstd", "a.csv")
    assert [codec_by_name(name) for name in names] == ["gzip", "bzip2", "zstd", "zstd", None]


def test_formats_are_listed_by_family() -> None:
    assert format_names(ColumnarSource) == ("parquet", "arrow", "orc")
    assert format_names(RangeSource) == ("csv", "tsv", "jsonl", "parquet", "arrow", "orc")
