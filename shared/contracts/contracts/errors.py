"""What can go wrong, as types. No HTTP here: `chassis.problems` holds the one table from type to status.

    TandemError
    ├── InvalidRequest          a field of the request cannot be right, whatever the data
    ├── InvalidData             the request was fine, the data is not what it says
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
    ├── NotAcceptable           there is no representation of the kind that was asked for
    ├── UnsupportedContent      the body is of a kind that is not read here
    ├── NotAllowed              the path or option lies outside what the operator permits
    ├── CorruptData             stored bytes are not those that were published
    ├── PredictionMismatch      training/serving skew: the exported model's outputs differ from training's
    ├── Unavailable             not now, perhaps later
    │   └── Overloaded
    ├── DeadlineExceeded        the answer would come later than the client waits
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
        """Cross process borders whole: Spark tasks and job children raise these far from who reads them."""
        return (_restore, (type(self), self.message, self.pointer))


def pointer(*parts: str | int) -> str:
    """A JSON pointer (RFC 6901): `/` before each part, in which `~` and `/` are escaped."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def _restore(kind: type[TandemError], message: str, pointer: str | None) -> TandemError:
    error = kind.__new__(kind)
    TandemError.__init__(error, message, pointer=pointer)
    return error


class InvalidRequest(TandemError):
    """The request cannot be carried out as it stands."""


class InvalidData(TandemError):
    """The data is not what the request says it is."""


class UnreadableFile(InvalidData):
    """The file is not in the format that the request names."""


class UnparsableValue(InvalidData):
    """A value does not parse as its column's type."""


class TooManyBadRecords(InvalidData):
    """More rows cannot be read than the job passes over."""


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
    """It is not as the request expects it to be."""


class PreconditionRequired(Conflict):
    """The request must say in which state it last saw what it changes."""


class NotAcceptable(TandemError):
    """There is no representation of the kind that was asked for."""


class UnsupportedContent(TandemError):
    """A body of that kind is not read here."""


class NotAllowed(TandemError):
    """That lies outside what this service may touch."""


class CorruptData(TandemError):
    """Stored bytes are not those that were published."""


class PredictionMismatch(TandemError):
    """Training/serving skew: the exported model's outputs differ from training."""


class Unavailable(TandemError):
    """The service cannot do this now."""


class Overloaded(Unavailable):
    """Too many requests are waiting already."""


class DeadlineExceeded(TandemError):
    """There was no answer within the time allowed."""


class Cancelled(TandemError):
    """The job was asked to stop."""


class Superseded(TandemError):
    """A later attempt of this job has taken over, so this one may not publish."""
