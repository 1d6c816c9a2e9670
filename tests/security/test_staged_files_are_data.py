"""Files that tasks leave in the storage for the driver or for other tasks run nothing, for any content."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.preprocessing.number_states import state_of
from tests.preprocessing.planned_work import planned_work
from tests.security.conftest import Trap

from contracts.dataset.data_folder import DataFolder
from contracts.errors import CorruptData, InvalidData
from contracts.schema import Categorical, Label, Numeric, Schema
from preprocessing.assignment.work import Work, source_batches
from preprocessing.engine import SparkEngine
from preprocessing.records.rejected_rows import StagedRejects, publish_rejected, stage_rejected
from preprocessing.spark.run_parts import run_parts
from preprocessing.statistics.analyze import RowSums
from preprocessing.statistics.staged_numbers import StagedNumbers, merge_features, stage_numbers
from sources.rejects import Rejects

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SCHEMA = Schema(features={"a": Numeric(dtype="float64"), "c": Categorical()}, label=Label(column="y", kind="binary"))
ROWS = [RowSums(3, 0, 0), RowSums(0, 0, 0), RowSums(0, 0, 0)]
WRONG_ERRORS = [
    b"",
    b"{",
    b"[]",
    b'{"type": "InvalidData"}',
    b'{"type": "InvalidData", "message": 3, "pointer": null}',
    b'{"type": "InvalidData", "message": "m", "pointer": null, "more": 1}',
    b'{"type": "SystemExit", "message": "m", "pointer": null}',
    b'{"type": "cleandoc", "message": "m", "pointer": null}',
    b'{"type": "__builtins__", "message": "m", "pointer": null}',
    b'{"type": "InvalidData", "message": "\xff", "pointer": null}',
]


@pytest.fixture
def spark(engine: SparkEngine) -> SparkSession:
    assert engine.session is not None
    return engine.session


def fails_after_writing(folder: DataFolder, content: bytes, spark: SparkSession) -> None:
    """A run whose task fails, and finds a file of somebody else in the place of its own error."""

    def work(part: int) -> float:
        folder.files.stage(f"{folder.errors}/{part:05d}", content)
        return 1 / part

    run_parts(spark, work, 1, folder, lambda _: None)


def test_a_pickle_in_place_of_a_tasks_error_is_not_run(
    spark: SparkSession, data_folder: DataFolder, trap: Trap
) -> None:
    with pytest.raises(CorruptData, match=rf"{data_folder.path}/staging/errors/00000 is not an error that a task"):
        fails_after_writing(data_folder, trap.bytes, spark)
    assert not trap.was_run


@pytest.mark.parametrize("content", WRONG_ERRORS)
def test_what_is_no_error_of_a_task_is_named(spark: SparkSession, data_folder: DataFolder, content: bytes) -> None:
    with pytest.raises(CorruptData, match=r"staging/errors/00000 (is not|has) an error"):
        fails_after_writing(data_folder, content, spark)


def test_a_tasks_error_is_readable_json(spark: SparkSession, data_folder: DataFolder) -> None:
    def work(part: int) -> None:
        raise InvalidData("'é' is wrong", pointer="/features/a~1b")

    with pytest.raises(InvalidData, match=r"^'é' is wrong$") as caught:
        run_parts(spark, work, 1, data_folder, lambda _: None)
    assert caught.value.pointer == "/features/a~1b"
    left = json.loads(data_folder.files.read(f"{data_folder.errors}/00000"))
    assert left == {"type": "InvalidData", "message": "'é' is wrong", "pointer": "/features/a~1b"}


def rejecting(root: Path) -> tuple[Work, StagedRejects]:
    """A job of one range that has set two rows aside, one of which is not UTF-8."""
    features = {"x": {"kind": "numeric", "dtype": "int64"}}
    _, work = planned_work(root, "y,x\n1,2\n0,bad\n1,worse\n", partitions=1, features=features, max_bad_records=2)
    rejects = Rejects(2)
    assert sum(batch.num_rows for batch in source_batches(work, 0, ["x"], rejects)) == 1
    return work, stage_rejected(work.folder, rejects)


def test_a_pickle_in_place_of_rejected_rows_is_not_run(tmp_path: Path, trap: Trap) -> None:
    work, staged = rejecting(tmp_path)
    assert staged.path is not None
    lines = work.folder.files.read(staged.path)
    for content in (trap.bytes, trap.bytes + b"\n\n", lines[:-1], lines + b"{}\n", b"{}\n{}\n", b'{"line": 1}\n\n'):
        work.folder.files.stage(staged.path, content)
        with pytest.raises(CorruptData, match=rf"{staged.path}(: line \d is not a staged row| has \d lines)"):
            publish_rejected(work.folder, work.plan, [staged], 2)
    assert not trap.was_run


def test_a_pickle_in_place_of_a_columns_state_is_not_run(data_folder: DataFolder, trap: Trap) -> None:
    staged = stage_numbers(data_folder, 0, [state_of([1.5, 1.5, -2.0])])
    for content in (trap.bytes, trap.bytes * 9, b"", b"\xff\xff\xff\xff" * 99):
        data_folder.files.stage(staged.path, content)
        planted = StagedNumbers(staged.path, [0, len(content)])
        with pytest.raises(CorruptData, match=rf"{staged.path} is not a column's state"):
            merge_features(data_folder, SCHEMA, [planted], ROWS, [0])
    assert not trap.was_run


def test_no_bytes_of_a_columns_state_reach_a_kernel_unchecked(data_folder: DataFolder) -> None:
    """Kernels do not check their indices: a value of 1e300 would be added past the end of a sum."""
    staged = stage_numbers(data_folder, 0, [state_of([1.5, 1.5, -2.0])])
    data = data_folder.files.read(staged.path)
    key = (np.array(1.5).view(np.uint64) | np.uint64(1 << 63)).tobytes()
    assert data.count(key) == 1
    for value, reason in ((1e300, "at most 1e100"), (np.nan, "at most 1e100"), (-3.0, "do not ascend")):
        bits = np.array(value).view(np.uint64)
        other = (~bits if value < 0 else bits | np.uint64(1 << 63)).tobytes()
        data_folder.files.stage(staged.path, data.replace(key, other))
        with pytest.raises(CorruptData, match=reason):
            merge_features(data_folder, SCHEMA, [staged], ROWS, [0])
