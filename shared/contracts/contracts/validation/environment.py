"""Environment variables of both services and the client, so that each can warn of one that nothing reads."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping

PREFIX = "TANDEM_"

# Written by tools/configuration.py
VARIABLES: frozenset[str] = frozenset(
    (
        "TANDEM_ALLOWED_HOSTS",
        "TANDEM_ALLOWED_ORIGINS",
        "TANDEM_ALLOW_UNAUTHENTICATED",
        "TANDEM_AUDIT_LOG",
        "TANDEM_AUDIT_LOG_MEGABYTES",
        "TANDEM_CANCEL_GRACE_SECONDS",
        "TANDEM_DEFAULT_MODEL",
        "TANDEM_DRAIN_SECONDS",
        "TANDEM_ENGINE_NICENESS",
        "TANDEM_GUIDE",
        "TANDEM_HEARTBEAT_SECONDS",
        "TANDEM_HOST",
        "TANDEM_JOBS_AT_ONCE",
        "TANDEM_JOBS_URL",
        "TANDEM_JOB_LOG_MEGABYTES",
        "TANDEM_KEEP_PREDICTIONS_DAYS",
        "TANDEM_KEEP_VERSIONS",
        "TANDEM_KEEP_VERSIONS_DAYS",
        "TANDEM_LEASE_SECONDS",
        "TANDEM_LEFTOVERS_HOURS",
        "TANDEM_LOADING_SHARE",
        "TANDEM_LOG_FORMAT",
        "TANDEM_LOG_LEVEL",
        "TANDEM_MAX_ATTEMPTS",
        "TANDEM_MAX_BODY_BYTES",
        "TANDEM_MAX_FINISHED_JOBS",
        "TANDEM_MAX_QUEUED_JOBS",
        "TANDEM_MODELING_URL",
        "TANDEM_OIDC_ALGORITHMS",
        "TANDEM_OIDC_AUDIENCE",
        "TANDEM_OIDC_CLAIM",
        "TANDEM_OIDC_GRANTS",
        "TANDEM_OIDC_ISSUER",
        "TANDEM_OIDC_KEYS",
        "TANDEM_OLDER_VERSIONS",
        "TANDEM_POLL_SECONDS",
        "TANDEM_PORT",
        "TANDEM_PREDICTION_LOG",
        "TANDEM_PREDICTION_LOG_MEGABYTES",
        "TANDEM_PREDICTION_LOG_REDACTED",
        "TANDEM_PREDICTION_LOG_SECONDS",
        "TANDEM_PREDICT_BATCH_ROWS",
        "TANDEM_PREDICT_MAX_ROWS",
        "TANDEM_PREDICT_QUEUE",
        "TANDEM_PREDICT_THREADS",
        "TANDEM_PREDICT_TIMEOUT_SECONDS",
        "TANDEM_PREPROCESSING_URL",
        "TANDEM_REPORT_ROWS",
        "TANDEM_REQUESTS_PER_SECOND",
        "TANDEM_RESCAN_SECONDS",
        "TANDEM_SOURCE_ROOTS",
        "TANDEM_SPARK_DRIVER_MEMORY",
        "TANDEM_SPARK_FORMATS",
        "TANDEM_SPARK_MASTER",
        "TANDEM_SPARK_OPTIONS",
        "TANDEM_SPARK_REMOTE",
        "TANDEM_SPARK_TABLES",
        "TANDEM_STATE",
        "TANDEM_STORAGE",
        "TANDEM_TLS_CERTIFICATE",
        "TANDEM_TLS_CLIENT_AUTHORITIES",
        "TANDEM_TLS_KEY",
        "TANDEM_TOKEN",
        "TANDEM_TOKENS",
        "TANDEM_UPLOAD_MEGABYTES",
        "TANDEM_VERTEX_HEALTH_ROUTE",
        "TANDEM_VERTEX_PREDICT_ROUTE",
        "TANDEM_WARM_SECONDS",
        "TANDEM_WRITE_GOLDEN",
    )
)
# End of what tools/configuration.py writes

_OF_KUBERNETES = re.compile(r"TANDEM_(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_\w+)?)")
"""Variables that Kubernetes sets in every container for a Service whose name begins with `tandem`."""


def unknown_variables(environment: Mapping[str, str]) -> list[str]:
    """Return a line for each variable with our prefix that nothing reads, with the nearest name that something does.

    >>> unknown_variables({"TANDEM_SORAGE": "s3://data", "TANDEM_STORAGE": "s3://data", "HOME": "/root"})
    ['TANDEM_SORAGE is not a setting of Tandem and has no effect; did you mean TANDEM_STORAGE?']
    """
    lines: list[str] = []
    for name in sorted(environment):
        upper = name.upper()
        if not upper.startswith(PREFIX) or upper in VARIABLES or _is_of_kubernetes(upper, environment[name]):
            continue
        near = difflib.get_close_matches(upper, VARIABLES, n=1, cutoff=0.75)
        hint = f"; did you mean {near[0]}?" if near else ""
        lines.append(f"{name} is not a setting of Tandem and has no effect{hint}")
    return lines


def _is_of_kubernetes(name: str, value: str) -> bool:
    is_address = name.endswith("_PORT") and value.startswith(("tcp://", "udp://"))
    return is_address or _OF_KUBERNETES.fullmatch(name) is not None
