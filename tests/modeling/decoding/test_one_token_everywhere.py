"""A number or a boolean is one token, from files of every format and in requests of every protocol."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable, Iterator
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

from contracts.messages.batch_predictions import BatchRequest, TfRecords
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

SCHEMA = Schema(
    features={"k": Categorical(spelling="canonical"), "h": Hashed(buckets=9, spelling="canonical")},
    label=Label(column="y"),
)
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
Answer = list[bytes | None]


@st.composite
def columns(draw: st.DrawFn) -> pa.Array:
    kind = draw(st.sampled_from(sorted(COLUMNS)))
    return pa.array(draw(st.lists(st.none() | COLUMNS[kind], min_size=1, max_size=8)), TYPES[kind])


@pytest.fixture(scope="module")
def loaded(trained: Trained) -> LoadedVersion:
    """A version of two features, which is not asked for predictions here."""
    fields = Fields.of(SCHEMA)
    manifest = read_manifest(trained.storage, "m", 1).model_copy(update={"schema_": SCHEMA})

    def no_call(*_: Any) -> Any:
        raise NotImplementedError

    signature = Signature(fields, no_call, PlainBodies(fields))
    return LoadedVersion(manifest, {DEFAULT_SIGNATURE: signature}, {DEFAULT_SIGNATURE: {"outputs": {}}})


def as_json(value: Any) -> str:
    return str(value) if isinstance(value, Decimal) else json.dumps(value)


def as_csv(value: Any) -> str:
    return "" if value is None else str(value)


def encoded(values: list[Any], write: Callable[[Any], str]) -> str:
    return f"[{', '.join(map(write, values))}]"


def requests(column: pa.Array) -> Iterator[tuple[str, BodyDecoder]]:
    """The column in each form that clients send, both as numbers and as the text that programs write for them."""
    values = column.to_pylist()
    listed = encoded(values, as_json)
    rows = encoded(values, lambda value: f'{{"k": {as_json(value)}, "h": {as_json(value)}}}')
    texts = [as_csv(value) for value in values]
    text_rows = json.dumps([{"k": text, "h": text} for text in texts])
    for what, given_rows, given_list in (("values", rows, listed), ("text", text_rows, json.dumps(texts))):
        inputs = f'{{"k": {given_list}, "h": {given_list}}}'
        yield f"rows of {what}", predict(f'{{"instances": {given_rows}}}'.encode())
        yield f"columns of {what}", predict(f'{{"inputs": {inputs}}}'.encode())
        yield f"records of {what}", invoke(f'{{"dataframe_records": {given_rows}}}'.encode(), Headers())
        yield f"examples of {what}", classify(f'{{"examples": {given_rows}}}'.encode())
    pairs = encoded(values, lambda value: f"[{as_json(value)}, {as_json(value)}]")
    split = f'{{"dataframe_split": {{"columns": ["k", "h"], "data": {pairs}}}}}'
    yield "MLflow", invoke(split.replace("null", "NaN").encode(), Headers())
    out = io.StringIO()
    csv.writer(out).writerows([("k", "h"), *((text, text) for text in texts)])
    yield "CSV", invoke(out.getvalue().encode(), Headers("text/csv"))
    yield from tensors(column, listed, texts)


def tensors(column: pa.Array, listed: str, texts: list[str]) -> Iterator[tuple[str, BodyDecoder]]:
    def body(datatype: str, **data: str) -> bytes:
        tensor = {"shape": [len(texts)], "datatype": datatype}
        parts = (json.dumps({"name": name, **tensor})[:-1] + f", {data['data']}}}" for name in ("k", "h"))
        return f'{{"inputs": [{", ".join(parts)}]}}'.encode()

    yield "v2 text", infer(body("BYTES", data=f'"data": {json.dumps(texts)}'), None)
    datatype = {"double": "FP64", "int64": "INT64", "bool": "BOOL"}.get(str(column.type))
    if datatype is None:
        return
    yield "v2 JSON", infer(body(datatype, data=f'"data": {listed}'), None)
    if column.null_count and datatype != "FP64":
        return
    array: Any = column.to_numpy(zero_copy_only=False)
    data = array.astype(np.uint8).tobytes() if datatype == "BOOL" else array.tobytes()
    head = body(datatype, data=f'"parameters": {{"binary_data_size": {len(data)}}}')
    yield "v2 binary", infer(head + 2 * data, str(len(head)))


def files(column: pa.Array, root: Path) -> Iterator[dict[str, Any]]:
    """The column as `k` and `h` of a file of each format."""
    values, table = column.to_pylist(), pa.table({"k": column, "h": column})
    for form, delimiter in (("csv", ","), ("tsv", "\t")):
        with (root / f"t.{form}").open("w", newline="") as stream:
            rows = [("k", "h"), *((as_csv(value), as_csv(value)) for value in values)]
            csv.writer(stream, delimiter=delimiter).writerows(rows)
        yield {"format": form, "uris": [f"t.{form}"]}
    lines = (f'{{"k": {as_json(value)}, "h": {as_json(value)}}}\n' for value in values)
    (root / "t.jsonl").write_text("".join(lines))
    yield {"format": "jsonl", "uris": ["t.jsonl"], "columns": ["k", "h"]}
    pq.write_table(table, root / "t.parquet")
    yield {"format": "parquet", "uris": ["t.parquet"]}
    feather.write_feather(table, str(root / "t.arrow"), compression="uncompressed")
    yield {"format": "arrow", "uris": ["t.arrow"]}


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(column=columns())
def test_requests_and_files_mean_the_same_tokens(column: pa.Array, loaded: LoadedVersion, tmp_path: Path) -> None:
    expected = [token or b"" for token in tokens(column).to_pylist()]
    for what, decode in requests(column):
        given_tokens = decode(loaded).values.tokens.T.tolist()
        got = [[token.encode() if isinstance(token, str) else token for token in column] for column in given_tokens]
        assert got == [expected, expected], what
    for source in files(column, tmp_path):
        request = BatchRequest.model_validate({"name": "p", "model": "m", "source": source})
        assert not isinstance(request.source, TfRecords)
        table = Table(request.source, request, SCHEMA, [str(tmp_path)])
        read = [rows.values.tokens.T.tolist() for rows in table.rows(SkippedRows(Storage(str(tmp_path)), "p", 0))]
        assert read == [[expected, expected]], source


def test_floats_of_a_tensor_have_their_own_width(loaded: LoadedVersion) -> None:
    array = np.array([0.1, 6.5, math.nan], np.float32)
    tensor = {"name": "k", "shape": [3], "datatype": "FP32", "parameters": {"binary_data_size": array.nbytes}}
    head = json.dumps({"inputs": [tensor]}).encode()
    values = infer(head + array.tobytes(), str(len(head)))(loaded).values
    assert values.tokens[:, 0].tolist() == [b"0.1", b"6.5", b""]
