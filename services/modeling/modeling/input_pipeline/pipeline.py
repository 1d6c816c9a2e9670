"""A published dataset as batches of model inputs: records through tf.data, or the raw source where there are none.

Every form of records yields the same batches: `((numeric, categorical), label)` with `numeric` float32
[batch, N + indicators], `categorical` int64 [batch, M], `label` [batch], float64 of a regression and float32 otherwise, which is
the id where labels are classes; and where the dataset's rows have weights `((numeric, categorical), label, weight)`, float32
[batch]. Raw values pass the model's own layers here, at each epoch; transformed ones passed the same arithmetic in Spark.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from contracts.dataset.manifest import Shard
from contracts.dataset.published import Dataset
from contracts.errors import CorruptData, TandemError
from contracts.label_kinds import label_traits
from contracts.messages.trainings import MaskingSpec
from contracts.schema import SplitName
from modeling.distributed.worker_rows import ALL, WorkerRows
from modeling.input_pipeline import shuffle_source
from modeling.input_pipeline.held_rows import HELD_BYTES, held_batches, held_count, held_epochs, hold
from modeling.input_pipeline.parse_examples import parser, serialized_at
from modeling.input_pipeline.shuffle_records import Batches, read_chunks, shuffled_epochs, split_shards, window_rows
from modeling.input_pipeline.source_rows import Rows, check_source, record_batches, split_rows
from modeling.input_pipeline.training_masks import masked_batches
from modeling.layers.model_inputs import ModelInputs

_READ_BUFFER = 1 << 20
_BATCHES_AHEAD = 4
_ROWS_MADE_TOGETHER = 4096
_OTHER_COUNT = "Input dataset was expected to contain"
"""Beginning of tf.data's message for another number of batches than that of `assert_cardinality`."""


@dataclass(frozen=True)
class InputPipeline:
    """Opens the splits of one dataset. Build it with `open_pipeline`, which sees to the files."""

    dataset: Dataset
    model_inputs: ModelInputs
    files: Path | None
    failures: list[TandemError] = field(default_factory=list[TandemError])
    """Errors raised while tf.data was reading the source: tf.data keeps the text of an error, but not its type."""
    _held: dict[SplitName, Any] = field(default_factory=dict[SplitName, Any])

    def rows(self, split: SplitName) -> int:
        """Return the number of rows of a split."""
        return self.dataset.manifest.splits[split].rows

    def training(
        self,
        batch_size: int,
        seed: int,
        *,
        epochs: int = 1,
        first_epoch: int = 0,
        share: WorkerRows = ALL,
        masking: MaskingSpec | None = None,
    ) -> Batches:
        """Return the training split once per epoch from `first_epoch` up to `epochs`, each in its own random order.

        Seed and epoch decide the order, and which features of which rows are masked, so that training can resume after any
        epoch. A batch of all parts of the `share` together has `batch_size` rows.
        """
        count = self.rows("train")
        part, sizes = share.rows(count), share.sizes(count, batch_size)
        numbers = range(first_epoch, epochs)
        mask = partial(
            masked_batches,
            model_inputs=self.model_inputs,
            spec=masking,
            seed=seed,
            first_row=part[0],
            first_batch=first_epoch * len(sizes),
        )
        held = self._held_rows("train")
        if held is not None:
            return mask(held_epochs(held, part, sizes, seed, numbers)).prefetch(_BATCHES_AHEAD)
        if self.dataset.manifest.records == "none":
            raw = self._from_source(lambda: self._shuffled_source(part, sizes.tolist(), seed, numbers))
            batches = raw.map(self._to_inputs, num_parallel_calls=tf.data.AUTOTUNE)
            return mask(batches).prefetch(_BATCHES_AHEAD)
        window = window_rows(self._bytes_per_row)
        batches = shuffled_epochs(
            split_shards(self._paths("train"), *part, max_rows=count if count <= window else window // 4),
            partial(self._records, "train"),
            lambda serialized: self._to_inputs(*self._parse(serialized)),
            sizes=sizes,
            window=window,
            seed=seed,
            epochs=numbers,
        )
        # Enough that the first window of the next epoch is filled while the last one of this epoch is used.
        return mask(batches).prefetch(max(_BATCHES_AHEAD, min(window, count) // batch_size))

    def evaluation(self, split: SplitName, batch_size: int, share: WorkerRows = ALL) -> Batches:
        """Return a split in its own order; each worker gets its part, or all rows if there are fewer rows than parts."""
        count = self.rows(split)
        held = self._held_rows(split) if share.parts == 1 else None
        if held is not None:
            return held_batches(held, batch_size).apply(
                tf.data.experimental.assert_cardinality(math.ceil(count / batch_size))
            )
        if share.parts == 1:
            return self._counted(
                self._in_order(split, batch_size).map(self._to_inputs, tf.data.AUTOTUNE), split, batch_size
            )
        enough = count >= share.parts
        part = share.rows(count) if enough else (0, count)
        sizes = share.sizes(count, batch_size) if enough else np.array([count])
        if self.dataset.manifest.records == "none":
            raw = self._from_source(lambda: self._source_rows(split, np.arange(*part))).rebatch(sizes)
        else:
            records = read_chunks(split_shards(self._paths(split), *part, count), partial(self._records, split))
            raw = records.batch(batch_size).map(self._parse, tf.data.AUTOTUNE).rebatch(sizes)
        batches = raw.map(self._to_inputs, tf.data.AUTOTUNE).apply(tf.data.experimental.assert_cardinality(len(sizes)))
        return (batches if enough else batches.repeat(share.replicas)).prefetch(_BATCHES_AHEAD)

    @property
    def _bytes_per_row(self) -> int:
        return 4 * self.model_inputs.number_width + 8 * self.model_inputs.id_width + 8

    def _held_rows(self, split: SplitName) -> Any:
        """Return all rows of a split as model inputs, made at the first call; None if there is none, or they are too many."""
        count = self.rows(split)
        if not 0 < count * self._bytes_per_row <= HELD_BYTES:
            return None
        if split not in self._held:
            batches = self._in_order(split, _ROWS_MADE_TOGETHER).map(self._to_inputs, tf.data.AUTOTUNE)
            rows = hold(batches)
            if held_count(rows) != count:
                raise CorruptData(_other_rows(self.dataset))
            self._held[split] = rows
        return self._held[split]

    @property
    def holds_model_inputs(self) -> bool:
        """True if the records hold model inputs instead of raw values."""
        return self.dataset.manifest.records == "transformed"

    def recorded(self, split: SplitName, batch_size: int) -> Batches:
        """Return a split in its own order as recorded: `(numeric, categorical, label)` and any weight, see `parse_examples`."""
        return self._counted(self._in_order(split, batch_size), split, batch_size)

    def at(
        self, split: SplitName, positions: np.ndarray[Any, Any]
    ) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """Return the model inputs of some rows of a split as training reads them; `positions`: ascending row indices."""
        manifest = self.dataset.manifest
        if manifest.records == "none":
            batches = list(self._source_rows(split, positions))
            numeric, categorical = (np.concatenate([rows[part] for rows in batches]) for part in (0, 1))
            parts = (tf.constant(numeric), tf.constant(categorical, tf.string))
        else:
            shards = [(self._records(split, tf.constant([path])), rows) for path, rows in self._paths(split)]
            parts = self._parse(serialized_at(shards, positions))[:2]
        final = parts if self.holds_model_inputs else self.model_inputs(*parts)
        return final[0].numpy(), final[1].numpy()

    def _in_order(self, split: SplitName, batch_size: int) -> Batches:
        if self.dataset.manifest.records == "none":
            return self._from_source(lambda: self._source_rows(split)).rebatch(batch_size)
        records = self._records(split, self._shards(split))
        return records.batch(batch_size).map(self._parse, num_parallel_calls=tf.data.AUTOTUNE)

    def _shards(self, split: SplitName) -> tf.Tensor:
        return tf.constant([path for path, _ in self._paths(split)], tf.string)

    def _paths(self, split: SplitName) -> list[tuple[str, int]]:
        """Return path and number of rows of each shard of the split, in order."""
        assert self.files is not None
        return [(str(self.files / shard.path), shard.rows) for shard in self.dataset.shards(split)]

    def _source_rows(self, split: SplitName, positions: np.ndarray[Any, Any] | None = None) -> Iterator[Rows]:
        """Yield rows of a split from the raw source, in order; `positions`: ascending indices among them; None: all."""
        if positions is None:
            return record_batches(self.dataset, split)
        return split_rows(self.dataset, split, list(range(len(self.dataset.manifest.ranges))), positions)

    def _shuffled_source(self, part: tuple[int, int], sizes: list[int], seed: int, epochs: range) -> Iterator[Rows]:
        """Yield part of the training split from the raw source, shuffled in each epoch."""
        return shuffle_source.shuffled_epochs(self.dataset, part, sizes, seed, epochs)

    def _records(self, split: SplitName, names: tf.Tensor) -> Batches:
        """Return the serialized records of shards of a split. `names`: their paths, string [] or [shards]."""
        del split
        compression = "GZIP" if self.dataset.manifest.compression == "gzip" else ""
        return tf.data.TFRecordDataset(names, compression, buffer_size=_READ_BUFFER)

    @cached_property
    def _parse(self) -> Any:
        """The parser of the records as one graph, which is traced once, however many datasets use it."""
        manifest = self.dataset.manifest
        parse = parser(manifest.schema_, manifest.records, manifest.layout, float64_labels=manifest.has_float64_labels)
        return tf.function(parse, input_signature=[tf.TensorSpec([None], tf.string)], autograph=False)

    def _from_source(self, batches: Callable[[], Iterator[Rows]]) -> Batches:
        schema = self.dataset.schema
        shapes = (
            tf.TensorSpec([None, len(schema.number_columns)], tf.float32),
            tf.TensorSpec([None, len(schema.token_columns)], tf.string),
            tf.TensorSpec([None], tf.float64 if label_traits(schema.label.kind).is_number else tf.float32),
            *([tf.TensorSpec([None], tf.float32)] if schema.weight is not None else []),
        )

        def read() -> Iterator[Rows]:
            try:
                yield from batches()
            except TandemError as error:
                self.failures.append(error)
                raise

        return tf.data.Dataset.from_generator(read, output_signature=shapes)

    def _to_inputs(self, numeric: tf.Tensor, categorical: tf.Tensor, *label_and_weight: tf.Tensor) -> Any:
        """Transform packed parts to model inputs."""
        inputs = (numeric, categorical) if self.holds_model_inputs else self.model_inputs(numeric, categorical)
        return (inputs, *label_and_weight)

    def _counted(self, batches: Batches, split: SplitName, batch_size: int) -> Batches:
        """Assert the number of batches that follows from the manifest; reading fails on any other."""
        count = math.ceil(self.rows(split) / batch_size)
        return batches.apply(tf.data.experimental.assert_cardinality(count)).prefetch(_BATCHES_AHEAD)


@contextmanager
def open_pipeline(dataset: Dataset, model_inputs: ModelInputs, source_roots: list[str]) -> Generator[InputPipeline]:
    """Open the dataset's splits; shards in a remote store are copied to this machine while the context lasts.

    Raises `CorruptData` for shards that are not those published, `SourceChanged` for a source that has changed, at once or
    while the splits are read, and `NotAllowed` for one outside `source_roots`.
    """
    with _files(dataset, source_roots) as files:
        pipeline = InputPipeline(dataset, model_inputs, files)
        try:
            yield pipeline
        except tf.errors.DataLossError as error:
            raise CorruptData(f"dataset {dataset.manifest.name}: a record file is damaged: {error.message}") from error
        except tf.errors.OpError as error:
            if pipeline.failures:
                raise pipeline.failures[0] from None
            if _OTHER_COUNT in str(error.message):
                raise CorruptData(_other_rows(dataset)) from error
            raise


def _other_rows(dataset: Dataset) -> str:
    return f"dataset {dataset.manifest.name} does not have the rows of its manifest"


@contextmanager
def _files(dataset: Dataset, source_roots: list[str]) -> Generator[Path | None]:
    """Yield the folder of the record files on this machine; None for a dataset without records."""
    if dataset.manifest.records == "none":
        check_source(dataset, source_roots)
        yield None
        return
    local = dataset.files.local_path()
    if local is not None:
        for shard in dataset.manifest.shards:
            _check_size(shard, local, dataset.manifest.name)
        yield local
        return
    with tempfile.TemporaryDirectory(prefix="tandem-shards-") as folder:
        for shard in dataset.manifest.shards:
            target = Path(folder) / shard.path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(dataset.checked(shard))
        yield Path(folder)


def _check_size(shard: Shard, folder: Path, dataset: str) -> None:
    """Raise `CorruptData` for a truncated shard, which would end an epoch early; TFRecord's checksums guard its content."""
    path = folder / shard.path
    size = path.stat().st_size if path.is_file() else None
    if size != shard.bytes:
        received = "no file" if size is None else str(size)
        raise CorruptData(f"dataset {dataset}: {shard.path} must have {shard.bytes} bytes. Received: {received}")
