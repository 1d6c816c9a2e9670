"""Tables of each library as columns, and predictions as a table of the same library."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from tandem import InvalidInput
from tandem.values.frames import Frame, frame_of, output_columns

COLUMNS: dict[str, list[Any]] = {
    "distance": [1.5, None, 3.0],
    "carrier": ["UA", None, "AA"],
    "late": [True, False, None],
}


def pandas_plain() -> Any:
    return pd.DataFrame(COLUMNS, index=pd.Index([7, 3, 5]))


def pandas_nullable() -> Any:
    return pd.DataFrame(COLUMNS, index=pd.Index(["a", "b", "c"])).convert_dtypes()


def pandas_arrow() -> Any:
    return pa.table(COLUMNS).to_pandas(types_mapper=pd.ArrowDtype)


def pandas_categories() -> Any:
    return pandas_plain().astype({"carrier": "category"})


def arrow_table() -> Any:
    return pa.table(COLUMNS)


def arrow_batch() -> Any:
    return pa.RecordBatch.from_pydict(COLUMNS)


def arrow_dictionary() -> Any:
    table = pa.table(COLUMNS)
    return table.set_column(1, "carrier", table["carrier"].dictionary_encode())


def polars_frame() -> Any:
    return pytest.importorskip("polars").DataFrame(COLUMNS)


TABLES = [
    pandas_plain,
    pandas_nullable,
    pandas_arrow,
    pandas_categories,
    arrow_table,
    arrow_batch,
    arrow_dictionary,
    polars_frame,
]


def framed(table: object) -> Frame:
    frame = frame_of(table)
    assert frame is not None
    return frame


@pytest.mark.parametrize("make", TABLES, ids=lambda make: make.__name__)
def test_columns_come_in_ranges_with_null_where_missing(make: Any) -> None:
    frame = framed(make())
    assert frame.rows == 3
    assert list(frame.chunks(2)) == [
        {name: values[:2] for name, values in COLUMNS.items()},
        {name: values[2:] for name, values in COLUMNS.items()},
    ]


@pytest.mark.parametrize("make", TABLES, ids=lambda make: make.__name__)
def test_a_table_like_it_is_of_the_same_library(make: Any) -> None:
    table = make()
    made = framed(table).like(output_columns([0.1, 0.2, 0.3]))
    assert type(made) is type(table)
    values = made["prediction"]
    assert (values.to_pylist() if hasattr(values, "to_pylist") else values.to_list()) == [0.1, 0.2, 0.3]
    if isinstance(table, pd.DataFrame):
        assert made.index.equals(table.index)


def test_several_outputs_are_several_columns() -> None:
    made = framed(pandas_plain()).like(output_columns({"class": ["a", "b", "a"], "probabilities": [[1.0]] * 3}))
    assert list(made.columns) == ["class", "probabilities"]


def test_any_library_that_hands_out_arrow_data_is_taken() -> None:
    class Relation:
        def __arrow_c_stream__(self, requested_schema: object = None) -> object:
            return pa.table(COLUMNS).__arrow_c_stream__(requested_schema)

    frame = framed(Relation())
    assert (frame.rows, next(frame.chunks())) == (3, COLUMNS)


@pytest.mark.parametrize("rows", [[{"distance": 1}], ({},), [], "text", {"distance": [1]}, pd.Series([1])])
def test_other_values_are_no_table(rows: object) -> None:
    assert frame_of(rows) is None


def test_names_are_distinct_text() -> None:
    with pytest.raises(InvalidInput, match=r"names of columns must be text.* Received: 0"):
        frame_of(pd.DataFrame([[1]]))
    with pytest.raises(InvalidInput, match=r"must be distinct\. Received twice: a"):
        frame_of(pd.DataFrame([[1, 2]], columns=pd.Index(["a", "a"])))
    with pytest.raises(InvalidInput, match="must be distinct"):
        frame_of(pa.Table.from_arrays([pa.array([1]), pa.array([1])], names=["a", "a"]))


def test_a_lazy_table_is_refused_with_the_remedy() -> None:
    lazy = type("LazyFrame", (), {})()
    with pytest.raises(InvalidInput, match=r"call its collect\(\)"):
        frame_of(lazy)


def test_the_client_imports_no_library_of_tables() -> None:
    script = "import sys, tandem, tandem.cli; print([n for n in ('pandas', 'polars', 'pyarrow', 'numpy') if n in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
