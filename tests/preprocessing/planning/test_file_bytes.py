"""The bytes of a source file, a block at a time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.dataset.manifest import SourceFile
from preprocessing.planning import file_bytes
from preprocessing.planning.file_bytes import Content

DATA = bytes(range(256)) * 40


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> Content:
    path = tmp_path_factory.mktemp("content") / "t.bin"
    path.write_bytes(DATA)
    return content_of(path)


def content_of(path: Path) -> Content:
    return Content(SourceFile(uri=str(path), bytes=path.stat().st_size, modified_ns=0))


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_bytes, "_BLOCK_BYTES", 100)
    monkeypatch.setattr(file_bytes, "_WINDOW_BYTES", 70)


def test_reads_end_with_the_file(content: Content) -> None:
    assert len(content) == len(DATA)
    assert content.read(len(DATA) - 3, 10) == DATA[-3:]
    assert content.read(len(DATA), 10) == b""
    np.testing.assert_array_equal(content.array(254, 4), np.array([254, 255, 0, 1], np.uint8))


@given(st.integers(0, len(DATA)), st.integers(0, len(DATA)))
@settings(max_examples=30)
def test_blocks_together_are_the_bytes_between(content: Content, start: int, end: int) -> None:
    blocks = [*content.blocks(start, end)]
    assert b"".join(blocks) == DATA[start:end]
    assert all(0 < len(block) <= 4 << 20 for block in blocks)


@given(st.integers(0, 255), st.integers(0, len(DATA)))
@settings(max_examples=30)
def test_a_mark_is_found_where_bytes_find_it(content: Content, mark: int, start: int) -> None:
    assert content.find(bytes([mark]), start) == DATA.find(bytes([mark]), start)


def test_an_empty_file_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    empty = content_of(tmp_path / "empty")
    assert (len(empty), empty.find(b"\n", 0), [*empty.blocks(0, 0)]) == (0, -1, [])
