"""Features with a shape to numeric features of their elements, and the plan's columns likewise."""

from __future__ import annotations

from dataclasses import replace

from contracts.errors import InvalidRequest, NotFound, pointer
from contracts.features import FeatureRequest, Numeric
from contracts.features.sequences.vectors import element_names
from contracts.messages.datasets import DatasetRequest
from contracts.source import DelimitedText
from preprocessing.planning.column_names import unknown_column
from preprocessing.planning.ranges import Plan

_SHOWN = 3


def with_vectors(request: DatasetRequest, plan: Plan) -> tuple[DatasetRequest, Plan]:
    """Return the request with a feature for each element of its vectors, and the plan with the columns of these.

    A column of lists is replaced by those of its elements, in its place; where the source has the columns of elements already,
    they stay. Raises `NotFound` for a vector of neither, `InvalidRequest` for options that contradict one another, for a name
    twice, and for a vector whose column is text.
    """
    vectors = {
        name: element_names(name, feature.shape)
        for name, feature in request.column_features.items()
        if isinstance(feature, Numeric) and feature.shape is not None
    }
    if not vectors:
        return request, plan
    features: dict[str, FeatureRequest] = {}
    for name, feature in request.features.items():
        if name not in vectors:
            features[name] = feature
            continue
        assert isinstance(feature, Numeric)
        element = feature.model_copy(update={"shape": None, "dtype": feature.dtype or "float64"})
        for conflict in element.conflicts(()):
            raise InvalidRequest(conflict.message, pointer=pointer("features", name, *conflict.place))
        for made in vectors[name]:
            if made in request.features or made in request.derive:
                raise InvalidRequest(
                    f"{made!r}, which this makes, is the name of another feature or derived column; rename that",
                    pointer=pointer("features", name),
                )
            features[made] = element
    _check_used_alone(request, vectors)
    lists = {name: elements for name, elements in vectors.items() if _is_of_lists(name, elements, plan)}
    columns = [column for name in plan.columns for column in lists.get(name, [name])]
    return (
        request.model_copy(update={"features": features}),
        replace(plan, columns=columns, vectors=lists, elements=vectors),
    )


def _is_of_lists(name: str, elements: list[str], plan: Plan) -> bool:
    """Return true if the source has lists, false if it has a column for each element. Raises where it has neither, or both."""
    there = set(plan.columns)
    own = [element for element in elements if element in there]
    place = pointer("features", name)
    if name in there and own:
        raise InvalidRequest(
            f"the source has both {name!r} and {own[0]!r}, which is an element of this vector; exclude or rename one of them",
            pointer=place,
        )
    if name in there and isinstance(plan.source, DelimitedText):
        raise InvalidRequest(
            f"in delimited text a vector is a column for each element, {_shown(elements)}. Received: one column {name!r}; write "
            "such columns, or JSON lines, Parquet, …",
            pointer=place,
        )
    if name in there and name in plan.files[0].partition:
        raise InvalidRequest(f"{name!r} comes from the names of folders, which hold no vectors", pointer=place)
    if name in there:
        return True
    if not own:
        raise unknown_column(name, plan.columns, place)
    if len(own) < len(elements):
        absent = next(element for element in elements if element not in there)
        raise NotFound(
            f"the source has {own[0]!r} but not {absent!r}: a vector of shape [{len(elements)}] is the columns "
            f"{_shown(elements)}",
            pointer=place,
        )
    return False


def _check_used_alone(request: DatasetRequest, vectors: dict[str, list[str]]) -> None:
    """Raise `InvalidRequest` where a vector is named as if it were a single value."""
    named = {**request.split_columns, **request.group_columns}
    named |= {cross_feature: "/crosses" for cross in request.crosses for cross_feature in cross.features}
    named |= {} if request.weight is None else {request.weight: "/weight"}
    for name, place in named.items():
        if name in vectors:
            raise InvalidRequest(
                f"{name!r} is a vector; name one of its elements, {_shown(vectors[name])}, or another column",
                pointer=place,
            )


def _shown(elements: list[str]) -> str:
    if len(elements) <= _SHOWN:
        return ", ".join(map(repr, elements))
    return f"{elements[0]!r} to {elements[-1]!r}"
