"""Names that a type allows at a path of a value, fields or kinds of a union, from which the intended one is suggested."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from inspect import isclass
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo


def fields_at(expected: object, path: Sequence[str | int]) -> list[str]:
    """Return the names, as in JSON, of the fields of every model that may stand at the path, in the order of declaration."""
    models = [member for member in _members_at(expected, path) if _is_model(member)]
    return list(dict.fromkeys(name for model in models for name in _fields(model)))


def tags_at(expected: object, path: Sequence[str | int], discriminator: str) -> list[str]:
    """Return the values by which the members of the union at the path are told apart, in the order of its members."""
    tags = [tag for member in _members_at(expected, path) if _is_model(member) for tag in _tags(member, discriminator)]
    return list(dict.fromkeys(tags))


def choices_of(values: Sequence[str]) -> str:
    """Return the values as words.

    >>> choices_of(["linear", "dnn", "dcn_v2"]), choices_of(["csv"])
    ("one of 'linear', 'dnn', 'dcn_v2'", "'csv'")
    """
    shown = ", ".join(map(repr, values))
    return f"one of {shown}" if len(values) > 1 else shown


def _members_at(expected: object, path: Sequence[str | int]) -> list[Any]:
    members = list(_members(expected))
    for part in path:
        tagged = [member for member in members if _is_model(member) and _is_named(member, part)]
        below = [inner for member in members for inner in _below(member, part)]
        members = tagged if tagged and len(members) > 1 else below or members
    return members


def _members(annotation: Any) -> Iterator[Any]:
    """Yield the types that a value may have, without what only validates it."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _members(get_args(annotation)[0])
    elif origin in {Union, UnionType}:
        for member in get_args(annotation):
            yield from _members(member)
    else:
        yield annotation


def _below(member: Any, part: str | int) -> Iterator[Any]:
    """Yield the types of the value that a field, key or position of the member holds; none where it has no such part."""
    if _is_model(member):
        field = _fields(member).get(str(part))
        if field is not None:
            yield from _members(field.annotation)
        return
    origin, arguments = get_origin(member), get_args(member)
    if not isclass(origin) or not arguments:
        return
    if issubclass(origin, Mapping):
        yield from _members(arguments[1])
    elif issubclass(origin, Sequence) and isinstance(part, int):
        yield from _members(arguments[0])


def _is_model(member: Any) -> bool:
    return isclass(member) and get_origin(member) is None and issubclass(member, BaseModel)


def _is_named(model: type[BaseModel], part: str | int) -> bool:
    """Return True if pydantic puts `part` into an error's path to name this member of a union."""
    return part == model.__name__ or any(part in _tags(model, name) for name in model.model_fields)


def _tags(model: type[BaseModel], field: str) -> tuple[str, ...]:
    declared = model.model_fields.get(field)
    annotation = None if declared is None else declared.annotation
    return get_args(annotation) if get_origin(annotation) is Literal else ()


def _fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    return {field.alias or field.serialization_alias or name: field for name, field in model.model_fields.items()}
