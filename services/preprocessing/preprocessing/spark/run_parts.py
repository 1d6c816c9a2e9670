"""Runs of a function on Spark, one task per part.

Tasks are started through the DataFrame API alone. Functions and results are pickled, and pass through Spark's own channel
between driver and tasks alone; no pickle is in the storage. A task's own error reaches the driver as JSON in the dataset's
staging folder (`task_errors`), since Spark passes on text only.
"""

# pyspark's types are incomplete where functions over Arrow batches are concerned.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import gc
import pickle
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from contracts.dataset.data_folder import DataFolder
from contracts.errors import CorruptData, NotFound, TandemError
from preprocessing.spark.task_errors import from_json, to_json

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_POLL_SECONDS = 0.1

Batches = Iterator[pa.RecordBatch]


@cache
def _freeze() -> None:
    """Freeze imported objects once per worker: pyspark collects garbage after each task, and would walk all of them.

    Costs little where the daemon has frozen them. Checking for that would itself walk all objects: 16 ms for every task.
    """
    gc.freeze()


@contextmanager
def reporting(folder: DataFolder, part: int) -> Generator[None]:
    """Write a domain error of this task to the folder that the driver reads, and raise it so that the Spark task fails."""
    _freeze()
    try:
        yield
    except TandemError as error:
        written = to_json(error)
        with folder.files.open_output(f"{folder.errors}/{part:05d}") as stream:
            stream.write(written)
        # As text that Spark can pass on: a lone surrogate would end its worker.
        raise from_json(written, folder.errors) from None


def run_parts(
    spark: SparkSession,
    function: Callable[[int], Any],
    parts: int,
    folder: DataFolder,
    progress: Callable[[int], None],
) -> list[Any]:
    """Call `function` with 0, 1, … `parts` - 1, each in a task of its own, and return the results in that order.

    `function` and its results must be picklable, the results small. `progress` is called on this thread with the number of
    finished parts; what it raises (a cancelled job) stops the tasks. A TandemError in a task is raised here.
    """
    if not parts:
        return []
    frame = spark.range(0, parts, 1, parts).mapInArrow(partial(_run, function, folder), "part bigint, result binary")
    results = {row[0]: row[1] for row in collect(spark, frame, folder, progress)}
    return [pickle.loads(results[part]) for part in range(parts)]  # noqa: S301 - our own tasks' results, through Spark alone


def collect(spark: SparkSession, frame: DataFrame, folder: DataFolder, progress: Callable[[int], None]) -> list[Any]:
    """Collect the rows of a frame whose tasks each call `mark_done`; progress and errors as in `run_parts`."""
    rows: list[Any] = []
    failure: list[BaseException] = []
    for name in folder.files.files(folder.done):
        folder.files.delete_file(f"{folder.done}/{name}")

    def work() -> None:
        try:
            rows.extend(frame.collect())
        except Exception as error:  # noqa: BLE001  raised again on the caller's thread
            failure.append(error)

    thread = threading.Thread(target=work, name="spark-job", daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(_POLL_SECONDS)
        try:
            progress(len(folder.files.files(folder.done)))
        except BaseException:
            while thread.is_alive():  # again and again: a job that Spark has not begun yet cannot be interrupted
                spark.interruptAll()
                thread.join(_POLL_SECONDS)
            raise
    if failure:
        raise _cause(folder, failure[0]) from failure[0]
    return rows


def mark_done(folder: DataFolder, part: int) -> None:
    """Mark this task's part as finished."""
    with suppress(OSError), folder.files.open_output(f"{folder.done}/{part:05d}"):
        pass


def _run(function: Callable[[int], Any], folder: DataFolder, batches: Batches) -> Batches:
    for batch in batches:
        for part in batch.column(0).to_pylist():
            with reporting(folder, part):
                result = function(part)
            mark_done(folder, part)
            columns = {"part": [part], "result": [pickle.dumps(result, pickle.HIGHEST_PROTOCOL)]}
            yield pa.RecordBatch.from_pydict(columns, pa.schema([("part", pa.int64()), ("result", pa.binary())]))


def _cause(folder: DataFolder, failure: BaseException) -> BaseException:
    """Return the error that a task wrote, of the lowest part with one; else Spark's own.

    A file that no task wrote is `CorruptData`, which is returned like an error of a task.
    """
    for name in folder.files.files(folder.errors):
        path = f"{folder.errors}/{name}"
        with suppress(NotFound):
            data = folder.files.read(path)
            try:
                return from_json(data, f"{folder.path}/{path}")
            except CorruptData as corrupt:
                return corrupt
    return failure
