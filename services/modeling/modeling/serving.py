"""Versions loaded: the newest of every model, and older ones once they are asked for.

A version is loaded beside the present one, which goes on answering until the other is ready; replies never wait for a load,
save for the first one of a version that nobody asked for before. Only versions with the right checksums are loaded.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Literal

import structlog

from contracts.errors import Damaged, NotFound, Unavailable
from contracts.storage import Storage
from modeling.loaded import LoadedVersion
from modeling.versions import VersionManifest, model_names, read_manifest, version_numbers

_log = structlog.get_logger(__name__)

State = Literal["START", "LOADING", "AVAILABLE", "END"]
Key = tuple[str, int]
Load = Callable[[Storage, VersionManifest], LoadedVersion]
"""From a version at rest to one in memory. Raises `Damaged`."""


class Serving:
    """The models of one storage. Every method may be called from any thread."""

    def __init__(self, storage: Storage, older_versions: int, make_load: Callable[[], Load]) -> None:
        self._storage = storage
        self._older_versions = older_versions
        self._make_load = make_load
        self._load_files: Load | None = None
        self._newest: dict[str, LoadedVersion] = {}
        self._older: OrderedDict[Key, LoadedVersion] = OrderedDict()
        self._broken: dict[Key, str] = {}
        self._loading: Key | None = None
        self._lock = threading.RLock()  # held while loading: one at a time
        self._stop = threading.Event()
        self._poller: threading.Thread | None = None
        self._ready = False

    def start(self, poll_seconds: float) -> None:
        """Begin to load what there is and then to look for new versions every so often, on a thread of its own."""
        self._poller = threading.Thread(target=self._poll, args=(poll_seconds,), name="versions", daemon=True)
        self._poller.start()

    def stop(self) -> None:
        """Look no more."""
        self._stop.set()
        if self._poller is not None:
            self._poller.join()

    @property
    def is_ready(self) -> bool:
        """Whether every model that was there at the start has been looked at."""
        return self._ready

    def _poll(self, seconds: float) -> None:
        while True:
            try:
                self.refresh()
                self._ready = True
            except Exception:  # noqa: BLE001  # storage that is out of reach now may be there at the next look
                _log.warning("looking for new versions failed", exc_info=True)
            if self._stop.wait(seconds):
                return

    def refresh(self) -> None:
        """Load the newest version of each model where it is another than the one loaded; forget models that are gone."""
        if self._load_files is None:
            self._load_files = self._make_load()
        names = model_names(self._storage)
        for name in names:
            try:
                self._refresh_model(name)
            except Exception:  # noqa: BLE001  # one model that cannot be loaded now keeps none of the others from it
                _log.warning("a model could not be loaded", model=name, exc_info=True)
        for gone in self._newest.keys() - set(names):
            del self._newest[gone]

    def _refresh_model(self, model: str) -> None:
        """The newest version that is not broken; a broken one leaves the one before it in place."""
        for number in reversed(version_numbers(self._storage, model)):
            present = self._newest.get(model)
            if present is not None and present.manifest.version == number:
                return
            if (model, number) in self._broken:
                continue
            with self._lock:
                present = self._newest.get(model)
                if present is not None and present.manifest.version == number:
                    return
                try:
                    self._newest[model] = self._older.pop((model, number), None) or self._load(model, number)
                except Unavailable:
                    continue
                if present is not None:
                    self._keep(present)
            return

    def get(self, model: str, version: int | None = None) -> LoadedVersion:
        """A version, ready to answer; the newest where none is asked for.

        Raises `NotFound`, and `Unavailable` for a version that is broken.
        """
        newest = self._newest.get(model)
        if newest is None:
            if not self._ready:
                raise Unavailable("the service has just started and is still loading its models")
            self._refresh_model(model)
            newest = self._newest.get(model)
        if newest is not None and version in (None, newest.manifest.version):
            return newest
        if version is not None:
            return self._older.get((model, version)) or self._load_older(model, version)
        broken = [reason for (name, _), reason in self._broken.items() if name == model]
        if broken and version_numbers(self._storage, model):
            raise Unavailable(f"no version of model {model!r} can be loaded: {broken[0]}")
        raise NotFound(f"there is no model named {model!r}")

    def _load_older(self, model: str, version: int) -> LoadedVersion:
        if version not in version_numbers(self._storage, model):
            raise NotFound(f"model {model!r} has no version {version}")
        if (model, version) in self._broken:
            raise Unavailable(f"version {version} of model {model!r} cannot be loaded: {self._broken[model, version]}")
        with self._lock:
            found = self._older.get((model, version)) or self._load(model, version)
            self._keep(found)
            return found

    def _keep(self, loaded: LoadedVersion) -> None:
        """Hold on to an older version; past the limit, let go of the one that was loaded first."""
        self._older[loaded.manifest.model, loaded.manifest.version] = loaded
        while len(self._older) > self._older_versions:
            self._older.popitem(last=False)

    def _load(self, model: str, version: int) -> LoadedVersion:
        """Raises `Unavailable` for a version that is broken, and remembers that it is."""
        self._loading = (model, version)
        log = _log.bind(model=model, version=version)
        assert self._load_files is not None
        try:
            loaded = self._load_files(self._storage, read_manifest(self._storage, model, version))
        except Damaged as error:
            self._broken[model, version] = error.message
            log.error("version is broken", reason=error.message)  # noqa: TRY400  # the reason says it all
            raise Unavailable(f"version {version} of model {model!r} cannot be loaded: {error.message}") from error
        finally:
            self._loading = None
        log.info("version loaded")
        return loaded

    def manifest(self, model: str, version: int | None = None) -> VersionManifest:
        """The manifest of a version, loaded or not; of the newest where none is asked for. Raises `NotFound`, `Damaged`."""
        numbers = version_numbers(self._storage, model)
        if not numbers:
            raise NotFound(f"there is no model named {model!r}")
        return read_manifest(self._storage, model, numbers[-1] if version is None else version)

    def names(self) -> list[str]:
        """Every model with a published version."""
        return model_names(self._storage)

    def versions(self, model: str) -> list[int]:
        """The published versions, ascending. Raises `NotFound`."""
        numbers = version_numbers(self._storage, model)
        if not numbers:
            raise NotFound(f"there is no model named {model!r}")
        return numbers

    def state(self, model: str, version: int) -> tuple[State, str]:
        """What has become of a published version, and what is wrong with it, if anything."""
        if (model, version) in self._broken:
            return "END", self._broken[model, version]
        if self._loading == (model, version):
            return "LOADING", ""
        newest = self._newest.get(model)
        is_loaded = (newest is not None and newest.manifest.version == version) or (model, version) in self._older
        return ("AVAILABLE", "") if is_loaded else ("START", "")
