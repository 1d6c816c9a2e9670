"""Check before a training that random folds of its dataset mean something. No TensorFlow here."""

from __future__ import annotations

from contracts.dataset.manifest import Manifest
from contracts.dataset.published import Dataset
from contracts.errors import InvalidRequest
from contracts.messages.trainings import TrainingRequest


def check_folds(dataset: Dataset, request: TrainingRequest) -> None:
    """Raise `InvalidRequest` for bounds without folds, and for folds that would leak or that the dataset does not support."""
    manifest, folds = dataset.manifest, request.folds
    if folds is None:
        if request.require is not None and request.require.folds is not None:
            raise InvalidRequest("bounds on folds need `folds` in the request", pointer="/require/folds")
        return
    rule, rows = manifest.split_rule, manifest.splits["train"].rows
    if rule is not None and rule.by == "time":
        raise InvalidRequest(
            f"dataset {manifest.name!r} is split by time, and random folds would train on rows that come after those of the "
            "fold, which a model cannot do once it is used: their metrics would be better than its predictions. "
            "Leave `folds` out, as the test split measures later rows; or make a dataset with other `splits`",
            pointer="/folds",
        )
    if has_key(manifest) and rows and not manifest.keys:
        raise InvalidRequest(
            f"dataset {manifest.name!r} has a split_key, and was made by an earlier release, which did not record the keys of "
            "rows: folds could not keep rows of one key together. Run its job again",
            pointer="/folds",
        )
    if rows < folds.count:
        raise InvalidRequest(
            f"{rows} training rows cannot be divided into folds. Received: {folds.count}", pointer="/folds"
        )


def has_key(manifest: Manifest) -> bool:
    """Return whether the dataset has a `split_key`, by whose hash rows are divided or whose groups were checked."""
    is_by_key = manifest.split_rule is not None and manifest.split_rule.by == "key"
    return is_by_key or manifest.groups is not None or bool(manifest.request.get("split_key"))


def fold_notes(manifest: Manifest) -> list[str]:
    """Return why metrics of random folds may be better than predictions will be; nothing where splits are random as well."""
    rule = manifest.split_rule
    if rule is None or rule.by not in {"column", "files"}:
        return []
    resemble = "rows of a fold resemble those of the other folds more than rows of the test split do"
    return [
        f"The dataset is split {rule.shown}, but folds are random: {resemble}. Their metrics may be better than predictions."
    ]
