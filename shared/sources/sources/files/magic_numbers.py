"""Formats and compressions by a file's first bytes: for proposals, and to name what a file of another format is.

Some magic numbers are letters, which a text may begin with as well: those count only before bytes that no text has.
"""

from __future__ import annotations

import re
import struct

import numpy as np

from contracts.source import Codec, format_by_magic, format_by_name
from sources.crc32c import crc32c_of_words, masked

LOOKED_AT = 4096
"""Bytes at the beginning of a file that the functions here take."""

_CODECS: dict[bytes, Codec] = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\x28\xb5\x2f\xfd": "zstd"}
_AVRO = b"Obj\x01"
_UNREADABLE = {
    b"PK\x03\x04": "a ZIP archive (perhaps an Excel workbook): unpack it, or save it as CSV",
    b"\xd0\xcf\x11\xe0": "an old Office document: save it as CSV",
    b"SQLite format 3": "an SQLite database: export the table",
    b"%PDF": "a PDF document",
    b"\x89HDF": "HDF5: write it as Parquet",
    b"\xfd7zXZ\x00": "compressed with xz: use gzip, bzip2 or zstd",
    b"\x04\x22\x4d\x18": "compressed with LZ4: use gzip, bzip2 or zstd",
    b"\x93NUMPY": "a NumPy array: write it as Parquet",
    b"PARE": "Parquet whose footer is encrypted: write it without encryption",
}
_RECORD_HEADER = struct.Struct("<QI")
_NO_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1a\x7f]")


def compression_of(start: bytes) -> Codec | None:
    """Return the compression of a file that begins with these bytes; None for an uncompressed one."""
    return next((codec for magic, codec in _CODECS.items() if _begins(start, magic)), None)


def is_avro(start: bytes) -> bool:
    """Return true for the first bytes of an Avro object container file."""
    return start.startswith(_AVRO)


def is_tfrecord(start: bytes) -> bool:
    """Return true for the first bytes of a TFRecord file: a record's length, and the checksum of that."""
    if len(start) < _RECORD_HEADER.size:
        return False
    length, checksum = _RECORD_HEADER.unpack_from(start)
    return bool(masked(crc32c_of_words(np.array([length], np.uint64)))[0] == checksum)


def typed_format(start: bytes, uri: str = "") -> str | None:
    """Return the columnar format of a file that begins with these bytes, or whose name agrees with them; None for any other."""
    if is_tfrecord(start):
        return "tfrecord"
    name = format_by_magic(start)
    return name if name is not None and (not _is_text(start) or format_by_name(uri) == name) else None


def unreadable_format(start: bytes) -> str | None:
    """Return the name of a format that nothing here reads, and the remedy; None for any other file."""
    return next((what for magic, what in _UNREADABLE.items() if _begins(start, magic)), None)


def other_format(start: bytes) -> str | None:
    """Return what a file is that should be uncompressed text, and the remedy; None if its first bytes do not tell."""
    if (codec := compression_of(start)) is not None:
        return f"compressed with {codec}: set source.compression to {codec}"
    name = "avro" if is_avro(start) else typed_format(start)
    return unreadable_format(start) if name is None else f"of the format {name}: set source.format to {name}"


def _begins(start: bytes, magic: bytes) -> bool:
    return start.startswith(magic) and not (magic.isalnum() and _is_text(start))


def _is_text(start: bytes) -> bool:
    return _NO_TEXT.search(start) is None
