"""Log lines of this project and of other libraries, in a process of their own: `configure` changes all of it."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
from typing import Any

import pytest

from chassis.logging import LossyStream

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


class Full:
    """A stream to a disk that is full until there is room again."""

    def __init__(self) -> None:
        self.is_full = False
        self.text = ""

    def write(self, text: str) -> int:
        if self.is_full:
            raise OSError(errno.ENOSPC, "No space left on device")
        self.text += text
        return len(text)

    def flush(self) -> None:
        if self.is_full:
            raise OSError(errno.ENOSPC, "No space left on device")


def test_lines_that_cannot_be_written_are_lost_and_counted() -> None:
    disk: Any = Full()
    stream = LossyStream(disk)
    stream.write("one\n")
    disk.is_full = True
    for _ in range(3):
        stream.write("lost\n")
        stream.flush()
    disk.is_full = False
    stream.write("two\n")
    stream.write("three\n")
    one, told, *more = disk.text.splitlines()
    assert (one, more) == ("one", ["two", "three"])
    assert json.loads(told) == {"event": "log lines were lost", "level": "warning", "lines": 3}


CLOSED_PIPE = """
import os, sys, logging, structlog
from chassis import logging as chassis_logging
from chassis.settings import ServiceSettings

chassis_logging.configure(ServiceSettings(port=1))
read, write = os.pipe()
os.dup2(write, 2)
os.close(read)
os.close(write)
for number in range(3):
    structlog.get_logger().error("into the pipe", number=number)
    logging.getLogger("uvicorn").error("into the pipe")
    try:
        raise ValueError
    except ValueError:
        structlog.get_logger().exception("into the pipe")
print("goes on")
os._exit(0)
"""


FULL_DISK = CLOSED_PIPE.replace("os.dup2(write, 2)", 'os.dup2(os.open("/dev/full", os.O_WRONLY), 2)')


@pytest.mark.parametrize("program", [CLOSED_PIPE, FULL_DISK])
def test_a_closed_pipe_and_a_full_disk_raise_nowhere(program: str) -> None:
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "goes on\n"), done.stderr
