"""Defaults of a training request, by its network and the number of rows. No TensorFlow here."""

from __future__ import annotations

import math

from contracts.messages.networks import Linear, NetworkSpec, TabM
from contracts.messages.optimizers import Adam, Ftrl
from contracts.messages.trainings import Training, TrainingRequest

_STEPS = 2000
"""Default number of steps, within 10 to 100 epochs."""
_LARGEST_ENSEMBLES = ((30_000, 8), (100_000, 4))
"""Training rows up to which an ensemble has so many members by default; past them it has one."""
_BINS, _ALL_BINS, _FEWEST_BINS = 32, 4096, 4
_RATES = {"adam": 0.003, "adagrad": 0.05, "sgd": 0.1, "ftrl": 0.1}


def settled(request: TrainingRequest, rows: int, numbers: int = 0) -> Training:
    """Return the request with every default filled in. `rows`: of the training split. `numbers`: numeric features.

    Small data sets need small batches and many epochs to converge; large ones converge in few epochs of large batches.
    """
    linear = isinstance(request.network, Linear)
    optimizer = request.optimizer or (Ftrl(kind="ftrl") if linear else Adam(kind="adam"))
    batch_size = request.batch_size or default_batch_size(rows)
    epochs = request.epochs or default_epochs(rows, batch_size)
    stopping = request.early_stopping
    if stopping is not None and stopping.patience is None:
        stopping = stopping.model_copy(update={"patience": max(epochs // 5, 3)})
    defaults = {
        "network": settled_network(request.network, rows, numbers),
        "optimizer": optimizer,
        "batch_size": batch_size,
        "epochs": epochs,
        "learning_rate": request.learning_rate or _RATES[optimizer.kind],
        "early_stopping": stopping,
    }
    return Training.model_validate({**dict(request), **defaults})


def settled_network(network: NetworkSpec, rows: int, numbers: int) -> NetworkSpec:
    """Return the network with its defaults for so many training rows and numeric features."""
    if not isinstance(network, TabM):
        return network
    members = network.members or next((members for most, members in _LARGEST_ENSEMBLES if rows <= most), 1)
    bins = network.bins
    if bins is None:
        bins = max(min(_BINS, _ALL_BINS // max(numbers, 1)), _FEWEST_BINS)
    return network.model_copy(update={"members": members, "bins": bins})


def default_batch_size(rows: int) -> int:
    """Return a 256th of the rows, as a power of two from 32 to 4096.

    >>> [default_batch_size(rows) for rows in (300, 262_000, 800_000, 10**9)]
    [32, 1024, 4096, 4096]
    """
    return min(max(2 ** round(math.log2(max(rows, 1) / 256)), 32), 4096)


def default_epochs(rows: int, batch_size: int) -> int:
    """Return as many epochs as make 2,000 steps, from 10 to 100.

    >>> [default_epochs(*sizes) for sizes in ((300, 32), (262_000, 1024), (10**9, 4096))]
    [100, 10, 10]
    """
    return min(max(math.ceil(_STEPS / math.ceil(max(rows, 1) / batch_size)), 10), 100)
