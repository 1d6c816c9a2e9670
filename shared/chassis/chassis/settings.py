"""The settings that all Tandem services share. Read once in a service's `main.py`, then passed on, never changed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from contracts.access.tokens import GrantText
from contracts.stores.uris import shown

__all__ = ["ADDRESS", "HEARTBEATS_PER_LEASE", "ServiceSettings"]

HEARTBEATS_PER_LEASE = 3
"""Fewest heartbeats in a lease: one may be late, as while the job table is locked, and the next still comes in time."""

ADDRESS = r"^(https?:/)?/[^\s\"'<>]*$"
"""Of a service, in a link: nothing else is safe there."""


Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""Signatures by asymmetric keys (RFC 7518): none by shared secrets, and not `none`."""


Origin = Annotated[str, StringConstraints(pattern=r"^(\*|https?://[^/\s?#@]+)$")]
"""Scheme, host and port of a site's pages (RFC 6454), or `*`."""


class ServiceSettings(BaseSettings):
    """Each field is read from the environment variable TANDEM_ followed by its name in capitals."""

    model_config = SettingsConfigDict(env_prefix="TANDEM_", frozen=True, extra="ignore")

    host: str = Field(default="127.0.0.1", description="Address to listen on. Default: loopback.")
    port: int = Field(ge=0, le=65535, description="Port to listen on; each service has its own default. 0: any.")
    storage: str = Field(
        default="build/storage",
        description="Where datasets and models are published: a folder or a URI, such as s3://bucket/tandem.",
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
    engine_niceness: int = Field(
        default=10,
        ge=0,
        le=19,
        description="How far jobs give way to other work on the machine, as `nice` counts: their engines, the JVM and its "
        "workers run with this niceness, so that predictions do not wait for them. 0: they do not give way.",
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
        default=30,
        gt=0,
        description="How long an attempt is trusted to be alive after its last heartbeat. At least three heartbeats.",
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
    tokens: str | None = Field(
        default=None,
        description="File of access tokens, which `tandem token create` makes; both services may share it. Requests then need a "
        "token, as do the client and pages: see the how-to on access. Changes take effect within a second.",
    )
    oidc_issuer: str | None = Field(
        default=None,
        description="Issuer (`iss`) of an identity provider whose JSON Web Tokens are accepted as tokens. Needs "
        "`TANDEM_OIDC_AUDIENCE` and `TANDEM_OIDC_KEYS`.",
    )
    oidc_audience: str | None = Field(default=None, description="Audience (`aud`) that such tokens must name.")
    oidc_keys: str | None = Field(
        default=None,
        description="The provider's public keys: the URL of its JSON Web Key Set (https, or http on loopback), or a file.",
    )
    oidc_algorithms: Annotated[list[Algorithm], NoDecode] = Field(
        default=["RS256", "ES256"],
        min_length=1,
        description="Signatures that are accepted, separated by commas: RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, "
        "ES512, EdDSA.",
    )
    oidc_claim: str = Field(
        default="roles",
        min_length=1,
        description="Claim with the caller's roles or groups; dots lead into objects, as in `realm_access.roles`.",
    )
    oidc_grants: dict[str, list[GrantText]] = Field(
        default={},
        description='Grants by value of that claim, as JSON: `{"ml-team": ["train:team-a-*"]}`. Left out, the values are '
        "grants themselves.",
    )
    allow_unauthenticated: bool = Field(
        default=False,
        description="Whether the service may be reached from other machines without authentication. Only where something in "
        "front of it keeps others out: everyone who reaches it may read, train and delete.",
    )
    allowed_hosts: Annotated[list[str], NoDecode] = Field(
        default=[],
        description="Names by which requests may address the service, separated by commas; `*.example.org`: all below, `*`: any. "
        "Addresses, `localhost` and names without a dot always may. Left out: any name where requests need a token.",
    )
    allowed_origins: Annotated[list[Origin], NoDecode] = Field(
        default=[],
        description="Sites whose pages may use the service in a browser, as `https://app.example.org`, separated by commas; `*`: "
        "any. They get CORS headers.",
    )
    tls_certificate: str | None = Field(
        default=None,
        description="File of the certificate, with those up to its authority (PEM): the service speaks HTTPS by it. It is read "
        "again when it changes. Needs `TANDEM_TLS_KEY`.",
    )
    tls_key: str | None = Field(default=None, description="File of its private key (PEM, without a password).")
    tls_client_authorities: str | None = Field(
        default=None,
        description="File of authorities (PEM): then every client must show a certificate that one of them signed, beyond its "
        "token.",
    )
    requests_per_second: float | None = Field(
        default=None,
        gt=0,
        description="How many requests a second each caller with a token may send; more get 429. A second's worth may come at "
        "once. Left out: any number.",
    )
    audit_log: str | None = Field(
        default=None,
        description="File to which a line of JSON is appended for each request, except those that never need a token: caller, "
        "path, origin and outcome.",
    )
    audit_log_megabytes: int = Field(
        default=100, ge=1, description="Size at which that file is moved aside; nine older ones are kept."
    )
    guide: str = Field(
        default="build/docs",
        description="Folder of the written documentation, which `make docs` builds: the service shows it at `/guide`, and its "
        "pages lead there. Where there is none, they do not.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="Least severe log line that is written."
    )
    log_format: Literal["json", "console"] = Field(
        default="json", description="Log lines as JSON, for machines, or as coloured text, for people."
    )

    @field_validator("jobs_url")
    @classmethod
    def _is_url(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            url = make_url(value)
        except ArgumentError as error:
            raise ValueError("not a SQLAlchemy URL, such as postgresql://user:password@host/database") from error
        if url.drivername not in {"postgresql", "postgres"}:
            return value
        # SQLAlchemy's own default is another driver than the one that is installed.
        return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)

    @field_validator("oidc_keys")
    @classmethod
    def _is_trustworthy(cls, value: str | None) -> str | None:
        scheme, is_url, rest = (value or "").partition("://")
        host = urlsplit(f"//{rest}").hostname if is_url else None
        if is_url and scheme != "https" and not (scheme == "http" and host in {"127.0.0.1", "::1", "localhost"}):
            raise ValueError(
                "keys are fetched by https, or by http from loopback; else anyone in between could replace them"
            )
        return value

    @field_validator("source_roots", "oidc_algorithms", "allowed_hosts", "allowed_origins", mode="before")
    @classmethod
    def _separated_by_commas(cls, value: object) -> object:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("source_roots")
    @classmethod
    def _without_keys(cls, value: list[str]) -> list[str]:
        for root in value:
            if "://" in root and ("@" in root or "?" in root):
                raise ValueError(
                    f"{shown(root)}: keys and options of a source's URI would be in manifests and messages; give them to both "
                    "services by the environment: AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY"
                )
        return value

    @model_validator(mode="after")
    def _without_contradictions(self) -> Self:
        """Refuse settings that contradict each other, each pair by its names, with the remedy."""
        refused = "; ".join(self.contradictions())
        if refused:
            raise ValueError(refused)
        return self

    def contradictions(self) -> Iterator[str]:
        """Yield what contradicts what, with the names of the settings and the remedy. A service adds its own."""
        if self.lease_seconds < HEARTBEATS_PER_LEASE * self.heartbeat_seconds:
            yield (
                f"TANDEM_LEASE_SECONDS ({self.lease_seconds:g}) must be at least {HEARTBEATS_PER_LEASE} times "
                f"TANDEM_HEARTBEAT_SECONDS ({self.heartbeat_seconds:g}): else one late heartbeat costs an attempt its lease"
            )
        if 3600 * self.leftovers_hours < self.lease_seconds:
            yield (
                f"TANDEM_LEFTOVERS_HOURS ({self.leftovers_hours:g}) must be longer than TANDEM_LEASE_SECONDS "
                f"({self.lease_seconds:g}): else files of attempts that are still trusted to be alive are removed"
            )
        provider = [self.oidc_issuer, self.oidc_audience, self.oidc_keys]
        if any(provider) and not all(provider):
            yield "TANDEM_OIDC_ISSUER, TANDEM_OIDC_AUDIENCE and TANDEM_OIDC_KEYS are needed together"
        if bool(self.tls_certificate) != bool(self.tls_key):
            yield "TANDEM_TLS_CERTIFICATE and TANDEM_TLS_KEY are needed together"
        if self.tls_client_authorities and not self.tls_certificate:
            yield "TANDEM_TLS_CLIENT_AUTHORITIES needs TANDEM_TLS_CERTIFICATE and TANDEM_TLS_KEY"
        if _is_in_memory(self.jobs_url):
            yield (
                "TANDEM_JOBS_URL names a database in memory, of which each thread would see its own; name a file, or leave "
                "it out for one in TANDEM_STATE"
            )

    @property
    def authenticates(self) -> bool:
        """Return whether requests need a token."""
        return bool(self.tokens or self.oidc_issuer)

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


def _is_in_memory(jobs_url: str | None) -> bool:
    if jobs_url is None:
        return False
    url = make_url(jobs_url)
    return url.get_backend_name() == "sqlite" and url.database in {None, "", ":memory:"}
