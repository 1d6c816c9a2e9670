"""The service's own path, `/`: that it is alive, as KServe's clients ask, and where its documentation is."""

from __future__ import annotations

from fastapi import APIRouter

__all__ = ["root_router"]


def root_router(name: str, version: str) -> APIRouter:
    """Make the route `/`."""
    router = APIRouter(tags=["health"])

    @router.get("/", summary="The service, and where its documentation is")
    def read_root() -> dict[str, str]:
        return {
            "status": "alive",
            "service": name,
            "version": version,
            "docs": "/docs",
            "openapi": "/openapi.json",
            "ready": "/health/ready",
        }

    return router
