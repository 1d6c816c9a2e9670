"""Statistics over HTTP: as JSON, or as TensorFlow Data Validation's message, by the request's `Accept`."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Response

from chassis.access.caller import require
from chassis.access.needs import Needs
from chassis.http.content_negotiation import preferred
from chassis.strict_json import reply_bytes
from contracts.access.roles import Role
from contracts.errors import NotFound
from contracts.messages.comparisons import CompareRequest, Comparison
from contracts.statistics import Statistics
from preprocessing.api.dependencies import DatasetOf, DatasetsOf

router = APIRouter(tags=["datasets"])

JSON = "application/json"
PROTOBUF = "application/x-protobuf"

EXAMPLE: dict[str, Any] = {
    "splits": {
        "train": {
            "rows": 4,
            "features": {
                "distance": {
                    "kind": "numeric",
                    "count": 3,
                    "missing": 1,
                    "missing_share": 0.25,
                    "infinite": 0,
                    "nan": 0,
                    "zeros": 0,
                    "negative": 0,
                    "distinct": 2,
                    "mean": 1200.0,
                    "std": 282.842712474619,
                    "min": 1000.0,
                    "max": 1600.0,
                    "resolution": 0.0,
                    "median": 1000.0,
                    "quantiles": {"probabilities": [0.0, 0.5, 1.0], "values": [1000.0, 1000.0, 1600.0]},
                    "histogram": {"edges": [1000.0, 1300.0, 1600.0], "counts": [2, 1]},
                    "quantile_histogram": {"edges": [1000.0, 1600.0], "counts": [3]},
                    "label": {
                        "mean_where_missing": 0.0,
                        "mean_where_present": 0.6666666666666666,
                        "correlation": -0.577,
                    },
                },
                "carrier": {
                    "kind": "categorical",
                    "count": 4,
                    "missing": 0,
                    "missing_share": 0.0,
                    "distinct": 2,
                    "average_length": 2.0,
                    "invalid_utf8": 0,
                    "top": [
                        {"text": "UA", "token": "VUE=", "count": 3, "label_mean": 0.3333333333333333},
                        {"text": "AA", "token": "QUE=", "count": 1, "label_mean": 1.0},
                    ],
                    "ranks": {"ranks": [0, 1, 2], "counts": [3, 1]},
                    "label": {"mean_where_missing": None, "mean_where_present": 0.5, "correlation": None},
                },
            },
            "label": {
                "count": 4,
                "positives": 2,
                "distribution": [{"value": 0.0, "count": 2}, {"value": 1.0, "count": 2}],
            },
        }
    },
    "accuracy": {
        "exact_up_to": 8192,
        "kll_k": 1024,
        "kll_rank_error": 0.0027,
        "kll_confidence": 0.99,
        "hll_lg_k": 14,
        "hll_relative_standard_error": 0.0081,
        "hll_confidence": 0.954,
    },
}
_REPLIES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Statistics of every column and split, in the representation that `Accept` prefers; JSON by default.",
        "content": {
            JSON: {"example": EXAMPLE},
            PROTOBUF: {
                "schema": {
                    "type": "string",
                    "format": "binary",
                    "description": "A `tensorflow.metadata.v0.DatasetFeatureStatisticsList`: a dataset for each split.",
                },
                "example": 'datasets { name: "train" num_examples: 4 features { path { step: "distance" } num_stats { … } } … }',
            },
        },
    },
}


@router.get(
    "/v1/datasets/{name}/statistics",
    response_model=Statistics,
    responses=_REPLIES,
    summary="Statistics of every column and split",
)
@Needs(Role.READ, name="name")
def get_statistics(
    dataset: DatasetOf,
    accept: Annotated[
        str | None, Header(description=f"`{JSON}` or `{PROTOBUF}`; for another one the status is 406.")
    ] = None,
) -> Response:
    """Return statistics that are exact or have error bounds; they do not depend on how rows were divided among tasks.

    `accuracy` holds the limit up to which they are exact, and the error bounds of sketches past it. TensorFlow Data
    Validation's visualisation and comparators read the protobuf.
    """
    artifact = dataset.manifest.statistics_proto
    chosen = preferred(accept, [JSON] if artifact is None else [JSON, PROTOBUF])
    if artifact is not None and chosen == PROTOBUF:
        data = dataset.checked(artifact).to_pybytes()
    else:
        data = reply_bytes(dataset.statistics().model_dump(mode="json"))
    return Response(data, media_type=chosen, headers={"Vary": "Accept"})


@router.post(
    "/v1/datasets/{name}:compare",
    response_model=Comparison,
    summary="Compare a dataset with another, or one split with another",
)
@Needs(Role.READ, name="name")
def post_compare(
    body: CompareRequest,
    dataset: DatasetOf,
    datasets: DatasetsOf,
) -> Response:
    """Return the drift of each column and of the label, new and vanished categories, and rules that differ.

    L-infinity is max |p - q| over the shares p and q of each category, or of each of a hundred bins that hold about as many
    values each. Jensen-Shannon is (KL(p, m) + KL(q, m)) / 2 with m = (p + q) / 2, in bits (Lin, "Divergence Measures Based on
    the Shannon Entropy", 1991), as in TensorFlow Data Validation. A dataset compared with itself has
    0 everywhere.
    """
    require(Role.READ, body.with_, pointer="/with")
    from preprocessing.statistics.compare import compare  # noqa: PLC0415 - takes seconds to import, and is seldom used

    try:
        other = datasets.open(body.with_)
    except NotFound as error:
        raise NotFound(error.message, pointer="/with") from error
    return Response(reply_bytes(compare(body, dataset, other).model_dump(mode="json")), media_type=JSON)
