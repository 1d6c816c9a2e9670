"""Metrics for Prometheus at `/metrics`: requests by route template, jobs by state, durations, and the queue's length."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from fastapi import APIRouter, Response
from prometheus_client import CollectorRegistry, Counter, Histogram, PlatformCollector, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from chassis.access.caller import ALL_NAMES, require
from chassis.access.needs import Needs
from chassis.jobs.job import Job
from contracts.access.roles import Role
from contracts.messages.jobs import State

__all__ = ["Metrics"]

_REQUEST_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_JOB_SECONDS = (0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 14400)


class Metrics:
    """The metrics of one service, in a registry of their own, so that two services can live in one process."""

    def __init__(self, count_jobs: Callable[[], Mapping[State, int]]) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self._requests = Counter(
            "tandem_http_requests", "Requests answered.", ("method", "route", "status"), registry=self.registry
        )
        self._request_seconds = Histogram(
            "tandem_http_request_seconds",
            "Seconds from a request's first byte to the last of its reply.",
            ("method", "route"),
            buckets=_REQUEST_SECONDS,
            registry=self.registry,
        )
        self._of_requests: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self._job_seconds = Histogram(
            "tandem_job_seconds",
            "Seconds from the start of a job's last attempt to its end.",
            ("kind", "state"),
            buckets=_JOB_SECONDS,
            registry=self.registry,
        )
        self.registry.register(_JobCounts(count_jobs))

    def request_ended(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        known = self._of_requests.get((method, route, status))
        if known is None:  # looking metrics up by their labels takes longer than counting
            known = self._requests.labels(method, route, str(status)), self._request_seconds.labels(method, route)
            self._of_requests[method, route, status] = known
        known[0].inc()
        known[1].observe(seconds)

    def job_ended(self, job: Job) -> None:
        """Count one finished job."""
        began = job.create_time if job.start_time is None else job.start_time
        self._job_seconds.labels(job.kind, job.state.value).observe(max(job.update_time - began, 0.0))

    def router(self) -> APIRouter:
        """Make the route that Prometheus scrapes."""
        router = APIRouter(tags=["health"])

        @router.get("/metrics", response_class=Response, summary="Metrics for Prometheus")
        @Needs(Role.READ)
        def read_metrics() -> Response:
            require(Role.READ, ALL_NAMES)
            return Response(generate_latest(self.registry), media_type=CONTENT_TYPE_LATEST)

        return router


class _JobCounts(Collector):
    """Queries the job table at each scrape; while that is unavailable, these two metrics are absent."""

    def __init__(self, count_jobs: Callable[[], Mapping[State, int]]) -> None:
        self._count_jobs = count_jobs

    def describe(self) -> Iterator[Metric]:
        yield from self._families({})

    def collect(self) -> Iterator[Metric]:
        try:
            counts = self._count_jobs()
        except SQLAlchemyError:
            return
        yield from self._families(counts)

    def _families(self, counts: Mapping[State, int]) -> Iterator[Metric]:
        jobs = GaugeMetricFamily("tandem_jobs", "Jobs that are remembered, by state.", labels=("state",))
        for state, count in counts.items():
            jobs.add_metric((state.value,), count)
        yield jobs
        yield GaugeMetricFamily(
            "tandem_job_queue_length", "Jobs that wait for a free slot.", value=counts.get(State.PENDING, 0)
        )
