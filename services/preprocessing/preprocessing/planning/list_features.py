"""A list of numbers of a request to its statistics, and the features that these are."""

from __future__ import annotations

from contracts.features import Feature, Numeric
from contracts.features.sequences.number_lists import NumberList
from preprocessing.sql_names import quoted


def list_features(column: str, feature: Numeric, rule: NumberList) -> dict[str, tuple[str, Feature]]:
    """Return the SQL and the feature of each statistic, by name."""
    separator = rule.separator.replace("\\", "\\\\").replace("'", "\\'")
    made = feature.model_copy(update={"many": None})
    return {
        f"{column}:{statistic}": (f"list_{statistic}({quoted(column)}, '{separator}')", made)
        for statistic in rule.statistics
    }
