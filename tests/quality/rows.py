"""The rows of a dataset's source file by split, read back, so that others are trained and tested on the same ones."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from contracts.dataset.published import Dataset, open_dataset
from contracts.schema import SPLIT_NAMES, SplitName
from contracts.storage import Storage
from sources.arrays import Array


@dataclass(frozen=True)
class Rows:
    """A file's rows, with the split and the label of each as the dataset has them."""

    text: pd.DataFrame
    """Every field as it is written, empty where missing."""
    codes: Array
    """0 for a row that is left out, else 1 and the split's place in `SPLIT_NAMES`."""
    labels: Array
    """The id of a class, or the number."""

    @classmethod
    def read(cls, root: Path, file: str, dataset: str, columns: list[str] | None = None) -> Rows:
        """Read a file, or some columns, and the splits of a dataset without records. Raises `ValueError` unless they fit."""
        read: Any = pd.read_csv
        text = read(root / file, dtype=str, keep_default_na=False, usecols=columns)
        opened = open_dataset(Storage(str(root / "storage")), dataset)
        codes, labels = _codes_and_labels(opened)
        if len(codes) != len(text):
            raise ValueError(f"{file} has {len(text)} rows, and the dataset {dataset} knows {len(codes)}")
        return cls(text, codes, labels)

    def without_nulls(self, spelling: str) -> Rows:
        """Return the same rows, a missing value written as nothing instead of `spelling`."""
        return replace(self, text=self.text.mask(self.text == spelling, ""))

    def at(self, split: SplitName) -> Array:
        """Return the positions of a split's rows in the file."""
        return np.flatnonzero(self.codes == SPLIT_NAMES.index(split) + 1)


def _codes_and_labels(dataset: Dataset) -> tuple[Array, Array]:
    tables = [pa.ipc.open_file(dataset.checked(artifact)).read_all() for artifact in dataset.manifest.rows]
    return tuple(
        np.concatenate([table.column(name).to_numpy() for table in tables]).astype(dtype)
        for name, dtype in (("split", np.int64), ("label", np.float64))
    )  # pyright: ignore[reportReturnType]  # two of them
