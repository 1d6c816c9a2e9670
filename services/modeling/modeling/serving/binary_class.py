"""The class of a binary prediction by the version's threshold, next to the probability: `?class=true`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from contracts.errors import InvalidRequest
from contracts.label_kinds import label_traits
from contracts.messages.output_names import CLASS, PREDICTIONS
from modeling.repository.versions import VersionManifest
from modeling.serving.loaded_version import DEFAULT_SIGNATURE, TRANSFORM_SIGNATURE, Outputs


def with_class(
    manifest: VersionManifest, *, asked: bool, signature: str = DEFAULT_SIGNATURE, pointer: str | None = None
) -> Callable[[Outputs], Outputs]:
    """Return a function that adds `class`, int64 [rows], to outputs: 1 from the threshold on. Not asked, it adds nothing.

    Outputs of a version of several classes have a `class` already. Raises `InvalidRequest`, with the pointer, for a version
    without a threshold, and for a signature that does not predict.
    """
    if not asked or label_traits(manifest.schema_.label.kind).has_classes:
        return _as_they_are
    threshold = manifest.result.evaluation.threshold
    if threshold is None:
        raise InvalidRequest(
            f"version {manifest.version} of model {manifest.model!r} has no threshold, so its predictions have no class; train "
            "with a threshold",
            pointer=pointer,
        )
    if signature == TRANSFORM_SIGNATURE:
        raise InvalidRequest(
            f"only predictions have a class, which signature {signature!r} does not return", pointer=pointer
        )
    return lambda outputs: _with_class(outputs, threshold.value)


def _as_they_are(outputs: Outputs) -> Outputs:
    return outputs


def _with_class(outputs: Outputs, threshold: float) -> Outputs:
    return {**outputs, CLASS: (outputs[PREDICTIONS].astype(np.float64) >= threshold).astype(np.int64)}
