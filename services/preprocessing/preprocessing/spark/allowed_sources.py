"""Checks of Spark's own sources: a request may name the formats, options and tables that the operator allows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

from contracts.errors import InvalidRequest, NotAllowed, pointer
from contracts.schema import Records
from contracts.source import CopiedSource, Source, SparkSource


def check_source(source: Source, records: Records, formats: Mapping[str, Sequence[str]], tables: Sequence[str]) -> None:
    """Check a source against the operator's lists of formats and tables.

    Raises `NotAllowed` for a format, an option or a table that is not listed, `InvalidRequest` for records that cannot be read.
    """
    if isinstance(source, CopiedSource) and records == "none":
        raise InvalidRequest(
            f"with records none, training reads the source itself, and has no Spark: format {source.format} needs records "
            "raw or transformed",
            pointer="/records",
        )
    if not isinstance(source, SparkSource):
        return
    if source.table is not None and not any(fnmatchcase(source.table, allowed) for allowed in tables):
        raise NotAllowed(
            f"table {source.table!r} is not among those that this service may read (TANDEM_SPARK_TABLES)",
            pointer="/source/table",
        )
    if source.reader is not None and source.reader not in formats:
        raise NotAllowed(
            f"format {source.reader!r} is not among those that this service may read through Spark "
            f"(TANDEM_SPARK_FORMATS): {', '.join(sorted(formats)) or 'none'}",
            pointer="/source/reader",
        )
    for name in source.options:
        if source.reader is not None and name not in formats[source.reader]:
            raise NotAllowed(
                f"option {name!r} of {source.reader} is not among those allowed (TANDEM_SPARK_FORMATS): "
                f"{', '.join(formats[source.reader]) or 'none'}",
                pointer=pointer("source", "options", name),
            )
