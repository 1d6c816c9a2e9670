"""Words for what pydantic refuses: each invalid field with its path, the value received, and what to do about it.

pydantic's own messages name its types and its classes; these name the fields and values of a request.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, cast

from pydantic_core import ErrorDetails

from contracts.base_model import NAME_PATTERN
from contracts.validation.declared_fields import choices_of, fields_at, tags_at

Path = tuple[str | int, ...]

_OBJECT = "must be an object"
_LIST = "must be a list"
_TEXT = "must be text"
_YES_OR_NO = "must be true or false"
_WHOLE = "must be a whole number"
_NUMBER = "must be a number"
_TIME = "must be a time, such as 2026-11-23T12:00:00Z"
_CHOICE = "must be {expected}"

WORDS: dict[str, str] = {
    "missing": "is required",
    "literal_error": _CHOICE,
    "enum": _CHOICE,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "dataclass_type": _OBJECT,
    "dict_type": _OBJECT,
    "mapping_type": _OBJECT,
    "list_type": _LIST,
    "tuple_type": _LIST,
    "set_type": _LIST,
    "iterable_type": _LIST,
    "too_short": "must have at least {min_length} entries",
    "too_long": "must have at most {max_length} entries",
    "string_type": _TEXT,
    "string_unicode": "must be text without halves of surrogate pairs",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "string_pattern_mismatch": "must match {pattern}",
    "bool_type": _YES_OR_NO,
    "bool_parsing": _YES_OR_NO,
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_from_float": _WHOLE,
    "int_parsing_size": "must be a whole number of fewer digits",
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": "must be a finite number",
    "greater_than": "must be above {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be below {lt}",
    "less_than_equal": "must be at most {le}",
    "multiple_of": "must be a multiple of {multiple_of}",
    "none_required": "must be null",
    "datetime_type": _TIME,
    "datetime_parsing": _TIME,
    "datetime_from_date_parsing": _TIME,
    "datetime_object_invalid": _TIME,
    "timezone_naive": _TIME,
    "timezone_aware": _TIME,
    "value_error": "{error}",
    "assertion_error": "{error}",
}
"""Words by pydantic's error type, filled in from the error's context. Unknown fields and kinds are worded below."""

_NAME = "must be letters, digits, `_`, `.` and `-`, begin with a letter or digit, and have at most 100 characters"
_OTHERWISE = "is not a valid value"
_MOST_FIELDS = 40
_MOST_CHARACTERS = 100


@dataclass(frozen=True)
class InvalidField:
    """A field by its path in the input, empty for the whole input, and the reason why it is invalid."""

    path: Path
    detail: str


def invalid_fields(errors: Iterable[ErrorDetails], expected: object, received: object) -> list[InvalidField]:
    """Return an entry per invalid field, in pydantic's order.

    `expected` is the type that was asked for, `received` the value that was validated. Of a union without a discriminator
    pydantic reports the errors of each member: those of one path become one entry, joined by "or", and those of members that
    the value does not resemble give way to those inside the one that it does.
    """
    details: dict[Path, list[str]] = {}
    values: dict[Path, str] = {}
    for error in errors:
        path = _path(error, received)
        words = _words(error, expected)
        details.setdefault(path, [])
        if words not in details[path]:
            details[path].append(words)
        values.setdefault(path, "" if "Received" in words else _shown(error))
    outer = {path[:length] for path in details for length in range(len(path))}
    return [
        InvalidField(path, ", or ".join(words) + values[path]) for path, words in details.items() if path not in outer
    ]


def _words(error: ErrorDetails, expected: object) -> str:
    context = error.get("ctx", {})
    match error["type"]:
        case "extra_forbidden":
            return _unknown_field(str(error["loc"][-1]), fields_at(expected, error["loc"][:-1]))
        case "union_tag_invalid":
            return f"must be {choices_of(tags_at(expected, error['loc'], _discriminator(error)))}"
        case "union_tag_not_found":
            return f"is required, and must be {choices_of(tags_at(expected, error['loc'], _discriminator(error)))}"
        case "string_pattern_mismatch" if context.get("pattern") == NAME_PATTERN:
            return _NAME
        case kind:
            words = WORDS.get(kind, _OTHERWISE).format_map(context)
            return words.replace(" 1 entries", " 1 entry").replace(" 1 characters", " 1 character")


def _unknown_field(name: str, known: Sequence[str]) -> str:
    shown = f"unknown field `{name[:_MOST_CHARACTERS]}`"
    near = get_close_matches(name, known, n=1)
    if near:
        return f"{shown}; did you mean `{near[0]}`?"
    return f"{shown}; known: {', '.join(known[:_MOST_FIELDS])}" if known else shown


def _discriminator(error: ErrorDetails) -> str:
    return str(error.get("ctx", {}).get("discriminator", "")).strip("'")


def _shown(error: ErrorDetails) -> str:
    """Return the value received as a sentence; nothing where a field is unknown or absent, whose value tells nothing."""
    if error["type"] in {"missing", "extra_forbidden", "union_tag_not_found"}:
        return ""
    value: object = error["input"]
    if error["type"] == "union_tag_invalid":
        value = cast("Mapping[str, object]", value)[_discriminator(error)] if isinstance(value, Mapping) else value
    match value:
        case None:
            shown = "null"
        case bool():
            shown = str(value).lower()
        case str():
            shown = repr(value[:_MOST_CHARACTERS])
        case int() | float():
            shown = str(value)[:_MOST_CHARACTERS]
        case list() | tuple():
            shown = f"a list of {len(cast('Sequence[object]', value))}"
        case Mapping():
            shown = "an object"
        case _:
            return ""
    # A validator that judges fields together is given all of them, which its own words name.
    return "" if error["type"] == "value_error" and isinstance(value, Mapping) else f". Received: {shown}"


def _path(error: ErrorDetails, received: object) -> Path:
    """Return the path into the input; drops the members of unions that pydantic names, which are not in the input."""
    path: list[str | int] = []
    value: Any = received
    for part in error["loc"]:
        if isinstance(value, Mapping) and part in value:
            value = cast("Mapping[Any, Any]", value)[part]
        elif isinstance(value, list) and isinstance(part, int) and part < len(cast("list[Any]", value)):
            value = cast("list[Any]", value)[part]
        else:
            continue
        path.append(part)
    if error["type"] == "missing" and error["loc"]:
        path.append(error["loc"][-1])
    if error["type"].startswith("union_tag"):
        path.append(_discriminator(error))
    return tuple(path)
