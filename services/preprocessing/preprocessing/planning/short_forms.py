"""Short forms of a request, `datetime` and `text`, to derived columns and the features that are made of these."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.errors import InvalidRequest, pointer
from contracts.features import DateTime, Feature, FeatureRequest, Text
from contracts.messages.datasets import DatasetRequest
from preprocessing.planning.column_names import unknown_column
from preprocessing.planning.date_features import check_since, date_features
from preprocessing.planning.text_features import text_features


def with_short_forms(request: DatasetRequest) -> DatasetRequest:
    """Return the request with derived columns and features for each short form. Raises `InvalidRequest` for a name twice."""
    derive, features = dict(request.derive), dict[str, Feature]()
    for name, feature in request.features.items():
        if not isinstance(feature, DateTime | Text):
            features[name] = feature
            continue
        for made, (sql, its) in _made_features(name, feature).items():
            if made in derive or made in request.features:
                raise InvalidRequest(
                    f"{made!r}, which this makes, is the name of another feature or derived column; rename that",
                    pointer=pointer("features", name),
                )
            derive[made], features[made] = sql, its
    return request.model_copy(update={"derive": derive, "features": features})


def check_short_forms(request: DatasetRequest, columns: Sequence[str]) -> None:
    """Raise `NotFound` for a short form, or a column that its days count from, that the source does not have."""
    for name, feature in request.features.items():
        if not isinstance(feature, DateTime | Text):
            continue
        if name not in columns:
            raise unknown_column(name, columns, pointer("features", name))
        if isinstance(feature, DateTime):
            check_since(name, feature, columns)


def short_form_behind(request: DatasetRequest, place: str | None) -> str | None:
    """Return the short form that makes the derived column at a JSON pointer; None if the request derives it itself."""
    return next(
        (
            name
            for name, feature in request.features.items()
            if place in {pointer("derive", made) for made in _made_features(name, feature)}
        ),
        None,
    )


def _made_features(column: str, feature: FeatureRequest) -> dict[str, tuple[str, Feature]]:
    """Return the SQL and the feature of each part, by name; none for a feature that is no short form."""
    match feature:
        case DateTime():
            return date_features(column, feature)
        case Text():
            return text_features(column, feature)
        case _:
            return {}
