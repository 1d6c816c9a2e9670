"""What Spark SQL found of each row, beside the data until the job ends: `evaluate` leaves it, `tasks.scan` takes it.

One Arrow IPC file per range of the source, a batch per batch: `label` float32 (NaN where there is none), or the class as text,
`keep` uint8 (1 where the filter is true), `weight` float64 (NaN where there is none); each only where the request has it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from contracts.dataset import DataFolder

Value = Literal["label", "keep", "weight"]

_TYPES: dict[Value, pa.DataType] = {"label": pa.float32(), "keep": pa.uint8(), "weight": pa.float64()}


@dataclass(frozen=True)
class Evaluated:
    """The values of one range: each array is [rows], or None where the request does not have it."""

    rows: int
    label: npt.NDArray[np.float32] | pa.Array | None
    """Of a multiclass label a binary array, null where there is none."""
    keep: npt.NDArray[np.uint8] | None
    weight: npt.NDArray[np.float64] | None

    @property
    def kept(self) -> npt.NDArray[np.bool_] | None:
        """Where the filter is true, bool [rows]; None where there is no filter."""
        return None if self.keep is None else self.keep.astype(bool)

    def slice(self, begin: int, rows: int) -> Evaluated:
        """The values of some rows, fewer where they end."""
        end = min(begin + rows, self.rows)
        return Evaluated(
            end - begin,
            None if self.label is None else self.label[begin:end],
            None if self.keep is None else self.keep[begin:end],
            None if self.weight is None else self.weight[begin:end],
        )


def write_evaluated(
    folder: DataFolder, part: int, values: Sequence[Value], batches: Iterator[Sequence[Any]], *, classes: bool = False
) -> None:
    """Keep the values of a range: arrays in the order of `values`. A repeated task replaces what an earlier one left.

    `classes`: whether labels are text.
    """
    types = {**_TYPES, "label": pa.binary()} if classes else _TYPES
    schema = pa.schema([(value, types[value]) for value in values])
    written = f"{folder.staging}/evaluated-{part:05d}-{secrets.token_hex(4)}"
    with folder.files.open_output(written) as stream, pa.ipc.new_file(stream, schema) as out:
        for arrays in batches:
            out.write_batch(pa.record_batch([pa.array(array) for array in arrays], schema=schema))
    folder.files.move(written, _path(folder, part))


def read_evaluated(folder: DataFolder, part: int) -> Evaluated:
    """What was kept of a range, whole: at most 13 bytes a row, but for the text of classes."""
    table = pa.ipc.open_file(folder.files.map(_path(folder, part))).read_all()
    found: dict[str, Any] = {
        name: table.column(name).combine_chunks()
        if pa.types.is_binary(table.schema.field(name).type)
        else table.column(name).to_numpy()
        for name in table.column_names
    }
    return Evaluated(table.num_rows, found.get("label"), found.get("keep"), found.get("weight"))


def _path(folder: DataFolder, part: int) -> str:
    return f"{folder.staging}/evaluated-{part:05d}.arrow"
