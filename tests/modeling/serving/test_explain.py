"""What `?explain=inputs` says, for features of every kind, beside what the graph makes of the same rows."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.modeling.made import Made, Row
from tests.modeling.served import served
from tests.modeling.trained import run

from chassis.engine.engine import JobContext
from contracts.errors import InvalidRequest
from contracts.messages.trainings import MaskingSpec
from contracts.schema import Bucketize, Categorical, Constant, Hashed, Label, Numeric, Schema
from contracts.storage import Storage
from modeling.decoding.rows_and_columns import read_rows
from modeling.protocols.tensorflow_predict import predict
from modeling.serving.explain import explanations
from modeling.serving.loaded_version import LoadedVersion
from modeling.serving.predictor import Predictor

KINDS = Schema(
    features={
        "plain": Numeric(dtype="float64", null_values=["-999"]),
        "clipped": Numeric(dtype="float64", impute="median", clip=[0.1, 0.9]),
        "constant": Numeric(dtype="float64", impute=Constant(constant=500.0), clip=[0.0, 1.0]),
        "indicated": Numeric(dtype="float64", impute="none", indicator=True),
        "bucket": Numeric(dtype="int64", bucketize=Bucketize(bounds=[10, 20])),
        "word": Categorical(oov_buckets=3),
        "hashed": Hashed(buckets=5),
    },
    label=Label(column="late"),
    null_tokens=["", "NA"],
)


def rows() -> list[Row]:
    """Numbers from 0 to 100, evenly."""
    return [
        {
            **{name: float(at % 101) for name in KINDS.number_columns},
            "bucket": at % 101,
            "word": b"a",
            "hashed": b"h",
            "late": at % 2,
        }
        for at in range(404)
    ]


@pytest.fixture(scope="module")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Predictor]:
    storage = Storage(str(tmp_path_factory.mktemp("explain") / "storage"))
    Made(rows(), [1] * 404, schema=KINDS).publish(storage)
    run(storage, {"network": {"kind": "linear"}, "epochs": 1}, JobContext.alone())
    with served(storage) as predictor:
        yield predictor


def explained(predictor: Predictor, *asked: dict[str, Any]) -> list[dict[str, Any]]:
    body = json.dumps({"instances": asked}).encode()
    return json.loads(predictor.answer("m", predict(body, explain=True)).body)["explanations"]


def test_usual_rows_have_nothing_to_explain(kinds: Predictor) -> None:
    usual = {**dict.fromkeys(KINDS.number_columns, 50), "word": "a", "hashed": "any"}
    assert explained(kinds, usual, usual) == [{}, {}]


def test_missing_fields_and_what_stands_in_for_them(kinds: Predictor) -> None:
    missing, spelled = explained(
        kinds, {}, {"plain": -999, "clipped": "NA", "word": "NA", "hashed": "", "bucket": None}
    )
    assert missing == spelled
    assert {name: entry["used"] for name, entry in missing.items()} == {
        "plain": 50,
        "clipped": 50,
        "constant": 100,  # its constant lies outside of what it is clipped to
        "indicated": None,
        "bucket": None,
        "word": 0,
        "hashed": 0,
    }
    assert missing["constant"]["reasons"] == ["missing", "clipped", "never_missing_in_training"]
    assert missing["plain"] == {
        "reasons": ["missing", "never_missing_in_training"],
        "value": None,
        "used": 50,
        "masked_in_training": True,
    }


def explained_by(loaded: LoadedVersion, row: dict[str, Any]) -> dict[str, Any]:
    fields = loaded.signatures["serving_default"].fields
    return explanations(loaded, "serving_default", read_rows([row], fields, "instances"))[0]


def with_statistics(loaded: LoadedVersion, feature: str, **changes: Any) -> LoadedVersion:
    """The version as if the training split had had another column."""
    assert loaded.statistics is not None
    split = loaded.statistics.splits["train"]
    features = {**split.features, feature: split.features[feature].model_copy(update=changes)}
    changed = split.model_copy(update={"features": features})
    return dataclasses.replace(loaded, statistics=loaded.statistics.model_copy(update={"splits": {"train": changed}}))


@pytest.mark.parametrize("feature", ["plain", "bucket", "word", "hashed"])
def test_what_was_missing_in_training_is_no_novelty(kinds: Predictor, feature: str) -> None:
    loaded = kinds.registry.get("m")
    assert "never_missing_in_training" in explained_by(loaded, {})[feature]["reasons"]
    once = with_statistics(loaded, feature, missing=1)
    assert explained_by(once, {})[feature]["reasons"] == ["missing"]
    assert "masked_in_training" not in explained_by(once, {})[feature]


def test_tokens_were_never_unknown_where_the_vocabulary_holds_all_of_them(kinds: Predictor) -> None:
    loaded = kinds.registry.get("m")
    assert explained_by(loaded, {"word": "b"})["word"]["reasons"] == ["out_of_vocabulary", "never_unknown_in_training"]
    schema = loaded.manifest.schema_
    word = Categorical(oov_buckets=3, max_size=2, spelling=schema.vocabularies["word"].spelling)
    features = {**schema.features, "word": word}
    limited = loaded.manifest.model_copy(update={"schema_": schema.model_copy(update={"features": features})})
    for distinct, novelty in ((2, ["never_unknown_in_training"]), (3, [])):
        version = with_statistics(dataclasses.replace(loaded, manifest=limited), "word", distinct=distinct)
        assert explained_by(version, {"word": "b"})["word"]["reasons"] == ["out_of_vocabulary", *novelty]


@pytest.mark.parametrize(
    ("masking", "missing", "unknown"),
    [
        (MaskingSpec(), True, True),
        (MaskingSpec(unseen=0), True, False),
        (MaskingSpec(share=0), False, False),
        (None, False, False),
    ],
)
def test_a_novelty_may_have_been_learned_from_masked_rows(
    kinds: Predictor, masking: MaskingSpec | None, missing: bool, unknown: bool
) -> None:
    loaded = kinds.registry.get("m")
    request = loaded.manifest.request.model_copy(update={"masking": masking})
    version = dataclasses.replace(loaded, manifest=loaded.manifest.model_copy(update={"request": request}))
    assert explained_by(version, {})["word"]["masked_in_training"] is missing
    assert explained_by(version, {})["plain"]["masked_in_training"] is missing
    assert explained_by(version, {"word": "b"})["word"]["masked_in_training"] is unknown


def test_numbers_outside_of_the_training_range_and_clipped_ones(kinds: Predictor) -> None:
    (found,) = explained(
        kinds, {"plain": 101, "clipped": 95, "constant": 1e6, "bucket": -1, "word": "a", "hashed": "a"}
    )
    found.pop("indicated")
    assert found == {
        "plain": {"reasons": ["outside_training_range"], "value": 101, "used": 101, "training_range": [0, 100]},
        "clipped": {"reasons": ["clipped"], "value": 95, "used": 90},
        "constant": {
            "reasons": ["outside_training_range", "clipped"],
            "value": 1e6,
            "used": 100,
            "training_range": [0, 100],
        },
        "bucket": {"reasons": ["outside_training_range"], "value": -1, "used": -1, "training_range": [0, 100]},
    }


def test_tokens_out_of_vocabulary_have_the_id_that_the_graph_gives(kinds: Predictor) -> None:
    found = [each["word"] for each in explained(kinds, {"word": "b"}, {"word": "c"}, {"word": {"b64": "/w=="}})]
    asked = json.dumps({"instances": [{"word": "b"}, {"word": "c"}], "signature_name": "transform"}).encode()
    ids = [row["categorical"][0] for row in json.loads(kinds.answer("m", predict(asked)).body)["predictions"]]
    assert [each["used"] for each in found[:2]] == ids
    assert all(each["reasons"][0] == "out_of_vocabulary" and 1 <= each["used"] <= 3 for each in found)
    assert [each["value"] for each in found] == ["b", "c", "\ufffd"]


def test_what_cannot_be_explained_is_said(kinds: Predictor) -> None:
    loaded = kinds.registry.get("m")
    signature = loaded.signatures["examples"]
    with pytest.raises(InvalidRequest, match="raw fields, which signature 'examples' does not take"):
        explanations(loaded, "examples", read_rows([""], signature.fields, "instances"))
    old = dataclasses.replace(loaded, statistics=None)
    with pytest.raises(InvalidRequest, match="published without the statistics"):
        explanations(old, "serving_default", read_rows([{}], loaded.signatures["serving_default"].fields, "instances"))
