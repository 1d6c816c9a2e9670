"""The service's settings, from its own variables and from those of the platforms that host it."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from modeling.settings import ModelingSettings

VARIABLES = {
    "TANDEM_PORT": "1000",
    "SAGEMAKER_BIND_TO_PORT": "2000",
    "AIP_HTTP_PORT": "3000",
    "TANDEM_STORAGE": "ours",
    "AIP_STORAGE_URI": "gs://theirs",
    "TANDEM_VERTEX_HEALTH_ROUTE": "/ours",
    "AIP_HEALTH_ROUTE": "/v1/endpoints/7:health",
}


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*VARIABLES, "AIP_PREDICT_ROUTE", "TANDEM_PREDICTION_LOG_REDACTED"):
        monkeypatch.delenv(name, raising=False)


def test_a_hosting_platforms_variables_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (ModelingSettings().port, ModelingSettings().storage) == (8002, "build/storage")
    ports: list[int] = []
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
        ports.append(ModelingSettings().port)
    assert ports[:3] == [1000, 2000, 3000]
    settings = ModelingSettings()
    assert (settings.storage, settings.vertex_health_route) == ("gs://theirs", "/v1/endpoints/7:health")


def test_a_variable_without_a_value_is_as_if_it_were_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.setenv(name, "")
    assert (ModelingSettings().port, ModelingSettings().vertex_health_route) == (8002, None)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("origin", ["origin"]),
        (" origin , m.class,, ", ["origin", "m.class"]),
        (",", []),
        ('["distance, km", " x "]', ["distance, km", " x "]),
        (" []", []),
    ],
)
def test_redacted_features_are_separated_by_commas_or_a_json_list(
    monkeypatch: pytest.MonkeyPatch, text: str, names: list[str]
) -> None:
    monkeypatch.setenv("TANDEM_PREDICTION_LOG_REDACTED", text)
    assert ModelingSettings().prediction_log_redacted == names
    assert ModelingSettings(prediction_log_redacted=names).prediction_log_redacted == names


@pytest.mark.parametrize("text", ["[origin]", '["origin"', "[1]"])
def test_a_list_that_is_no_json_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("TANDEM_PREDICTION_LOG_REDACTED", text)
    with pytest.raises(ValidationError, match="prediction_log_redacted"):
        ModelingSettings()


@pytest.mark.parametrize("route", ["predict", "/a b", "/{model}", "/a?b", "/a#b"])
def test_a_route_is_a_path_without_parameters(route: str) -> None:
    with pytest.raises(ValidationError, match="vertex_predict_route"):
        ModelingSettings(vertex_predict_route=route)
    assert ModelingSettings(vertex_predict_route="/v1/m:predict").vertex_predict_route == "/v1/m:predict"


@pytest.mark.parametrize("field", ["poll_seconds", "loading_share", "predict_threads", "predict_timeout_seconds"])
def test_a_limit_of_zero_is_none(field: str) -> None:
    with pytest.raises(ValidationError, match=field):
        ModelingSettings.model_validate({field: 0})


def test_a_cluster_runs_one_job_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ModelingSettings(jobs_at_once=2).jobs_at_once == 2
    monkeypatch.setenv("TF_CONFIG", '{"cluster": {"chief": ["a:1"], "worker": ["b:1"]}}')
    assert [ModelingSettings(jobs_at_once=count).jobs_at_once for count in (0, 1)] == [0, 1]
    with pytest.raises(ValidationError, match=r"TF_CONFIG.*TANDEM_JOBS_AT_ONCE must be 0 or 1\. Received: 2"):
        ModelingSettings(jobs_at_once=2)


def test_predictions_and_readiness_do_not_share_a_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIP_PREDICT_ROUTE", "/same")
    monkeypatch.setenv("AIP_HEALTH_ROUTE", "/same")
    with pytest.raises(ValidationError, match="AIP_PREDICT_ROUTE and AIP_HEALTH_ROUTE"):
        ModelingSettings()
