"""What the document says of each field, word by word."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.modeling.made import SCHEMA, Made, make_rows

from contracts.features import Bucketize, Constant, TimeFormat
from contracts.schema import Categorical, Hashed, Label, Numeric, Schema
from contracts.statistics import (
    CategoricalStatistics,
    LabelStatistics,
    NumericStatistics,
    Quantiles,
    SplitStatistics,
    Statistics,
    TopToken,
)
from modeling.api.openapi.field_schemas import column_schema, example_row, row_schema
from modeling.decoding.raw_fields import Fields
from preprocessing.expressions.parsing.parse_expression import parse_expression
from preprocessing.expressions.zone_transitions import zone_rules

NUMBERS = NumericStatistics(
    count=90,
    missing=10,
    infinite=0,
    zeros=0,
    negative=0,
    mean=12.25,
    std=3.0,
    min=-5.0,
    max=1234.5,
    median=11.0,
    quantiles=Quantiles(probabilities=[0, 0.25, 0.5, 0.75, 1], values=[-5, 8, 11, 20, 1234.5]),
)


def statistics_of(**features: Any) -> Statistics:
    split = SplitStatistics(rows=100, features=features, label=LabelStatistics(count=100, positives=50))
    return Statistics(splits={"train": split})


def tokens(*counts: tuple[bytes, int]) -> CategoricalStatistics:
    top = [TopToken.of(token, count) for token, count in counts]
    total = sum(count for _, count in counts)
    return CategoricalStatistics(count=total, missing=0, distinct=len(counts), average_length=None, top=top)


def described(feature: Any, seen: Any, **more: Any) -> dict[str, Any]:
    schema = Schema(features={"x": feature}, label=Label(column="y"), **more)
    return row_schema(schema, statistics_of(x=seen))["properties"]["x"]


def test_a_number() -> None:
    field = described(Numeric(dtype="float64"), NUMBERS, null_tokens=["", "NA"])
    assert field == {
        "type": ["number", "null"],
        "description": "A number. In training -5 to 1,234.5, half of them 8 to 20, median 11. Missing (10.0% in training): left "
        "out, null, NaN, empty text, `NA`. It becomes the mean of training, 12.25.",
        "examples": [11.0],
    }


def test_what_a_missing_number_becomes() -> None:
    def words(**rules: Any) -> str:
        return described(Numeric(dtype="int64", **rules), NUMBERS)["description"]

    assert "A whole number." in words()
    assert words(impute="median").endswith("It becomes the median of training, 11.")
    assert words(impute=Constant(constant=-1)).endswith("It becomes the constant, -1.")
    assert words(indicator=True).endswith("It becomes the mean of training, 12.25, and its indicator is 1.")
    assert words(impute="none", indicator=True).endswith("It stays out and its indicator is 1.")
    assert words(clip=[0.25, 0.75]).endswith("Clipped to 8 … 20.")
    bucketized = words(impute="none", bucketize=Bucketize(bounds=[0, 10]))
    assert bucketized.endswith("It has a bucket of its own. The model sees which of 3 buckets it is in.")
    assert described(Numeric(dtype="int64"), NUMBERS)["examples"] == [11]


def test_tokens() -> None:
    field = described(Categorical(), tokens((b"UA", 60), (b"a`b\n<b>", 30), (b"x" * 90, 10)))
    assert field["type"] == ["string", "number", "boolean", "null"]
    assert field["examples"] == ["UA"]
    assert f"In training: `UA` 60.0%, `a'b\\n<b>` 30.0%, `{'x' * 40}…` 10.0%." in field["description"]
    assert field["description"].endswith("Tokens that are not in the vocabulary share one id.")
    many = described(Categorical(oov_buckets=4), tokens(*((b"%d" % at, 20 - at) for at in range(12))))
    assert "The most frequent of 12 in training: `0` " in many["description"]
    assert "`10`" not in many["description"]
    assert many["description"].endswith("share 4 ids by their hash.")
    assert described(Hashed(buckets=9), tokens((b"a", 1)))["description"].endswith("All others are hashed to 9 ids.")
    raw = described(Categorical(), tokens((b"\xff", 1)))
    assert raw["examples"] == [{"b64": "/w=="}]
    assert "object" in raw["type"]


def test_without_statistics_the_schema_is_told() -> None:
    row = row_schema(SCHEMA, None)
    assert list(row["properties"]) == list(SCHEMA.features)
    assert set(example_row(row).values()) == {None}
    assert "It becomes the mean of training" in row["properties"]["distance km"]["description"]


def test_columns_without_values_and_odd_names_are_json() -> None:
    made = Made(make_rows(200), [1] * 200)
    row = row_schema(SCHEMA, made.statistics)
    assert "Without a value in training." in row["properties"]["all:missing"]["description"]
    assert row["properties"]["all:missing"]["examples"] == [None]
    assert row["properties"]["always"]["examples"] == [None]
    columns = column_schema(row)["properties"]
    assert columns["class"] == {"type": "array", "items": {"type": ["number", "null"]}}
    assert json.loads(json.dumps(row, allow_nan=False)) == row


@pytest.mark.parametrize(
    ("written", "types", "words"),
    [
        (None, ["string", "integer", "null"], "in UTC without an offset; or microseconds since 1970. Read by `hour`"),
        (
            TimeFormat(zone=zone_rules("America/New_York")),
            ["string", "integer", "null"],
            "by the clocks of America/New_York without an offset",
        ),
        (TimeFormat(format="%m/%d/%Y %I:%M %p"), ["string", "null"], "A date or a time as '%m/%d/%Y %I:%M %p' has it"),
        (TimeFormat(format="%Y%m%d"), ["string", "integer", "null"], "as '%Y%m%d' has it, in UTC"),
        (
            TimeFormat(format="unix_s"),
            ["string", "number", "null"],
            "seconds since 1970, or a time as ISO 8601 writes it. Read by",
        ),
        (
            TimeFormat(format="unix_ns"),
            ["string", "integer", "null"],
            "A whole number of nanoseconds since 1970, or a time",
        ),
    ],
)
def test_a_time_has_the_types_of_its_format_and_an_example_that_is_read(
    written: TimeFormat | None, types: list[str], words: str
) -> None:
    schema = Schema(
        features={"hour": Categorical()},
        label=Label(column="y"),
        computed={"hour": parse_expression("hour(t)", {"t": "instant"})},
        columns={"t": "instant"},
        time_formats={} if written is None else {"t": written},
    )
    field = row_schema(schema, None)["properties"]["t"]
    assert field["type"] == types
    assert words in field["description"]
    (example,) = field["examples"]
    micros = Fields.of(schema).integers.of_column("t", [example], str)
    assert abs(int(micros[0]) - 1_371_285_000_000_000) <= 86_400_000_000


def test_columns_of_expressions_have_values_of_the_training_data() -> None:
    schema = Schema(
        features={"made": Categorical()},
        label=Label(column="y"),
        computed={"made": parse_expression("concat(mail, cast(n AS string))", {"mail": "text", "n": "integer"})},
        columns={"mail": "bytes", "n": "int64"},
    )
    fields = row_schema(schema, None, {"mail": "a@b.org", "n": 7})["properties"]
    assert (fields["mail"]["examples"], fields["n"]["examples"]) == (["a@b.org"], [7])
    assert row_schema(schema, None)["properties"]["mail"]["examples"] == [None]
