"""One version in memory: its functions, and what its raw features are. No TensorFlow here: `load_saved_model` makes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from contracts.statistics import Statistics
from modeling.decoding.compiled_json import PlainBodies
from modeling.decoding.raw_fields import Fields
from modeling.repository.versions import VersionManifest
from modeling.serving.inference_counts import InferenceCounts

DEFAULT_SIGNATURE = "serving_default"
TRANSFORM_SIGNATURE = "transform"

Outputs = dict[str, np.ndarray[Any, Any]]
Tokens = np.ndarray[Any, Any]
"""Objects [rows, categorical fields]: bytes, or text, which counts as its UTF-8; empty where missing."""

SignatureCall = Callable[..., Outputs]
"""Takes the matrices of `RawValues`: `numeric`, float32 [rows, numeric fields], `tokens`, and `integers` or None."""


@dataclass(frozen=True)
class Signature:
    """A signature of a version: its fields, and the call that computes it."""

    fields: Fields
    call: SignatureCall
    plain: PlainBodies | None = None
    """Fast decoder of common bodies; None if the fields' names need escaping."""
    takes_raw_fields: bool = True


@dataclass(frozen=True)
class LoadedVersion:
    """A version, ready to answer from any thread."""

    manifest: VersionManifest
    signatures: dict[str, Signature]
    describe: Callable[[], dict[str, Any]] = field(compare=False)
    """Returns what `signature_def` is, at a cost that grows with the features."""
    statistics: Statistics | None = None
    """Of the split `train` that it was trained on; None where it was published without them."""
    of_features: SignatureCall | None = None
    """The default signature as a function of the values of features, where some are computed from what clients send."""
    examples: Mapping[str, int | float | str] = field(default_factory=dict[str, int | float | str], compare=False)
    """Values of columns that are read by expressions alone, for a row to try."""
    counts: InferenceCounts = field(default_factory=InferenceCounts, compare=False)

    def predict_features(self, numeric: np.ndarray[Any, Any], tokens: Tokens) -> Outputs:
        """Return the default signature's outputs for the values of features, as records have them: matrices of `RawValues`."""
        call = self.signatures[DEFAULT_SIGNATURE].call if self.of_features is None else self.of_features
        return call(numeric, tokens)

    @cached_property
    def signature_def(self) -> dict[str, Any]:
        """TensorFlow's description of the signatures, as its protocol buffer reads in JSON."""
        return self.describe()
