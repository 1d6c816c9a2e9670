"""Log lines of this project and of other libraries, in a process of their own: `configure` changes all of it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

PROGRAM = """
import logging, sys, structlog
from chassis import logging as chassis_logging
from chassis.settings import ServiceSettings

logging.getLogger("uvicorn.access").addHandler(logging.StreamHandler(sys.stdout))
chassis_logging.configure(ServiceSettings(port=1, log_format=sys.argv[1], log_level="INFO"))
structlog.contextvars.bind_contextvars(request_id="r1")
own = structlog.get_logger()
own.debug("unseen")
own.info("job done", job="j", seconds=0.5)
logging.getLogger("uvicorn.access").warning("slow %s", "request")
logging.getLogger("sqlalchemy").debug("unseen")
try:
    raise ValueError("what went wrong")
except ValueError:
    own.exception("job failed")
"""


def logged(format_: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", PROGRAM, format_], check=True, capture_output=True, text=True)
    assert done.stdout == "", "handlers of before are gone"
    return done.stderr.splitlines()


def test_lines_are_json_with_the_requests_id() -> None:
    own, other, failed = map(json.loads, logged("json"))
    assert own.pop("timestamp").endswith("Z")
    assert own == {"event": "job done", "job": "j", "seconds": 0.5, "level": "info", "request_id": "r1"}
    assert (other["event"], other["level"], other["logger"]) == ("slow request", "warning", "uvicorn.access")
    assert other["request_id"] == "r1"
    assert "ValueError: what went wrong" in failed["exception"]


@pytest.mark.parametrize("shown", ["job done", "slow request", "ValueError: what went wrong", "request_id"])
def test_lines_for_people_have_the_same(shown: str, people: str) -> None:
    assert shown in people
    assert "unseen" not in people


@pytest.fixture(scope="module")
def people() -> str:
    return "\n".join(logged("console"))
