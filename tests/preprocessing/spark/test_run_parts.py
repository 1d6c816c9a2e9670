"""A function in Spark tasks: results in the order of the parts, a task's own error, and progress that may stop the tasks."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

import pytest
from pyspark.errors import PythonException

from contracts.dataset.data_folder import DataFolder
from contracts.errors import InvalidData, NotFound
from preprocessing.spark.run_parts import mark_done, reporting, run_parts

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def ignore(parts: int) -> None:
    """Progress that nobody looks at."""


def test_results_come_in_the_order_of_the_parts_from_another_process(
    spark: SparkSession, data_folder: DataFolder
) -> None:
    def work(part: int) -> tuple[int, int, dict[str, Any]]:
        time.sleep(0.1 if part == 0 else 0)
        return part, os.getpid(), {"any": ["thing", None]}

    progress: list[int] = []
    results = run_parts(spark, work, 5, data_folder, progress.append)
    assert [(part, thing) for part, _, thing in results] == [(part, {"any": ["thing", None]}) for part in range(5)]
    assert os.getpid() not in {process for _, process, _ in results}
    assert progress == sorted(progress)
    assert len(data_folder.files.files(data_folder.done)) == 5


def test_no_parts_start_no_task(spark: SparkSession, data_folder: DataFolder) -> None:
    progress: list[int] = []
    assert run_parts(spark, str, 0, data_folder, progress.append) == []
    assert progress == []


def test_marks_of_an_earlier_run_do_not_count(spark: SparkSession, data_folder: DataFolder) -> None:
    for part in range(3):
        mark_done(data_folder, part)
    run_parts(spark, str, 1, data_folder, ignore)
    assert data_folder.files.files(data_folder.done) == ["00000"]


def test_a_tasks_own_error_comes_back_whole(spark: SparkSession, data_folder: DataFolder) -> None:
    def work(part: int) -> None:
        raise InvalidData(f"part {part} is wrong", pointer="/source")

    with pytest.raises(InvalidData, match=r"^part 0 is wrong$") as caught:
        run_parts(spark, work, 1, data_folder, ignore)
    assert caught.value.pointer == "/source"
    assert caught.value.__cause__ is not None


def test_an_error_with_a_lone_surrogate_comes_back(spark: SparkSession, data_folder: DataFolder) -> None:
    def work(part: int) -> None:
        raise InvalidData(f"file \udcff of part {part} is wrong")

    with pytest.raises(InvalidData, match=r"^file \? of part 0 is wrong$"):
        run_parts(spark, work, 1, data_folder, ignore)


def test_any_other_error_is_sparks(spark: SparkSession, data_folder: DataFolder) -> None:
    def work(part: int) -> float:
        return 1 / part

    with pytest.raises(PythonException, match="ZeroDivisionError: division by zero"):
        run_parts(spark, work, 1, data_folder, ignore)


def test_progress_may_stop_the_tasks(spark: SparkSession, data_folder: DataFolder) -> None:
    def work(part: int) -> None:
        time.sleep(60)

    class Stop(Exception):
        """A cancelled job's."""

    def stop(parts: int) -> None:
        raise Stop

    with pytest.raises(Stop):
        run_parts(spark, work, 1, data_folder, stop)
    assert data_folder.files.files(data_folder.done) == []


def test_the_first_part_that_left_an_error_is_reported(data_folder: DataFolder) -> None:
    for part in (7, 3):
        with pytest.raises(NotFound), reporting(data_folder, part):
            raise NotFound(f"no {part}")
    with pytest.raises(ValueError, match="not a domain error"), reporting(data_folder, 1):
        raise ValueError("not a domain error")
    assert data_folder.files.files(data_folder.errors) == ["00003", "00007"]


def test_a_task_that_outlives_its_job_marks_nothing(data_folder: DataFolder) -> None:
    data_folder.files.delete_folder(data_folder.staging)
    mark_done(data_folder, 0)
    assert not data_folder.files.exists(data_folder.staging)
