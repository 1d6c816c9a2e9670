"""Check this service's surroundings: `python -m modeling.doctor`, or `tandem doctor` for both services."""

from __future__ import annotations

import time
from importlib.metadata import version

from chassis.doctor import Finding, common_checks, memory, print_findings
from chassis.read_settings import read_settings
from contracts.storage import Storage
from modeling.repository.model_repository import ModelRepository
from modeling.settings import ModelingSettings


def tensorflow() -> Finding:
    """Import TensorFlow, and compute with it."""
    began = time.monotonic()
    import tensorflow as tf  # noqa: PLC0415  # it takes seconds, which are part of the finding

    product = float(tf.linalg.trace(tf.matmul(tf.eye(3) * 2, tf.eye(3))))
    devices = ", ".join(sorted({device.device_type for device in tf.config.list_physical_devices()}))
    if product != 6:
        return Finding("tensorflow", "failed", f"a trace of 6 is {product}", "install TensorFlow again")
    return Finding("tensorflow", "ok", f"TensorFlow {tf.__version__} on {devices}, in {time.monotonic() - began:.0f} s")


def models(settings: ModelingSettings) -> Finding:
    """Read the manifest of each model's newest version."""
    repository = ModelRepository(Storage(settings.storage))
    published = repository.published_models()
    for name, versions in published.items():
        repository.manifest(name, max(versions))
    return Finding("models", "ok", f"{len(published)} published; the newest manifest of each is readable")


def main() -> None:
    """Print each finding as a line of JSON."""
    settings = read_settings(ModelingSettings)
    print_findings(
        [
            *common_checks("modeling", settings, version("tandem-modeling")),
            ("models", lambda: models(settings)),
            ("memory", lambda: memory(1, "a training of a small table")),
            ("tensorflow", tensorflow),
        ]
    )


if __name__ == "__main__":
    main()
