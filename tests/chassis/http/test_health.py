from __future__ import annotations

from pathlib import Path

from chassis_live import Service, make_app, running


def test_health(service: Service):
    assert service.http.get("/health/live").json() == {"status": "alive"}
    reply = service.http.get("/health/ready")
    assert reply.status_code == 200
    checks = reply.json()["checks"]
    assert set(checks) == {"store", "engine", "threads", "storage", "always"}
    assert checks["engine"] in {"warming", "ready"}


def test_a_failing_check_makes_the_service_unready(tmp_path: Path):
    app = make_app(tmp_path, engine=None, readiness={"disk": lambda: "full", "net": lambda: 1 // 0 == 0})
    with running(app) as service:
        reply = service.http.get("/health/ready")
        assert reply.status_code == 503
        assert reply.json()["checks"] == {"store": "ok", "storage": "ok", "disk": "full", "net": "failed"}
