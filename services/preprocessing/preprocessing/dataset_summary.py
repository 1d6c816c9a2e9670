"""A dataset job's response, made from what the job has published, by its engine or by the service that finds it published."""

from __future__ import annotations

from typing import Any

from contracts.dataset.published import Dataset


def summary(dataset: Dataset) -> dict[str, Any]:
    """Return a finished job's response: a summary of the manifest."""
    manifest = dataset.manifest
    return {
        "dataset": manifest.name,
        "fingerprint": manifest.fingerprint,
        "records": manifest.records,
        "layout": manifest.layout,
        "rows": {name: split.rows for name, split in manifest.splits.items()},
        "leftOut": {
            "withoutLabel": manifest.left_out.without_label,
            "filtered": manifest.left_out.filtered,
            "rejected": manifest.left_out.rejected,
            "unknownClass": manifest.left_out.unknown_class,
            "withoutSplit": manifest.left_out.without_split,
        },
        "shards": len(manifest.shards),
        "bytes": sum(shard.bytes for shard in manifest.shards),
        "features": {name: feature.model_dump(mode="json") for name, feature in manifest.schema_.features.items()},
        "seconds": manifest.seconds,
        "warnings": [warning.model_dump(mode="json") for warning in manifest.warnings or []],
    }
