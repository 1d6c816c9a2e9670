"""The settings that all Tandem services share. Read once in a service's `main.py`, then passed on, never changed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

__all__ = ["ServiceSettings"]


class ServiceSettings(BaseSettings):
    """Each field is read from the environment variable TANDEM_ followed by its name in capitals."""

    model_config = SettingsConfigDict(env_prefix="TANDEM_", frozen=True, extra="ignore")

    host: str = Field(default="127.0.0.1", description="Address to listen on. Default: loopback.")
    port: int = Field(ge=0, le=65535, description="Port to listen on; each service has its own default. 0: any.")
    storage: str = Field(
        default="build/storage", description="Where datasets and models are published: a folder or a URI."
    )
    source_roots: Annotated[list[str], NoDecode] = Field(
        default=["build/sources"],
        description="Folders that raw files may be read from, separated by commas. A relative source starts at the first. "
        "Both services read raw files: give them the same.",
    )
    state: str = Field(default="build/state", description="Folder for the job database and the jobs' logs.")
    jobs_url: str | None = Field(
        default=None,
        description="SQLAlchemy URL of the job table. Left out: an SQLite file named after the service, in `state`.",
    )
    jobs_at_once: int = Field(
        default=1,
        ge=0,
        le=64,
        description="Jobs that run side by side, each in its own child. 0: none; requests for jobs are refused.",
    )
    max_queued_jobs: int = Field(default=1000, ge=1, description="Waiting jobs past which new ones are turned away.")
    max_finished_jobs: int = Field(
        default=10_000, ge=1, description="Finished jobs that are remembered, with their events and logs."
    )
    job_log_megabytes: int = Field(
        default=32,
        ge=1,
        description="Largest log of a job. Of one that prints more, the first half of this and the last part are kept.",
    )
    leftovers_hours: float = Field(
        default=168,
        gt=0,
        description="Age past which half-written folders of jobs that are not known here are removed, at start-up and once a "
        "day. Those of jobs that are done go at once, those of unfinished ones never.",
    )
    max_attempts: int = Field(default=3, ge=1, description="Crashes of its child after which a job has failed.")
    lease_seconds: float = Field(
        default=30, gt=0, description="How long an attempt is trusted to be alive after its last heartbeat."
    )
    heartbeat_seconds: float = Field(default=5, gt=0, description="How often a running attempt renews its lease.")
    cancel_grace_seconds: float = Field(
        default=2, ge=0, description="How long a job asked to stop may tidy up before its process group is killed."
    )
    warm_seconds: float = Field(
        default=300, gt=0, description="How long the engine may take to start before it is killed and started again."
    )
    drain_seconds: float = Field(
        default=10, ge=0, description="Graceful shutdown: how long requests in flight may take to end."
    )
    max_body_bytes: int = Field(
        default=64 * 1024 * 1024, ge=1, description="Largest request body; a larger one is answered with 413."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="Least severe log line that is written."
    )
    log_format: Literal["json", "console"] = Field(
        default="json", description="Log lines as JSON, for machines, or as coloured text, for people."
    )

    @field_validator("source_roots", mode="before")
    @classmethod
    def _separated_by_commas(cls, value: object) -> object:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    def jobs_database(self, service: str) -> str:
        """Return the URL of the job table: `jobs_url`, or an SQLite file in `state` named after the service."""
        return self.jobs_url or f"sqlite:///{Path(self.state) / service}.db"

    @property
    def job_log_bytes(self) -> int:
        """`job_log_megabytes` in bytes."""
        return self.job_log_megabytes << 20

    def job_log(self, job_id: str) -> Path:
        """Return the path of a job's log: see `chassis.jobs.log`."""
        return Path(self.state) / "logs" / f"{job_id}.log"

    def engine_log(self, service: str, slot: int) -> Path:
        """Return the path of a slot's engine log: what its child printed outside a job, as while it started."""
        return Path(self.state) / "logs" / f"{service}-engine-{slot}.log"
