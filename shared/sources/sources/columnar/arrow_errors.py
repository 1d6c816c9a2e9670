"""Exceptions that Arrow raises for the content of a file, as an error that names the file."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import pyarrow as pa

from contracts.dataset.manifest import SourceFile
from contracts.errors import UnreadableFile

OF_CONTENT = (
    *(pa.ArrowException, OSError, EOFError, ValueError, LookupError, TypeError),
    *(ArithmeticError, RuntimeError, MemoryError),  # lengths of a damaged file, which C++ or Python refuse
)
"""Exceptions that a file's content can make Arrow raise; none of ours is among them."""


@contextmanager
def decoding(file: SourceFile, problem: str) -> Generator[None]:
    """Translate what Arrow raises inside the block into `UnreadableFile`, with the file, the problem, and the reason."""
    try:
        yield
    except OF_CONTENT as error:
        raise unreadable(file, problem, error) from error


def unreadable(file: SourceFile, problem: str, error: BaseException) -> UnreadableFile:
    """Return the error for a file whose content Arrow refuses, is not able to read, or has no key to."""
    reason = str(error) or type(error).__name__
    if "encrypt" in reason or "decrypt" in reason:
        problem = "is encrypted, and there is no key here: write it without encryption"
    elif isinstance(error, pa.ArrowNotImplementedError):
        problem = "holds what Arrow cannot read, so write it in another way"
    return UnreadableFile(f"{file.uri} {problem}: {reason}", pointer="/source")
