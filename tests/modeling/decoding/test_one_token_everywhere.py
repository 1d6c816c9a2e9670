"""A number or a boolean is one token, from files of every format and in requests of every protocol."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import feather
from tests.modeling.trained import Trained

from contracts.messages.batch_predictions import BatchRequest
from contracts.schema import Categorical, Hashed, Label, Schema
from contracts.storage import Storage
from modeling.batch_prediction.skipped_rows import SkippedRows
from modeling.batch_prediction.table_rows import Table
from modeling.decoding.compiled_json import PlainBodies
from modeling.decoding.raw_fields import Fields
from modeling.protocols.invocations import Headers, invoke
from modeling.protocols.open_inference import infer
from modeling.protocols.tensorflow_classify import classify
from modeling.protocols.tensorflow_predict import predict
from modeling.repository.versions import read_manifest
from modeling.serving.inference_request import BodyDecoder
from modeling.serving.loaded_version import DEFAULT_SIGNATURE, LoadedVersion, Signature
from sources.values.arrow_values import tokens

FLOATS = st.one_of(
    st.integers(-(10**6), 10**6).map(float),
    st.integers(10**14, 2**60).map(float),
    st.floats(-1e9, 1e9),
    st.sampled_from([0.0, -0.0, 6.5, 0.1, 1e16, 1e-5, 101.0]),
)
COLUMNS: dict[str, st.SearchStrategy[Any]] = {
    "double": FLOATS,
    "int64": st.integers(-(2**63), 2**63 - 1),
    "decimal": st.integers(-(10**15) + 1, 10**15 - 1).map(lambda digits: Decimal(digits).scaleb(-2)),
    "bool": st.booleans(),
    "string": st.sampled_from(["06", "007", "UA", "1e5", "3E21", "1.2.0", "5.", "+1", "x-1.0", "yes"]),
}
TYPES: dict[str, pa.DataType] = {
    "double": pa.float64(),
    "int64": pa.int64(),
    "decimal": pa.decimal128(17, 2),
    "bool": pa.bool_(),
    "string": pa.string(),
}
NAMES = {kind: (f"{kind} k", f"{kind} h") for kind in COLUMNS}
"""Each column is a categorical and a hashed feature."""
SCHEMA = Schema(
    features={
        name: feature
        for known, hashed in NAMES.values()
        for name, feature in (
            (known, Categorical(spelling="canonical")),
            (hashed, Hashed(buckets=9, spelling="canonical")),
        )
    },
    label=Label(column="y"),
)
MOST_ROWS = 8


@st.composite
def tables(draw: st.DrawFn) -> pa.Table:
    rows = draw(st.integers(1, MOST_ROWS))
    drawn = {
        kind: pa.array(draw(st.lists(st.none() | values, min_size=rows, max_size=rows)), TYPES[kind])
        for kind, values in COLUMNS.items()
    }
    return pa.table({name: column for kind, column in drawn.items() for name in NAMES[kind]})


@pytest.fixture(scope="module")
def loaded(trained: Trained) -> LoadedVersion:
    """A version of two features, which is not asked for predictions here."""
    fields = Fields.of(SCHEMA)
    manifest = read_manifest(trained.storage, "m", 1).model_copy(update={"schema_": SCHEMA})

    def no_call(*_: Any) -> Any:
        raise NotImplementedError

    signature = Signature(fields, no_call, PlainBodies(fields))
    return LoadedVersion(manifest, {DEFAULT_SIGNATURE: signature}, lambda: {DEFAULT_SIGNATURE: {"outputs": {}}})


def as_json(value: Any) -> str:
    return str(value) if isinstance(value, Decimal) else json.dumps(value)


def as_csv(value: Any) -> str:
    return "" if value is None else str(value)


def as_object(values: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{json.dumps(name)}: {value}" for name, value in values.items()) + "}"


def as_list(values: Iterable[str]) -> str:
    return f"[{', '.join(values)}]"


def requests(table: pa.Table) -> Iterator[tuple[str, BodyDecoder]]:
    """The table in each form that clients send, both as numbers and as the text that programs write for them."""
    plain = {name: [as_json(value) for value in column] for name, column in table.to_pydict().items()}
    texts = {name: [as_csv(value) for value in column] for name, column in table.to_pydict().items()}
    quoted = {name: [json.dumps(text) for text in column] for name, column in texts.items()}
    for what, columns in (("values", plain), ("text", quoted)):
        rows = as_list(as_object(dict(zip(columns, row, strict=True))) for row in zip(*columns.values(), strict=True))
        inputs = as_object({name: as_list(column) for name, column in columns.items()})
        yield f"rows of {what}", predict(f'{{"instances": {rows}}}'.encode())
        yield f"columns of {what}", predict(f'{{"inputs": {inputs}}}'.encode())
        yield f"records of {what}", invoke(f'{{"dataframe_records": {rows}}}'.encode(), Headers())
        yield f"examples of {what}", classify(f'{{"examples": {rows}}}'.encode())
    data = as_list(as_list(row) for row in zip(*plain.values(), strict=True))
    split = f'{{"dataframe_split": {{"columns": {json.dumps(list(plain))}, "data": {data}}}}}'
    yield "MLflow", invoke(split.replace("null", "NaN").encode(), Headers())
    out = io.StringIO()
    csv.writer(out).writerows([list(texts), *zip(*texts.values(), strict=True)])
    yield "CSV", invoke(out.getvalue().encode(), Headers("text/csv"))
    yield "v2 text", infer(tensors({name: ("BYTES", as_list(column)) for name, column in quoted.items()}), None)
    typed = {name: tensor_of(name, table) for name in table.column_names}
    listed = {
        name: as_list(plain[name] if datatype != "BYTES" else quoted[name]) for name, (datatype, _) in typed.items()
    }
    yield "v2 JSON", infer(tensors({name: (datatype, listed[name]) for name, (datatype, _) in typed.items()}), None)
    binary = {name: data for name, (_, data) in typed.items() if data is not None}
    head = tensors({name: (datatype, listed[name]) for name, (datatype, _) in typed.items()}, binary)
    yield "v2 binary", infer(head + b"".join(binary.values()), str(len(head)))


def tensor_of(name: str, table: pa.Table) -> tuple[str, bytes | None]:
    """The datatype of a column as a tensor, and its bytes; None where it cannot be binary."""
    column = table.column(name).combine_chunks()
    datatype = {"double": "FP64", "int64": "INT64", "bool": "BOOL"}.get(str(column.type))
    if datatype is None or (column.null_count and datatype != "FP64"):
        return datatype or "BYTES", None
    array: Any = column.to_numpy(zero_copy_only=False)
    return datatype, array.astype(np.uint8).tobytes() if datatype == "BOOL" else array.tobytes()


def tensors(columns: Mapping[str, tuple[str, str]], binary: Mapping[str, bytes] | None = None) -> bytes:
    inputs: list[str] = []
    for name, (datatype, listed) in columns.items():
        rows = len(json.loads(listed))
        data = (binary or {}).get(name)
        own = {"data": listed} if data is None else {"parameters": json.dumps({"binary_data_size": len(data)})}
        inputs.append(
            as_object({"name": json.dumps(name), "shape": f"[{rows}]", "datatype": json.dumps(datatype), **own})
        )
    return f'{{"inputs": {as_list(inputs)}}}'.encode()


def files(table: pa.Table, root: Path) -> Iterator[dict[str, Any]]:
    """The table as a file of each format."""
    rows = [list(row.values()) for row in table.to_pylist()]
    for form, delimiter in (("csv", ","), ("tsv", "\t")):
        with (root / f"t.{form}").open("w", newline="") as stream:
            written = [table.column_names, *([as_csv(value) for value in row] for row in rows)]
            csv.writer(stream, delimiter=delimiter).writerows(written)
        yield {"format": form, "uris": [f"t.{form}"]}
    lines = (as_object({name: as_json(value) for name, value in row.items()}) + "\n" for row in table.to_pylist())
    (root / "t.jsonl").write_text("".join(lines))
    yield {"format": "jsonl", "uris": ["t.jsonl"], "columns": table.column_names}
    pq.write_table(table, root / "t.parquet")
    yield {"format": "parquet", "uris": ["t.parquet"]}
    feather.write_feather(table, str(root / "t.arrow"), compression="uncompressed")
    yield {"format": "arrow", "uris": ["t.arrow"]}


@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=tables())
def test_requests_and_files_mean_the_same_tokens(table: pa.Table, loaded: LoadedVersion, tmp_path: Path) -> None:
    expected = [[token or b"" for token in tokens(column.combine_chunks()).to_pylist()] for column in table.columns]
    for what, decode in requests(table):
        given_tokens = decode(loaded).values.tokens.T.tolist()
        got = [[token.encode() if isinstance(token, str) else token for token in column] for column in given_tokens]
        assert got == expected, what
    for source in files(table, tmp_path):
        request = BatchRequest.model_validate({"name": "p", "model": "m", "source": source})
        read = Table(request.source, request, SCHEMA, [str(tmp_path)]).rows(SkippedRows(Storage(str(tmp_path)), "p", 0))
        assert [rows.values.tokens.T.tolist() for rows in read] == [expected], source


def test_floats_of_a_tensor_have_their_own_width(loaded: LoadedVersion) -> None:
    array = np.array([0.1, 6.5, math.nan], np.float32)
    tensor = {"name": "double k", "shape": [3], "datatype": "FP32", "parameters": {"binary_data_size": array.nbytes}}
    head = json.dumps({"inputs": [tensor]}).encode()
    values = infer(head + array.tobytes(), str(len(head)))(loaded).values
    place = list(SCHEMA.features).index("double k")
    assert values.tokens[:, place].tolist() == [b"0.1", b"6.5", b""]
