"""Versions in memory: the default one of every model and those with a label; others once they are requested.

Which version is the default is for `repository.resolve_version` to decide. A new version is loaded while the present one
serves, and replaces it once it is ready; replies never wait for a load, except the first reply of a version that nobody
requested before. Only versions whose files have the published checksums are loaded; those of several models side by side.

A version in memory is known by its manifest, not by its number: at each poll, one whose folder was removed from the storage, or
replaced by another version's, stops answering before anything else is loaded. While the storage is away, nothing stops answering.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from typing import Literal

import structlog

from chassis.lasting_thread import LastingThread
from contracts.errors import CorruptData, NotFound, TandemError, Unavailable
from contracts.storage import Storage
from modeling.repository.change_notes import ChangeNotes
from modeling.repository.listings import Published
from modeling.repository.model_repository import Key, ModelRepository
from modeling.repository.resolve_version import default_version, load_default, no_default
from modeling.repository.versions import VersionManifest
from modeling.serving.load_throttle import LoadThrottle, lower_priority
from modeling.serving.loaded_version import LoadedVersion
from modeling.serving.served_model import ServedModel

_log = structlog.get_logger(__name__)

State = Literal["START", "LOADING", "AVAILABLE", "END"]
Load = Callable[[Storage, VersionManifest], LoadedVersion]
"""Load a version from storage into memory. Raises `CorruptData`. Called from several threads."""

_MOST_LOADS = 4
"""Past this many side by side, loads wait for Python's lock."""


class ModelRegistry:
    """The loaded versions of one repository's models. Every method may be called from any thread.

    `older_versions`: how many versions that are neither default nor labelled stay loaded.
    """

    def __init__(
        self,
        repository: ModelRepository,
        older_versions: int,
        make_load: Callable[[], Load],
        throttle: LoadThrottle | None = None,
    ) -> None:
        self.repository = repository
        self._throttle = throttle or LoadThrottle()
        self._older_versions = older_versions
        self._make_load = make_load
        self._load_files: Load | None = None
        self._models: dict[str, ServedModel] = {}
        self._older: OrderedDict[Key, LoadedVersion] = OrderedDict()
        self._loading: set[Key] = set()
        self._lock = threading.Lock()  # never held while loading
        self._changes: dict[str, threading.RLock] = {}  # each held while a version of its model is loaded
        self._stop = threading.Event()
        self._unsettled: set[str] = set()
        self._poll_seconds, self._rescan_seconds = 1.0, 300.0
        self._notes = ChangeNotes(repository.storage)
        self.poller = LastingThread("versions", self._poll, self._stop)
        self._ready = False

    def start(self, poll_seconds: float, rescan_seconds: float = 300.0) -> None:
        """Load the published models, then poll for changes at this interval, on a thread of its own.

        `rescan_seconds`: how often all models of an object store are looked at, and not those alone with a note of a change.
        """
        self._poll_seconds, self._rescan_seconds = poll_seconds, rescan_seconds
        self.poller.start()

    def stop(self) -> None:
        """Stop polling."""
        self._stop.set()
        if self.poller.ident is not None:
            with self._throttle.hurried():
                self.poller.join()

    @property
    def is_ready(self) -> bool:
        """Return whether the first poll is over: every model that was published at the start is loaded or broken."""
        return self._ready

    @property
    def storage_away(self) -> str | None:
        """Return why the storage was away at the last look, while loaded versions answer on; None if it was not."""
        return self.repository.listings.away

    def _poll(self) -> None:
        try:
            self._look()
        except (OSError, TandemError):  # unreachable storage may be reachable at the next poll
            _log.warning("polling for new versions failed", exc_info=True)
        else:
            if not self._ready:
                self._ready = True
                lower_priority()
        self._stop.wait(self._poll_seconds)

    def _look(self) -> None:
        """Refresh what may have changed: everything, or the models with a note of a change, a fault or a failure."""
        noted = self._notes.look(self._rescan_seconds) if self.storage_away is None else None
        if noted is None:
            self.refresh(gives_way=self._ready)
        else:
            self._refresh_models(noted | self._unsettled | self.repository.faulty, gives_way=self._ready)
        if self.storage_away is None:
            self._notes.settle(looked_at_all=noted is None)

    @contextmanager
    def _changing(self, model: str) -> Generator[None]:
        """Take a model's lock; lifts the load throttle while a caller waits for it."""
        with self._lock:
            lock = self._changes.setdefault(model, threading.RLock())
        if not lock.acquire(blocking=False):
            with self._throttle.hurried():
                lock.acquire()
        try:
            yield
        finally:
            lock.release()

    def refresh(self, *, gives_way: bool = False) -> None:
        """Release what the storage no longer holds, of all models; then load what has changed of each.

        `gives_way`: throttle the loads while predictions are requested. Changes nothing while the storage is away.
        """
        if self._load_files is None:
            self._load_files = self._make_load()
        models = self.repository.published_models()
        if self.repository.listings.away is not None:
            return
        known = {*self._models, *(model for model, _ in [*self._older]), *self.repository.remembered()}
        self._forget({name for name in known.difference(models) if not self.repository.numbers(name)})
        self._follow(models, gives_way=gives_way)

    def _refresh_models(self, names: Collection[str], *, gives_way: bool) -> None:
        """Refresh these models alone, as `refresh` does all."""
        models = {name: self.repository.published(name) for name in sorted(names)}
        if self.storage_away is not None:
            return
        self._forget({name for name, published in models.items() if not published})
        self._follow({name: published for name, published in models.items() if published}, gives_way=gives_way)

    def _follow(self, models: Mapping[str, Published], *, gives_way: bool) -> None:
        self._unsettled = set()  # all of them are among the models
        for name, published in models.items():
            self._try(self._release, name, published)
        changed = [name for name, published in models.items() if self._try(self._has_changed, name, published)]
        self._load_changed(changed, gives_way=gives_way)

    def _load_changed(self, models: Sequence[str], *, gives_way: bool) -> None:
        """Load what has changed of these models, side by side."""

        def load(model: str) -> None:
            if not self._stop.is_set():
                with self._throttle.giving_way(len(models)) if gives_way else nullcontext():
                    self._try(self._change, model)

        if len(models) == 1:
            load(models[0])
        elif models:
            loads_at_once = min(len(models), _MOST_LOADS, max(os.cpu_count() or 1, 2))
            with ThreadPoolExecutor(loads_at_once, thread_name_prefix="load") as threads:
                list(threads.map(load, models))

    def _try(self, step: Callable[..., bool | None], model: str, *arguments: Published) -> bool:
        """Carry out one step for a model; False if it fails: one that cannot be loaded now must not block the others."""
        try:
            return bool(step(model, *arguments))
        except Exception:  # noqa: BLE001  # whatever it is, the next poll tries again
            self._unsettled.add(model)
            _log.warning("model could not be loaded", model=model, exc_info=True)
            return False

    def _forget(self, gone: Collection[str]) -> None:
        for model in gone:
            with self._changing(model), self._lock:
                self._models = {name: served for name, served in self._models.items() if name != model}
                for key in [key for key in self._older if key[0] == model]:
                    del self._older[key]
        if gone:
            self.repository.forget(gone)

    def refresh_model(self, model: str) -> None:
        """Load the default version and the labelled ones, and release those that are neither any more, or are removed.

        A broken version leaves the one before it as the default; a label moved to a broken one keeps its previous version. A
        broken version whose files have changed, as while it is being copied into the storage, is tried again.
        """
        published = self.repository.published(model)
        if not published and self._in_memory(model) and self.storage_away is None:
            self._forget({model})
        elif self._has_changed(model, published):
            self._change(model)

    def _has_changed(self, model: str, published: Published) -> bool:
        """Return whether anything is to be loaded or released, and record the model's numbers."""
        self.repository.record_numbers(model, published)
        mended = self.repository.forget_mended(model)
        return mended or not self._is_current(model, published)

    def _change(self, model: str) -> None:
        with self._changing(model):  # and only then look: who waited for another's change must not undo it
            published = self.repository.published(model)
            if not published:
                return
            held = self._release_replaced(model, published)
            present = self._models.get(model)
            labels = self.repository.labels(model, present.labels if present else None)
            default = load_default(
                self.repository, model, lambda number: self._take(model, number, held), published, labels
            )
            labelled = {label: self._take_whole(model, number, held) for label, number in labels.labels.items()}
            if present is None and default is None and not labelled:
                return
            before = present.labelled if present is not None else {}
            kept = {label: loaded or before.get(label) for label, loaded in labelled.items()}
            served = ServedModel(
                default, {label: loaded for label, loaded in kept.items() if loaded is not None}, labels
            )
            self._serve(model, served)
            for number, loaded in (present.versions if present is not None else {}).items():
                if number not in served.versions:
                    self._keep(loaded)

    def _serve(self, model: str, served: ServedModel) -> None:
        with self._lock:
            self._models = {**self._models, model: served}  # a new dict: other threads iterate over the old one

    def _is_current(self, model: str, published: Published) -> bool:
        present = self._models.get(model)
        if present is None:
            return not published
        if not self._holds_all(model, published):
            return False
        labels = self.repository.labels(model, present.labels)
        if labels != present.labels or not all(self._answers(model, present, *item) for item in labels.labels.items()):
            return False
        default = present.default.manifest.version if present.default is not None else None
        return default == default_version(self.repository, model, published, labels)

    def _answers(self, model: str, present: ServedModel, label: str, number: int) -> bool:
        """Return whether a label's version is in memory, or broken: an interrupted refresh leaves neither."""
        loaded = present.labelled.get(label)
        if loaded is not None and loaded.manifest.version == number:
            return True
        return self.repository.fault(model, number) is not None

    def _holds_all(self, model: str, published: Published) -> bool:
        return all(self.repository.holds(loaded.manifest, published) for loaded in self._in_memory(model))

    def _in_memory(self, model: str) -> list[LoadedVersion]:
        served = self._models.get(model)
        older = [loaded for (name, _), loaded in [*self._older.items()] if name == model]
        return [*served.versions.values(), *older] if served is not None else older

    def _release(self, model: str, published: Published) -> None:
        """Release what the storage no longer holds as it is in memory, and load nothing."""
        if not self._holds_all(model, published):
            with self._changing(model):  # list again: what was loaded meanwhile may be newer than `published`
                self._release_replaced(model, self.repository.published(model))

    def _release_replaced(self, model: str, published: Published) -> dict[int, LoadedVersion]:
        """Release what the storage no longer holds as it is in memory; return the others, by number."""
        held: dict[int, LoadedVersion] = {}
        for loaded in self._in_memory(model):
            number = loaded.manifest.version
            if self.repository.holds(loaded.manifest, published):
                held[number] = loaded
            else:
                self._drop_older(model, number)
                _log.info("version released: it was removed or replaced", model=model, version=number)
        present = self._models.get(model)
        if present is not None and any(held.get(number) is not loaded for number, loaded in present.versions.items()):
            self._serve(model, present.only(held))
        return held

    def _take(self, model: str, number: int, held: dict[int, LoadedVersion]) -> LoadedVersion:
        """Return a version that is loaded already, or load it. Raises `CorruptData`, `NotFound`."""
        self._drop_older(model, number)
        if number not in held:
            held[number] = self._load(model, number)
        return held[number]

    def _take_whole(self, model: str, number: int, held: dict[int, LoadedVersion]) -> LoadedVersion | None:
        """Return a version as `_take` does; None for a broken one, which is not tried again."""
        if self.repository.fault(model, number) is not None and number not in held:
            return None
        try:
            return self._take(model, number, held)
        except (CorruptData, NotFound):
            return None

    def peek(self, model: str, version: int | None = None, label: str | None = None) -> LoadedVersion | None:
        """Return the version that `get` returns if it is loaded; None where `get` would read storage. Never waits."""
        served = self._models.get(model)
        if served is None:
            return None
        if label is not None:
            return served.labelled.get(label)
        if version is not None:
            return served.versions.get(version) or self._older.get((model, version))
        return served.default

    def get(self, model: str, version: int | None = None, label: str | None = None) -> LoadedVersion:
        """Return a version by number or by label, loaded; the default one where neither is given.

        Raises `NotFound`, and `Unavailable` for a version that is broken.
        """
        served = self._models.get(model)
        if served is None and not self._ready:
            raise Unavailable("the service has just started and is still loading its models")
        if served is None or (served.lost_default and version is None and label is None):
            self.refresh_model(model)  # waits for the load that replaces a default version which was removed
            served = self._models.get(model)
        if label is not None:
            return self._with_label(model, served, label)
        if version is not None:
            pinned = served.versions.get(version) if served is not None else None
            return pinned or self._older.get((model, version)) or self._load_older(model, version)
        if served is not None and served.default is not None:
            return served.default
        raise no_default(self.repository, model)

    def _with_label(self, model: str, served: ServedModel | None, label: str) -> LoadedVersion:
        loaded = served.labelled.get(label) if served is not None else None
        if loaded is not None:
            return loaded
        numbers = self.repository.versions(model)
        number = served.labels.labels.get(label) if served is not None else None
        if number is None:
            raise NotFound(f"model {model!r} has no label {label!r}")
        if number not in numbers:
            raise NotFound(f"model {model!r} has no version {number}, which has the label {label!r}")
        return self._load_older(model, number)

    def _load_older(self, model: str, version: int) -> LoadedVersion:
        if version not in self.repository.versions(model):
            raise NotFound(f"model {model!r} has no version {version}")
        self.repository.forget_mended(model)
        reason = self.repository.fault(model, version)
        if reason is not None:
            raise _cannot_be_loaded(model, version, reason)
        with self._changing(model):
            present = self._models.get(model)
            if present is not None and version in present.versions:  # loaded while this waited for the lock
                return present.versions[version]
            try:
                loaded = self._older.get((model, version)) or self._load(model, version)
            except CorruptData as error:
                raise _cannot_be_loaded(model, version, error.message) from error
            self._keep(loaded)
            return loaded

    def _keep(self, loaded: LoadedVersion) -> None:
        """Keep a version that is neither default nor labelled; past the limit, release the one loaded first."""
        with self._lock:
            self._older[loaded.manifest.model, loaded.manifest.version] = loaded
            while len(self._older) > self._older_versions:
                self._older.popitem(last=False)

    def _drop_older(self, model: str, version: int) -> None:
        with self._lock:
            self._older.pop((model, version), None)

    def _load(self, model: str, version: int) -> LoadedVersion:
        """Load a version, and record its fault if it is broken. Raises `CorruptData`, `NotFound`."""
        assert self._load_files is not None
        with self._lock:
            self._loading.add((model, version))
        try:
            with self.repository.recording_faults(model, version):
                manifest = self.repository.seen_manifest(model, version)
                loaded = self._load_files(self.repository.storage, manifest)
        finally:
            with self._lock:
                self._loading.discard((model, version))
        _log.info("version loaded", model=model, version=version)
        return loaded

    def loaded(self) -> list[Key]:
        """Return every version in memory, sorted."""
        present = {(model, number) for model, served in self._models.items() for number in served.versions}
        return sorted(present | set(self._older))

    def answering(self) -> dict[tuple[str, str | None], LoadedVersion]:
        """Return the versions that serve, by model and label; the default version where the label is None."""
        answering: dict[tuple[str, str | None], LoadedVersion] = {}
        for model, served in self._models.items():
            if served.default is not None:
                answering[model, None] = served.default
            answering.update({(model, label): loaded for label, loaded in served.labelled.items()})
        return answering

    @property
    def loaded_models(self) -> list[str]:
        """Return every model of which a version is loaded."""
        return list(self._models)

    def state(self, model: str, version: int) -> tuple[State, str]:
        """Return the state of a published version, and its fault, empty if it has none."""
        reason = self.repository.fault(model, version)
        if reason is not None:
            return "END", reason
        if (model, version) in self._loading:
            return "LOADING", ""
        served = self._models.get(model)
        is_loaded = (served is not None and version in served.versions) or (model, version) in self._older
        return ("AVAILABLE", "") if is_loaded else ("START", "")


def _cannot_be_loaded(model: str, version: int, reason: str | None) -> Unavailable:
    return Unavailable(f"version {version} of model {model!r} cannot be loaded: {reason}")
