"""Admit a training request before it runs, and judge its model by the quality gate afterwards.

No TensorFlow here, so that a request can be refused before a job is made of it.
"""

from __future__ import annotations

from functools import partial
from typing import Protocol

from contracts.dataset.published import Dataset
from contracts.errors import Conflict, InvalidRequest, pointer
from contracts.label_kinds import label_traits
from contracts.messages.evaluation import Evaluation, EvaluationDetail
from contracts.messages.gates import Gate
from contracts.messages.metrics import Metrics
from contracts.messages.networks import Embedded, NetworkSpec
from contracts.messages.trainings import TrainingRequest, TrainingResponse
from contracts.messages.tuning.thresholds import FixedThreshold, ThresholdSpec
from contracts.schema import Schema
from contracts.storage import Storage
from modeling.evaluation.incumbent import Incumbent, find_incumbent
from modeling.metrics.gate import check_metrics, judge
from modeling.optimization.class_weights import weights_of_classes
from modeling.repository.labels import Labels, change_labels, labelled_by
from modeling.repository.versions import VersionManifest
from modeling.training.folds.check_folds import check_folds


class Findings(Protocol):
    """The results of an evaluation that the gate needs."""

    @property
    def evaluation(self) -> Evaluation:
        """The evaluation of the staged version."""
        ...

    @property
    def detail(self) -> EvaluationDetail:
        """The evaluation where fields are missing, and of single classes."""
        ...

    @property
    def incumbent(self) -> Metrics | None:
        """Metrics of the incumbent, if it was evaluated."""
        ...


def admit(storage: Storage, dataset: Dataset, request: TrainingRequest) -> Incumbent | None:
    """Check the evaluation and the gate of a request, and return the incumbent to beat, if there is one.

    Raises `InvalidRequest` for weights of unknown classes, a threshold that cannot be chosen, quantiles of a label that is no
    number, folds that would leak, slices by features without a vocabulary, metrics that the label does not have, and an
    incumbent that cannot predict this dataset.
    """
    if request.class_weights is not None:
        label = dataset.statistics().splits["train"].label
        weights_of_classes(dataset.schema.label.kind, label, request.class_weights)
    bags = dataset.schema.bags
    single = [name for name in dataset.manifest.vocabularies if name not in bags]
    for index, name in enumerate(request.slices or []):
        if name not in single:
            known = ", ".join(map(repr, single[:20])) or "none"
            raise InvalidRequest(
                f"a slice needs a categorical feature of single tokens with a vocabulary; there are {known}. Received: {name!r}",
                pointer=pointer("slices", index),
            )
    _check_threshold(request.threshold, dataset)
    check_folds(dataset, request)
    if request.quantiles is not None and not label_traits(dataset.schema.label.kind).is_number:
        raise InvalidRequest(
            f"only a regression has quantiles, and this label is {dataset.schema.label.kind}", pointer="/quantiles"
        )
    if request.require is None:
        return None
    check_metrics(request.require, dataset.schema.label.kind, dataset.manifest.classes or ())
    return find_incumbent(storage, request.model, request.require.better_than, dataset)


def _check_threshold(aim: ThresholdSpec | None, dataset: Dataset) -> None:
    """Raise `InvalidRequest` for a label that is not binary, and a choice without a validation split."""
    if aim is None:
        return
    kind = dataset.schema.label.kind
    if not label_traits(kind).is_binary:
        raise InvalidRequest(f"only a binary label has a threshold, and this one is {kind}", pointer="/threshold")
    if not isinstance(aim, FixedThreshold) and not dataset.manifest.splits["validation"].rows:
        raise InvalidRequest(
            "a threshold is chosen on the validation split, which has no rows in this dataset; give a number",
            pointer="/threshold",
        )


def check_network(spec: NetworkSpec, schema: Schema) -> None:
    """Raise `InvalidRequest`, with a pointer into the training request, for an embedding width of an input without ids."""
    if not isinstance(spec, Embedded):
        return
    for name in spec.embedding_widths:
        if name not in schema.id_inputs:
            known = ", ".join(map(repr, schema.id_inputs[:20])) or "none"
            raise InvalidRequest(
                f"only categorical, hashed and bucketized features and crosses have vectors; here: {known}. Received: {name!r}",
                pointer=pointer("network", "embedding_widths", name),
            )


def judge_gate(
    request: TrainingRequest, schema: Schema, findings: Findings, incumbent: Incumbent | None
) -> Gate | None:
    """Evaluate the gate; None if the request has none."""
    if request.require is None:
        return None
    its = None if incumbent is None else incumbent.known or findings.incumbent
    against = None if incumbent is None or its is None else (incumbent.manifest.version, its)
    return judge(
        request.require,
        schema.label.kind,
        findings.evaluation.test,
        against,
        missing=findings.detail.missing,
        class_auc=findings.detail.class_auc,
        folds=findings.evaluation.cross_validation,
    )


def assign_label(storage: Storage, version: VersionManifest) -> TrainingResponse:
    """Assign a published version the label that its request names, unless it failed its gate or has no metrics.

    Safe to call twice.
    """
    label = version.request.label if version.passed and not version.why_unscored else None
    if label is not None and not labelled_by(storage, version.model, version.job):
        try:
            change_labels(storage, version.model, partial(_with_label, label, version), job=version.job)
        except Conflict:
            label = None
    return TrainingResponse(**dict(version.result), label=label)


def _with_label(label: str, version: VersionManifest, present: Labels) -> dict[str, int]:
    """Return the labels with this one; raise `Conflict` if the incumbent is no longer the version that was beaten."""
    require, gate = version.request.require, version.result.gate
    if require is not None and require.better_than is not None and gate is not None:
        beaten = gate.compared.version if gate.compared is not None else None
        if present.labels.get(require.better_than.label) not in {beaten, version.version}:
            raise Conflict
    return {**present.labels, label: version.version}
