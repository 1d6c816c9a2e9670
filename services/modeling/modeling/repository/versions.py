"""Published versions in TensorFlow Serving's own layout, and their atomic publication.

    models/{model}/{version}/tandem.json          written last: schema, dataset, request, metrics, checksum of every file
                            /saved_model.pb
                            /variables/…
                            /kept_rows.arrow     raw rows of its check and of warm-up: see `warm_up_rows`
                            /evaluation.json      plots, slices and importance: results of the evaluation other than metrics
                            /statistics.json      statistics of the training split: the dataset may be deleted before the version
                            /training_{values,tokens}.arrow   counts of its values: see `skew.training_counts`
    models/{model}/labels/                        see `labels`
    models/{model}/.{job}-{attempt}/              a version that is being staged: see `attempts`

Versions are whole numbers, count up from 1 and never change; no number is given twice: see `claimed_numbers`. Only files that
this service writes are ever opened, and only while they have the checksums of the manifest: no `.keras` or `.h5` file, and no
pickle, whose loading could run arbitrary code.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, Field, ValidationError

from contracts.base_model import FrozenModel, Name
from contracts.classes import ClassName
from contracts.dataset.split_rule import SplitRule
from contracts.errors import CorruptData, NameTaken, NotFound, Superseded
from contracts.label_kinds import label_traits
from contracts.messages.evaluation import EvaluationDetail
from contracts.messages.metrics import TITLES
from contracts.messages.trainings import Training, TrainingResult
from contracts.schema import Schema
from contracts.statistics import Statistics
from contracts.storage import Storage, sync_path
from modeling.repository.change_notes import note_change
from modeling.repository.claimed_numbers import claim_number
from modeling.repository.folders import MANIFEST, is_model_name, manifest_path, version_folder, version_numbers

SAVED_MODEL = "saved_model.pb"
DETAIL = "evaluation.json"
STATISTICS = "statistics.json"
TRAINING_VALUES = "training_values.arrow"
TRAINING_TOKENS = "training_tokens.arrow"
_Read = TypeVar("_Read", bound=BaseModel)
_ALLOWED_FILE = re.compile(
    r"saved_model\.pb|variables/variables\.(?:index|data-\d{5}-of-\d{5})|(?:evaluation|statistics)\.json"
    r"|kept_rows\.arrow|training_(?:values|tokens)\.arrow"
)
"""The files of a version. A SavedModel of ours has no assets: its vocabularies are in the graph."""


class VersionFile(FrozenModel):
    """The size and checksum of a published file."""

    bytes: int
    sha256: str


class TrainedFrom(FrozenModel):
    """The dataset of a training: its name, the fingerprint of its content, and the rule of its splits."""

    name: str
    fingerprint: str
    split_rule: Annotated[
        SplitRule | None,
        Field(description="What decided which rows it was trained on; null where its dataset did not record it."),
    ] = None


class VersionManifest(FrozenModel):
    """The manifest of a version. Published last, never changed."""

    format: Literal[2] = 2
    model: Name
    version: int
    job: Annotated[str, Field(description="The training job that published it; a job publishes once.")]
    created: datetime
    schema_: Annotated[Schema, Field(alias="schema")]
    classes: Annotated[
        list[ClassName] | None, Field(description="Of a label of several classes, in the order of its probabilities.")
    ] = None
    dataset: TrainedFrom
    request: Training
    result: TrainingResult
    libraries: Annotated[dict[str, str], Field(description="Versions of the libraries that trained and exported it.")]
    files: Annotated[dict[str, VersionFile], Field(description="All other files of the version, by path.")]

    @property
    def passed(self) -> bool:
        """Return whether it passed its quality gate, or had none."""
        return self.result.gate is None or self.result.gate.passed

    @property
    def why_unscored(self) -> str:
        """Return why it is never the default version: its decisive metric could not be computed; empty where it could.

        A dataset without a test split is not a reason: somebody chose it.
        """
        test = self.result.evaluation.test
        decisive = label_traits(test.kind).decisive
        if not test.rows or getattr(test, decisive) is not None:
            return ""
        weights = f": do the weights in {self.schema_.weight!r} add up to 0?" if self.schema_.weight is not None else ""
        return f"its {TITLES[decisive]} could not be computed on the {test.rows} rows of the test split{weights}"

    @property
    def folder(self) -> str:
        """Return its folder in the storage."""
        return version_folder(self.model, self.version)

    def to_json(self) -> bytes:
        """Serialize the manifest, as `read_manifest` reads it."""
        return self.model_dump_json(by_alias=True, indent=1).encode()


def read_manifest(storage: Storage, model: str, version: int) -> VersionManifest:
    """Read a manifest. Raises `NotFound` for an unknown version, `CorruptData` if it is invalid or another version's."""
    return parse_manifest(read_manifest_bytes(storage, model, version), model, version)


def read_manifest_bytes(storage: Storage, model: str, version: int) -> bytes:
    """Read a manifest's file. Raises `NotFound` for an unknown version."""
    if not is_model_name(model):
        raise NotFound(f"there is no model named {model!r}")
    try:
        return storage.read(manifest_path(model, version))
    except NotFound as error:
        raise NotFound(f"model {model!r} has no version {version}") from error


def parse_manifest(content: bytes, model: str, version: int) -> VersionManifest:
    """Parse the file of a version's manifest. Raises `CorruptData` if it is invalid or another version's."""
    path = manifest_path(model, version)
    try:
        manifest = VersionManifest.model_validate_json(content)
    except ValidationError as error:
        if b'"format": 1,' in content[:50]:
            raise CorruptData(f"{path} was written by an earlier release; train the model again") from error
        raise CorruptData(f"{path} is not a version's manifest: {error}") from error
    if (manifest.model, manifest.version) != (model, version):
        raise CorruptData(f"{path} belongs elsewhere. Received: {manifest.model!r}, version {manifest.version}")
    return manifest


@contextmanager
def checked_folder(storage: Storage, manifest: VersionManifest) -> Generator[Path]:
    """Yield a local folder with the version's files, their checksums verified; copied here from a remote store.

    Raises `CorruptData` when a file is missing, changed, not in the manifest, or none that this service writes.
    """
    _check_names(manifest)
    files = storage.inside(manifest.folder)
    local = files.local_path()
    if local is not None:
        _check(local, manifest)
        yield local
        return
    with tempfile.TemporaryDirectory(prefix="tandem-version-") as folder:
        for path in manifest.files:
            target = Path(folder) / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(files.read(path))
        _check(Path(folder), manifest)
        yield Path(folder)


def _check_names(manifest: VersionManifest) -> None:
    strange = [path for path in manifest.files if not _ALLOWED_FILE.fullmatch(path)]
    if strange:
        raise CorruptData(f"{manifest.folder} holds a file that this service does not write. Received: {strange[0]!r}")


def read_detail(storage: Storage, manifest: VersionManifest) -> EvaluationDetail:
    """Read plots, slices and importance. Raises `CorruptData` when the file is not the published one."""
    return _read(EvaluationDetail, storage, manifest, DETAIL)


def read_statistics(storage: Storage, manifest: VersionManifest) -> Statistics | None:
    """Read the statistics of the split `train` that the version was trained on; None if published without them.

    Raises `CorruptData` when the file is not what was published.
    """
    if STATISTICS not in manifest.files:
        return None
    return _read(Statistics, storage, manifest, STATISTICS)


def _read(kind: type[_Read], storage: Storage, manifest: VersionManifest, name: str) -> _Read:
    try:
        return kind.model_validate_json(read_file(storage, manifest, name))
    except ValidationError as error:
        raise CorruptData(f"{manifest.folder}/{name} is not what it should be: {error}") from error


def read_file(storage: Storage, manifest: VersionManifest, name: str) -> bytes:
    """One of a version's files. Raises `CorruptData` when it is not what was published."""
    path = f"{manifest.folder}/{name}"
    try:
        data = storage.read(path)
    except NotFound as error:
        raise CorruptData(f"{path} is missing") from error
    published = manifest.files.get(name)
    if published is None or hashlib.sha256(data).hexdigest() != published.sha256:
        raise CorruptData(f"{path} does not have its published checksum")
    return data


def _check(folder: Path, manifest: VersionManifest) -> None:
    present = describe_files(folder)
    for path in sorted({*present, *manifest.files}):
        if present.get(path) != manifest.files.get(path):
            raise CorruptData(f"{manifest.folder}/{path} does not have its published checksum")


def describe_files(folder: Path) -> dict[str, VersionFile]:
    """Return size and checksum of every file in a folder but the manifest, by path."""
    described: dict[str, VersionFile] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name != MANIFEST:
            with path.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
            described[name] = VersionFile(bytes=path.stat().st_size, sha256=digest)
    return described


def publish(storage: Storage, staged: Path, draft: VersionManifest) -> VersionManifest:
    """Make what was staged the model's next version, visible all at once. The draft's number is replaced by the one it gets.

    The number is claimed first, and is not given again if publishing fails. The caller has asked the fence. Raises `CorruptData`
    if a staged file is missing or has another size than in the draft, `Superseded` if what was staged was taken away.
    """
    _check_names(draft)
    _check_staged(staged, draft)
    while True:
        manifest = with_number(draft, claim_number(storage, draft.model, draft.job))
        try:
            if storage.local_path() is None:
                _upload(storage, staged, manifest)
            else:
                _rename(staged, manifest)
        except (FileExistsError, NameTaken):
            continue  # a folder of that number was copied here meanwhile
        note_change(storage, manifest.model)
        return manifest


def with_number(draft: VersionManifest, number: int) -> VersionManifest:
    """Return the manifest with version `number`."""
    changed: dict[str, Any] = {"version": number, "result": draft.result.model_copy(update={"version": number})}
    return draft.model_copy(update=changed)


def published_by(storage: Storage, model: str, job: str) -> VersionManifest | None:
    """Return the version that an attempt of the job has published; None if none has. Versions that cannot be read are skipped."""
    for number in reversed(version_numbers(storage, model)):
        with suppress(CorruptData, NotFound):
            manifest = read_manifest(storage, model, number)
            if manifest.job == job:
                return manifest
    return None


def _check_staged(staged: Path, draft: VersionManifest) -> None:
    if not staged.exists():
        raise Superseded
    for path, described in draft.files.items():
        file = staged / path
        if not file.is_file() or file.stat().st_size != described.bytes:
            raise CorruptData(f"{path} is not as it was written, with {described.bytes} bytes; nothing was published")


def _rename(staged: Path, manifest: VersionManifest) -> None:
    target = staged.parent / str(manifest.version)
    try:
        (staged / MANIFEST).write_bytes(manifest.to_json())
        for path in [*staged.rglob("*"), staged]:
            sync_path(path)
        staged.rename(target)
    except FileNotFoundError as error:
        raise Superseded from error
    except OSError as error:
        if target.exists():
            raise FileExistsError(str(target)) from error
        raise
    sync_path(staged.parent)


def _upload(storage: Storage, staged: Path, manifest: VersionManifest) -> None:
    for path in manifest.files:
        with storage.open_output(f"{manifest.folder}/{path}") as stream, (staged / path).open("rb") as source:
            shutil.copyfileobj(source, stream, 8 << 20)
    if published_by(storage, manifest.model, manifest.job) is not None:  # an earlier attempt, which came through late
        raise Superseded
    storage.publish(f"{manifest.folder}/{MANIFEST}", manifest.to_json())
