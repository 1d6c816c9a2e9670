"""The work of a dataset job on a small file, planned in this process: for tests of what tasks do, without Spark."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from contracts.dataset.data_folder import DataFolder
from contracts.dataset.split_rule import SplitRule
from contracts.messages.datasets import DatasetRequest
from contracts.source import AvroFiles, SparkSource
from contracts.storage import Storage
from preprocessing.assignment.splitters.base import SplitBatch
from preprocessing.assignment.work import Work, row_location
from preprocessing.planning.infer_schema import infer_schema
from preprocessing.planning.ranges import plan_ranges
from preprocessing.work_plan import plan_work
from sources.arrays import Uint8s
from sources.files.resolve_sources import locate


def row_splits(work: Work, batch: pa.RecordBatch, part: int = 0) -> Uint8s:
    """Return the split of each row of a batch of a range."""
    place = partial(row_location, work, part, 0, None)
    return work.splitter.divide(work, SplitBatch(batch, work.plan.ranges[part].file, place)).codes


def split_rule(work: Work) -> SplitRule:
    """Return the rule that a manifest gets."""
    return work.splitter.rule(work)


def planned_work(root: Path, text: str | bytes, **body: Any) -> tuple[DatasetRequest, Work]:
    """Write the file `t.csv` and return a job's request for it, with its work; the staging folder is there."""
    (root / "t.csv").write_bytes(text.encode() if isinstance(text, str) else text)
    usual: dict[str, Any] = {"name": "d", "source": {"format": "csv", "uris": ["t.csv"]}, "label": {"column": "y"}}
    request = DatasetRequest.model_validate({**usual, **body})
    assert not isinstance(request.source, AvroFiles | SparkSource)
    plan = plan_ranges(
        request.source,
        locate(request.source.uris, [str(root)], hive_partitioning=request.source.hive_partitioning),
        request.partitions,
    )
    folder = DataFolder(Storage(str(root / "storage")), request.name, "job-1")
    folder.create()
    return request, plan_work(request, plan, infer_schema(request, plan), folder, [str(root)])
