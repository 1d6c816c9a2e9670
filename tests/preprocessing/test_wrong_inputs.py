"""What a dataset job says of data and requests that are not right: the error, where it is, and that nothing is left of it."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import MakeDataset

from contracts.dataset.data_folder import DATASETS
from contracts.errors import (
    InvalidData,
    InvalidRequest,
    NotFound,
    TandemError,
    UnparsableValue,
    UnreadableFile,
    UnusableLabel,
)
from contracts.storage import Storage

LABEL = {"column": "y"}
GOOD = "y,x,w\n0,1,a\n1,2,b\n"

ORC_OF_INT = (
    b"ORC" + b"\x08\x03\x10\x03\x22\x02\x08\x03\x30\x00"
    b"\x08\x0a\x10\x00\x22\x02\x00\x0c\x28\x00\x30\x06\x82\xf4\x03\x03ORC" + b"\x13"
)
"""A file of no stripes whose only type is INT: footer, postscript and its length, in protocol buffers."""


def by(expression: str, **more: Any) -> dict[str, Any]:
    return {"label": {"expression": expression}, **more}


X = {"x": {"kind": "numeric"}}
EXPRESSION = "/label/expression"

BAD: list[tuple[str, bytes, dict[str, Any], type[TandemError], str, str]] = [
    (
        "unknown feature",
        GOOD.encode(),
        {"features": {"z": {"kind": "numeric"}}},
        NotFound,
        "no column 'z'",
        "/features/z",
    ),
    (
        "unknown label",
        GOOD.encode(),
        {"label": {"column": "z"}},
        NotFound,
        "no column 'z'.*'y', 'x', 'w'",
        "/label/column",
    ),
    ("unknown exclude", GOOD.encode(), {"exclude": ["z"]}, NotFound, "no column 'z'", "/exclude/0"),
    ("no label at all", b"y,x\n,1\n,2\n", {}, UnusableLabel, "no row has a label: 2 rows", "/label/column"),
    ("constant label", b"y,x\n1,1\n1,2\n", {}, UnusableLabel, "the same in all 2", "/label/column"),
    ("label of words", b"y,x\n1,1\nmaybe,2\n", {}, UnusableLabel, "Received: 'maybe'", "/label/column"),
    (
        "bad expression",
        GOOD.encode(),
        by("x + nosuch > 1"),
        InvalidRequest,
        "not valid",
        EXPRESSION,
    ),
    ("bad syntax", GOOD.encode(), by("x >"), InvalidRequest, "not valid", EXPRESSION),
    (
        "text expression",
        GOOD.encode(),
        by("w"),
        InvalidRequest,
        "Received: string",
        EXPRESSION,
    ),
    (
        "wide expression",
        GOOD.encode(),
        by("x"),
        UnusableLabel,
        "Received: 2",
        EXPRESSION,
    ),
    (
        "a window",
        GOOD.encode(),
        by("percent_rank() over (order by x) > 0.4"),
        InvalidRequest,
        "window",
        EXPRESSION,
    ),
    (
        "an aggregate",
        GOOD.encode(),
        by("max(x) > 1"),
        InvalidRequest,
        "aggregate",
        EXPRESSION,
    ),
    (
        "a subquery",
        GOOD.encode(),
        by("x > (select 1)"),
        InvalidRequest,
        "subquery",
        EXPRESSION,
    ),
    (
        "another file",
        GOOD.encode(),
        by("x > (select count(*) from text.`/etc/passwd`)"),
        InvalidRequest,
        "subquery",
        EXPRESSION,
    ),
    (
        "calling Java",
        GOOD.encode(),
        by("x > length(java_method('java.lang.System', 'lineSeparator'))"),
        InvalidRequest,
        "deterministic",
        EXPRESSION,
    ),
    (
        "a generator",
        GOOD.encode(),
        by("explode(array(x, x))"),
        InvalidRequest,
        "generator",
        EXPRESSION,
    ),
    (
        "a subquery in a lambda",
        GOOD.encode(),
        by("exists(array(x), y -> y > (from range(3) select max(id)))"),
        InvalidRequest,
        "subquery",
        EXPRESSION,
    ),
    (
        "two expressions in one",
        GOOD.encode(),
        by("x) AS a, (x"),
        InvalidRequest,
        "not valid",
        EXPRESSION,
    ),
    (
        "chance",
        GOOD.encode(),
        by("x > rand()"),
        InvalidRequest,
        "deterministic",
        EXPRESSION,
    ),
    (
        "no column",
        GOOD.encode(),
        by("1 = 1"),
        InvalidRequest,
        "names no column",
        EXPRESSION,
    ),
    (
        "division by zero",
        GOOD.encode(),
        by("1 / (x - 1) > 0"),
        InvalidData,
        "expression failed.*DIVIDE_BY_ZERO",
        EXPRESSION,
    ),
    (
        "column label beside an expression",
        b"label,x\n1,2\n0,3\n",
        by("x > 2", features=X),
        InvalidRequest,
        "'label'",
        "/features",
    ),
    (
        "indicator of the same name",
        b"y,x,x:missing\n1,2,3\n0,3,4\n",
        {"features": {"x": {"kind": "numeric", "indicator": True}}},
        InvalidRequest,
        "'x:missing'",
        "/features",
    ),
    ("empty file", b"", {}, UnreadableFile, "is empty", "/source/uris"),
    ("only a header", b"y,x\n", {}, UnusableLabel, "0 rows were read", "/label/column"),
    ("twice the same name", b"y,x,x\n1,2,3\n", {}, InvalidData, "'x'", "/source"),
    ("not text", b"\x04y,x\x00\x00", {}, UnreadableFile, "byte 0", "/source"),
    ("a ZIP archive", b"PK\x03\x04\x14\x00", {}, UnreadableFile, "not csv but a ZIP archive", "/source"),
    ("gzip by another name", gzip.compress(GOOD.encode()), {}, UnreadableFile, "compression to gzip", "/source"),
    (
        "an ORC file of no columns",
        ORC_OF_INT,
        {"source": {"format": "orc"}},
        UnreadableFile,
        "top-level struct",
        "/source",
    ),
    (
        "Latin-1 keys",
        b'{"y": 0, "\xe9": 1}\n',
        {"source": {"format": "jsonl"}},
        UnreadableFile,
        "not UTF-8",
        "/source/uris",
    ),
    (
        "UTF-16 without a mark",
        GOOD.encode("utf-16-le"),
        {"source": {"encoding": "utf-16"}},
        UnreadableFile,
        "no byte order mark",
        "/source/encoding",
    ),
    ("not gzip", b"y,x\n1,2\n", {"source": {"compression": "gzip"}}, UnreadableFile, "not readable", "/source"),
    ("not Parquet", b"y,x\n1,2\n", {"source": {"format": "parquet"}}, UnreadableFile, "not a Parquet file", "/source"),
    ("never-ending quote", b'y,x\n1,"2\n0,3\n', {}, UnreadableFile, "never ends", "/source/quote"),
    ("ragged row", b"y,x\n1,2\n0\n1,4\n", {}, UnreadableFile, r"line 3: expected 2 fields, found 1", "/source"),
    (
        "not a number",
        b'y,w,x\n1,"two\nlines",5\n0,a,six\n',
        {"features": {"x": {"kind": "numeric", "dtype": "int64"}}},
        UnparsableValue,
        r"line 4, column 'x': 'six' is not a whole number",
        "/features/x",
    ),
]


@pytest.mark.parametrize(
    ("content", "body", "kind", "message", "pointer"), [case[1:] for case in BAD], ids=[c[0] for c in BAD]
)
def test_what_is_wrong_is_named_and_nothing_is_left(
    make_dataset: MakeDataset,
    storage: Storage,
    content: bytes,
    body: dict[str, Any],
    kind: type[TandemError],
    message: str,
    pointer: str,
    request: pytest.FixtureRequest,
    sources: Path,
) -> None:
    before = storage.folders(DATASETS)
    name = f"bad-{abs(hash(request.node.nodeid))}"
    source = {"uris": [f"{name}.csv"], **body.get("source", {})}
    (sources / f"{name}.csv").write_bytes(content)
    body = {"label": LABEL, "splits": {"train": 1.0}, **body, "source": source}
    with pytest.raises(kind, match=f"(?s){message}") as caught:
        make_dataset(name=name, **body)
    assert caught.value.pointer == pointer
    assert storage.folders(DATASETS) == before


def test_the_line_is_right_in_any_part_of_a_file(make_dataset: MakeDataset) -> None:
    lines = ["y,w,x"] + [f'{i % 2},"a\n{i}",{i}' for i in range(3000)]
    lines[2001] = '1,"b\nb",oops'
    features = {"x": {"kind": "numeric", "dtype": "int64"}, "w": {"kind": "categorical"}}
    with pytest.raises(UnparsableValue, match=r"line 4002, column 'x': 'oops'"):
        make_dataset("\n".join(lines), label=LABEL, features=features, partitions=6)
