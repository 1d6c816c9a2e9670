from __future__ import annotations

from pathlib import Path

from chassis_live import make_app, running


def test_large_requests_responses_and_logs_get_through(tmp_path: Path):
    text = "0123456789" * 200_000
    with running(make_app(tmp_path, max_body_bytes=10_000_000, job_log_megabytes=64)) as service:
        job = service.finish(service.submit("echo", {"text": text, "times": 10}))
        assert job["response"]["result"] == text
        assert len(service.http.get(job["links"]["log"]).text) > 20_000_000
