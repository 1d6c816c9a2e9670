"""Features of several numbers to Arrow lists."""

from __future__ import annotations

from itertools import chain

import numpy as np
import pyarrow as pa

from sources.columnar.tfrecord.framing import Records
from sources.columnar.tfrecord.parse_example import BYTES, FLOAT, Values
from sources.columnar.tfrecord.record_values import record_values
from sources.columnar.tfrecord.walk_examples import Lists
from sources.values.list_text import list_array


def read_vectors(
    records: Records, lists: Lists | None, others: dict[int, tuple[int, Values]]
) -> tuple[pa.Array, dict[int, str]]:
    """Return a feature's numbers as lists of float32, or float64 where a record has whole numbers; and the unusable records.

    [records], null where there is no value, as an element that is NaN; the others by index, with the reason. `others`: kind and
    values of the records that were parsed one at a time.
    """
    given, wrong = record_values(records, lists, others)
    wrong |= {
        row: "holds bytes, and a vector is a float_list or an int64_list"
        for row, (kind, own) in given.items()
        if own and kind == BYTES
    }
    used = {row: own for row, (_, own) in sorted(given.items()) if own and row not in wrong}
    are_floats = all(given[row][0] == FLOAT for row in used)
    lengths = np.full(len(records), -1, np.int64)
    lengths[list(used)] = list(map(len, used.values()))
    values = np.array(list(chain.from_iterable(used.values())), np.float32 if are_floats else np.float64)
    return list_array(pa.array(values, from_pandas=True), lengths), wrong
