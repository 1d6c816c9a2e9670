"""Exceptions of Arrow as errors that name the file and the reason."""

from __future__ import annotations

import pyarrow as pa
import pytest

from contracts.dataset.manifest import SourceFile
from contracts.errors import InvalidData, UnreadableFile
from sources.columnar.arrow_errors import decoding

FILE = SourceFile(uri="t.parquet", bytes=1, modified_ns=0)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (pa.ArrowInvalid("offsets"), "t.parquet is damaged: offsets"),
        (OSError("Could not read encrypted metadata"), "t.parquet is encrypted.*write it without encryption.*metadata"),
        (pa.ArrowNotImplementedError("LZO"), "t.parquet holds what Arrow cannot read.*LZO"),
        (MemoryError(), "t.parquet is damaged: MemoryError"),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"), "t.parquet is damaged.*invalid start byte"),
    ],
)
def test_a_files_content_is_the_cause(error: Exception, message: str) -> None:
    with pytest.raises(UnreadableFile, match=message) as caught, decoding(FILE, "is damaged"):
        raise error
    assert (caught.value.pointer, caught.value.__cause__) == ("/source", error)


def test_errors_of_our_own_pass() -> None:
    with pytest.raises(InvalidData, match=r"^twice$"), decoding(FILE, "is damaged"):
        raise InvalidData("twice")
