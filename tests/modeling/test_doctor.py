from __future__ import annotations

from pathlib import Path

import pytest
from tests.modeling.trained import Trained, copy_versions

from contracts.errors import CorruptData
from contracts.storage import Storage
from modeling.doctor import models, tensorflow
from modeling.settings import ModelingSettings


def test_tensorflow_computes() -> None:
    found = tensorflow()
    assert (found.status, "on CPU" in found.detail) == ("ok", True)


def test_a_manifest_that_cannot_be_read_is_named(trained: Trained, tmp_path: Path) -> None:
    storage = Storage(str(tmp_path / "storage"))
    settings = ModelingSettings(storage=storage.uri, state=str(tmp_path / "state"))
    assert models(settings).detail.startswith("0 published")
    copy_versions(trained, storage, "m", range(1, 3))
    assert models(settings).detail.startswith("1 published")
    storage.write("models/m/2/tandem.json", b"damaged")
    with pytest.raises(CorruptData, match=r"models/m/2/tandem\.json"):
        models(settings)
