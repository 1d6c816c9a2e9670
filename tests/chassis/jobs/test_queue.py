from __future__ import annotations

from pathlib import Path

from chassis_live import make_app, running


def test_no_jobs_are_taken_where_none_are_run(tmp_path: Path):
    with running(make_app(tmp_path, jobs_at_once=0)) as service:
        assert service.http.get("/health/ready").status_code == 200
        reply = service.http.post("/v1/things", json={"kind": "square", "request": {"number": 7}})
        assert reply.status_code == 403
        assert "TANDEM_JOBS_AT_ONCE" in reply.json()["detail"]
