from __future__ import annotations

from chassis_live import Service, problem


def test_a_body_too_large_is_refused_whether_announced_or_not(service: Service):
    problem(service.http.post("/v1/nested", content=b" " * 100_001, headers={"content-type": "application/json"}), 413)
    chunks = (b" " * 10_000 for _ in range(11))
    problem(service.http.post("/v1/nested", content=chunks, headers={"content-type": "application/json"}), 413)


def test_a_request_id_is_kept_when_it_is_harmless(service: Service):
    assert service.http.get("/health/live", headers={"X-Request-Id": "mine-1"}).headers["x-request-id"] == "mine-1"
    replies = [service.http.get("/health/live", headers={"X-Request-Id": odd}) for odd in ("a b", "x" * 200)]
    assert all(len(reply.headers["x-request-id"]) == 32 for reply in replies)
