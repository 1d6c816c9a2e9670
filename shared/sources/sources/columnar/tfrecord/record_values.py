"""The values of a feature that may have several, record by record."""

from __future__ import annotations

from collections.abc import Mapping

from sources.columnar.tfrecord.framing import Records
from sources.columnar.tfrecord.parse_example import Values, list_values
from sources.columnar.tfrecord.walk_examples import Lists
from sources.columnar.tfrecord.wire import Malformed


def record_values(
    records: Records, lists: Lists | None, others: Mapping[int, tuple[int, Values]]
) -> tuple[dict[int, tuple[int, Values]], dict[int, str]]:
    """Return a feature's kind and values by record, and why a record is no example, by record.

    `others`: those of the records that were parsed one at a time.
    """
    given, wrong = dict(others), dict[int, str]()
    if lists is None:
        return given, wrong
    for index, row in enumerate(lists.rows.tolist()):
        start, length, kind = int(lists.starts[index]), int(lists.lengths[index]), int(lists.kinds[index])
        try:
            given[row] = kind, list_values(records.data[start : start + length].tobytes(), kind) if length else []
        except Malformed as error:
            wrong[row] = f"it is no tf.train.Example: {error}"
    return given, wrong
