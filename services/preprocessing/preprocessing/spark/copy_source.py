"""Copies of sources that cannot be read range by range: Arrow files in the job's staging folder.

Each Spark partition, or each Avro file, becomes one Arrow file, in that order; the planner then divides them into ranges.
Dates, times and intervals become ISO text. Structs are spread to their leaves, by path. Maps and lists of other than scalars stay
as empty columns of a nested type, so that a request that names one is refused by its name. Every other value keeps its type.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, assert_never

import pyarrow as pa

from contracts.dataset.data_folder import DataFolder
from contracts.dataset.manifest import SourceFile
from contracts.errors import InvalidRequest, UnreadableFile
from contracts.source import ArrowFiles, AvroFiles, CopiedSource, SparkSource
from preprocessing.spark.read_avro import avro_batches
from preprocessing.spark.row_expressions import plain
from preprocessing.spark.run_parts import collect, mark_done, reporting, run_parts
from preprocessing.sql_names import quoted
from sources.files.resolve_sources import filesystem_of
from sources.structs.leaf_paths import MOST_STEPS, STEP, path_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

Progress = Callable[[int], None]

_AS_THEY_ARE = ("boolean", "byte", "short", "integer", "long", "float", "double", "decimal", "string", "binary")
_NESTED = ("array", "map", "struct", "variant")


def copy_source(
    spark: SparkSession,
    source: CopiedSource,
    files: Sequence[SourceFile],
    folder: DataFolder,
    progress: Progress,
) -> tuple[ArrowFiles, list[SourceFile]]:
    """Copy the rows, and return them as a source of Arrow files.

    Raises `InvalidRequest` when Spark does not know the table or cannot read the files at all, `UnreadableFile` when the
    read fails midway or there are no rows.
    """
    match source:
        case AvroFiles():
            written: list[str | None] = run_parts(
                spark, partial(_copy_avro, folder, files), len(files), folder, progress
            )
            copied = [
                _copied(folder, path).model_copy(update={"partition": file.partition})
                for path, file in zip(written, files, strict=True)
                if path is not None
            ]
        case SparkSource():
            copied = [_copied(folder, path) for path in sorted(_copy_frame(spark, source, files, folder, progress))]
        case _:
            assert_never(source)
    if not copied:
        raise UnreadableFile("the source has no rows", pointer="/source")
    return ArrowFiles(format="arrow", uris=[file.uri for file in copied]), copied


def _copy_avro(folder: DataFolder, files: Sequence[SourceFile], part: int) -> str | None:
    return _write(folder, part, avro_batches(files[part]))


def _copy_frame(
    spark: SparkSession, source: SparkSource, files: Sequence[SourceFile], folder: DataFolder, progress: Progress
) -> list[str]:
    from py4j.protocol import Py4JJavaError  # noqa: PLC0415  the API process has no Spark
    from pyspark.errors import AnalysisException, PySparkException, PythonException  # noqa: PLC0415

    place = "/source/table" if source.table is not None else "/source"
    try:
        frame, paths = _flat(_frame(spark, source, files))
    except AnalysisException as error:
        raise InvalidRequest(f"Spark cannot read the source: {plain(str(error))}", pointer=place) from error
    except (PySparkException, Py4JJavaError) as error:
        raise UnreadableFile(f"Spark cannot read the source: {plain(str(error))}", pointer=place) from error
    try:
        rows = collect(spark, frame.mapInArrow(_writer(folder, paths), "path string"), folder, progress)
    except PythonException:
        raise  # a bug of ours in a task
    except (PySparkException, Py4JJavaError) as error:
        raise UnreadableFile(f"Spark failed to read the source: {plain(str(error))}", pointer=place) from error
    return [row[0] for row in rows]


def _frame(spark: SparkSession, source: SparkSource, files: Sequence[SourceFile]) -> DataFrame:
    if source.table is not None:
        return spark.read.table(source.table)
    reader = spark.read.format(source.reader or "").options(**source.options)
    paths = [file.uri if "://" in file.uri else f"file://{file.uri}" for file in files]
    return reader.load(paths) if paths else reader.load()


def _flat(frame: DataFrame) -> tuple[DataFrame, list[str]]:
    """Return the frame with leaves in place of structs, every column of a type that is copied, and the columns' paths.

    Its columns are numbered: `mapInArrow` finds none with a full stop in its name.
    """
    leaves = [leaf for field in frame.schema.fields for leaf in _leaves(field.name, [field.name], field.dataType)]
    return frame.select([column.alias(f"{i}") for i, (_, column) in enumerate(leaves)]), [path for path, _ in leaves]


def _leaves(path: str, steps: list[str], kind: Any) -> Iterator[tuple[str, Any]]:
    from pyspark.sql import functions as f  # noqa: PLC0415  the API process has no Spark

    name = kind.typeName()
    if name == "struct" and _is_spread(steps, kind):
        for field in kind.fields:
            yield from _leaves(path_of(path, field.name), [*steps, field.name], field.dataType)
        return
    column = f.col(".".join(map(quoted, steps)))
    if name == "array" and (made := _list_of(kind)) is not None:
        column = column.cast(made)
    elif name in _NESTED:
        column = f.lit(None).cast("array<array<int>>")
    elif name not in _AS_THEY_ARE:
        column = column.cast("string")
    yield path, column


def _is_spread(steps: list[str], kind: Any) -> bool:
    """Return true for a struct of which each field becomes a column, as `sources.structs` does in files of Arrow."""
    names = [steps[0], *(field.name for field in kind.fields)]
    return bool(kind.fields) and len(steps) <= MOST_STEPS and not any(STEP in name for name in names)


def _list_of(kind: Any) -> str | None:
    """Return the type by which an array of scalars is copied; None for other arrays."""
    element = kind.elementType
    if element.typeName() in _NESTED:
        return None
    return f"array<{element.simpleString() if element.typeName() in _AS_THEY_ARE else 'string'}>"


def _writer(folder: DataFolder, paths: list[str]) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def write(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        from pyspark import TaskContext  # noqa: PLC0415  exists only inside a task

        context = TaskContext.get()
        part = context.partitionId() if context else 0
        with reporting(folder, part):
            path = _write(folder, part, (batch.rename_columns(paths) for batch in batches))
        mark_done(folder, part)
        if path is not None:
            yield pa.RecordBatch.from_pydict({"path": [path]})

    return write


def _write(folder: DataFolder, part: int, batches: Iterator[pa.RecordBatch]) -> str | None:
    """Write the batches as one Arrow file, renamed into place when complete, and return its path; None without rows."""
    first = next((batch for batch in batches if batch.num_rows), None)
    if first is None:
        return None
    path = f"{folder.staging}/source-{part:05d}.arrow"
    written = f"{path}-{secrets.token_hex(4)}"
    with folder.files.open_output(written) as stream, pa.ipc.new_file(stream, first.schema) as out:
        out.write_batch(first)
        for batch in batches:
            out.write_batch(batch)
    folder.files.move(written, path)
    return path


def _copied(folder: DataFolder, path: str) -> SourceFile:
    local = folder.files.local_path(path)
    uri = str(local) if local is not None else f"{folder.files.uri.rstrip('/')}/{path}"
    filesystem, inside = filesystem_of(uri)
    info = filesystem.get_file_info(inside)
    return SourceFile(uri=uri, bytes=info.size or 0, modified_ns=info.mtime_ns or 0)
