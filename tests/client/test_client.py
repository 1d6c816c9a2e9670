from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from tests.client.scripted import DATASET, FAILURE, Script

import tandem
from contracts.schema import Label, Numeric
from contracts.source import DelimitedText
from tandem import (
    Conflict,
    DatasetRequest,
    Dnn,
    JobCancelled,
    JobFailed,
    NotFound,
    Rejected,
    Tandem,
    TrainingRequest,
    Unreachable,
)


def a_request(**more: Any) -> DatasetRequest:
    source = DelimitedText(format="csv", uris=["flights.csv"], null_values=["NA"], quote=None)
    return DatasetRequest(name="flights", source=source, label=Label(column="late"), **more)


def test_everything_exported_is_there() -> None:
    assert all(hasattr(tandem, name) for name in tandem.__all__)
    assert sorted(tandem.__all__) == tandem.__all__


def test_a_request_leaves_out_what_is_left_to_the_service_and_keeps_null_where_it_is_a_value(
    client: Tandem, service: Script
) -> None:
    client.create_dataset(a_request(features={"distance": Numeric()}))
    (body,) = service.bodies
    assert body.keys() == {"name", "source", "label", "features"}
    assert body["source"]["quote"] is None
    assert body["features"]["distance"]["kind"] == "numeric"


def test_a_mapping_is_sent_as_it_is(client: Tandem, service: Script) -> None:
    body = {"name": "x", "label": None, "unknown": [1]}
    client.create_dataset(body)
    assert service.bodies == [body]


def test_a_training_request_names_its_network(client: Tandem, service: Script) -> None:
    client.train(TrainingRequest(model="flights", dataset="flights", network=Dnn(kind="dnn", hidden=[8])))
    assert service.bodies[0]["network"] == {"kind": "dnn", "hidden": [8]}
    assert "epochs" not in service.bodies[0]


def test_a_slip_in_a_typed_request_is_found_before_it_is_sent() -> None:
    with pytest.raises(ValidationError, match="recods"):
        a_request(recods="raw")


def test_wait_returns_the_job_that_succeeded(client: Tandem) -> None:
    job = client.wait(client.create_dataset(a_request()))
    assert (job.state, job.response) == ("SUCCEEDED", DATASET)


def test_follow_shows_each_change_in_order(client: Tandem) -> None:
    phases = [job.progress.phase for job in client.follow(client.create_dataset(a_request()))]
    assert phases == ["queued", "plan", "analyze", "publish"]


def test_follow_resumes_where_a_broken_stream_left_off(client: Tandem, service: Script) -> None:
    service.break_after = [1, 0, 2]
    phases = [job.progress.phase for job in client.follow(client.create_dataset(a_request()))]
    assert phases == ["queued", "plan", "analyze", "publish"]
    assert service.resumed_from == [None, "1", "1", "3"]


def test_follow_gives_up_on_a_stream_that_stays_broken(
    client: Tandem, service: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tandem.job_events.ATTEMPTS", 2)
    service.break_after = [0] * 10
    with pytest.raises(Unreachable, match="lost the connection"):
        client.wait(client.create_dataset(a_request()))


def test_a_failed_job_raises_with_its_problem(client: Tandem, service: Script) -> None:
    service.steps["dataset"][-1] = {"state": "FAILED", "progress": {"phase": "analyze"}, "error": FAILURE}
    with pytest.raises(JobFailed) as caught:
        client.wait(client.create_dataset(a_request()))
    assert isinstance(caught.value.problem, Rejected)
    assert caught.value.problem.detail == FAILURE["detail"]
    assert "  /features/distance: is not numeric" in caught.value.lines


def test_a_cancelled_job_raises(client: Tandem) -> None:
    job = client.cancel(client.create_dataset(a_request()))
    assert job.state == "CANCEL_PENDING"
    with pytest.raises(JobCancelled):
        client.wait(job)


def test_a_refusal_carries_title_detail_and_pointers(client: Tandem) -> None:
    with pytest.raises(Rejected) as caught:
        client.create_dataset({"name": "x"})
    assert caught.value.lines == ["Invalid request: label is missing", "  /label: is required"]


def test_statuses_have_types(client: Tandem, service: Script) -> None:
    service.taken = {"flights"}
    with pytest.raises(Conflict, match="Name taken"):
        client.create_dataset(a_request())
    with pytest.raises(NotFound):
        client.job("modeling", "nowhere")


def test_predicts_error_is_understood(client: Tandem) -> None:
    with pytest.raises(NotFound, match="there is no model named 'cats'"):
        client.predict("cats", [{}])


def test_predict_gives_a_value_per_row(client: Tandem, service: Script) -> None:
    assert client.predict("flights", [{"distance": None}, {}]) == [0.25, 0.25]
    assert service.bodies == [{"instances": [{"distance": None}, {}]}]


def test_jobs_come_page_by_page(client: Tandem) -> None:
    for _ in range(5):
        client.create_dataset(a_request())
    assert [job.id for job in client.jobs("preprocessing")] == [f"dataset-{number}" for number in (4, 3, 2, 1, 0)]
    assert len(client.jobs("preprocessing", limit=3)) == 3


def test_a_service_that_is_away_is_named_with_its_address() -> None:
    with Tandem(modeling="http://127.0.0.1:1") as away:
        assert not away.is_there("modeling")
        assert not away.is_ready("modeling")
        with pytest.raises(Unreachable, match=r"modeling does not answer at http://127\.0\.0\.1:1 "):
            away.model("flights")
