"""Short forms of a request to derived columns, and the features that are made of these.

date_features   `datetime`: parts, and days since
text_features   `text`: the list of its n-grams
list_features   `numeric` with `many`: statistics of a list of numbers
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from contracts.errors import InvalidRequest, pointer
from contracts.features import DateTime, Feature, FeatureRequest, Numeric, Text
from contracts.messages.datasets import DatasetRequest
from preprocessing.planning.column_names import unknown_column
from preprocessing.planning.date_features import check_since, date_features
from preprocessing.planning.list_features import list_features
from preprocessing.planning.text_features import text_features


def with_short_forms(request: DatasetRequest, columns: Collection[str] = ()) -> DatasetRequest:
    """Return the request with derived columns and features for each short form.

    `columns`: those of the source. Raises `InvalidRequest` for a name twice.
    """
    derive, features = dict(request.derive), dict[str, FeatureRequest]()
    for name, feature in request.features.items():
        if not _is_short(feature):
            features[name] = feature
            continue
        for made, (sql, its) in _made_features(name, feature).items():
            if made in derive or made in request.features or made in columns:
                raise InvalidRequest(
                    f"{made!r}, which this makes, is the name of another feature or column; rename that",
                    pointer=pointer("features", name),
                )
            derive[made], features[made] = sql, its
    return request.model_copy(update={"derive": derive, "features": features})


def check_short_forms(request: DatasetRequest, columns: Sequence[str]) -> None:
    """Raise `NotFound` for a short form, or a column that its days count from, that the source does not have.

    Raises `InvalidRequest` for one that is derived.
    """
    for name, feature in request.features.items():
        if _is_short(feature) and name not in columns:
            if name in request.derive:
                raise InvalidRequest(
                    f"{name!r} is derived, and {_called(feature)} reads a column of the source; write what it does in SQL, as "
                    "hour(…) or list_mean(…), and name that as a feature",
                    pointer=pointer("features", name),
                )
            raise unknown_column(name, columns, pointer("features", name))
        if isinstance(feature, DateTime):
            check_since(name, feature, columns)


def short_form_behind(request: DatasetRequest, place: str | None) -> str | None:
    """Return the short form that makes the derived column or feature at a JSON pointer; None if the request has it itself."""
    if place is None:
        return None
    for name, feature in request.features.items():
        for made in _made_features(name, feature):
            if place in {pointer("derive", made), pointer("features", made)}:
                return name
            if place.startswith(pointer("features", made, "")):
                return name
    return None


def columns_read_as_text(request: DatasetRequest) -> list[str]:
    """Return the columns of short forms that are read as text, also where they hold numbers."""
    return [
        name for name, feature in request.features.items() if _is_short(feature) and not isinstance(feature, DateTime)
    ]


def _is_short(feature: FeatureRequest) -> bool:
    return isinstance(feature, DateTime | Text) or (isinstance(feature, Numeric) and feature.many is not None)


def _called(feature: FeatureRequest) -> str:
    return f"{feature.kind} with many" if isinstance(feature, Numeric) else feature.kind


def _made_features(column: str, feature: FeatureRequest) -> dict[str, tuple[str, Feature]]:
    """Return the SQL and the feature of each part, by name; none for a feature that is no short form."""
    match feature:
        case DateTime():
            return date_features(column, feature)
        case Text():
            return text_features(column, feature)
        case Numeric(many=rule) if rule is not None:
            return list_features(column, feature, rule)
        case _:
            return {}
