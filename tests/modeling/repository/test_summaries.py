from __future__ import annotations

from pathlib import Path

from tests.modeling.reports.made_versions import made_version, publish_version

from contracts.storage import Storage
from modeling.repository.folders import manifest_path
from modeling.repository.labels import change_labels
from modeling.repository.model_repository import ModelRepository
from modeling.repository.summaries import summarize_models


def test_a_model_is_summarized_by_its_default_version(tmp_path: Path) -> None:
    storage = Storage(str(tmp_path / "storage"))
    assert summarize_models(ModelRepository(storage)).models == []
    for _ in range(2):
        publish_version(storage, made_version(rows=200))
    change_labels(storage, "m", lambda _: {"champion": 1})
    repository = ModelRepository(storage)
    (summary,) = summarize_models(repository).models
    assert (summary.name, summary.versions, summary.default, summary.labels) == ("m", [1, 2], 2, {"champion": 1})
    assert summary.evaluation == repository.manifest("m", 2).result.evaluation
    (tmp_path / "storage" / manifest_path("m", 2)).write_bytes(b"{}")
    (summary,) = summarize_models(ModelRepository(storage)).models
    assert (summary.versions, summary.default) == ([1, 2], 1)
