"""The version that is watched."""

from __future__ import annotations

import pytest

from modeling.serving.loaded_version import LoadedVersion
from modeling.serving.predictor import Predictor


@pytest.fixture
def loaded(predictor: Predictor) -> LoadedVersion:
    return predictor.registry.get("m")
