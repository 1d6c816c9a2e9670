"""The model that the benchmarks serve, which no training makes: whether it is still a version as trainings publish them."""

from __future__ import annotations

from pathlib import Path

from tests.benchmarks.served_model import publish_model, republish

from contracts.storage import Storage
from modeling.repository.versions import read_manifest


def test_a_version_is_published_and_once_more(tmp_path: Path) -> None:
    published = publish_model(str(tmp_path))
    assert republish(str(tmp_path), published.version) == published.version + 1
    again = read_manifest(Storage(str(tmp_path / "storage")), published.model, published.version + 1)
    assert again.request == published.request
