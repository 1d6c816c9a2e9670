from __future__ import annotations

import json

from chassis_live import Service


def test_every_operation_in_the_document_may_answer_with_a_problem(service: Service):
    document = service.http.get("/openapi.json").json()
    assert "HTTPValidationError" not in json.dumps(document)
    assert "Problem" in document["components"]["schemas"]
    for path in document["paths"].values():
        for operation in path.values():
            assert "application/problem+json" in operation["responses"]["default"]["content"]
    job = document["components"]["schemas"]["JobMessage"]
    assert "createTime" in job["properties"]
    assert {"/v1/jobs", "/v1/jobs/{job_id}:cancel", "/health/ready", "/metrics"} <= set(document["paths"])
