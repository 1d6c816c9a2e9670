"""Small engines for the tests of the runner. Each kind of job does one thing that can happen to a job."""

# ruff: noqa: T201 - printing is what is tested, and each kind takes what all take
from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from pydantic import RootModel

from chassis.engine.engine import Engine, JobContext
from chassis.jobs.kinds import JobKind, JobKinds
from contracts.errors import Cancelled, InvalidData, Superseded, UnparsableValue


class AnyRequest(RootModel[dict[str, Any]]):
    """Plain JSON: each kind takes from it what it needs."""


def square(request: dict[str, Any], context: JobContext) -> Any:
    context.progress("square", 0.5, completed=1, total=2, rows=7)
    context.fence()
    context.progress("square", 1.0, completed=2, total=2)
    return request["number"] ** 2


def not_finite(request: dict[str, Any], context: JobContext) -> Any:
    context.progress("odd", math.nan)
    return [math.nan, math.inf, {"deep": -math.inf}, "\ud800"]


def echo(request: dict[str, Any], context: JobContext) -> Any:
    print(request["text"] * request.get("times", 1))
    return request["text"]


def crash(request: dict[str, Any], context: JobContext) -> Any:
    if context.attempt <= request["crashes"]:
        os.kill(os.getpid(), signal.SIGKILL)
    return "survived"


def crash_with_relatives(request: dict[str, Any], context: JobContext) -> Any:
    """Leaves behind one process in the group and one that left the group."""
    for own_group in (False, True):
        process = subprocess.Popen(
            [sys.executable, "-c", "import time; time.sleep(600)"], process_group=0 if own_group else None
        )
        with Path(request["pids"]).open("a") as file:
            file.write(f"{process.pid}\n")
    if request.get("wait"):
        time.sleep(600)
    os._exit(3)


def sleep(request: dict[str, Any], context: JobContext) -> Any:
    """Stops when asked to."""
    until = time.monotonic() + request.get("seconds", 600)
    while time.monotonic() < until:
        context.progress("sleep", 0.1)
        time.sleep(0.02)
    return "slept"


def priority(request: dict[str, Any], context: JobContext) -> Any:
    """Tells its own."""
    group = Path("/proc/self/autogroup")
    session = group.read_text() if group.exists() else ""
    return {"niceness": os.getpriority(os.PRIO_PROCESS, 0), "session": session}


def stubborn(request: dict[str, Any], context: JobContext) -> Any:
    """Does not hear a cancel."""
    context.progress("sleep", 0.1)
    time.sleep(600)


def frozen(request: dict[str, Any], context: JobContext) -> Any:
    """Cannot hear anything any more."""
    context.progress("sleep", 0.1)
    time.sleep(0.2)
    os.kill(os.getpid(), signal.SIGSTOP)


def callback(request: dict[str, Any], context: JobContext) -> Any:
    """Hears of a cancel by its callback alone."""
    heard: list[bool] = []
    context.on_cancel(lambda: heard.append(True))
    context.progress("sleep", 0.1)
    while not heard:
        time.sleep(0.02)
    print("heard the callback")
    raise Cancelled


def bad_value(request: dict[str, Any], context: JobContext) -> Any:
    raise UnparsableValue("line 7: not a number. Received: 'x'", pointer="/features/a~1b")


def bug(request: dict[str, Any], context: JobContext) -> Any:
    raise ZeroDivisionError("a secret of the program")


def no_dict(request: dict[str, Any], context: JobContext) -> Any:
    return object()


def publish(request: dict[str, Any], context: JobContext) -> Any:
    """Sleeps, passes the fence, writes a line to a file: what must happen once."""
    context.progress("work", 0.1)
    time.sleep(request.get("seconds", 0))
    if context.attempt == 1 and "stall" in request:
        Path(request["stall"]).write_text(str(os.getpid()))
        os.kill(os.getpid(), signal.SIGSTOP)
    context.fence()
    with Path(request["file"]).open("a") as file:
        file.write(f"attempt {context.attempt}\n")
    time.sleep(request.get("after", 0))
    return "published"


def write(request: dict[str, Any], context: JobContext) -> Any:
    """Write to a file of any name, as on a disk that is full or read-only."""
    Path(request["path"]).write_text("no room")
    return "written"


def lose(request: dict[str, Any], context: JobContext) -> Any:
    """Find its files gone behind the fence, as if a later attempt had removed them."""
    context.fence()
    if "away" in request:
        Path(request["away"]).rename(f"{request['away']}-away")
    raise Superseded


FUNCTIONS = (
    square,
    not_finite,
    echo,
    crash,
    crash_with_relatives,
    sleep,
    priority,
    stubborn,
    frozen,
    callback,
    bad_value,
    bug,
    no_dict,
    publish,
    write,
    lose,
)
KINDS = JobKinds(*(JobKind(each.__name__, AnyRequest, f"chassis_engines:{each.__name__}") for each in FUNCTIONS))


class Scripted:
    """Runs the functions above, as the table of kinds names them."""

    def warm(self) -> None:
        print("warming")

    def close(self) -> None:
        print("closing")

    def run(self, kind: str, request: dict[str, Any], context: JobContext) -> dict[str, Any]:
        print(f"running {kind}")
        declared = KINDS[kind]
        result = declared.load()(declared.request.model_validate(request).model_dump(), context)
        return {"result": result, "attempt": context.attempt, "pid": os.getpid()}


class Answering(Scripted):
    """Answers a question with its double, and refuses one; one never ends."""

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        match question["say"]:
            case "no":
                raise InvalidData("not that one")
            case "bug":
                raise ZeroDivisionError
            case "die":
                os._exit(1)
            case "nothing":
                threading.Event().wait()
            case _:
                pass
        return {"twice": question["say"] * 2}


class Failing(Scripted):
    """Cannot start."""

    def warm(self) -> None:
        raise RuntimeError("no engine today")


def make(settings_json: str) -> Engine:
    return Scripted()


def make_answering(settings_json: str) -> Engine:
    return Answering()


def make_failing(settings_json: str) -> Engine:
    return Failing()
