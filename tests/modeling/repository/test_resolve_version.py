"""The default version: one rule, whichever part of the service asks."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.modeling.batch_prediction.test_run import text_rows, write_csv
from tests.modeling.live import finish, running
from tests.modeling.serving.test_registry import MISSED, copy_version, label
from tests.modeling.trained import Trained
from tests.processes import wait_until

from chassis.engine.engine import JobContext
from contracts.errors import CorruptData, NotFound, Unavailable
from contracts.messages.batch_predictions import BatchRequest
from contracts.storage import Storage
from modeling.batch_prediction.run import predict_files
from modeling.repository.model_repository import ModelRepository
from modeling.repository.resolve_version import default_version, load_default, no_default, resolve_version
from modeling.repository.versions import describe_files, read_manifest


def make_unloadable(storage: Storage, folder: Path) -> None:
    """Replace the graph of version 2, with checksums that are right: only a load can find that out."""
    (folder / "saved_model.pb").write_bytes(b'{"other": 1}')
    manifest = read_manifest(storage, "m", 2).model_copy(update={"files": describe_files(folder)})
    (folder / "tandem.json").write_bytes(manifest.to_json())


@pytest.fixture
def broken(trained: Trained, storage: Storage) -> Storage:
    """Version 1 is whole, version 2 cannot be loaded, and the manifest of version 3 is cut off."""
    copy_version(trained.storage, storage, 1)
    make_unloadable(storage, copy_version(trained.storage, storage, 2))
    manifest = copy_version(trained.storage, storage, 1, to=3) / "tandem.json"
    manifest.write_bytes(manifest.read_bytes()[:100])
    return storage


def test_everything_takes_the_same_version_where_newer_ones_are_broken(broken: Storage, tmp_path: Path) -> None:
    home = tmp_path / "service"
    home.mkdir()
    write_csv(home / "rows.csv", text_rows(20))
    with running(broken, home, TANDEM_PREDICTION_LOG="1") as client:
        wait_until(lambda: client.get("/v1/models").json()["models"][0]["default"] == 1)
        predicted = client.post("/v1/models/m:predict", json={"instances": [{"class": 3}] * 20})
        assert predicted.headers["x-model-version"] == "1"
        request = {"name": "rows", "model": "m", "source": {"format": "csv", "uris": [str(home / "rows.csv")]}}
        job = finish(client, client.post("/v1/batch-predictions", json=request))
        assert job["state"] == "SUCCEEDED", job
        assert job["response"]["version"] == 1
        versions = client.get("/v1/models/m/versions").json()["versions"]
        assert [(each["version"], each["default"]) for each in versions] == [(2, False), (1, True)]
        states = client.get("/v1/models/m").json()["model_version_status"]
        assert [(each["version"], each["state"]) for each in states] == [("3", "END"), ("2", "END"), ("1", "AVAILABLE")]
        assert client.get("/v1/models/m/metadata").json()["model_spec"]["version"] == "1"
        reports = {number: client.get(f"/v1/models/m/versions/{number}/report").text for number in (1, 2)}
        assert {number: 'class="badge"' in page for number, page in reports.items()} == {1: True, 2: False}
        assert client.post("/v1/models/m:skew").json()["version"] == 1


def test_batch_prediction_skips_what_it_cannot_load(broken: Storage, tmp_path: Path) -> None:
    write_csv(tmp_path / "rows.csv", text_rows(20))
    body = {"name": "rows", "model": "m", "source": {"format": "csv", "uris": [str(tmp_path / "rows.csv")]}}
    context = JobContext.alone("job")
    assert predict_files(broken, [str(tmp_path)], BatchRequest.model_validate(body), context).version == 1
    named = BatchRequest.model_validate({**body, "name": "named", "version": 2})
    with pytest.raises(CorruptData, match="no SavedModel"):
        predict_files(broken, [str(tmp_path)], named, context)


def test_the_newest_that_passed_or_has_a_label(trained: Trained, storage: Storage) -> None:
    repository = ModelRepository(storage)
    assert default_version(repository, "m") is None
    for number, gate in enumerate([None, MISSED, MISSED], start=1):
        copy_version(trained.storage, storage, 1, to=number, gate=gate)
    assert default_version(repository, "m") == 1
    label(storage, canary=2)
    assert default_version(repository, "m") == resolve_version(repository, "m").version == 2
    assert resolve_version(repository, "m", label="canary").version == 2
    assert resolve_version(repository, "m", version=3).version == 3


def test_a_version_whose_metrics_could_not_be_computed_is_never_the_default(trained: Trained, storage: Storage) -> None:
    repository = ModelRepository(storage)
    copy_version(trained.storage, storage, 1)
    make_unscored(copy_version(trained.storage, storage, 1, to=2) / "tandem.json")
    assert default_version(repository, "m") == resolve_version(repository, "m").version == 1
    label(storage, champion=2)
    assert default_version(repository, "m") == 1, "a label is a name of its own, and no default"
    assert resolve_version(repository, "m", label="champion").version == 2
    manifest = read_manifest(storage, "m", 2)
    assert "its log loss could not be computed on the 500 rows of the test split" in manifest.why_unscored
    shutil.rmtree(storage.local_path("models/m/1") or "")
    with pytest.raises(NotFound, match="has no metrics"):
        resolve_version(repository, "m")


def test_a_version_without_a_test_split_may_be_the_default(trained: Trained, storage: Storage) -> None:
    make_unscored(copy_version(trained.storage, storage, 1) / "tandem.json", rows=0)
    assert default_version(ModelRepository(storage), "m") == 1


def make_unscored(path: Path, **changed: int) -> None:
    """Write a manifest anew with no metrics, as of a test split without weight in an earlier release."""
    manifest: dict[str, Any] = json.loads(path.read_bytes())
    test = manifest["result"]["evaluation"]["test"]
    test |= dict.fromkeys(test.keys() - {"kind", "rows"}) | changed
    path.write_text(json.dumps(manifest))


def test_a_recorded_fault_counts_until_the_files_change(trained: Trained, storage: Storage) -> None:
    repository = ModelRepository(storage)
    for number in (1, 2):
        copy_version(trained.storage, storage, 1, to=number)
    tried: list[int] = []

    def load(number: int) -> int:
        tried.append(number)
        if number == 2:
            raise CorruptData("cut off")
        return number

    assert load_default(repository, "m", load) == default_version(repository, "m") == 1
    assert load_default(repository, "m", load) == 1
    assert tried == [2, 1, 1], "a broken version is not tried again"
    assert repository.fault("m", 2) == "cut off"
    assert not repository.forget_mended("m")
    path = storage.local_path("models/m/2/saved_model.pb")
    assert path is not None
    path.write_bytes(path.read_bytes() + b"\0")
    assert repository.forget_mended("m")
    assert default_version(repository, "m") == 2


def test_errors_without_a_default(trained: Trained, storage: Storage) -> None:
    repository = ModelRepository(storage)
    with pytest.raises(NotFound, match="no model named 'm'") as absent:
        resolve_version(repository, "m")
    assert absent.value.pointer == "/model"
    copy_version(trained.storage, storage, 1, gate=MISSED)
    with pytest.raises(NotFound, match="failed its quality gate") as unfit:
        resolve_version(repository, "m")
    assert unfit.value.pointer == "/model"
    with pytest.raises(NotFound, match="no version 2") as unknown:
        resolve_version(repository, "m", version=2)
    assert unknown.value.pointer == "/version"
    with pytest.raises(NotFound, match="no label 'canary'") as unlabelled:
        resolve_version(repository, "m", label="canary")
    assert unlabelled.value.pointer == "/label"
    with pytest.raises(CorruptData), repository.recording_faults("m", 1):
        raise CorruptData("cut off")
    assert isinstance(no_default(repository, "m"), Unavailable)
