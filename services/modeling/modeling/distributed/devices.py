"""The devices of a training: one device, all GPUs of this machine, or several machines that `TF_CONFIG` names.

Without GPUs and without `TF_CONFIG` TensorFlow uses the machine's cores. With several GPUs each has a replica of the
network (`MirroredStrategy`). In a cluster each process has one (`MultiWorkerMirroredStrategy`): the chief is the
service's engine, the workers run `python -m modeling.worker`, and the chief broadcasts each training to them.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from typing import Any

import numpy as np
import tensorflow as tf

from contracts.errors import Cancelled
from modeling.distributed.tf_config import cluster_of
from modeling.distributed.worker_rows import WorkerRows


class Devices:
    """One process's part in a training."""

    def __init__(self, strategy: Any = None, share: WorkerRows | None = None) -> None:
        self._strategy = strategy
        self.share = share or WorkerRows()
        self.is_in_step = False
        """True while other workers wait for this one in every step: leaving alone would leave them waiting."""
        self._sum = tf.function(self._add, reduce_retracing=True)

    @property
    def is_chief(self) -> bool:
        """Return True for the process that publishes the trained model."""
        return self.share.worker == 0

    @property
    def has_strategy(self) -> bool:
        """Return True if the network has several replicas."""
        return self._strategy is not None

    @property
    def has_others(self) -> bool:
        """Return True if other processes train with this one."""
        return self.share.workers > 1

    @contextmanager
    def in_step(self) -> Generator[None]:
        """Mark synchronous training; `is_in_step` stays set when this worker fails alone."""
        self.is_in_step = self.has_others
        try:
            yield
        except Cancelled:  # raised at the same step everywhere: see `cancel_callback`
            self.is_in_step = False
            raise
        self.is_in_step = False

    def scope(self) -> AbstractContextManager[Any]:
        """Return the scope in which variables must be created to be replicated."""
        return nullcontext() if self._strategy is None else self._strategy.scope()

    def spread(self, batches: Any) -> Any:
        """Distribute a tf.data.Dataset of this worker's batches, `share.replicas` for each step, as Keras takes it."""
        if self._strategy is None:
            return batches
        options = tf.data.Options()
        options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.OFF
        return self._strategy.distribute_datasets_from_function(lambda _: batches.with_options(options))

    def prepare(self, network: Any, batches: Any) -> None:
        """Create a compiled network's remaining variables, for batches like those of a tf.data.Dataset.

        Keras would make them from a first batch, averaged over all replicas, which batches of different sizes cannot be.
        """
        if self._strategy is None:
            return
        one_row = tf.nest.map_structure(lambda spec: tf.zeros([1, *spec.shape[1:]], spec.dtype), batches.element_spec)
        with self.scope():
            network._symbolic_build(data_batch=one_row)  # noqa: SLF001  # what Keras does itself
        network._maybe_symbolic_build = lambda **_: None  # noqa: SLF001
        network._make_function = self._step_maker(network)  # noqa: SLF001

    def _step_maker(self, network: Any) -> Any:
        """Replace Keras's step, which averages scalars along an axis and fails in a cluster; replicas' metrics add up anyway."""
        strategy = self._strategy

        def make(step: Any) -> Any:
            @tf.autograph.experimental.do_not_convert
            def one_step(data: Any) -> Any:
                results = strategy.run(step, args=(data,))
                return tf.nest.map_structure(lambda result: strategy.experimental_local_results(result)[0], results)

            compiled: Any = tf.function(one_step, reduce_retracing=True, jit_compile=network.jit_compile)
            return lambda iterator: compiled(next(iterator))

        return make

    def broadcast(self, data: bytes | None) -> bytes:
        """Return the chief's bytes on every process. All call it; workers pass None and block until the chief calls."""
        if not self.has_others:
            assert data is not None
            return data
        length = int(self._total(np.array([0 if data is None else len(data)], np.int64))[0])
        padded = np.zeros(-(-length // 4), np.int32)
        if data is not None:
            padded = np.frombuffer(data.ljust(4 * len(padded), b"\0"), np.int32)
        return self._total(padded).tobytes()[:length]

    def any(self, flag: bool) -> bool:  # noqa: FBT001  # a flag is its one argument
        """Return True if the flag is true on any process. All call it."""
        return flag if not self.has_others else bool(self._total(np.array([int(flag)], np.int64))[0])

    def _total(self, own: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Sum arrays of one shape over all workers."""
        if not own.size:
            return own
        sums = self._strategy.run(self._sum, args=(tf.constant(own),))
        return self._strategy.experimental_local_results(sums)[0].numpy()

    def _add(self, own: tf.Tensor) -> tf.Tensor:
        context: Any = tf.distribute.get_replica_context()
        # A worker's replicas hold the same array: only the first one is added.
        is_first = context.replica_id_in_sync_group % self.share.replicas == 0
        return context.all_reduce("SUM", tf.where(is_first, own, tf.zeros_like(own)))


ONE = Devices()
"""This process alone, with one replica."""


@cache
def find_devices() -> Devices:
    """Return the devices of this process; in a cluster, wait for the other processes.

    Call it before TensorFlow does anything else. Raises `ValueError` for a `TF_CONFIG` with tasks other than one chief and
    workers.
    """
    gpus = tf.config.list_physical_devices("GPU")
    for gpu in gpus:
        tf.config.experimental.set_memory_growth(gpu, True)  # noqa: FBT003  # takes no names
    cluster = cluster_of(os.environ.get("TF_CONFIG", ""))
    if cluster is not None:
        worker, addresses = cluster
        strategy: Any = tf.distribute.MultiWorkerMirroredStrategy()
        return Devices(strategy, WorkerRows(worker, len(addresses), strategy.num_replicas_in_sync // len(addresses)))
    if len(gpus) > 1:
        mirrored: Any = tf.distribute.MirroredStrategy()
        return Devices(mirrored, WorkerRows(0, 1, mirrored.num_replicas_in_sync))
    return ONE
