"""Predictions through the client: rows, tables of every library, and streams, by a real service."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from tests.apps import serving
from tests.client.scripted import Script
from tests.modeling.serving.test_registry import copy_version
from tests.modeling.trained import Trained
from tests.processes import wait_until
from tests.real_apps import app_of

from contracts.storage import Storage
from tandem import AsyncTandem, InvalidInput, Rejected, Tandem
from tandem.values import frames

ROWS: list[dict[str, Any]] = [
    {"distance km": 900.0 + 10 * number, "class": number, "origin": f"origin {number}", "constant": 7.25}
    for number in range(7)
]
GAPS: list[dict[str, Any]] = [{**row, "class": None, "origin": None} if row["class"] % 3 else row for row in ROWS]


@pytest.fixture(scope="module")
def url(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The modeling service with version 1 of model `m`."""
    root = tmp_path_factory.mktemp("predictions")
    copy_version(trained.storage, Storage(str(root / "storage")), 1)
    with serving(app_of("modeling", root)) as url, Tandem(url, url) as tandem:
        wait_until(lambda: tandem.is_ready("modeling"))
        yield url


@pytest.fixture
def model(url: str) -> Iterator[Tandem]:
    with Tandem(url, url) as tandem:
        yield tandem


@pytest.fixture
def expected(model: Tandem) -> Any:
    return approximately(model.predict("m", GAPS))


def approximately(predictions: Any) -> Any:
    """The last digit depends on the number of rows in a request."""
    return pytest.approx(predictions, abs=1e-6)


def test_predict_returns_a_value_per_row(client: Tandem, service: Script) -> None:
    assert client.predict("flights", [{"distance": None}, {}]) == [0.25, 0.25]
    assert service.bodies == [{"instances": [{"distance": None}, {}]}]


def test_a_missing_value_may_be_spelled_in_every_library(model: Tandem) -> None:
    spellings = [None, math.nan, np.float32("nan"), pd.NA, pd.NaT, Decimal("NaN"), pa.scalar(None, pa.float64())]
    predictions = model.predict("m", [{**ROWS[0], "distance km": spelled} for spelled in spellings])
    left_out = model.predict("m", [{name: value for name, value in ROWS[0].items() if name != "distance km"}])
    assert predictions == approximately(left_out * len(spellings))


def test_a_number_may_come_from_every_library(model: Tandem) -> None:
    kinds = [np.float32(900), np.int16(900), pa.scalar(900), pa.scalar(900.0), Decimal(900), 900]
    predictions = model.predict("m", [{**ROWS[0], "distance km": number} for number in kinds])
    assert predictions == approximately(model.predict("m", ROWS[:1]) * len(kinds))


@pytest.mark.parametrize("chunk_rows", [1, 3, 10_000])
def test_tables_of_pandas(model: Tandem, expected: Any, monkeypatch: pytest.MonkeyPatch, chunk_rows: int) -> None:
    monkeypatch.setattr(frames.Frame.chunks, "__defaults__", (chunk_rows,))
    table = pd.DataFrame(GAPS, index=pd.Index(list("gfedcba")))
    assert math.isnan(table["class"].iloc[1])
    for shown in (table, table.convert_dtypes(), table.astype({"origin": "category"})):
        predicted = model.predict("m", shown)
        assert list(predicted.columns) == ["prediction"]
        assert predicted["prediction"].tolist() == expected
        assert predicted.index.equals(table.index)
    assert shown.join(predicted).shape == (7, 5)


def test_tables_of_pyarrow_and_polars(model: Tandem, expected: Any) -> None:
    table = pa.Table.from_pylist(GAPS)
    predicted = model.predict("m", table)
    assert isinstance(predicted, pa.Table)
    assert predicted["prediction"].to_pylist() == expected
    assert model.predict("m", table.to_batches()[0])["prediction"].to_pylist() == expected
    polars = pytest.importorskip("polars")
    assert model.predict("m", polars.DataFrame(GAPS))["prediction"].to_list() == expected


def test_rows_of_a_table_may_be_handed_over_one_by_one(model: Tandem, expected: Any) -> None:
    assert model.predict("m", [row for _, row in pd.DataFrame(GAPS).iterrows()]) == expected
    assert model.predict("m", pa.Table.from_pylist(GAPS).to_struct_array().to_pylist()) == expected
    with pytest.raises(InvalidInput, match="for columns: predict_with"):
        model.predict("m", {"class": [1]})


def test_a_table_without_rows(model: Tandem) -> None:
    empty = model.predict("m", pd.DataFrame(ROWS).iloc[:0])
    assert (list(empty.columns), len(empty)) == (["prediction"], 0)


def test_an_error_names_row_and_column(model: Tandem) -> None:
    with pytest.raises(Rejected, match=r"unknown field 'late'"):
        model.predict("m", pd.DataFrame(ROWS).assign(late=1))
    with pytest.raises(Rejected, match=r"distance km.*must be a number"):
        model.predict("m", pd.DataFrame(ROWS).assign(**{"distance km": "far"}))


def test_a_stream_is_read_as_it_is_predicted(model: Tandem, expected: Any) -> None:
    read: list[int] = []

    def rows() -> Iterator[dict[str, Any]]:
        for number, row in enumerate(GAPS):
            read.append(number)
            yield row

    stream = model.predict_stream("m", rows(), chunk_rows=2)
    first = next(stream)
    assert read == [0, 1]
    assert [first, *stream] == expected


def test_all_rows_of_a_table_are_predicted_by_one_version(
    client: Tandem, service: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frames.Frame.chunks, "__defaults__", (2,))
    table = pd.DataFrame({"distance": range(5)})
    service.version = 3
    assert client.predict("flights", table)["prediction"].tolist() == [0.25] * 5
    assert service.predicted_by == ["default", "3", "3"]
    service.predicted_by.clear()
    assert list(client.predict_stream("flights", [{}] * 5, chunk_rows=2)) == [0.25] * 5
    assert service.predicted_by == ["default", "3", "3"]


def test_the_asynchronous_client_predicts_tables_too(url: str, expected: Any) -> None:
    async def predict() -> Any:
        async with AsyncTandem(url, url) as tandem:
            return await tandem.predict("m", pd.DataFrame(GAPS), version=1)

    assert asyncio.run(predict())["prediction"].tolist() == expected


def test_a_class_is_asked_for_in_every_form_and_refused_without_a_threshold(model: Tandem) -> None:
    for ask in (
        lambda: model.predict("m", ROWS, classes=True),
        lambda: model.predict("m", pa.Table.from_pylist(ROWS), classes=True),
        lambda: list(model.predict_stream("m", ROWS, classes=True)),
        lambda: model.predict_with({"instances": ROWS}, "m", classes=True),
    ):
        with pytest.raises(Rejected, match="version 1 of model 'm' has no threshold"):
            ask()
