"""Text means the same tokens in the graph, in requests and in files, whatever options a feature has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import tensorflow as tf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.messages.batch_predictions import BatchRequest
from contracts.schema import Categorical, Hashed, Label, Schema
from contracts.storage import Storage
from modeling.batch_prediction.skipped_rows import SkippedRows
from modeling.batch_prediction.table_rows import Table
from modeling.decoding.raw_fields import Fields
from modeling.decoding.rows_and_columns import read_rows
from modeling.layers.missing_token import MissingToken
from modeling.layers.token_text.read_tokens import read_tokens

OPTIONS: list[dict[str, Any]] = [
    {"strip": True},
    {"fold_case": True},
    {"strip": True, "fold_case": True, "null_values": ["none", "True"]},
    {"null_values": ["1.0"]},
]
SCHEMA = Schema(
    features={
        name: feature
        for place, options in enumerate(OPTIONS)
        for name, feature in (
            (f"c{place}", Categorical(spelling="canonical", **options)),
            (f"h{place}", Hashed(buckets=7, spelling="written", **options)),
        )
    },
    label=Label(column="y"),
    null_tokens=["", "NA", "-999.0"],
)
NAMES = list(SCHEMA.features)
MISSING = MissingToken([SCHEMA.nulls_of(name) for name in NAMES])
TEXTS = st.text(max_size=6) | st.sampled_from(
    [
        *(
            "Yes",
            " yes",
            "YES\t",
            "NA",
            " NA",
            "na",
            "None",
            " none ",
            "101.0",
            " 101.0",
            "1.0",
            " 1.0",
            "TRUE",
            " True",
        ),
        *("true", "1.5E7", "1.5e7", "1E5", "-999", "-999.0 ", "ΣΑΣ", "İ", "\u00a0x", "x\x0b", "  ", ""),
    ]
)


@tf.function(input_signature=[tf.TensorSpec([None, None], tf.string)])
def in_graph(tokens: tf.Tensor) -> tf.Tensor:
    """Tokens as a signature that takes text reads them, empty where the model takes them for missing."""
    read = read_tokens(tf.ensure_shape(tokens, [None, len(NAMES)]), SCHEMA)
    return tf.where(MISSING(read), "", read)


def present(tokens: Any) -> list[list[bytes]]:
    return tf.where(MISSING(tf.constant(tokens, tf.string)), "", tokens).numpy().tolist()


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(TEXTS, min_size=1, max_size=12))
def test_graph_requests_and_files_agree(texts: list[str], tmp_path: Path) -> None:
    rows = [dict.fromkeys(NAMES, text) for text in texts]
    expected = present(read_rows(rows, Fields.of(SCHEMA), "instances").tokens)
    written = tf.constant([[text] * len(NAMES) for text in texts])
    once = in_graph(written)
    assert once.numpy().tolist() == expected
    assert in_graph(once).numpy().tolist() == expected, "records hold tokens that were read already"
    pq.write_table(pa.table({name: pa.array(texts) for name in NAMES}), tmp_path / "t.parquet")
    request = BatchRequest.model_validate(
        {"name": "p", "model": "m", "source": {"format": "parquet", "uris": ["t.parquet"]}}
    )
    table = Table(request.source, request, SCHEMA, [str(tmp_path)])
    read = [some.values.tokens for some in table.rows(SkippedRows(Storage(str(tmp_path)), "p", 0))]
    assert [row for part in read for row in present(part)] == expected


@pytest.mark.parametrize("point", [".", ","])
def test_the_decimal_point_of_the_source_is_that_of_tokens(point: str) -> None:
    schema = Schema(
        features={"a": Categorical(spelling="canonical"), "b": Categorical(spelling="written", fold_case=True)},
        label=Label(column="y"),
        decimal_point=point,
    )
    texts = ["101,0", "101.0", "A,5", ",50", "1.234,5"]
    read = read_tokens(tf.constant([[text, text] for text in texts]), schema).numpy().tolist()
    by_point = {
        ",": [b"101", b"101.0", b"A,5", b"0.5", b"1.234,5"],
        ".": [b"101,0", b"101", b"A,5", b",50", b"1.234,5"],
    }
    assert [row[0] for row in read] == by_point[point]
    assert [row[1] for row in read] == [text.lower().encode() for text in texts]
    asked = read_rows([{"a": text, "b": text} for text in texts], Fields.of(schema), "instances").tokens
    assert [row[0] for row in asked.tolist()] == by_point[point]
