"""A task's own error as a file that the driver reads: JSON of its class, message and pointer.

Others may be able to write to the storage, so that the file is data: a class is looked up among those of `contracts.errors`, and
nothing of the file is run or imported.
"""

from __future__ import annotations

from pydantic import ValidationError

from contracts import errors
from contracts.base_model import FrozenModel
from contracts.errors import CorruptData, TandemError

_KINDS = {name: kind for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, TandemError)}


class _TaskError(FrozenModel):
    type: str
    message: str
    pointer: str | None


def to_json(error: TandemError) -> bytes:
    """Serialize an error as its nearest class in `contracts.errors`. A lone surrogate becomes a question mark."""
    kind = next(kind.__name__ for kind in type(error).__mro__ if _KINDS.get(kind.__name__) is kind)
    pointer = None if error.pointer is None else _unicode(error.pointer)
    return _TaskError(type=kind, message=_unicode(error.message), pointer=pointer).model_dump_json().encode()


def from_json(data: bytes, path: str) -> TandemError:
    """Return the error that a task left at `path`. Raises `CorruptData` for bytes that `to_json` does not write."""
    try:
        read = _TaskError.model_validate_json(data)
    except ValidationError as error:
        reasons = ", ".join(detail["msg"] for detail in error.errors(include_url=False, include_input=False))
        raise CorruptData(f"{path} is not an error that a task of this service left: {reasons}") from None
    kind = _KINDS.get(read.type)
    if kind is None:
        raise CorruptData(
            f"{path} has an error of a class that no task of this service leaves. Received: {read.type!r}"
        )
    return kind(read.message, pointer=read.pointer)


def _unicode(text: str) -> str:
    return text.encode(errors="replace").decode()
