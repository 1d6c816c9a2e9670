"""Features that are computed: the types of what they read, the types that kinds take, and what is refused."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.preprocessing.planned_work import planned_work

from contracts.errors import InvalidData, InvalidRequest, NotFound
from contracts.features import Categorical, Hashed, Numeric
from contracts.schema import Schema

TEXT = "y,n,x,s,t,e\n" + "".join(
    f"{row % 2},{row},{row}.5,w{row % 3},2024-01-{row + 1:02}T0{row % 10}:30:00Z,\n" for row in range(20)
)
NUMBER, CATEGORY = {"kind": "numeric"}, {"kind": "categorical"}


def schema_of(root: Path, derive: dict[str, str], features: dict[str, Any], **body: Any) -> Schema:
    return planned_work(root, body.pop("text", TEXT), derive=derive, features=features, **body)[1].schema


@pytest.mark.parametrize(
    ("sql", "columns", "kind"),
    [
        ("n + 1", {"n": "int64"}, "int64"),
        ("n / 2", {"n": "int64"}, "float64"),
        ("x * 2", {"x": "float64"}, "float64"),
        ("x > 3", {"x": "float64"}, "int64"),
        ("length(s)", {"s": "bytes"}, "int64"),
        ("hour(t)", {"t": "instant"}, "int64"),
        ("hour(t) + x + n", {"n": "int64", "x": "float64", "t": "instant"}, "float64"),
        ("coalesce(e, 1D)", {"e": "float64"}, "float64"),
    ],
)
def test_columns_have_the_types_of_their_values_in_the_order_of_the_source(
    tmp_path: Path, sql: str, columns: dict[str, str], kind: str
) -> None:
    schema = schema_of(tmp_path, {"d": sql}, {"d": NUMBER})
    assert list(schema.columns.items()) == list(columns.items())
    assert list(schema.computed) == ["d"]
    feature = schema.features["d"]
    assert isinstance(feature, Numeric)
    assert feature.dtype == kind


@pytest.mark.parametrize(
    "values", [["2024-01-01", "2024-01-02 10:00"], ["", "2024-01-01T00:00:00+02:00"], ["2024-01-01T00:00:00.5Z", ""]]
)
def test_text_that_is_times_is_read_as_instants(tmp_path: Path, values: list[str]) -> None:
    text = "y,n,t\n" + "".join(f"{row % 2},{row},{value}\n" for row, value in enumerate(values))
    schema = schema_of(tmp_path, {"d": "year(t)"}, {"d": NUMBER}, text=text)
    assert schema.columns == {"t": "instant"}


@pytest.mark.parametrize("values", [["2024-01-01", "soon"], ["2024-02-30", "2024-01-01"], ["20240101x", "2024-01-01"]])
def test_text_of_which_one_value_is_no_time_is_text(tmp_path: Path, values: list[str]) -> None:
    text = "y,n,t\n" + "".join(f"{row % 2},{row},{value}\n" for row, value in enumerate(values))
    assert schema_of(tmp_path, {"d": "length(t)"}, {"d": NUMBER}, text=text).columns == {"t": "bytes"}
    with pytest.raises(InvalidRequest, match="'d' cannot be a feature: ") as caught:
        schema_of(tmp_path, {"d": "year(t)"}, {"d": NUMBER}, text=text)
    assert caught.value.pointer == "/derive/d"


def test_times_of_a_file_with_types_are_instants(tmp_path: Path) -> None:
    moment = datetime(2024, 1, 2, 3, tzinfo=UTC)
    columns = {
        "y": [0, 1],
        "seconds": pa.array([moment, None], pa.timestamp("s", "UTC")),
        "nanos": pa.array([moment.replace(tzinfo=None)] * 2, pa.timestamp("ns")),
        "day": pa.array([date(2024, 1, 2)] * 2, pa.date32()),
        "text": ["2024-01-02", "2024-01-03T00:00:00Z"],
    }
    pq.write_table(pa.table(columns), tmp_path / "t.parquet")
    source = {"format": "parquet", "uris": ["t.parquet"]}
    derive = {f"d_{name}": f"day({name})" for name in columns if name != "y"}
    schema = schema_of(tmp_path, derive, dict.fromkeys(derive, NUMBER), source=source)
    assert schema.columns == dict.fromkeys(["seconds", "nanos", "day", "text"], "instant")
    assert list(schema.features) == list(derive), "no time is a feature by itself"
    with pytest.raises(InvalidData, match="column 'day' is neither a number nor a category") as caught:
        schema_of(tmp_path, {"d": "hour(seconds)"}, {"d": NUMBER}, source=source, exclude=["nanos"])
    assert caught.value.pointer == "/features/day", "one that nothing reads is refused as ever"


def test_a_feature_that_is_read_keeps_its_own_type(tmp_path: Path) -> None:
    schema = schema_of(tmp_path, {"d": "length(n)"}, {"d": NUMBER, "n": CATEGORY})
    assert schema.columns == {"n": "bytes"}
    as_text = schema_of(tmp_path, {"d": "length(t)"}, {"d": NUMBER, "t": CATEGORY})
    assert (as_text.columns, as_text.features["t"].value_type) == ({"t": "bytes"}, "bytes")
    as_int = schema_of(tmp_path, {"d": "n % 7"}, {"d": NUMBER, "n": NUMBER})
    assert as_int.columns == {"n": "int64"}
    assert as_int.raw_columns("integer") == ["n"]


def test_a_time_that_is_read_is_no_feature_by_itself_unless_it_is_named(tmp_path: Path) -> None:
    schema = schema_of(tmp_path, {"d": "hour(t)"}, {"d": CATEGORY})
    assert list(schema.features) == ["n", "x", "s", "e", "d"]
    assert list(schema.raw_types) == ["n", "x", "s", "e", "t"], "but clients send it"
    others = schema_of(tmp_path, {"d": "length(s)"}, {"d": NUMBER})
    assert list(others.features) == ["n", "x", "s", "t", "e", "d"], "a time that nothing reads is text"
    with pytest.raises(InvalidRequest, match="'d' cannot be a feature") as caught:
        schema_of(tmp_path, {"d": "hour(t)"}, {"d": CATEGORY, "t": CATEGORY})
    assert caught.value.pointer == "/derive/d", "a column cannot be text and a time"


def test_remaining_columns_can_be_left_out_and_are_sent_all_the_same(tmp_path: Path) -> None:
    schema = schema_of(tmp_path, {"d": "x / n"}, {"d": NUMBER}, remaining="exclude")
    assert list(schema.features) == ["d"]
    assert schema.raw_types == {"n": "int64", "x": "float64"}


def test_derived_columns_are_computed_through_others_in_their_order(tmp_path: Path) -> None:
    derive = {"half": "n / 2", "both": "half + x", "late": "length(s)", "top": "greatest(both, late)"}
    schema = schema_of(tmp_path, derive, {"top": NUMBER, "both": NUMBER}, remaining="exclude")
    assert list(schema.computed) == ["both", "top"], "`half` and `late` are no features"
    assert schema.computed["both"].columns() == {"n": "integer", "x": "double"}
    assert schema.computed["top"].columns() == {"n": "integer", "x": "double", "s": "text"}
    assert schema.columns == {"n": "int64", "x": "float64", "s": "bytes"}


def test_other_derived_columns_are_sparks_and_may_be_any_sql(tmp_path: Path) -> None:
    derive = {"d": "n + 1", "w": "pmod(n, 5) + rand(1)"}
    schema = schema_of(tmp_path, derive, {"d": NUMBER}, weight="w", remaining="exclude")
    assert (list(schema.computed), schema.columns) == (["d"], {"n": "int64"})
    assert list(schema.derive) == ["d", "w"]


@pytest.mark.parametrize(
    ("sql", "kind", "reason"),
    [
        ("upper(s)", "numeric", "a numeric feature is a number. Received: text; cast it to double"),
        (
            "date_trunc('day', t)",
            "numeric",
            r"Received: instant; take a part of it, as hour\(…\), or unix_seconds\(…\)",
        ),
        ("x + 1", "categorical", "a categorical feature is text.*Received: double; round it and cast it to bigint"),
        ("x + 1", "hashed", "a hashed feature is text.*Received: double; round it and cast it to bigint"),
        ("date_trunc('day', t)", "categorical", r"Received: instant; take a part of it, as hour\(…\)$"),
        ("date_trunc('day', t)", "hashed", r"Received: instant; take a part of it, as hour\(…\)$"),
    ],
)
def test_results_that_a_kind_does_not_take_are_refused_at_the_sql(
    tmp_path: Path, sql: str, kind: str, reason: str
) -> None:
    feature = {"kind": kind, **({"buckets": 8} if kind == "hashed" else {})}
    with pytest.raises(InvalidRequest, match=reason) as caught:
        schema_of(tmp_path, {"d/1": sql}, {"d/1": feature})
    assert caught.value.pointer == "/derive/d~11"


@pytest.mark.parametrize("sql", ["upper(s)", "n + 1", "n > 3", "hour(t)"])
def test_tokens_are_text_as_the_expression_makes_it(tmp_path: Path, sql: str) -> None:
    features = {"c": CATEGORY, "h": {"kind": "hashed", "buckets": 8}}
    schema = schema_of(tmp_path, {"c": sql, "h": sql}, features, remaining="exclude")
    for name, kind in (("c", Categorical), ("h", Hashed)):
        assert schema.computed[name].result_type == "text"
        feature = schema.features[name]
        assert isinstance(feature, kind)
        assert (feature.spelling, feature.respells) == ("written", False)


@pytest.mark.parametrize("feature", [CATEGORY, {"kind": "hashed", "buckets": 8}])
def test_a_canonical_spelling_of_what_is_computed_is_refused(tmp_path: Path, feature: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest, match="text that is computed is spelled as the expression makes it") as caught:
        schema_of(tmp_path, {"d": "upper(s)"}, {"d": {**feature, "spelling": "canonical"}})
    assert caught.value.pointer == "/features/d/spelling"
    schema_of(tmp_path, {"d": "upper(s)"}, {"d": {**feature, "spelling": "written"}})


@pytest.mark.parametrize(
    ("sql", "word", "character"),
    [
        ("n + rand()", "rand", 5),
        ("sum(n)", "sum", 1),
        ("n + nowhere", "nowhere", 5),
        ("n + upper(s)", r"\+", 3),
        ("s rlike '(?=a)'", "rlike", 3),
    ],
)
def test_sql_that_the_graph_does_not_have_names_the_word(tmp_path: Path, sql: str, word: str, character: int) -> None:
    with pytest.raises(InvalidRequest, match=f"'d' cannot be a feature: '{word}', character {character}: ") as caught:
        schema_of(tmp_path, {"d": sql}, {"d": NUMBER})
    assert caught.value.pointer == "/derive/d"


def test_sql_behind_a_feature_is_refused_at_its_own_column(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="'first' cannot be a feature: 'rand', character 1") as caught:
        schema_of(tmp_path, {"first": "rand() + n", "d": "first * 2"}, {"d": NUMBER})
    assert caught.value.pointer == "/derive/first"


def test_an_unknown_zone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="Mars/Olympus") as caught:
        schema_of(tmp_path, {"d": "hour(t)"}, {"d": NUMBER}, time_zone="Mars/Olympus")
    assert caught.value.pointer == "/time_zone"
    zoned = schema_of(tmp_path, {"d": "hour(t)", "e2": "n + 1"}, {"d": NUMBER, "e2": NUMBER}, time_zone="Asia/Tokyo")
    assert zoned.computed["d"].zone is not None
    assert zoned.computed["e2"].zone is None


def test_a_feature_with_null_tokens_of_its_own_cannot_be_read(tmp_path: Path) -> None:
    features = {"d": NUMBER, "s": {**CATEGORY, "null_values": ["w0"]}}
    with pytest.raises(InvalidRequest, match="'d' reads 's', whose null_values are a rule of that feature") as caught:
        schema_of(tmp_path, {"d": "length(s)"}, features)
    assert caught.value.pointer == "/derive/d"
    assert schema_of(tmp_path, {"d": "n + 1"}, features).columns == {"n": "int64"}, "one that is not read may have them"


@pytest.mark.parametrize("form", ["parquet", "jsonl"])
def test_text_of_other_formats_is_sampled_too(tmp_path: Path, form: str) -> None:
    rows = [{"y": row % 2, "t": f"2024-01-0{row + 1}", "s": f"2024-01-{'0x'[row % 2]}1"} for row in range(8)]
    if form == "parquet":
        pq.write_table(pa.Table.from_pylist(rows), tmp_path / "in.parquet")
    else:
        (tmp_path / "in.jsonl").write_text("\n".join(map(json.dumps, rows)))
    source = {"format": form, "uris": [f"in.{form}"]}
    derive = {"d": "day(t)", "e": "length(s)"}
    for partitions in (1, 4):
        schema = schema_of(tmp_path, derive, {"d": NUMBER, "e": NUMBER}, source=source, partitions=partitions)
        assert schema.columns == {"t": "instant", "s": "bytes"}


def test_the_name_of_a_folder_may_be_a_date(tmp_path: Path) -> None:
    for day in ("2024-01-01", "2024-01-02"):
        (tmp_path / "in" / f"day={day}").mkdir(parents=True)
        (tmp_path / "in" / f"day={day}" / "a.csv").write_text("y,n\n0,1\n1,2\n")
    source = {"format": "csv", "uris": ["in"], "hive_partitioning": True}
    schema = schema_of(tmp_path, {"d": "weekday(day)"}, {"d": NUMBER}, source=source)
    assert (schema.columns, list(schema.features)) == ({"day": "instant"}, ["n", "d"])


@pytest.mark.parametrize(
    ("features", "pointer"),
    [
        ({"z/1": {"kind": "datetime"}}, "/features/z~11"),
        ({"t": {"kind": "datetime", "parts": [], "since": "z/1"}}, "/features/t/since"),
    ],
)
def test_a_date_of_a_column_that_is_not_there_is_refused(
    tmp_path: Path, features: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(NotFound, match="no column 'z/1'") as caught:
        schema_of(tmp_path, {}, features)
    assert caught.value.pointer == pointer


@pytest.mark.parametrize(
    "features", [{"n": {"kind": "datetime"}}, {"t": {"kind": "datetime", "since": "s"}}, {"s": {"kind": "datetime"}}]
)
def test_a_column_that_is_no_time_is_refused_at_the_date(tmp_path: Path, features: dict[str, Any]) -> None:
    (name,) = features
    with pytest.raises(
        InvalidRequest, match=f"are dates or times: '{name}:[a-z_]*' cannot be a feature: .* need a format"
    ) as caught:
        schema_of(tmp_path, {}, features)
    assert caught.value.pointer == f"/features/{name}"


def test_a_date_is_its_parts_and_its_column_is_sent(tmp_path: Path) -> None:
    schema = planned_work(tmp_path, TEXT, features={"t": {"kind": "datetime", "since": "2024-01-01"}})[1].schema
    assert list(schema.computed) == ["t:month", "t:weekday", "t:hour", "t:days_since"]
    assert "t" not in schema.features
    assert schema.columns == {"t": "instant"}
    days = schema.features["t:days_since"]
    assert isinstance(days, Numeric)
    assert days.dtype == "float64"


def test_a_date_keeps_its_format_and_the_rules_of_its_zone(tmp_path: Path) -> None:
    features = {
        "s": {"kind": "datetime", "format": "%d.%m.%Y", "parts": ["hour"], "zone": "Asia/Kolkata"},
        "n": {"kind": "datetime", "format": "unix_s", "parts": ["day"], "since": "t"},
    }
    request = {"derive": {"mine": "hour(s)"}, "time_zone": "Europe/Berlin"}
    schema = planned_work(tmp_path, TEXT, features={**features, "mine": CATEGORY}, **request)[1].schema
    assert schema.columns == {"n": "instant", "t": "instant", "s": "instant"}
    assert {name: written.format for name, written in schema.time_formats.items()} == {"s": "%d.%m.%Y", "n": "unix_s"}
    zone = schema.time_formats["s"].zone
    assert zone is not None
    assert (zone.name, zone.offsets[-1], schema.time_formats["n"].zone) == ("Asia/Kolkata", 19_800, None)
    zones = {name: tree.zone.name for name, tree in schema.computed.items() if tree.zone is not None}
    assert zones == {"mine": "Europe/Berlin", "s:hour": "Asia/Kolkata", "n:day": "Europe/Berlin"}


def test_a_format_may_serve_others_alone_but_somebody(tmp_path: Path) -> None:
    unused = {"s": {"kind": "datetime", "format": "%d.%m.%Y", "parts": []}}
    with pytest.raises(InvalidRequest, match="neither parts nor since, and no derived feature reads it") as caught:
        schema_of(tmp_path, {}, unused)
    assert caught.value.pointer == "/features/s"
    schema = schema_of(tmp_path, {"d": "datediff(s, t)"}, {**unused, "d": NUMBER})
    assert [*schema.time_formats] == ["s"]
    assert "s" not in schema.features


def test_a_zone_that_there_is_not_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match=r"a name of the tz database.*'Mars/Olympus'") as caught:
        schema_of(tmp_path, {}, {"t": {"kind": "datetime", "zone": "Mars/Olympus"}})
    assert caught.value.pointer == "/features/t/zone"


@pytest.mark.parametrize(
    ("sql", "feature", "option"),
    [
        ("n / 3", {"kind": "numeric", "dtype": "int64"}, "dtype"),
        ("n * 2", {"kind": "numeric", "null_values": ["-1"]}, "null_values"),
        ("n * 2", {"kind": "numeric", "prefix": "$"}, "prefix"),
        ("upper(s)", {"kind": "categorical", "strip": True}, "strip"),
        ("upper(s)", {"kind": "hashed", "buckets": 9, "fold_case": True}, "fold_case"),
    ],
)
def test_options_of_written_values_are_refused(tmp_path: Path, sql: str, feature: dict[str, Any], option: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        schema_of(tmp_path, {"d": sql}, {"d": feature})
    assert caught.value.pointer == f"/features/d/{option}"
