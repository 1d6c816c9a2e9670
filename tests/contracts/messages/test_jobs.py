"""The job resource: final states, and names in camelCase over HTTP."""

from __future__ import annotations

import json

import pytest

from contracts.messages.jobs import JobList, JobMessage, ProgressMessage, State

JOB = JobMessage(
    id="j",
    kind="dataset",
    state=State.CANCEL_PENDING,
    done=False,
    attempt=2,
    create_time="2026-11-27T00:00:00Z",
    update_time="2026-11-27T00:00:01Z",
    progress=ProgressMessage(phase="analyze", fraction=None, completed_tasks=1, total_tasks=4),
    request={"max_bad_records": 1},
    response=None,
    error=None,
    links={"self": "/v1/jobs/j"},
)


@pytest.mark.parametrize("state", State)
def test_three_states_are_final(state: State) -> None:
    assert state.done == (state in {"SUCCEEDED", "FAILED", "CANCELLED"})


def test_fields_are_in_camel_case_and_requests_stay_as_they_were() -> None:
    shown = json.loads(JOB.model_dump_json(by_alias=True))
    assert (shown["state"], shown["createTime"], shown["progress"]["completedTasks"]) == (
        "CANCEL_PENDING",
        "2026-11-27T00:00:00Z",
        1,
    )
    assert shown["request"] == {"max_bad_records": 1}
    assert shown["progress"]["details"] == {}
    assert not [name for name in {*shown, *shown["progress"]} if "_" in name]


def test_a_page_survives_json_under_either_name() -> None:
    page = JobList(jobs=[JOB], next_page_token=None)
    assert JobList.model_validate_json(page.model_dump_json(by_alias=True)) == page
    assert JobList.model_validate_json(page.model_dump_json()) == page


def test_a_client_may_be_older_than_the_service() -> None:
    shown = json.loads(JOB.model_dump_json(by_alias=True))
    assert JobMessage.model_validate({**shown, "newField": 1}) == JOB
