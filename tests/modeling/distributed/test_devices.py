"""One process's part in a training: alone, with a strategy, and what a cluster's processes exchange.

A strategy of one replica stands for a cluster: its sums are over this process alone. Two processes train in
`training/test_cluster`.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from contracts.errors import Cancelled
from modeling.distributed.devices import ONE, Devices, find_devices
from modeling.distributed.worker_rows import WorkerRows


def in_step_until(devices: Devices, error: Exception) -> None:
    with devices.in_step():
        assert devices.is_in_step
        raise error


@pytest.fixture(scope="module")
def cluster() -> Devices:
    """This process as the chief of two."""
    strategy: Any = tf.distribute.MirroredStrategy(["/cpu:0"])
    return Devices(strategy, WorkerRows(0, 2, 1))


def test_a_process_alone_needs_no_strategy() -> None:
    assert (ONE.is_chief, ONE.has_strategy, ONE.has_others) == (True, False, False)
    assert ONE.broadcast(b"any bytes") == b"any bytes"
    assert (ONE.any(flag=True), ONE.any(flag=False)) == (True, False)
    batches = tf.data.Dataset.range(3)
    assert ONE.spread(batches) is batches
    with ONE.scope(), ONE.in_step():
        assert not ONE.is_in_step, "nobody waits for it"


def test_the_first_worker_is_the_chief() -> None:
    assert [Devices(share=WorkerRows(worker, 3)).is_chief for worker in range(3)] == [True, False, False]
    assert Devices(share=WorkerRows(1, 3)).has_others
    assert not Devices(share=WorkerRows(0, 1, 4)).has_others


def test_a_worker_that_fails_alone_stays_in_step_and_one_that_is_cancelled_does_not() -> None:
    devices = Devices(share=WorkerRows(0, 2))
    with pytest.raises(RuntimeError):
        in_step_until(devices, RuntimeError())
    assert devices.is_in_step
    with pytest.raises(Cancelled):
        in_step_until(devices, Cancelled())
    assert not devices.is_in_step
    with devices.in_step():
        pass
    assert not devices.is_in_step


@pytest.mark.parametrize("data", [b"", b"a", b"four", bytes(range(256)), "{日本}".encode(), b"ends in zeros\0\0"])
def test_bytes_of_any_length_are_the_same_on_every_process(cluster: Devices, data: bytes) -> None:
    assert cluster.broadcast(data) == data


def test_a_flag_is_set_if_it_is_on_any_process(cluster: Devices) -> None:
    assert (cluster.any(flag=True), cluster.any(flag=False)) == (True, False)


def test_batches_of_a_strategy_are_those_of_this_worker_in_order(cluster: Devices) -> None:
    batches = tf.data.Dataset.range(5).batch(2)
    assert [batch.numpy().tolist() for batch in cluster.spread(batches)] == [[0, 1], [2, 3], [4]]


def test_a_prepared_network_trains_on_batches_of_different_sizes(cluster: Devices) -> None:
    rows = np.arange(10, dtype=np.float32)[:, np.newaxis]
    batches = tf.data.Dataset.from_tensor_slices((rows, 3 * rows[:, 0])).batch(4)
    with cluster.scope():
        network: Any = keras.Sequential([keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")])
        network.compile(keras.optimizers.SGD(0.01), loss="mse", metrics=["mae"])
    cluster.prepare(network, batches)
    assert network.built
    spread = cluster.spread(batches.repeat(8))
    history: Any = network.fit(spread, steps_per_epoch=3, epochs=8, shuffle=False, verbose=0)  # pyright: ignore[reportArgumentType]
    losses = history.history["loss"]
    assert losses[-1] < losses[0] / 100
    assert network.get_weights()[0][0, 0] == pytest.approx(3, abs=0.1)


def test_without_a_cluster_this_process_is_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_CONFIG", "")
    if tf.config.list_physical_devices("GPU"):
        pytest.skip("a machine with GPUs has other devices")
    assert find_devices() is ONE
