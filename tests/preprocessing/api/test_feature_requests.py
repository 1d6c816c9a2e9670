"""What is asked of features and cannot be is refused over HTTP, or by the job that first sees the columns, at its place."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from tests.conftest import MakeDataset

from contracts.errors import InvalidRequest, NotFound, TandemError
from preprocessing.main import make_app
from preprocessing.settings import PreprocessingSettings

SOURCE = "y,n,a,b,left out\n" + "".join(f"{i % 2},{i},t{i % 3},u{i % 2},x\n" for i in range(40))
BODY: dict[str, Any] = {"name": "d", "source": {"format": "csv", "uris": ["d.csv"]}, "label": {"column": "y"}}
FEATURES: dict[str, Any] = {
    "n": {"kind": "numeric"},
    "a": {"kind": "categorical"},
    "b": {"kind": "hashed", "buckets": 4},
}


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "d.csv").write_text(SOURCE)
    settings = PreprocessingSettings(
        storage=str(tmp_path / "storage"), state=str(tmp_path / "state"), source_roots=[str(tmp_path / "sources")]
    )
    return make_app(settings)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"features": {"n": {"kind": "numeric", "impute": "none", "indicator": False}}}, "/features/n/impute"),
        ({"features": {"n": {"kind": "numeric", "impute": {"constant": "x"}}}}, "/features/n/impute/constant"),
        ({"features": {"n": {"kind": "numeric", "impute": {"value": 1}}}}, "/features/n/impute/value"),
        ({"features": {"n": {"kind": "numeric", "clip": [1, 99]}}}, "/features/n/clip/1"),
        ({"features": {"n": {"kind": "numeric", "clip": [0.9, 0.1]}}}, "/features/n/clip"),
        ({"features": {"n": {"kind": "numeric", "scale": "log"}}}, "/features/n/scale"),
        ({"features": {"n": {"kind": "numeric", "bucketize": {"bounds": [2, 1]}}}}, "/features/n/bucketize/bounds"),
        ({"features": {"n": {"kind": "numeric", "bucketize": {"quantiles": 1}}}}, "/features/n/bucketize/quantiles"),
        ({"features": {"n": {"kind": "numeric", "bucketize": {}}}}, "/features/n/bucketize"),
        (
            {"features": {"n": {"kind": "numeric", "bucketize": {"quantiles": 3}, "scale": "minmax"}}},
            "/features/n/scale",
        ),
        ({"features": {"a/b": {"kind": "hashed"}}}, "/features/a~1b/buckets"),
        ({"features": {"a": {"kind": "hashed", "buckets": 0}}}, "/features/a/buckets"),
        ({"features": {"a": {"kind": "hashed", "buckets": 9, "reserved": []}}}, "/features/a/reserved"),
        ({"features": {"a": {"kind": "categorical", "oov_buckets": 0}}}, "/features/a/oov_buckets"),
        ({"features": {"a": {"kind": "categorical", "reserved": ["x", "x"]}}}, "/features/a/reserved"),
        ({"features": {"a": {"kind": "categorical", "reserved": [""]}}}, "/features/a/reserved/0"),
        ({"features": {"a": {"kind": "categorical", "reserved": ["x", "z"], "max_size": 1}}}, "/features/a/max_size"),
        ({"features": {"a": {"kind": "token"}}}, "/features/a/kind"),
        ({"crosses": [{"features": ["a", "a"], "buckets": 4}]}, "/crosses/0/features"),
        ({"crosses": [{"features": ["a"], "buckets": 4}]}, "/crosses/0/features"),
        ({"crosses": [{"features": ["a", "b"]}]}, "/crosses/0/buckets"),
        ({"crosses": [{"features": ["a", "b"], "buckets": 4, "name": ""}]}, "/crosses/0/name"),
    ],
)
def test_wrong_combinations_are_422_at_their_field(app: FastAPI, change: dict[str, Any], pointer: str) -> None:
    async def post() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as client:
            return await client.post("/v1/datasets", json={**BODY, **change})

    reply = asyncio.run(post())
    assert reply.status_code == 422, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    assert pointer in [each["pointer"] for each in reply.json()["errors"]], reply.text


@pytest.mark.parametrize(
    ("change", "kind", "pointer", "message"),
    [
        ({"crosses": [{"features": ["a", "z"], "buckets": 4}]}, NotFound, "/crosses/0/features/1", "no column 'z'"),
        ({"crosses": [{"features": ["a", "n"], "buckets": 4}]}, InvalidRequest, "/crosses/0/features/1", "is numeric"),
        (
            {"crosses": [{"features": ["left out", "a"], "buckets": 4}]},
            InvalidRequest,
            "/crosses/0/features/0",
            "'left out' is not a feature",
        ),
        (
            {"crosses": [{"features": ["a", "b"], "buckets": 4, "name": "n"}]},
            InvalidRequest,
            "/crosses/0/name",
            "name of a cross is taken",
        ),
        (
            {"crosses": [{"features": ["a", "b"], "buckets": 4}, {"features": ["a", "b"], "buckets": 5}]},
            InvalidRequest,
            "/crosses/1/name",
            "'a_x_b'",
        ),
        (
            {"features": {**FEATURES, "a": {"kind": "categorical", "reserved": ["t1", "-"], "null_values": ["-"]}}},
            InvalidRequest,
            "/features/a/reserved/1",
            "null token",
        ),
    ],
)
def test_what_only_the_columns_show_is_refused_by_the_job(
    make_dataset: MakeDataset, change: dict[str, Any], kind: type[TandemError], pointer: str, message: str
) -> None:
    body: dict[str, Any] = {"label": {"column": "y"}, "features": FEATURES, "remaining": "exclude", **change}
    with pytest.raises(kind, match=message) as caught:
        make_dataset(SOURCE, **body)
    assert caught.value.pointer == pointer


def test_a_hashed_feature_has_statistics_and_no_vocabulary(make_dataset: MakeDataset) -> None:
    dataset = make_dataset(
        SOURCE,
        label={"column": "y"},
        features=FEATURES,
        crosses=[{"features": ["a", "b"], "buckets": 100}],
        remaining="exclude",
        records="transformed",
    )
    assert list(dataset.manifest.vocabularies) == ["a"]
    assert dataset.schema.crosses[0].name == "a_x_b"
    train = dataset.statistics().categorical("b")
    assert train.distinct == 2
    assert {token.token for token in train.top} == {b"u0", b"u1"}
    with pytest.raises(NotFound, match="no vocabulary for 'b'"):
        dataset.vocabulary("b")


def test_fingerprints_of_datasets_tell_rules_apart(make_dataset: MakeDataset) -> None:
    def fingerprint(**features: Any) -> str:
        body: dict[str, Any] = {"label": {"column": "y"}, "features": {**FEATURES, **features}, "remaining": "exclude"}
        return make_dataset(SOURCE, records="none", **body).manifest.fingerprint

    plain = fingerprint()
    assert plain == fingerprint()
    assert plain != fingerprint(n={"kind": "numeric", "impute": "median"})
    assert plain != fingerprint(b={"kind": "hashed", "buckets": 5})
