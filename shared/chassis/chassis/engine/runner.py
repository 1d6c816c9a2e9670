"""Runs jobs in worker slots, each a thread with a child process, coordinated by the job table.

A slot claims a job, hands it to its child and follows it: it records progress, renews the lease, and answers the *fence*, the
last check before publishing that this attempt still owns the job. The attempt ends when the child ends or crashes, or by a
cancel or a shutdown; the job's state is changed in the table only while the attempt owns the job.
"""

from __future__ import annotations

import threading
import time

import structlog

from chassis.engine.process import Message, clear_scratch_of_the_dead
from chassis.engine.worker_slot import EngineState, WorkerSlot
from chassis.jobs.client_store import JobClientStore
from chassis.jobs.endings import Endings
from chassis.jobs.lease_owner import is_gone, this_process
from chassis.jobs.log import remove_log
from chassis.jobs.worker_store import JobWorkerStore, Settler
from chassis.lasting_thread import LastingThread
from chassis.problems import internal_problem
from chassis.settings import ServiceSettings

__all__ = ["Runner"]

_SECONDS_BETWEEN_RECOVERIES = 1.0
_SECONDS_BETWEEN_CLEANINGS = 600.0

_log = structlog.get_logger(module=__name__)


class Runner:
    """The slots of one service. Starts with `start`, ends with `stop`; in between everything happens on its threads."""

    def __init__(
        self,
        *,
        service: str,
        engine: str,
        settings: ServiceSettings,
        store: JobClientStore,
        leases: JobWorkerStore,
        endings: Endings,
    ) -> None:
        self._service = service
        self._settings = settings
        self._store = store
        self._leases = leases
        self._endings = endings
        self._stopping = threading.Event()
        self._settler = Settler(this_process(), settings.lease_seconds)
        self._next_cleaning = 0.0
        self._overseer = LastingThread("job-overseer", self._oversee, self._stopping)
        self._slots = [
            WorkerSlot(
                number,
                service=service,
                engine=engine,
                settings=settings,
                leases=leases,
                stopping=self._stopping,
                endings=endings,
            )
            for number in range(settings.jobs_at_once)
        ]

    @property
    def engine_state(self) -> EngineState:
        """The state of the first slot's child, the one that is always kept warm."""
        return self._slots[0].engine_state

    @property
    def threads(self) -> list[LastingThread]:
        """Return the threads without which no job runs."""
        return [self._overseer, *self._slots]

    def start(self) -> None:
        """Pick up what a dead service left unfinished, and start the slots."""
        clear_scratch_of_the_dead(self._service)
        self._recover()
        self._overseer.start()
        for slot in self._slots:
            slot.start()

    def wake(self) -> None:
        """Make every slot poll the job table now, since a job was added or cancelled."""
        for slot in self._slots:
            slot.wake()

    def ask(self, question: Message, seconds: float) -> Message:
        """Return the warm engine's answer to a short question, in addition to the jobs; raises as `ChildProcess.ask`."""
        return self._slots[0].ask(question, seconds)

    def stop(self) -> None:
        """Give running jobs back to the table, end the children and return once all is done."""
        self._stopping.set()
        self.wake()
        for slot in self._slots:
            slot.join()
        self._overseer.join()

    def _oversee(self) -> None:
        if self._stopping.wait(_SECONDS_BETWEEN_RECOVERIES):
            return
        self._recover()
        if time.monotonic() > self._next_cleaning:
            self._next_cleaning = time.monotonic() + _SECONDS_BETWEEN_CLEANINGS
            self._forget_old_jobs()

    def _recover(self) -> None:
        problem = internal_problem(
            f"The service or its engine ended {self._settings.max_attempts} times while it ran this job."
        )
        times = self._settings.max_attempts
        for job in self._leases.recover(is_gone, times, problem.to_json(), self._settler):
            _log.warning("job was left behind", job=job.id, attempt=job.attempt, state=job.state)
            if job.done:
                self._endings.ended(job)
            self.wake()

    def _forget_old_jobs(self) -> None:
        for job_id in self._store.forget_finished(self._settings.max_finished_jobs):
            remove_log(self._settings.job_log(job_id))
