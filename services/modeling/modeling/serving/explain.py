"""Explanations of a model's inputs: `?explain=inputs`.

They report missing fields and their imputed values, tokens out of vocabulary, and numbers that are outside the range of
training, clipped, or bounded after scaling. They use the version's own `transform` signature and the rules that its graph was
built from, so they agree with the inputs of the prediction.
"""

from __future__ import annotations

from typing import Any

from contracts.errors import InvalidRequest
from modeling.feature_kinds.base import ModelInputIds
from modeling.feature_kinds.kinds import FeatureKinds
from modeling.feature_kinds.raw_values import RawRows, RawValues
from modeling.serving.loaded_version import LoadedVersion

Explanation = dict[str, dict[str, Any]]
"""One row's noteworthy fields, by name. Fields whose value was used unchanged are left out."""


def explanations(loaded: LoadedVersion, signature: str, values: RawValues) -> list[Explanation]:
    """Return one explanation per row.

    Each field has `reasons`, of `missing`, `out_of_vocabulary`, `outside_training_range`, `clipped` and `bounded`; `value`, as
    the model read it: a float32, or text; and `used`, the value that it computed with before scaling: a number, null if a missing
    one becomes 0 after scaling or a bucket of its own, or a token's id. `training_range` is the smallest and the largest value
    of the training split.

    Raises `InvalidRequest` for a signature that does not take raw fields, and a version that was published without statistics.
    """
    kinds = FeatureKinds(loaded.manifest.schema_)
    if list(loaded.signatures[signature].fields.numeric_at) != kinds.columns.numbers:
        raise InvalidRequest(f"explain needs raw fields, which signature {signature!r} does not take")
    if loaded.statistics is None:
        raise InvalidRequest(
            f"version {loaded.manifest.version} of model {loaded.manifest.model!r} was published without the statistics that "
            "explain needs; train it again"
        )
    rows = RawRows(kinds.columns, values)
    ids = ModelInputIds(
        loaded.manifest.schema_,
        lambda: loaded.signatures["transform"].call(*values)["categorical"],
    )
    by_row: list[Explanation] = [{} for _ in values.tokens]
    for kind in kinds.all:
        for noteworthy in kind.explain(rows, ids, loaded.statistics):
            by_row[noteworthy.row][noteworthy.feature] = noteworthy.entry
    return by_row
