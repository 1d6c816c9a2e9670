"""TensorFlow Serving's model status and metadata, for the routes by model, by version and by label."""

from __future__ import annotations

from typing import Any

from contracts.errors import CorruptData, StorageUnavailable
from contracts.messages.models import ModelMetadata, ModelSpec, ModelStatus, VersionStatus, VersionStatusDetail
from modeling.serving.registry import ModelRegistry


def status_of(registry: ModelRegistry, model: str, versions: list[int]) -> ModelStatus:
    """Return TensorFlow Serving's status of versions; why one is not the default is in its `status`: fault, gate, no metrics."""
    statuses: list[VersionStatus] = []
    for number in versions:
        state, reason = registry.state(model, number)
        detail = VersionStatusDetail(error_code="DATA_LOSS" if reason else "OK", error_message=reason)
        if not reason and (unfit := _why_unfit(registry, model, number)):
            detail = VersionStatusDetail(error_code="FAILED_PRECONDITION", error_message=unfit)
        statuses.append(VersionStatus(version=str(number), state=state, status=detail))
    return ModelStatus(model_version_status=statuses)


def _why_unfit(registry: ModelRegistry, model: str, version: int) -> str:
    """Return why an intact version is not the default one by itself; empty where it may be."""
    try:
        manifest = registry.repository.manifest(model, version)
    except (CorruptData, StorageUnavailable):
        return ""
    if manifest.why_unscored:
        return f"never the default version: {manifest.why_unscored}"
    gate = manifest.result.gate
    return f"failed its quality gate: {gate.reason}" if gate is not None and gate.reason else ""


def metadata_of(
    registry: ModelRegistry, model: str, *, version: int | None = None, label: str | None = None
) -> ModelMetadata:
    """Return TensorFlow Serving's metadata of the version of that number or label, else of the default one."""
    loaded = registry.get(model, version, label)
    signature_def: dict[str, Any] = {
        "@type": "type.googleapis.com/tensorflow.serving.SignatureDefMap",
        "signature_def": loaded.signature_def,
    }
    return ModelMetadata(
        model_spec=ModelSpec(name=model, signature_name="", version=str(loaded.manifest.version)),
        metadata={"signature_def": signature_def},
        tandem=loaded.manifest.model_dump(mode="json", by_alias=True),
    )
