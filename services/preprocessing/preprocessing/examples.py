"""A request per format of the source, for the page that documents the service; each is a whole one."""

from __future__ import annotations

from typing import Any

from preprocessing.messages import EXAMPLE


def _request(source: dict[str, Any], **more: Any) -> dict[str, Any]:
    label = {"column": "late", "kind": "binary"}
    return {"name": "flights", "source": source, "label": label, "exclude": ["arr_time"], **more}


EXAMPLES: dict[str, Any] = {
    "csv": {"summary": "CSV, the label from an expression, features named", "value": EXAMPLE},
    "csv_dialect": {
        "summary": "CSV as an office program of another language writes it, a few bad rows passed over",
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
}
