"""The Spark SQL of a request: the columns that its expressions name, and the checks that do not need Spark.

A derived column serves the label, the weight and the filter, for which Spark evaluates it. One that is a feature is computed
without Spark, see `computed_features`.
"""

from __future__ import annotations

from collections.abc import Sequence

from contracts.errors import InvalidRequest, pointer
from contracts.messages.datasets import DatasetRequest
from preprocessing.planning.column_names import unknown_column
from preprocessing.sql_names import columns_in


def check_expressions(request: DatasetRequest) -> None:
    """Raise `InvalidRequest` if a derived column is a split key, or not used at all."""
    for name, place in request.split_columns.items():
        if name in request.derive:
            raise InvalidRequest(f"rows are split by columns of the source; {name!r} is derived", pointer=place)
    features = [name for name in request.derive if name in request.features]
    needed = {*_needed(request), *features, *_closure(request, [request.derive[name] for name in features])}
    for name in request.derive:
        if name not in needed:
            raise InvalidRequest(
                f"derived column {name!r} is used by neither label, weight nor filter, and is no feature; name it in features",
                pointer=pointer("derive", name),
            )


def check_names(request: DatasetRequest, columns: Sequence[str]) -> None:
    """Raise where label, weight or a derived column do not fit the source's columns."""
    known = {name.casefold(): name for name in columns}
    for name in request.derive:
        if name.casefold() in known:  # SQL ignores case
            raise InvalidRequest(
                f"a derived column needs a name of its own; the source has a column {known[name.casefold()]!r}",
                pointer=pointer("derive", name),
            )
    for name, place in ((request.label.column, "/label/column"), (request.weight, "/weight")):
        if name is not None and name not in columns and name not in request.derive:
            raise unknown_column(name, columns, place)


def label_columns(request: DatasetRequest, columns: Sequence[str]) -> list[str]:
    """Return the source's columns that the label is made of: its column, or every name that occurs in its expression.

    A name in a string literal counts too; then a column is read needlessly, and left out of the inferred features.
    """
    return _behind(request, columns, request.label.column, request.label.expression)


def weight_columns(request: DatasetRequest, columns: Sequence[str]) -> list[str]:
    """Return the source's columns that the weight is made of."""
    return _behind(request, columns, request.weight, None)


def filter_columns(request: DatasetRequest, columns: Sequence[str]) -> list[str]:
    """Return the source's columns that the filter uses."""
    return _behind(request, columns, None, request.filter)


def is_evaluated(request: DatasetRequest) -> bool:
    """Return true if Spark has an expression to evaluate."""
    derived = {request.label.column, request.weight} & set(request.derive)
    return bool(request.filter or request.label.expression or derived)


def evaluated_columns(request: DatasetRequest) -> dict[str, str]:
    """Return the derived columns that Spark evaluates, since label, weight or filter use them, in the order of the request."""
    needed = _needed(request)
    return {name: text for name, text in request.derive.items() if name in needed}


def _behind(request: DatasetRequest, columns: Sequence[str], column: str | None, text: str | None) -> list[str]:
    """Return the source's columns that a column or an expression uses, through derived columns, in the source's order."""
    texts = [text or ""]
    if column is not None and column not in request.derive:
        return [column]
    if column is not None:
        texts.append(request.derive[column])
    derived = _closure(request, texts)
    return columns_in([*texts, *(request.derive[name] for name in derived)], columns)


def _needed(request: DatasetRequest) -> set[str]:
    """Return the derived columns that label, weight or filter use."""
    texts = [request.label.expression or "", request.filter or ""]
    given = {name for name in request.derive if name in {request.label.column, request.weight}}
    return given | set(_closure(request, [*texts, *(request.derive[name] for name in given)]))


def _closure(request: DatasetRequest, texts: Sequence[str]) -> list[str]:
    """Return the derived columns that the texts name, directly or through other derived columns."""
    derived = columns_in(texts, request.derive)
    while more := [
        name for name in columns_in([request.derive[n] for n in derived], request.derive) if name not in derived
    ]:
        derived += more
    return derived
