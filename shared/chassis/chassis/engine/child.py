"""The child's side of the two pipes: reads commands, runs the engine on the main thread, reports. Start as a program.

Commands in:  start (engine, settings, path), run (job, attempt, kind, request), ask (number, question), cancel, fenced (verdict),
              close.
Replies out:  ready, unready (detail), progress, fence, done (response), failed (problem, fault), answer (number, and
              answer, refused or fault), and exit, from the reaper.
Each is one line of JSON. Standard output and error are not part of it: text printed there is the job's log.
"""

from __future__ import annotations

import contextlib
import faulthandler
import json
import logging
import os
import queue
import sys
import threading
import traceback
from typing import Any, cast

from chassis.engine.engine import AnsweringEngine, Engine, EngineFactory, JobContext
from chassis.engine.priority import lower_priority
from chassis.engine.process_reaper import continue_under_reaper
from chassis.import_path import import_object
from chassis.strict_json import dumps
from contracts.errors import TandemError

__all__ = ["main"]


class Child:
    """One engine and the job that it runs."""

    def __init__(self, commands: int, replies: int) -> None:
        self._commands = os.fdopen(commands, "rb")
        self._replies = replies
        self._replying = threading.Lock()
        self._work: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._verdicts: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._context: JobContext | None = None
        self._asked_to_stop: tuple[str, int] | None = None
        self._switching = threading.Lock()
        self._engine: Engine | None = None

    def run(self) -> None:
        """Carry out commands until `close`."""
        threading.Thread(target=self._listen, name="commands", daemon=True).start()
        engine = self._start(self._work.get())
        while True:
            command = self._work.get()
            match command["do"]:
                case "run":
                    self._attempt(engine, command)
                    sys.stdout.flush()
                    sys.stderr.flush()
                case "close":
                    engine.close()
                    return
                case unknown:
                    raise ValueError(f"The engine's process knows no such command. Received: {unknown!r}")

    def _listen(self) -> None:
        """Read commands to their end. Ends the process: an engine that hears no cancel and no verdict would hang for ever."""
        try:
            self._read_commands()
        except BaseException:  # noqa: BLE001 - whatever it is, nobody else reads
            traceback.print_exc()
            sys.stderr.flush()
        os._exit(1)

    def _read_commands(self) -> None:
        for line in self._commands:
            command = cast("dict[str, Any]", json.loads(line))
            match command["do"]:
                case "cancel":
                    with self._switching:
                        self._asked_to_stop = (command["job"], command["attempt"])
                        self._pass_cancel_on()
                case "fenced":
                    self._verdicts.put(command["verdict"])
                case "ask":
                    threading.Thread(target=self._answer, args=(command,), name="answer", daemon=True).start()
                case _:  # a command for the main thread, which refuses those that it does not know
                    self._work.put(command)

    def _start(self, command: dict[str, Any]) -> Engine:
        sys.path[:] = command["path"]
        try:
            make: EngineFactory = import_object(command["engine"])
            engine = make(command["settings"])
            engine.warm()
        except Exception as error:  # noqa: BLE001 - whatever it is, the engine cannot start
            traceback.print_exc()
            sys.stderr.flush()
            self._reply({"say": "unready", "detail": f"{type(error).__name__}: {error}"})
            sys.exit(1)
        self._engine = engine  # a question may follow at once
        self._reply({"say": "ready"})
        return engine

    def _attempt(self, engine: Engine, command: dict[str, Any]) -> None:
        context = JobContext(command["job"], command["attempt"], tell=self._reply, ask_fence=self._ask_fence)
        with self._switching:
            self._context = context
            self._pass_cancel_on()
        reply: dict[str, Any]
        try:
            response = engine.run(command["kind"], command["request"], context)
            if not isinstance(cast("object", response), dict):
                raise TypeError(f"An engine must return a dict. Received: {type(response).__name__}")  # noqa: TRY301
            reply = {"say": "done", "response": json.loads(dumps(response))}
        except TandemError as error:
            traceback.print_exc()
            from chassis.problems import problem_of  # noqa: PLC0415  the reaper, a fork of this, stays small

            reply = {"say": "failed", "problem": problem_of(error).to_json(), "error": type(error).__name__}
        except Exception as error:  # noqa: BLE001 - whatever it is, the job has failed and the child goes on
            traceback.print_exc()
            reply = _unexpected(error, context)
        with self._switching:
            self._context = None
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        self._reply(reply)

    def _answer(self, command: dict[str, Any]) -> None:
        engine = self._engine
        reply = {"say": "answer", "number": command["number"]}
        try:
            if not isinstance(engine, AnsweringEngine):
                raise TypeError("The engine is not ready, or answers no questions.")  # noqa: TRY301
            self._reply({**reply, "answer": engine.answer(command["question"])})
        except TandemError as error:
            self._reply({**reply, "refused": error.message})
        except Exception as error:  # noqa: BLE001 - whatever it is, it is only a question
            traceback.print_exc()
            self._reply({**reply, "fault": type(error).__name__})

    def _pass_cancel_on(self) -> None:
        context = self._context
        if context is not None and self._asked_to_stop == (context.job_id, context.attempt):
            context.cancel()

    def _ask_fence(self) -> str:
        self._reply({"say": "fence"})
        return self._verdicts.get()

    def _reply(self, message: dict[str, Any]) -> None:
        rest = memoryview((dumps(message) + "\n").encode())
        with self._replying:
            while rest:
                rest = rest[os.write(self._replies, rest) :]


def _unexpected(error: Exception, context: JobContext) -> dict[str, Any]:
    """Return the reply for an error that is not the project's own: a fault of the storage, or else of the program."""
    from chassis.problems import internal_problem, problem_of  # noqa: PLC0415  the reaper, a fork of this, stays small
    from chassis.storage_faults import storage_fault  # noqa: PLC0415

    fault = storage_fault(error)
    if fault is not None:
        return {"say": "failed", "problem": problem_of(fault).to_json(), "error": type(fault).__name__}
    where = f"/v1/jobs/{context.job_id}/log"
    problem = internal_problem(f"Internal error in the job; see its log: {where}")
    return {"say": "failed", "problem": problem.to_json(), "error": type(error).__name__}


def main() -> None:
    """Run as `python -m chassis.engine.child COMMANDS REPLIES NICENESS`, of which two are inherited file descriptors."""
    commands, replies, niceness = (int(word) for word in sys.argv[1:])
    for pipe in (commands, replies):
        os.set_inheritable(pipe, False)  # noqa: FBT003 - takes no names. What the engine starts must not hold the pipes
    continue_under_reaper(commands, replies)
    lower_priority(niceness)
    faulthandler.enable()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for stream in (sys.stdout, sys.stderr):
        cast("Any", stream).reconfigure(line_buffering=True, errors="backslashreplace")
    Child(commands, replies).run()


if __name__ == "__main__":
    main()
