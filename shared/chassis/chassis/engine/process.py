"""The service's side of a child process: starts it in a session of its own, sends commands, keeps its output, kills it.

Nothing here waits on the child: reading happens on two threads of its own, and a write that the child does not take in
time counts as a broken pipe.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from chassis.engine.process_group import end_session
from chassis.engine.questions import Questions
from chassis.jobs.lease_owner import is_gone, this_process
from chassis.jobs.log import BoundedLog
from chassis.strict_json import dumps
from contracts.errors import Overloaded

__all__ = ["ChildProcess", "clear_scratch_of_the_dead"]

_SECONDS_TO_TAKE_A_COMMAND = 10.0
_CHUNK = 65536
_OWNER = ".owner"

Message = dict[str, Any]
Receive = Callable[["ChildProcess", Message], None]


class ChildProcess:
    """One engine in one child. `receive` is called, on a thread of the child's, with each message and at last with `exit`."""

    def __init__(
        self,
        *,
        service: str,
        engine: str,
        settings_json: str,
        niceness: int,
        log: Path,
        max_log_bytes: int,
        receive: Receive,
    ) -> None:
        self._receive = receive
        self._sending = threading.Lock()
        self._unsent = b""  # the rest of a line that the child did not take in time, before the next command
        self._questions = Questions()
        self._scratch = _new_scratch(service)
        child_reads, commands = os.pipe()
        self._commands: int | None = commands
        replies, child_writes = os.pipe()
        output, child_prints = os.pipe()
        os.set_blocking(commands, False)
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "chassis.engine.child", str(child_reads), str(child_writes), str(niceness)],
                stdin=subprocess.DEVNULL,
                stdout=child_prints,
                stderr=child_prints,
                pass_fds=(child_reads, child_writes),
                start_new_session=True,
                env=_environment(self._scratch),
            )
        finally:
            for fd in (child_reads, child_writes, child_prints):
                os.close(fd)
        self._output = _Output(output, log, max_log_bytes)
        threading.Thread(target=self._read, args=(replies,), name="child-replies", daemon=True).start()
        self.send({"do": "start", "engine": engine, "settings": settings_json, "path": sys.path})

    @property
    def pid(self) -> int:
        """The process id of the leader of the child's session."""
        return self._process.pid

    def print_to(self, log: Path | None, headline: str = "") -> None:
        """Write what the child prints from here on to `log`; None: to the engine's own log."""
        self._output.switch(log, headline)

    def send(self, command: Message) -> None:
        """Pass a command on. Raises BrokenPipeError when the child is gone or does not listen."""
        line = (dumps(command) + "\n").encode()
        with self._sending:
            if self._commands is None:
                raise BrokenPipeError("The child has ended.")
            self._send(self._commands, line)

    def ask(self, question: Message, seconds: float) -> Message:
        """Return the engine's answer to a short question. From any thread, also while a job runs.

        Raises `InvalidRequest` where the engine refuses the question, `Unavailable` where it fails on it, `Overloaded` without
        an answer in time.
        """
        return self._questions.ask(lambda number: self._send_question(number, question), seconds)

    def _send_question(self, number: int, question: Message) -> None:
        try:
            self.send({"do": "ask", "number": number, "question": question})
        except OSError as error:
            raise Overloaded("the engine has ended, or does not read what it is asked") from error

    def _send(self, commands: int, line: bytes) -> None:
        deadline = time.monotonic() + _SECONDS_TO_TAKE_A_COMMAND
        rest = memoryview(self._unsent + line)
        while rest:
            try:
                rest = rest[os.write(commands, rest) :]
            except BlockingIOError:
                if time.monotonic() > deadline:
                    # Of a line that has begun the end must follow, or the child would take the next command for it.
                    has_begun = len(rest) < len(line)
                    self._unsent = bytes(rest if has_begun else rest[: len(rest) - len(line)])
                    raise BrokenPipeError("The child does not read its commands.") from None
                select.select([], [commands], [], 0.5)
        self._unsent = b""

    def end(self, polite_seconds: float = 0.0) -> None:
        """End the whole session, after giving the engine `polite_seconds` to close by itself. Safe to call twice."""
        if self._process.returncode is not None:
            return  # ended before, and its number may be another's
        if polite_seconds > 0:
            with contextlib.suppress(OSError):
                self.send({"do": "close"})
            deadline = time.monotonic() + polite_seconds
            while time.monotonic() < deadline and not self._has_exited():
                time.sleep(0.02)
        end_session(self._process.pid)
        with self._sending:  # no thread may write to a number that the next pipe or file has
            if self._commands is not None:
                os.close(self._commands)
                self._commands = None
        self._process.wait()
        self._output.close()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def _has_exited(self) -> bool:
        # Not `poll()`: that would reap the leader, and its number must stay taken until the session has been ended.
        flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return os.waitid(os.P_PID, self._process.pid, flags) is not None

    def _read(self, replies: int) -> None:
        last: Message = {"say": "exit", "status": None}
        try:
            with os.fdopen(replies, "rb") as lines:
                for line in lines:
                    try:
                        message: Message = json.loads(line)
                    except ValueError:
                        continue  # the child was killed half way through a line
                    if message["say"] == "exit":
                        last = message
                    elif message["say"] == "answer":
                        self._questions.answered(message)
                    else:
                        self._receive(self, message)
        finally:  # whatever it was, the slot must not wait for a child that nobody reads
            self._questions.close()
            self._receive(self, last)


class _Output:
    """Copies what a child and its relatives print into one file at a time."""

    def __init__(self, fd: int, log: Path, max_bytes: int) -> None:
        self._fd = fd
        self._home = log
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._file: BoundedLog | None = BoundedLog(log, max_bytes)
        os.set_blocking(fd, False)
        threading.Thread(target=self._copy, name="child-output", daemon=True).start()

    def switch(self, log: Path | None, headline: str) -> None:
        """Finish the present file with all that was printed so far, then go on in another."""
        with self._lock:
            self._drain()
            if self._file is not None:
                self._file.close()
                self._file = BoundedLog(log or self._home, self._max_bytes)
                self._file.write(headline.encode())

    def close(self) -> None:
        """Copy what was printed so far, then stop."""
        with self._lock:
            self._drain()
            if self._file is not None:
                self._file.close()
                self._file = None

    def _copy(self) -> None:
        try:
            while True:
                select.select([self._fd], [], [])
                with self._lock:
                    if self._file is None or not self._drain():
                        return
        finally:
            os.close(self._fd)

    def _drain(self) -> bool:
        """Copy the output in the pipe, up to 16 MB. Return False when no process can print any more."""
        for _ in range(256):
            try:
                chunk = os.read(self._fd, _CHUNK)
            except OSError:  # nothing waits (BlockingIOError), or it is closed already
                return True
            if not chunk:
                return False
            if self._file is not None:
                self._file.write(chunk)
        return True


def _environment(scratch: Path) -> dict[str, str]:
    return {**os.environ, "TMPDIR": str(scratch), "PYTHONUNBUFFERED": "1"}


def _new_scratch(service: str) -> Path:
    """Make a folder for the child's temporary files, so that killing it leaves none behind."""
    folder = Path(tempfile.mkdtemp(prefix=f"tandem-{service}-"))
    (folder / _OWNER).write_text(this_process())
    return folder


def clear_scratch_of_the_dead(service: str) -> None:
    """Remove the temporary folders of children whose service provably ended, as after kill -9."""
    for note in Path(tempfile.gettempdir()).glob(f"tandem-{service}-*/{_OWNER}"):
        with contextlib.suppress(OSError):  # another user's
            if is_gone(note.read_text()):
                shutil.rmtree(note.parent, ignore_errors=True)
