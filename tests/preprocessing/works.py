"""The work of a dataset job over a small CSV file, planned without Spark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from contracts.dataset import DataFolder, SourceFile
from contracts.messages.datasets import DatasetRequest
from preprocessing.assignment.work import Work
from preprocessing.planning.infer_schema import infer_schema
from preprocessing.planning.ranges import plan_ranges
from preprocessing.work_plan import plan_work


def work_of(folder: DataFolder, text: str, *, partitions: int = 1, **body: Any) -> Work:
    """Write the text beside the storage, and plan the request."""
    path = Path(folder.storage.uri).parent / "rows.csv"
    path.write_text(text, newline="")
    source = {"format": "csv", "uris": [str(path)], **body.pop("source", {})}
    request = DatasetRequest.model_validate({"name": "d", "source": source, "partitions": partitions, **body})
    files = [SourceFile(uri=str(path), bytes=path.stat().st_size, modified_ns=path.stat().st_mtime_ns)]
    source_read: Any = request.source
    plan = plan_ranges(source_read, files, partitions)
    return plan_work(request, plan, infer_schema(request, plan), folder)
