"""Rows written into the prediction log of a version, and the drifts found."""

from __future__ import annotations

import time

import numpy as np
from tests.modeling.made import SCHEMA, Row
from tests.modeling.made_records import raw_matrices

from contracts.messages.comparisons import FeatureDrift
from contracts.messages.skew import Skew
from contracts.storage import Storage
from modeling.feature_kinds.raw_values import RawValues
from modeling.monitoring.logged_rows import LoggedRows, parquet_file
from modeling.monitoring.prediction_log import log_folder
from modeling.repository.versions import VersionManifest


def log_rows(
    storage: Storage, manifest: VersionManifest, rows: list[Row], *, at: float | None = None, redacted: str = ""
) -> None:
    numeric, tokens = raw_matrices(SCHEMA, rows)
    outputs = {"predictions": np.zeros(len(rows), np.float32)}
    logged = LoggedRows(manifest, at or time.time(), RawValues(numeric.astype(np.float32), tokens), outputs)
    folder = log_folder(manifest.model, manifest.version)
    data = parquet_file([logged], frozenset({redacted}))
    storage.write(f"{folder}/{len(storage.files(folder))}.parquet", data)


def by_name(found: Skew) -> dict[str, FeatureDrift]:
    return {drift.feature: drift for drift in found.features}
