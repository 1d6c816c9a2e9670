"""The incumbent: the version that a gate compares with, evaluated on this dataset's test split."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from contracts.dataset.published import Dataset
from contracts.dataset.split_rule import why_not_comparable
from contracts.errors import InvalidRequest, NotFound
from contracts.messages.gates import BetterThan
from contracts.messages.metrics import Metrics
from contracts.messages.output_names import PREDICTIONS, PROBABILITIES
from contracts.schema import Schema
from contracts.storage import Storage
from modeling.feature_kinds.raw_values import RawColumns
from modeling.repository.labels import read_labels
from modeling.repository.versions import VersionManifest, read_manifest
from sources.arrays import Array

_POINTER = "/require/better_than"


@dataclass(frozen=True)
class Incumbent:
    """The version to beat. `known`: its metrics on these very rows, where it was evaluated on them when it was made."""

    manifest: VersionManifest
    known: Metrics | None


def find_incumbent(storage: Storage, model: str, better_than: BetterThan | None, dataset: Dataset) -> Incumbent | None:
    """Return the version with that label; None if none is requested, or no version has the label.

    Raises `InvalidRequest`, with the reason, if the version was removed, the dataset lacks inputs of it, or rows of the
    dataset's test split may be among those that the version was trained on.
    """
    if better_than is None:
        return None
    version = read_labels(storage, model).labels.get(better_than.label)
    if version is None:
        return None
    try:
        manifest = read_manifest(storage, model, version)
    except NotFound as error:
        raise InvalidRequest(
            f"{error.message}, which has the label {better_than.label!r}: move the label to a version that exists, or delete it",
            pointer=_POINTER,
        ) from error
    if manifest.dataset.fingerprint == dataset.manifest.fingerprint:
        return Incumbent(manifest, manifest.result.evaluation.test)
    reason = why_not_comparable(manifest.dataset.split_rule, dataset.manifest.split_rule)
    reason = _why_not(manifest.schema_, dataset) or reason
    if reason:
        raise InvalidRequest(
            f"version {version}, which has the label {better_than.label!r}, cannot be asked about this dataset's test "
            f"split: {reason}",
            pointer=_POINTER,
        )
    return Incumbent(manifest, None)


def _why_not(schema: Schema, dataset: Dataset) -> str | None:
    if dataset.manifest.records == "transformed":
        return (
            "it was trained from another dataset, and records that are transformed hold no raw values; "
            "make the dataset with records raw or none"
        )
    ours = dataset.schema
    if schema.label.kind != ours.label.kind:
        return f"it predicts labels of kind {schema.label.kind}, and these are {ours.label.kind}"
    absent = [name for name in schema.features if name not in ours.features]
    if absent:
        return f"it needs features that the dataset does not have: {', '.join(map(repr, absent[:10]))}"
    computed = [name for name, tree in schema.computed.items() if ours.computed.get(name) != tree]
    computed += [name for name in schema.features if name in ours.computed and name not in schema.computed]
    if computed:
        return f"it needs features that are computed otherwise here: {', '.join(map(repr, computed[:10]))}"
    other = [
        name for name, feature in schema.features.items() if feature.column_type != ours.features[name].column_type
    ]
    if other:
        return f"it needs features that are of another kind here: {', '.join(map(repr, other[:10]))}"
    return _why_tokens_differ(schema, ours)


def _why_tokens_differ(its: Schema, ours: Schema) -> str | None:
    """Return why text of this dataset has other tokens than the version was trained on."""
    spelled = [name for name, feature in its.features.items() if feature.respells != ours.features[name].respells]
    if spelled:
        return (
            "numbers and booleans in these features are other tokens here, as their spelling is another: "
            f"{', '.join(map(repr, spelled[:10]))}"
        )
    tokens = its.token_columns
    read = [name for name, feature in tokens.items() if feature.text_rule != ours.features[name].text_rule]
    if read:
        return f"text in these features is other tokens here, by strip or fold_case: {', '.join(map(repr, read[:10]))}"
    return None


def predict_with_incumbent(
    call: Callable[[Array, Array], dict[str, Array]], incumbent: VersionManifest, dataset: Dataset
) -> Callable[[Array, Array], Array]:
    """Return a version's call for values of features as a function of this dataset's tensors, by the features' names.

    It returns float64 [rows]; for a multiclass label float64 [rows, classes]: probabilities of the dataset's classes, 0 for
    classes unknown to it.
    """
    its, ours = incumbent.schema_, dataset.schema
    numeric, categorical, _ = RawColumns.of_features(its).places_in(RawColumns.of_features(ours))
    wanted, known = dataset.manifest.classes, list(incumbent.classes or [])

    def ask(numbers: Array, tokens: Array) -> Array:
        outputs = call(numbers[:, numeric], tokens[:, categorical])
        if wanted is None:
            return np.asarray(outputs[PREDICTIONS], np.float64)
        there = [index for index, name in enumerate(wanted) if name in known]
        probabilities = np.zeros((len(numbers), len(wanted)))
        probabilities[:, there] = outputs[PROBABILITIES][:, [known.index(wanted[index]) for index in there]]
        return probabilities

    return ask
