"""Explanations of a model's inputs: `?explain=inputs`.

They report missing fields and their imputed values, tokens out of vocabulary, and numbers that are outside the range of
training, clipped, or bounded after scaling. They use the version's own `transform` signature and the rules that its graph was
built from, so they agree with the inputs of the prediction.
"""

from __future__ import annotations

from typing import Any

from contracts.errors import InvalidRequest
from contracts.messages.trainings import MaskingSpec
from contracts.statistics import CategoricalStatistics, Statistics
from modeling.feature_kinds.base import ModelInputIds, Noteworthy
from modeling.feature_kinds.kinds import FeatureKinds
from modeling.feature_kinds.raw_values import RawValues
from modeling.repository.versions import VersionManifest
from modeling.serving.loaded_version import LoadedVersion

Explanation = dict[str, dict[str, Any]]
"""One row's noteworthy fields, by name. Fields whose value was used unchanged are left out."""


def explanations(loaded: LoadedVersion, signature: str, values: RawValues) -> list[Explanation]:
    """Return one explanation per row.

    Each field has `reasons`, of `missing`, `out_of_vocabulary`, `outside_training_range`, `clipped` and `bounded`; `value`, as
    the model read it: a float32, or text; and `used`, the value that it computed with before scaling: a number, null if a missing
    one becomes 0 after scaling or a bucket of its own, or a token's id. `training_range` is the smallest and the largest value
    of the training split.

    Where no training row was like that, `reasons` have `never_missing_in_training` or `never_unknown_in_training` as well, and
    `masked_in_training` states whether the training masked fields, so that the model learned what it means all the same.

    Raises `InvalidRequest` for a signature that does not take raw fields, and a version that was published without statistics.
    """
    kinds = FeatureKinds(loaded.manifest.schema_)
    if not loaded.signatures[signature].takes_raw_fields:
        raise InvalidRequest(f"explain needs raw fields, which signature {signature!r} does not take")
    if loaded.statistics is None:
        raise InvalidRequest(
            f"version {loaded.manifest.version} of model {loaded.manifest.model!r} was published without the statistics that "
            "explain needs; train it again"
        )
    rows = kinds.rows.of(values)
    ids = ModelInputIds(
        loaded.manifest.schema_,
        lambda: loaded.signatures["transform"].call(*values)["categorical"],
    )
    novelties = _Novelties(loaded.manifest, loaded.statistics)
    by_row: list[Explanation] = [{} for _ in values.tokens]
    for kind in kinds.all:
        for noteworthy in kind.explain(rows, ids, loaded.statistics):
            by_row[noteworthy.row][noteworthy.feature] = noteworthy.entry | novelties.of(noteworthy)
    return by_row


class _Novelties:
    """Additions to entries: of a version, the values that were missing or unknown in no training row."""

    def __init__(self, manifest: VersionManifest, statistics: Statistics) -> None:
        self._features = manifest.schema_.features
        self._in_training = statistics.splits["train"].features
        masking = manifest.request.masking if manifest.request.masking is not None else MaskingSpec(share=0)
        self._masked = {
            "missing": masking.masks_anything,
            "out_of_vocabulary": masking.masks_anything and masking.unseen > 0,
        }

    def of(self, noteworthy: Noteworthy) -> dict[str, Any]:
        """Return the fields of the entry that differ: `reasons`, and `masked_in_training`; nothing if it is no novelty."""
        reasons, in_training = noteworthy.entry["reasons"], self._in_training[noteworthy.feature]
        vocabulary = self._features[noteworthy.feature].vocabulary
        if "missing" in reasons and not in_training.missing:
            novelty, masked = "never_missing_in_training", self._masked["missing"]
        elif (
            "out_of_vocabulary" in reasons
            and vocabulary is not None
            and isinstance(in_training, CategoricalStatistics)
            and vocabulary.holds_all(in_training.distinct)
        ):
            novelty, masked = "never_unknown_in_training", self._masked["out_of_vocabulary"]
        else:
            return {}
        return {"reasons": [*reasons, novelty], "masked_in_training": masked}
