"""The hierarchy of errors. No HTTP here: `chassis.problems` holds the one table from type to status.

    TandemError
    ├── InvalidRequest          a field of the request is invalid for any data
    ├── InvalidData             the request is valid, the data does not match it
    │   ├── UnreadableFile
    │   ├── UnparsableValue
    │   ├── TooManyBadRecords
    │   └── UnusableLabel
    ├── NotFound
    ├── Conflict
    │   ├── NameTaken
    │   ├── SourceChanged
    │   ├── PreconditionFailed
    │   └── PreconditionRequired
    ├── NotAcceptable           no representation of the requested media type
    ├── UnsupportedContent      the body's media type is not supported
    ├── Unauthenticated         the request names no caller that is known
    ├── NotAllowed              the operator does not permit the path or option
    ├── Misdirected             the request is for a host that this service is not
    ├── CorruptData             stored bytes differ from the published ones
    ├── PredictionMismatch      training/serving skew: the exported model's outputs differ from training's
    ├── Unavailable             not now, perhaps later
    │   ├── Overloaded
    │   └── StorageUnavailable  files cannot be read or written: read-only, unreachable, or a mount that dropped
    ├── StorageFull             there is no room for what must be written
    ├── DeadlineExceeded        the result would arrive after the client's deadline
    ├── Cancelled               the job was asked to stop
    └── Superseded              a later attempt of the same job took over

A class's docstring is its default message. `pointer` is a JSON pointer into the request that led here (RFC 6901).
"""

from __future__ import annotations

from inspect import cleandoc


class TandemError(Exception):
    """Something went wrong."""

    def __init__(self, message: str | None = None, *, pointer: str | None = None) -> None:
        self.message = message or cleandoc(type(self).__doc__ or "")
        self.pointer = pointer
        super().__init__(self.message)

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle with message and pointer: Spark tasks and job processes raise these in another process."""
        return (_restore, (type(self), self.message, self.pointer))


def pointer(*parts: str | int) -> str:
    """Return a JSON pointer (RFC 6901): `/` before each part, in which `~` and `/` are escaped."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def _restore(kind: type[TandemError], message: str, pointer: str | None) -> TandemError:
    error = kind.__new__(kind)
    TandemError.__init__(error, message, pointer=pointer)
    return error


class InvalidRequest(TandemError):
    """The request cannot be carried out as it stands."""


class InvalidData(TandemError):
    """The data does not match the request."""


class UnreadableFile(InvalidData):
    """The file is not in the format that the request names."""


class UnparsableValue(InvalidData):
    """A value does not parse as its column's type."""


class TooManyBadRecords(InvalidData):
    """More rows cannot be read than the job may skip."""


class UnusableLabel(InvalidData):
    """The label cannot be learned from: it is missing everywhere or has a single value."""


class NotFound(TandemError):
    """There is nothing by that name."""


class Conflict(TandemError):
    """The request does not fit the present state."""


class NameTaken(Conflict):
    """The name is taken."""


class SourceChanged(Conflict):
    """The source files are not those that the dataset was computed from."""


class PreconditionFailed(Conflict):
    """The resource is not in the state that the request expects."""


class PreconditionRequired(Conflict):
    """The request must state which version of the resource it changes."""


class NotAcceptable(TandemError):
    """There is no representation of the requested media type."""


class UnsupportedContent(TandemError):
    """The media type of the body is not supported."""


class Unauthenticated(TandemError):
    """The request names no caller that is known."""


class NotAllowed(TandemError):
    """This service is not permitted to access that."""


class Misdirected(TandemError):
    """The request is for another host."""


class CorruptData(TandemError):
    """Stored bytes differ from the published ones."""


class PredictionMismatch(TandemError):
    """Training/serving skew: the exported model's outputs differ from training."""


class Unavailable(TandemError):
    """The service cannot do this now."""


class Overloaded(Unavailable):
    """Too many requests are waiting already."""


class StorageUnavailable(Unavailable):
    """The storage cannot be read or written now."""


class StorageFull(TandemError):
    """No room is left for what must be written."""


class DeadlineExceeded(TandemError):
    """There was no result within the time allowed."""


class Cancelled(TandemError):
    """The job was asked to stop."""


class Superseded(TandemError):
    """A later attempt of this job has taken over, so this one may not publish."""
