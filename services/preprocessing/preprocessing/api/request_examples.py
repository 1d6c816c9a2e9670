"""A request per format of the source, for the page that documents the service; each is a whole one."""

from __future__ import annotations

from typing import Any

from contracts.messages.datasets import EXAMPLE


def _request(source: dict[str, Any], **more: Any) -> dict[str, Any]:
    label = {"column": "late", "kind": "binary"}
    return {"name": "flights", "source": source, "label": label, "exclude": ["arr_time"], **more}


EXAMPLES: dict[str, Any] = {
    "csv": {"summary": "CSV, the label from an expression, features named", "value": EXAMPLE},
    "csv_dialect": {
        "summary": "CSV as a spreadsheet program writes it in other locales, with a few bad rows skipped",
        "value": _request(
            {
                "format": "csv",
                "uris": ["export/*.csv"],
                "delimiter": ";",
                "encoding": "cp1252",
                "decimal_point": ",",
                "thousands_separator": ".",
                "comment": "#",
                "skip_lines": 2,
                "null_values": ["", "k.A."],
                "ragged": "null_padding",
            },
            max_bad_records=100,
        ),
    },
    "tsv": {
        "summary": "TSV without a header, without quoting, backslash escapes, zstd",
        "value": _request(
            {
                "format": "tsv",
                "uris": ["flights.tsv.zst"],
                "header": False,
                "columns": ["late", "carrier", "distance", "arr_time"],
                "quote": None,
                "escape": "\\",
                "null_values": ["\\N"],
            },
        ),
    },
    "jsonl": {
        "summary": "JSON lines, compressed; a number that means missing in one column",
        "value": _request(
            {"format": "jsonl", "uris": ["flights-2026.jsonl.gz"], "null_values": ["NA"]},
            features={"distance": {"kind": "numeric", "null_values": ["-999"]}},
        ),
    },
    "parquet": {
        "summary": "A folder of Parquet files; folders such as year=2026 add a column",
        "value": _request(
            {"format": "parquet", "uris": ["flights"], "hive_partitioning": True},
            records="transformed",
            layout="packed",
        ),
    },
    "arrow": {
        "summary": "Arrow files or streams; training reads them itself",
        "value": _request({"format": "arrow", "uris": ["flights.arrow"]}, records="none"),
    },
    "orc": {"summary": "ORC files", "value": _request({"format": "orc", "uris": ["flights.orc"]})},
    "tfrecord": {
        "summary": "TFRecord files of tf.train.Examples",
        "value": _request({"format": "tfrecord", "uris": ["flights/*.tfrecord"]}),
    },
    "avro": {"summary": "Avro files", "value": _request({"format": "avro", "uris": ["flights/*.avro"]})},
    "spark": {
        "summary": "Files that Spark reads, with options of its reader",
        "value": _request(
            {"format": "spark", "reader": "json", "options": {"multiLine": "true"}, "uris": ["flights.json"]},
        ),
    },
    "spark_table": {
        "summary": "A table of Spark's catalog",
        "value": _request({"format": "spark", "table": "sales.flights"}),
    },
    "sql": {
        "summary": "Filter, derived columns and weights in Spark SQL",
        "value": {
            **_request({"format": "parquet", "uris": ["flights.parquet"]}),
            "label": {"column": "is_late"},
            "derive": {"is_late": "arr_delay > 15", "importance": "CASE WHEN year = 2013 THEN 2.0 ELSE 1.0 END"},
            "filter": "distance > 0 AND carrier IS NOT NULL",
            "weight": "importance",
        },
    },
    "computed": {
        "summary": "Features that the model's graph computes: parts of a time, and SQL of a row",
        "value": {
            **EXAMPLE,
            "derive": {"route": "origin || '-' || dest", "miles_by_hour": "distance / nullif(hour, 0)"},
            "features": {
                "time_hour": {"kind": "datetime", "parts": ["month", "weekday", "hour"], "since": "2013-01-01"},
                "carrier": {"kind": "categorical"},
                "route": {"kind": "categorical"},
                "miles_by_hour": {"kind": "numeric"},
            },
            "time_zone": "America/New_York",
        },
    },
    "dates": {
        "summary": "Dates and times in other formats than ISO 8601",
        "value": {
            **EXAMPLE,
            "source": {"format": "csv", "uris": ["orders.csv"]},
            "label": {"column": "returned"},
            "features": {
                "signup": {"kind": "datetime", "format": "%d.%m.%Y", "parts": []},
                "ordered": {
                    "kind": "datetime",
                    "format": "%m/%d/%Y %I:%M %p",
                    "zone": "America/New_York",
                    "parts": ["weekday", "hour"],
                    "since": "signup",
                },
                "ts": {"kind": "datetime", "format": "unix_ms", "parts": ["month"]},
            },
        },
    },
    "lists": {
        "summary": "Lists of tokens, lists of numbers, a vector and a short text",
        "value": {
            **EXAMPLE,
            "source": {"format": "jsonl", "uris": ["products.jsonl"]},
            "label": {"column": "sold"},
            "features": {
                "tags": {"kind": "categorical", "many": {"max": 20, "combine": "mean"}},
                "viewed": {"kind": "hashed", "buckets": 10_000, "many": {"separator": " ", "max": 100}},
                "prices": {"kind": "numeric", "many": {"statistics": ["mean", "count"]}},
                "embedding": {"kind": "numeric", "shape": [16]},
                "title": {"kind": "text", "ngrams": [1, 2], "max": 30},
            },
        },
    },
    "time_splits": {
        "summary": "Splits by time: later rows validate and test",
        "value": _request(
            {"format": "parquet", "uris": ["flights.parquet"]},
            splits={"time": {"column": "time_hour", "validation_from": "2013-10-01", "test_from": "2013-11-15"}},
        ),
    },
    "file_splits": {
        "summary": "Splits by files, where no customer may be in two of them",
        "value": _request(
            {"format": "csv", "uris": ["2024.csv", "2025.csv"]},
            splits={"files": {"train": ["2024.csv"], "test": ["2025.csv"]}},
            split_key=["customer"],
        ),
    },
    "column_splits": {
        "summary": "Splits by the values of a column",
        "value": _request(
            {"format": "csv", "uris": ["flights.csv"]},
            splits={"column": "fold", "values": {"train": [0, 1, 2], "validation": [3], "test": [4]}},
        ),
    },
}
