"""Results of Spark SQL for each row, staged until the job ends: written by `evaluate_expressions`, read by `range_tasks.scan`.

One Arrow IPC file per range of the source, with one batch per batch of the source: `label` float32, or float64 of a regression
(NaN if missing), or the class as text, `keep` uint8 (1 where the filter is true), `weight` float64 (NaN if missing); each only if
the request has it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow as pa

from contracts.dataset.data_folder import DataFolder
from sources.arrays import Bools, Float64s, Floats, Uint8s

Value = Literal["label", "keep", "weight"]

_TYPES: dict[Value, pa.DataType] = {"keep": pa.uint8(), "weight": pa.float64()}


@dataclass(frozen=True)
class Evaluated:
    """The values of one range: each array is [rows], or None where the request does not have it."""

    rows: int
    label: Floats | pa.Array | None
    """For a multiclass label, a binary array with null for missing; float64 of a regression, else float32."""
    keep: Uint8s | None
    weight: Float64s | None

    @property
    def kept(self) -> Bools | None:
        """Return a mask of the rows for which the filter is true: bool [rows]; None if there is no filter."""
        return None if self.keep is None else self.keep.astype(bool)

    def slice(self, begin: int, rows: int) -> Evaluated:
        """Return the values of `rows` rows from `begin`; fewer at the end."""
        end = min(begin + rows, self.rows)
        return Evaluated(
            end - begin,
            None if self.label is None else self.label[begin:end],
            None if self.keep is None else self.keep[begin:end],
            None if self.weight is None else self.weight[begin:end],
        )


def write_evaluated(
    folder: DataFolder,
    part: int,
    values: Sequence[Value],
    batches: Iterator[Sequence[Any]],
    *,
    label: pa.DataType | None = None,
) -> None:
    """Write the values of a range: arrays in the order of `values`. A repeated task replaces an earlier attempt's file.

    `label`: the type of the labels, where they are among the values.
    """
    types = _TYPES if label is None else {**_TYPES, "label": label}
    schema = pa.schema([(value, types[value]) for value in values])
    written = f"{folder.staging}/evaluated-{part:05d}-{secrets.token_hex(4)}"
    with folder.files.open_output(written) as stream, pa.ipc.new_file(stream, schema) as out:
        for arrays in batches:
            out.write_batch(pa.record_batch([pa.array(array) for array in arrays], schema=schema))
    folder.files.move(written, _path(folder, part))


def read_evaluated(folder: DataFolder, part: int) -> Evaluated:
    """Read all values of a range into memory: at most 17 bytes per row, plus the text of classes."""
    table = pa.ipc.open_file(folder.files.map(_path(folder, part))).read_all()
    arrays: dict[str, Any] = {
        name: table.column(name).combine_chunks()
        if pa.types.is_binary(table.schema.field(name).type)
        else table.column(name).to_numpy()
        for name in table.column_names
    }
    return Evaluated(table.num_rows, arrays.get("label"), arrays.get("keep"), arrays.get("weight"))


def _path(folder: DataFolder, part: int) -> str:
    return f"{folder.staging}/evaluated-{part:05d}.arrow"
