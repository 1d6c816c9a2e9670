"""Liveness and readiness.

A warming engine does not make a service unready: jobs are accepted and wait, and everything else is answered. An engine
that could not start does. A degraded service stays ready: its replicas share what they lack, so that no other would answer more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import APIRouter, Response

from chassis.access.needs import OPEN
from chassis.engine.worker_slot import EngineState
from chassis.lasting_thread import LastingThread
from chassis.strict_json import reply_bytes

__all__ = ["Check", "Degraded", "check_threads", "health_router"]


class Degraded(str):
    """A check's reason for which the service does less than it should, and is ready all the same."""

    __slots__ = ()


Check = Callable[[], bool | str]
"""True: ready. False, or a text with the reason: not ready, unless it is `Degraded`. An exception counts as not ready."""

_log = structlog.get_logger(module=__name__)


def health_router(
    *,
    check_store: Callable[[], None],
    engine_state: Callable[[], EngineState | None],
    threads: Check,
    draining: Callable[[], bool],
    checks: Mapping[str, Check],
) -> APIRouter:
    """Make the routes `/health/live` and `/health/ready`."""
    router = APIRouter(prefix="/health", tags=["health"])

    @router.get("/live", summary="The process is alive")
    @OPEN
    def live() -> dict[str, str]:
        return {"status": "alive"}

    @router.get(
        "/ready",
        summary="The service can do its work",
        responses={HTTPStatus.SERVICE_UNAVAILABLE.value: {"description": "Not ready; `checks` holds the reasons."}},
    )
    @OPEN
    def ready() -> Response:
        engine = engine_state()
        outcomes: dict[str, str] = {"store": _outcome("store", lambda: _fine(check_store))}
        if engine is not None:
            outcomes["engine"] = engine.value
        outcomes["threads"] = _outcome("threads", threads)
        outcomes.update({name: _outcome(name, check) for name, check in checks.items()})
        if draining():
            outcomes["service"] = "stopping"
        fine = {"ok", EngineState.READY, EngineState.WARMING}
        lacking = [value for value in outcomes.values() if value not in fine]
        is_ready = all(isinstance(value, Degraded) for value in lacking)
        status = "unready" if not is_ready else "degraded" if lacking else "ready"
        body: dict[str, Any] = {"status": status, "checks": outcomes}
        code = HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE
        return Response(reply_bytes(body), status_code=code, media_type="application/json")

    return router


def check_threads(of_jobs: Iterable[LastingThread], others: Iterable[LastingThread]) -> bool | str:
    """Return True while every thread does its work, else the reasons.

    What a turn of the others could not do is not waited for by any reply, and their next turn may do it: `Degraded`. A thread
    that has ended is not started again, so the service is not ready.
    """
    of_jobs, others = [*of_jobs], [*others]
    reasons = "; ".join(filter(None, (thread.health for thread in (*of_jobs, *others))))
    if not reasons:
        return True
    is_needed = any(thread.health for thread in of_jobs) or any(thread.has_ended for thread in others)
    return reasons if is_needed else Degraded(reasons)


def _fine(check: Callable[[], None]) -> bool:
    check()
    return True


def _outcome(name: str, check: Check) -> str:
    try:
        outcome = check()
    except Exception:  # noqa: BLE001 - whatever it is, the service cannot do its work
        _log.warning("readiness check failed", check=name, exc_info=True)
        return "failed"
    if isinstance(outcome, str):
        return outcome
    return "ok" if outcome else "failed"
