"""The service as SageMaker and Vertex AI start it: on their port, from the model folder they hand over, for predictions alone.

SageMaker runs the image with the argument `serve`, unpacks `model.tar.gz` into /opt/ml/model, and asks /ping and /invocations on
port 8080 (https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html). Vertex AI sets the artifacts'
URI, the port and the paths by AIP_* (https://cloud.google.com/vertex-ai/docs/predictions/custom-container-requirements).
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from contracts.errors import CorruptData, NotFound
from contracts.storage import Storage
from modeling.repository.folders import MANIFEST, MODELS
from modeling.repository.versions import VersionManifest
from modeling.settings import ModelingSettings

SAGEMAKER_FOLDER = "/opt/ml/model"
SAGEMAKER_PORT = 8080


def settings_of_platform(*, sagemaker: bool) -> ModelingSettings:
    """Return the environment's settings, for SageMaker, or for Vertex AI if AIP_STORAGE_URI is set.

    There, jobs are run only if TANDEM_JOBS_AT_ONCE asks for it. Raises `NotFound` where the folder holds no model, `CorruptData`.
    """
    settings = ModelingSettings()
    if not sagemaker and not os.environ.get("AIP_STORAGE_URI"):
        return settings
    changed: dict[str, Any] = {}
    if "allow_unauthenticated" not in settings.model_fields_set:
        changed["allow_unauthenticated"] = True  # the platform asks callers who they are, in front of the container
    if "allowed_hosts" not in settings.model_fields_set:
        changed["allowed_hosts"] = ["*"]  # and addresses it by a name of its own
    if sagemaker:
        changed |= {"host": "0.0.0.0", "storage": os.environ.get("SM_MODEL_DIR") or SAGEMAKER_FOLDER}  # noqa: S104  # as it asks
        if not os.environ.get("SAGEMAKER_BIND_TO_PORT"):
            changed["port"] = SAGEMAKER_PORT
    if "jobs_at_once" not in settings.model_fields_set:
        changed["jobs_at_once"] = 0
    settings = settings.model_copy(update=changed)
    scratch = Path(settings.state) / "handed-over"
    shutil.rmtree(scratch, ignore_errors=True)
    return settings.model_copy(update={"storage": as_storage(Storage(settings.storage), scratch.absolute()).uri})


def as_storage(given: Storage, scratch: Path) -> Storage:
    """Return a model folder as a storage: itself if it is one, or else `scratch` with every version anywhere in it.

    So it may be a storage, a model's folder, a single version's, or hold several of these. Versions are linked to; from a remote
    store they are copied. Raises `NotFound` if there is none, `CorruptData` for an invalid manifest or a version that occurs
    twice.
    """
    if given.folders(MODELS):
        return given
    manifests = [path.lstrip("/") for path in given.sizes("") if path.rpartition("/")[2] == MANIFEST]
    if not manifests:
        raise NotFound(
            f"there is no model in {given.uri}: neither a folder `{MODELS}` nor, in any folder, a version's {MANIFEST}. "
            f"Hand over what a storage holds, or one of its {MODELS}/NAME or {MODELS}/NAME/VERSION"
        )
    for path in sorted(manifests):
        _bring(given, path, scratch)
    return Storage(str(scratch))


def _bring(given: Storage, path: str, scratch: Path) -> None:
    folder = path.rpartition("/")[0]
    try:
        manifest = VersionManifest.model_validate_json(given.read(path))
    except ValidationError as error:
        raise CorruptData(f"{given.uri}/{path} is not a version's manifest: {error}") from error
    target = scratch / manifest.folder
    if target.exists():
        raise CorruptData(f"{given.uri} holds version {manifest.version} of model {manifest.model!r} twice")
    target.parent.mkdir(parents=True, exist_ok=True)
    local = given.local_path(folder)
    if local is not None:
        target.symlink_to(local, target_is_directory=True)
        return
    for name in [*manifest.files, MANIFEST]:
        file = target / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(given.read(f"{folder}/{name}".lstrip("/")))
