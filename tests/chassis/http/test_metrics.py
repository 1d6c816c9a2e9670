from __future__ import annotations

from chassis_live import Service


def test_metrics(service: Service):
    service.finish(service.submit("square", {"number": 1}))
    text = service.http.get("/metrics").text
    assert 'tandem_http_requests_total{method="GET",route="/v1/jobs/{job_id}",status="200"}' in text
    assert 'tandem_jobs{state="SUCCEEDED"}' in text
    assert 'tandem_job_seconds_count{kind="square",state="SUCCEEDED"}' in text
    assert "tandem_job_queue_length 0.0" in text
    service.http.get("/nowhere/1")
    assert "/nowhere" not in service.http.get("/metrics").text
