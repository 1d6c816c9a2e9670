"""A dataset without one fold of its training split: the other folds are its training split, and the fold its test split.

Rows are read as of the whole dataset: of splits that fit into memory the rows that are held already, of others the records or the
source, whose rows of the fold are left out while they are read. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

import numpy as np
import tensorflow as tf

from contracts.schema import SplitName
from modeling.input_pipeline import shuffle_source
from modeling.input_pipeline.pipeline import InputPipeline
from modeling.input_pipeline.shuffle_records import Batches
from modeling.input_pipeline.source_rows import Rows
from sources.arrays import Bools

_tf: Any = tf
"""Untyped: the stubs lack functions of several tensors."""
_BLOCK = 1024


@dataclass(frozen=True)
class FoldPipeline(InputPipeline):
    """Opens a dataset as if one fold of its training split were the test split. Build it with `without`."""

    whole: InputPipeline | None = None
    kept: dict[SplitName, Bools] = field(default_factory=dict[SplitName, Bools])
    """By split that is made of the whole training split, the rows of that one that it has: bool [rows]."""

    @classmethod
    def without(cls, whole: InputPipeline, held_out: Bools) -> Self:
        """Return the dataset with `held_out`, bool [training rows], for its test split, and only the others to train on.

        The validation split stays; that of the whole pipeline is not read a second time.
        """
        validation = whole._held_rows("validation")  # noqa: SLF001  # of the same class
        held: dict[SplitName, Any] = {} if validation is None else {"validation": validation}
        return cls(
            whole.dataset,
            whole.model_inputs,
            whole.files,
            whole.failures,
            held,
            whole,
            {"train": ~held_out, "test": held_out},
        )

    def rows(self, split: SplitName) -> int:
        """Return the number of rows of a split."""
        return self._counts[split] if split in self._counts else super().rows(split)

    @cached_property
    def _counts(self) -> dict[SplitName, int]:
        return {split: int(np.count_nonzero(kept)) for split, kept in self.kept.items()}

    def _held_rows(self, split: SplitName) -> Any:
        if split in self.kept and split not in self._held and self.whole is not None:
            rows = self.whole._held_rows("train")  # noqa: SLF001  # of the same class
            if rows is not None:
                chosen = np.flatnonzero(self.kept[split])
                self._held[split] = _tf.nest.map_structure(lambda part: tf.gather(part, chosen), rows)
        return super()._held_rows(split)

    def _paths(self, split: SplitName) -> list[tuple[str, int]]:
        if split not in self.kept:
            return super()._paths(split)
        shards = super()._paths("train")
        parts = np.split(self.kept[split], np.cumsum([rows for _, rows in shards])[:-1])
        return [(path, int(np.count_nonzero(part))) for (path, _), part in zip(shards, parts, strict=True)]

    def _records(self, split: SplitName, names: tf.Tensor) -> Batches:
        if split not in self.kept:
            return super()._records(split, names)
        kept_records = _KeptRecords(self, split)
        if names.shape.rank == 0:
            return kept_records.of(names)
        return _tf.data.Dataset.from_tensor_slices(names).flat_map(kept_records.of)

    def _source_rows(self, split: SplitName, positions: np.ndarray[Any, Any] | None = None) -> Iterator[Rows]:
        if split not in self.kept:
            return super()._source_rows(split, positions)
        kept = np.flatnonzero(self.kept[split])
        return super()._source_rows("train", kept if positions is None else kept[positions])

    def _shuffled_source(self, part: tuple[int, int], sizes: list[int], seed: int, epochs: range) -> Iterator[Rows]:
        return shuffle_source.shuffled_epochs(self.dataset, part, sizes, seed, epochs, self.kept["train"])

    def all_records(self, path: tf.Tensor) -> Batches:
        """Return the serialized records of a shard of the whole training split, string []."""
        return super()._records("train", path)

    def all_shards(self) -> list[tuple[str, int]]:
        """Return path and number of rows of each shard of the whole training split."""
        return super()._paths("train")


class _KeptRecords:
    """The records of one split that is made of the training split, by shard."""

    def __init__(self, pipeline: FoldPipeline, split: SplitName) -> None:
        shards = pipeline.all_shards()
        self._read = pipeline.all_records
        self._paths = tf.constant([path for path, _ in shards], tf.string)
        self._ends = tf.constant(np.cumsum([rows for _, rows in shards]), tf.int64)
        self._rows = tf.constant([rows for _, rows in shards], tf.int64)
        self._kept = tf.constant(pipeline.kept[split])

    @_tf.autograph.experimental.do_not_convert
    def of(self, path: tf.Tensor) -> Batches:
        """Return the records of the shard at `path`, string [], that are of the split: string [] each."""
        shard = tf.argmax(tf.cast(tf.equal(self._paths, path), tf.int32))
        end = tf.gather(self._ends, shard)
        kept = self._kept[end - tf.gather(self._rows, shard) : end]
        blocks = _tf.data.Dataset.zip(
            (self._read(path).batch(_BLOCK), _tf.data.Dataset.from_tensor_slices(kept).batch(_BLOCK))
        )
        return blocks.map(_kept_of).unbatch()


def _kept_of(records: tf.Tensor, kept: tf.Tensor) -> tf.Tensor:
    return _tf.boolean_mask(records, kept)
