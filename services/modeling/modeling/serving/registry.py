"""Versions loaded: the default of every model and those with a label; others once they are asked for.

The default is the newest version that missed no gate; one that did counts too once somebody gave it a label. A version is loaded
beside the present one, which goes on answering until the other is ready; replies never wait for a load, save for the first
one of a version that nobody asked for before. Only versions with the right checksums are loaded.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import structlog

from contracts.errors import CorruptData, NotFound, Unavailable
from contracts.storage import Storage
from modeling.repository.labels import Labels, read_labels
from modeling.repository.versions import VersionManifest, model_names, read_manifest, version_folder, version_numbers
from modeling.serving.load_throttle import LoadThrottle, lower_priority
from modeling.serving.loaded_version import LoadedVersion

_log = structlog.get_logger(__name__)

State = Literal["START", "LOADING", "AVAILABLE", "END"]
Key = tuple[str, int]
Load = Callable[[Storage, VersionManifest], LoadedVersion]
"""From a version at rest to one in memory. Raises `CorruptData`."""


@dataclass(frozen=True)
class _Model:
    """What answers for a model: its default version, and the one of each label that could be loaded."""

    default: LoadedVersion | None
    labelled: dict[str, LoadedVersion]
    labels: Labels

    @property
    def versions(self) -> dict[int, LoadedVersion]:
        """All of them, by number."""
        found = [*self.labelled.values(), *([self.default] if self.default is not None else [])]
        return {loaded.manifest.version: loaded for loaded in found}


class ModelRegistry:
    """The models of one storage. Every method may be called from any thread."""

    def __init__(
        self, storage: Storage, older_versions: int, make_load: Callable[[], Load], throttle: LoadThrottle | None = None
    ) -> None:
        self._storage = storage
        self._throttle = throttle or LoadThrottle()
        self._older_versions = older_versions
        self._make_load = make_load
        self._load_files: Load | None = None
        self._models: dict[str, _Model] = {}
        self._older: OrderedDict[Key, LoadedVersion] = OrderedDict()
        self._broken: dict[Key, tuple[str, str]] = {}  # what is wrong, and the stamp of the files that it is wrong with
        self._passed: dict[Key, bool] = {}
        self._loading: Key | None = None
        self._lock = threading.RLock()  # held while loading: one at a time
        self._stop = threading.Event()
        self._poller: threading.Thread | None = None
        self._ready = False

    def start(self, poll_seconds: float) -> None:
        """Begin to load what there is and then to look for changes every so often, on a thread of its own."""
        self._poller = threading.Thread(target=self._poll, args=(poll_seconds,), name="versions", daemon=True)
        self._poller.start()

    def stop(self) -> None:
        """Look no more."""
        self._stop.set()
        if self._poller is not None:
            with self._throttle.hurried():
                self._poller.join()

    @property
    def is_ready(self) -> bool:
        """Whether every model that was there at the start has been looked at."""
        return self._ready

    def _poll(self, seconds: float) -> None:
        while True:
            try:
                with self._throttle.giving_way():
                    self.refresh()
                if not self._ready:
                    self._ready = True
                    lower_priority()
            except Exception:  # noqa: BLE001  # storage that is out of reach now may be there at the next look
                _log.warning("looking for new versions failed", exc_info=True)
            if self._stop.wait(seconds):
                return

    @contextmanager
    def _changing(self) -> Generator[None]:
        """Alone. A load that somebody waits for here gives way no more."""
        with self._throttle.hurried():
            self._lock.acquire()
        try:
            yield
        finally:
            self._lock.release()

    def refresh(self) -> None:
        """Load what is served of each model where it is another than what is loaded; forget models that are gone."""
        if self._load_files is None:
            self._load_files = self._make_load()
        names = model_names(self._storage)
        for name in names:
            try:
                self.refresh_model(name)
            except Exception:  # noqa: BLE001  # one model that cannot be loaded now keeps none of the others from it
                _log.warning("a model could not be loaded", model=name, exc_info=True)
        known = {*self._models, *(model for model, _ in [*self._passed, *self._broken, *self._older])}
        self._forget({name for name in known.difference(names) if not version_numbers(self._storage, name)})

    def _forget(self, gone: Collection[str]) -> None:
        if not gone:
            return
        with self._changing():
            self._models = {name: found for name, found in self._models.items() if name not in gone}
            self._passed = {key: passed for key, passed in self._passed.items() if key[0] not in gone}
            self._broken = {key: reason for key, reason in self._broken.items() if key[0] not in gone}
            for key in [key for key in self._older if key[0] in gone]:
                del self._older[key]

    def refresh_model(self, model: str) -> None:
        """Load the default version and the labelled ones, and let go of those that are neither any more.

        A broken version leaves the one before it as the default; a label on a broken one keeps what it had. One whose files
        have changed since, as while it is being copied here, is tried again.
        """
        mended = self._forget_mended(model)
        if not mended and self._is_current(model):
            return
        with self._changing():  # and only then look: who waited for another's change must not undo it
            present = self._models.get(model)
            numbers = version_numbers(self._storage, model)
            if not numbers:
                return
            labels = read_labels(self._storage, model, present.labels if present else None)
            default = self._load_default(model, numbers, labels)
            labelled = {label: self._take(model, number) for label, number in labels.labels.items()}
            if present is None and default is None and not labelled:
                return
            before = present.labelled if present is not None else {}
            kept = {label: loaded or before.get(label) for label, loaded in labelled.items()}
            following = _Model(default, {label: loaded for label, loaded in kept.items() if loaded is not None}, labels)
            self._models = {**self._models, model: following}  # another one: other threads go through it meanwhile
            for number, loaded in (present.versions if present is not None else {}).items():
                if number not in following.versions:
                    self._keep(loaded)

    def _is_current(self, model: str) -> bool:
        numbers = version_numbers(self._storage, model)
        present = self._models.get(model)
        if present is None:
            return not numbers
        labels = read_labels(self._storage, model, present.labels)
        default = present.default.manifest.version if present.default is not None else None
        return labels == present.labels and default == self._default(model, numbers, labels)

    def _forget_mended(self, model: str) -> bool:
        """Whether a version that was broken has other files now, and may be whole."""
        mended = [
            (name, number)
            for (name, number), (_, stamp) in [*self._broken.items()]
            if name == model and self._storage.stamp(version_folder(name, number)) != stamp
        ]
        for key in mended:
            self._broken.pop(key, None)
        return bool(mended)

    def _reason(self, model: str, number: int) -> str | None:
        """What is wrong with a version; None where nothing is known to be."""
        found = self._broken.get((model, number))
        return found[0] if found is not None else None

    def _default(self, model: str, numbers: list[int], labels: Labels) -> int | None:
        """The newest version that may be the default and is not known to be broken."""
        for number in reversed(numbers):
            if (model, number) not in self._broken and (self._has_passed(model, number) or labels.of(number)):
                return number
        return None

    def _has_passed(self, model: str, number: int) -> bool:
        """Whether a version missed no gate. One whose manifest is damaged is told so when it is loaded."""
        key = (model, number)
        if key not in self._passed:
            try:
                self._passed[key] = read_manifest(self._storage, model, number).passed
            except CorruptData:
                return True
        return self._passed[key]

    def _load_default(self, model: str, numbers: list[int], labels: Labels) -> LoadedVersion | None:
        while (number := self._default(model, numbers, labels)) is not None:
            loaded = self._take(model, number)
            if loaded is not None:
                return loaded
        return None

    def _take(self, model: str, number: int) -> LoadedVersion | None:
        """A version that is loaded already, or is now; None for a broken one."""
        present = self._models.get(model)
        loaded = (present.versions.get(number) if present is not None else None) or self._older.pop(
            (model, number), None
        )
        if loaded is not None:
            return loaded
        if (model, number) in self._broken:
            return None
        try:
            return self._load(model, number)
        except NotFound as error:
            self._broken[model, number] = error.message, self._storage.stamp(version_folder(model, number))
        except Unavailable:
            pass
        return None

    def at_hand(self, model: str, version: int | None = None, label: str | None = None) -> LoadedVersion | None:
        """The version that `get` gives, if it is loaded; None where `get` would have to look or load. Never waits."""
        found = self._models.get(model)
        if found is None:
            return None
        if label is not None:
            return found.labelled.get(label)
        if version is not None:
            return found.versions.get(version) or self._older.get((model, version))
        return found.default

    def get(self, model: str, version: int | None = None, label: str | None = None) -> LoadedVersion:
        """A version by number or by label, ready to answer; the default where neither is given.

        Raises `NotFound`, and `Unavailable` for a version that is broken.
        """
        found = self._models.get(model)
        if found is None:
            if not self._ready:
                raise Unavailable("the service has just started and is still loading its models")
            self.refresh_model(model)
            found = self._models.get(model)
        if label is not None:
            return self._with_label(model, found, label)
        if version is not None:
            pinned = found.versions.get(version) if found is not None else None
            return pinned or self._older.get((model, version)) or self._load_older(model, version)
        if found is not None and found.default is not None:
            return found.default
        raise self._without_default(model)

    def _with_label(self, model: str, found: _Model | None, label: str) -> LoadedVersion:
        loaded = found.labelled.get(label) if found is not None else None
        if loaded is not None:
            return loaded
        self.versions(model)
        number = found.labels.labels.get(label) if found is not None else None
        if number is None:
            raise NotFound(f"model {model!r} has no label {label!r}")
        raise Unavailable(f"version {number} of model {model!r} cannot be loaded: {self._reason(model, number)}")

    def _without_default(self, model: str) -> NotFound | Unavailable:
        numbers = self.versions(model)
        broken = [reason for number in numbers if (reason := self._reason(model, number)) is not None]
        if len(broken) == len(numbers):
            return Unavailable(f"no version of model {model!r} can be loaded: {broken[0]}")
        return NotFound(
            f"model {model!r} has no version to answer by default: each missed what was required of it, or is broken; "
            "name a version, or give one a label"
        )

    def _load_older(self, model: str, version: int) -> LoadedVersion:
        if version not in self.versions(model):
            raise NotFound(f"model {model!r} has no version {version}")
        self._forget_mended(model)
        reason = self._reason(model, version)
        if reason is not None:
            raise Unavailable(f"version {version} of model {model!r} cannot be loaded: {reason}")
        with self._changing():
            present = self._models.get(model)
            if present is not None and version in present.versions:  # while this waited for the lock
                return present.versions[version]
            found = self._older.get((model, version)) or self._load(model, version)
            self._keep(found)
            return found

    def _keep(self, loaded: LoadedVersion) -> None:
        """Hold on to a version that is neither default nor labelled; past the limit, let go of the one loaded first."""
        self._older[loaded.manifest.model, loaded.manifest.version] = loaded
        while len(self._older) > self._older_versions:
            self._older.popitem(last=False)

    def _load(self, model: str, version: int) -> LoadedVersion:
        """Raises `Unavailable` for a version that is broken, and remembers that it is."""
        self._loading = (model, version)
        log = _log.bind(model=model, version=version)
        assert self._load_files is not None
        stamp = self._storage.stamp(version_folder(model, version))  # before they are read: they may change meanwhile
        try:
            loaded = self._load_files(self._storage, read_manifest(self._storage, model, version))
        except CorruptData as error:
            self._broken[model, version] = error.message, stamp
            log.error("version is broken", reason=error.message)  # noqa: TRY400  # the reason says it all
            raise Unavailable(f"version {version} of model {model!r} cannot be loaded: {error.message}") from error
        finally:
            self._loading = None
        log.info("version loaded")
        return loaded

    def manifest(self, model: str, version: int | None = None) -> VersionManifest:
        """The manifest of a version, loaded or not; by default of the default version, else of the newest.

        Raises `NotFound`, `CorruptData`.
        """
        if version is None:
            version = self.default(model) or self.versions(model)[-1]
        self.versions(model)
        return read_manifest(self._storage, model, version)

    def loaded(self) -> list[Key]:
        """Every version in memory."""
        present = {(model, number) for model, found in self._models.items() for number in found.versions}
        return sorted(present | set(self._older))

    def answering(self) -> dict[tuple[str, str | None], LoadedVersion]:
        """What is loaded and answers, by model and label; the default version where the label is None."""
        found: dict[tuple[str, str | None], LoadedVersion] = {}
        for model, present in self._models.items():
            if present.default is not None:
                found[model, None] = present.default
            found.update({(model, label): loaded for label, loaded in present.labelled.items()})
        return found

    @property
    def loaded_models(self) -> list[str]:
        """Every model of which a version is loaded."""
        return list(self._models)

    def names(self) -> list[str]:
        """Every model with a published version."""
        return model_names(self._storage)

    def versions(self, model: str) -> list[int]:
        """The published versions, ascending. Raises `NotFound`."""
        numbers = version_numbers(self._storage, model)
        if not numbers:
            raise NotFound(f"there is no model named {model!r}")
        return numbers

    def labels(self, model: str) -> Labels:
        """The labels of a model as they are at rest. Raises `NotFound` for a model that is not there."""
        self.versions(model)
        return read_labels(self._storage, model)

    def default(self, model: str) -> int | None:
        """The version that answers where none is named, loaded or not; None where each missed its gate. Raises `NotFound`."""
        return self._default(model, self.versions(model), read_labels(self._storage, model))

    def state(self, model: str, version: int) -> tuple[State, str]:
        """What has become of a published version, and what is wrong with it, if anything."""
        reason = self._reason(model, version)
        if reason is not None:
            return "END", reason
        if self._loading == (model, version):
            return "LOADING", ""
        found = self._models.get(model)
        is_loaded = (found is not None and version in found.versions) or (model, version) in self._older
        return ("AVAILABLE", "") if is_loaded else ("START", "")
