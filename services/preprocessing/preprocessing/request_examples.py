"""A dataset request for each format of a source, for the API's page to offer: each can be posted once its files are there."""

from __future__ import annotations

from typing import Any

from preprocessing.messages import EXAMPLE


def _request(source: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": "trips", "source": source, "label": {"column": "late"}, **more}


def _example(summary: str, value: dict[str, Any]) -> dict[str, Any]:
    return {"summary": summary, "value": value}


REQUESTS: dict[str, dict[str, Any]] = {
    "csv": _example("CSV: flights with a label in SQL", EXAMPLE),
    "tsv": _example(
        "TSV without a header, compressed",
        _request({"format": "tsv", "uris": ["trips.tsv.gz"], "header": False, "columns": ["late", "from", "miles"]}),
    ),
    "jsonl": _example("JSON lines", _request({"format": "jsonl", "uris": ["trips/*.jsonl"]})),
    "parquet": _example("Parquet in Hive-style folders", _request({"format": "parquet", "uris": ["trips/year=*/*.parquet"]})),
    "arrow": _example("Arrow IPC", _request({"format": "arrow", "uris": ["trips.arrow"]})),
    "orc": _example("ORC", _request({"format": "orc", "uris": ["trips.orc"]})),
    "avro": _example("Avro", _request({"format": "avro", "uris": ["trips.avro"]})),
    "spark": _example(
        "Files that Spark reads, with its options",
        _request({"format": "spark", "reader": "json", "options": {"multiLine": "true"}, "uris": ["trips.json"]}),
    ),
    "spark-table": _example("A table of Spark's catalog", _request({"format": "spark", "table": "sales.trips"})),
    "sql": _example(
        "Filter, derived columns and weights in Spark SQL",
        _request(
            {"format": "parquet", "uris": ["trips.parquet"]},
            label={"column": "is_late"},
            derive={"is_late": "arrived - planned > 15", "importance": "CASE WHEN year = 2013 THEN 2.0 ELSE 1.0 END"},
            filter="miles > 0 AND carrier IS NOT NULL",
            weight="importance",
        ),
    ),
}
