"""Defaults of a training request, by its network and the number of rows. No TensorFlow here."""

from __future__ import annotations

import math

from contracts.dataset.published import Dataset
from contracts.label_kinds import LabelKind, label_traits
from contracts.messages.networks import Linear, NetworkSpec, TabM
from contracts.messages.optimizers import Adam, Ftrl, Plateau
from contracts.messages.trainings import WARM_COSINE, MaskingSpec, Training, TrainingRequest

_STEPS = 2000
"""Default number of steps, within 10 to 100 epochs."""
_LARGEST_ENSEMBLES = ((10_000, 8), (100_000, 4))
"""Training rows, and the default number of members of an ensemble up to them; past the last it has one."""
_HIDDEN, _HIDDEN_OF_ONE = [128, 64], [256, 128]
"""Layers of ensembles, and of one with a single member: where members cost too much, width is to be had for the time of one."""
_SHRINKAGE = 50.0
"""Training rows with which the vector of an id counts by half."""
_BINS, _ALL_BINS, _FEWEST_BINS = 32, 4096, 4
_PATIENCE = ((512, 6), (2048, 3))
"""Steps of an epoch, and epochs without a lower validation loss after which a `plateau` reduces the rate, and early stopping
stops at last; past the last it is two."""
_ENSEMBLE_RATE = 0.002
_MASKED, _MASKED_OF_ENSEMBLES = 0.1, 0.25
"""Shares of rows with masked fields: with more, plain networks predict whole rows worse, and ensembles do not."""
_WEIGHT_OF_MASKED_NUMBERS = 0.2
"""Weight of a row without any field where squared errors are minimized: with 1, the rows of which least is known have most of
the loss. A log loss weighs rows by their information by itself."""
_RATES = {"adam": 0.003, "adagrad": 0.05, "sgd": 0.1, "ftrl": 0.1}


def settled_for(request: TrainingRequest, dataset: Dataset) -> Training:
    """Return the request with every default filled in, for this dataset."""
    schema = dataset.schema
    rows = dataset.manifest.splits["train"].rows
    return settled(request, rows, len(schema.number_columns), schema.label.kind)


def settled(request: TrainingRequest, rows: int, numbers: int = 0, label: LabelKind = "binary") -> Training:
    """Return the request with every default filled in. `rows`: of the training split. `numbers`: numeric features.

    Small data sets need small batches and many epochs to converge; large ones converge in few epochs of large batches.
    """
    linear = isinstance(request.network, Linear)
    optimizer = request.optimizer or (Ftrl(kind="ftrl") if linear else Adam(kind="adam"))
    network = settled_network(request.network, rows, numbers)
    is_ensemble = isinstance(network, TabM)
    stopping = request.early_stopping
    schedule = request.schedule
    if schedule is None:
        schedule = Plateau(kind="plateau") if is_ensemble and stopping is not None else WARM_COSINE
    on_plateau = isinstance(schedule, Plateau)
    batch_size = request.batch_size or default_batch_size(rows, network)
    epochs = request.epochs or default_epochs(rows, batch_size, on_plateau=on_plateau)
    if stopping is not None and stopping.patience is None:
        patience = _patience(math.ceil(rows / batch_size)) if on_plateau else max(epochs // 5, 3)
        stopping = stopping.model_copy(update={"patience": patience})
    masking = request.masking
    if masking is not None:
        has_squared_error = label_traits(label).is_number and not request.quantiles
        masking = _settled_masking(masking, is_ensemble=is_ensemble, has_squared_error=has_squared_error)
    rate = _ENSEMBLE_RATE if is_ensemble and optimizer.kind == "adam" else _RATES[optimizer.kind]
    defaults = {
        "network": network,
        "optimizer": optimizer,
        "batch_size": batch_size,
        "epochs": epochs,
        "learning_rate": request.learning_rate or rate,
        "schedule": schedule,
        "early_stopping": stopping,
        "masking": masking,
    }
    return Training.model_validate({**dict(request), **defaults})


def _settled_masking(masking: MaskingSpec, *, is_ensemble: bool, has_squared_error: bool) -> MaskingSpec:
    share, weight = masking.share, masking.weight
    if share is None:
        share = _MASKED_OF_ENSEMBLES if is_ensemble else _MASKED
    if weight is None:
        weight = _WEIGHT_OF_MASKED_NUMBERS if has_squared_error else 1.0
    return masking.model_copy(update={"share": share, "weight": weight})


def settled_network(network: NetworkSpec, rows: int, numbers: int) -> NetworkSpec:
    """Return the network with its defaults. `rows`: of training. `numbers`: numeric features."""
    if not isinstance(network, TabM):
        return network
    members = network.members or next((members for limit, members in _LARGEST_ENSEMBLES if rows <= limit), 1)
    bins = network.bins
    if bins is None:
        bins = max(min(_BINS, _ALL_BINS // max(numbers, 1)), _FEWEST_BINS)
    shrinkage = _SHRINKAGE if network.embedding_shrinkage is None else network.embedding_shrinkage
    hidden = network.hidden or (_HIDDEN_OF_ONE if members == 1 else _HIDDEN)
    settled_fields = {"hidden": hidden, "members": members, "bins": bins, "embedding_shrinkage": shrinkage}
    return network.model_copy(update=settled_fields)


def default_batch_size(rows: int, network: NetworkSpec | None = None) -> int:
    """Return a 256th of the rows, as a power of two from 32 to 4096; of several members a 64th, from 64 to 1024.

    Members learn from small batches as from large ones, and matrices are multiplied faster.

    >>> [default_batch_size(rows) for rows in (300, 262_000, 800_000, 10**9)]
    [32, 1024, 4096, 4096]
    """
    if isinstance(network, TabM) and network.members != 1:
        return _power_of_two(rows / 64, 64, 1024)
    return _power_of_two(rows / 256, 32, 4096)


def _power_of_two(value: float, smallest: int, largest: int) -> int:
    return min(max(2 ** round(math.log2(max(value, 1))), smallest), largest)


def _patience(steps: int) -> int:
    return next((epochs for limit, epochs in _PATIENCE if steps <= limit), 2)


def default_epochs(rows: int, batch_size: int, *, on_plateau: bool = False) -> int:
    """Return as many epochs as make 2,000 steps, from 10 to 100; with a `plateau`, 20,000 steps, up to 200.

    >>> [default_epochs(*sizes) for sizes in ((300, 32), (262_000, 1024), (10**9, 4096))]
    [100, 10, 10]
    """
    steps = math.ceil(max(rows, 1) / batch_size)
    if on_plateau:
        return min(max(math.ceil(10 * _STEPS / steps), 10), 200)
    return min(max(math.ceil(_STEPS / steps), 10), 100)
