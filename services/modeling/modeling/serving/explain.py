"""What a model made of raw values before it predicted: `?explain=inputs`.

Which fields were missing and what stood in for them, which tokens the vocabulary does not hold, which numbers lie outside of what
the training split held, and which were clipped. It asks the version's own `transform` signature and the rules that its graph was
built from, so that it cannot say anything else than what the prediction was made with.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from contracts.errors import InvalidRequest
from contracts.features import FIRST_ID, MISSING_ID, Numeric, null_numbers
from contracts.input_rules import number_rules
from contracts.statistics import Statistics
from modeling.decoding.rows_and_columns import Values
from modeling.serving.loaded_version import LoadedVersion

Explanation = dict[str, dict[str, Any]]
"""Of one row: by field, what was noteworthy about it. Fields that were taken as they came are left out."""


def explanations(loaded: LoadedVersion, signature: str, values: Values) -> list[Explanation]:
    """One per row.

    Each field has `reasons`, of `missing`, `out_of_vocabulary`, `outside_training_range` and `clipped`; `value`, as the
    model took it: a float32, or text; and `used`, what it computed with, before scaling: a number, null where a missing one
    becomes 0 after scaling or a bucket of its own, or a token's id. `training_range` is the smallest and the largest value of
    the training split.

    Raises `InvalidRequest` for a signature that does not take raw fields, and a version that was published without statistics.
    """
    if loaded.signatures[signature].fields.numeric_at.keys() != loaded.manifest.schema_.numeric.keys():
        raise InvalidRequest(f"explain needs raw fields, which signature {signature!r} does not take")
    if loaded.statistics is None:
        raise InvalidRequest(
            f"version {loaded.manifest.version} of model {loaded.manifest.model!r} was published without the statistics that "
            "explain needs; train it again"
        )
    found: list[Explanation] = [{} for _ in values.tokens]
    _explain_numbers(found, loaded, loaded.statistics, values.numeric)
    _explain_tokens(found, loaded, values)
    return found


def _explain_numbers(
    found: list[Explanation], loaded: LoadedVersion, statistics: Statistics, numeric: np.ndarray[Any, Any]
) -> None:
    rules = number_rules(loaded.manifest.schema_, statistics)
    scaled = {rule.feature: rule for rule in rules.scaled}
    fills = {rule.feature: rule.fill for rule in (*rules.scaled, *rules.buckets)}
    for column, (name, feature) in enumerate(loaded.manifest.schema_.numeric.items()):
        values = numeric[:, column]
        missing = ~np.isfinite(values) | np.isin(values, np.array(null_numbers(feature.null_values), np.float32))
        fill = fills[name]
        filled = values if fill is None else np.where(missing, np.float32(fill), values)
        low, high = _limits(statistics, name)
        outside = ~missing & ((values < low) | (values > high))
        rule = scaled.get(name)
        used = filled
        if rule is not None and rule.low is not None and rule.high is not None:
            used = np.minimum(np.maximum(filled, np.float32(rule.low)), np.float32(rule.high))
        clipped = (used != filled) & ~(np.isnan(used) | np.isnan(filled))
        for row in np.flatnonzero(missing | outside | clipped).tolist():
            reasons = [
                reason
                for reason, holds in (("missing", missing), ("outside_training_range", outside), ("clipped", clipped))
                if holds[row]
            ]
            entry: dict[str, Any] = {
                "reasons": reasons,
                "value": None if missing[row] else float(values[row]),
                "used": None if missing[row] and fill is None else float(used[row]),
            }
            if outside[row]:
                entry["training_range"] = [float(low), float(high)]
            found[row][name] = entry


def _limits(statistics: Statistics, name: str) -> tuple[np.float32, np.float32]:
    """The training split's smallest and largest value, without a limit where it had none."""
    seen = statistics.numeric(name)
    if seen.min is None or seen.max is None:
        return np.float32(-np.inf), np.float32(np.inf)
    with np.errstate(over="ignore"):
        return np.float32(seen.min), np.float32(seen.max)


def _explain_tokens(found: list[Explanation], loaded: LoadedVersion, values: Values) -> None:
    schema = loaded.manifest.schema_
    if not schema.categorical:
        return
    ids = loaded.signatures["transform"].call(values.numeric, values.tokens)["categorical"]
    place = {name: at for at, name in enumerate(schema.categorical)}
    for column, name in enumerate([*schema.vocabularies, *schema.hashed]):
        feature = schema.features[name]
        assert not isinstance(feature, Numeric)
        first_known = feature.first_token_id if feature.kind == "categorical" else FIRST_ID
        for row in np.flatnonzero(ids[:, column] < first_known).tolist():
            used = int(ids[row, column])
            is_missing = used == MISSING_ID
            token = values.tokens[row][place[name]]
            found[row][name] = {
                "reasons": ["missing" if is_missing else "out_of_vocabulary"],
                "value": None if is_missing else token if isinstance(token, str) else token.decode(errors="replace"),
                "used": used,
            }
