"""A column of ten million distinct values, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.benchmarks.memory import Memory

from contracts.dataset.published import Dataset

ROWS = 10_000_000
LARGEST_TASK_MB = 600


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("records", ["none", "transformed"])
def test_ten_million_distinct_tokens_are_counted_exactly(
    make_dataset: Callable[..., Dataset], sources: Path, records: str
) -> None:
    path = sources / "many.csv"
    write(path)
    with Memory().watching() as memory:
        dataset = make_dataset(
            source={"uris": ["many.csv"]},
            label={"column": "y"},
            features={"c": {"kind": "categorical"}},
            splits={"train": 1.0},
            records=records,
            layout="packed",
        )
    path.unlink()
    assert memory.task_mb < LARGEST_TASK_MB, dataset.manifest.seconds
    vocabulary = dataset.vocabulary("c")
    assert len(vocabulary) == ROWS - 1  # the first token occurs twice
    assert vocabulary.tokens[0].as_py() == token(0)
    assert vocabulary.counts[:3].to_pylist() == [2, 1, 1]
    assert vocabulary.tokens[1:1001].to_pylist() == sorted(token(i) for i in range(1, ROWS - 1))[:1000]


def token(i: int) -> bytes:
    """Distinct for distinct numbers, and in no particular order: multiplication by an odd number is one to one mod 2^32."""
    return b"%08x" % (i * 2_654_435_761 % 2**32)


def write(path: Path) -> None:
    with path.open("wb") as out:
        out.write(b"y,c\n")
        for begin in range(0, ROWS - 1, 100_000):
            numbers = range(begin, min(begin + 100_000, ROWS - 1))
            out.writelines(b"%d,%s\n" % (i & 1, token(i)) for i in numbers)
        out.write(b"1,%s\n" % token(0))
