"""Records to examples: those that are written as usual together, any others one at a time."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from contracts.dataset.manifest import SourceFile
from contracts.errors import InvalidData
from contracts.source import TfRecordFiles
from sources.columnar.tfrecord.feature_lists import parse_feature_lists
from sources.columnar.tfrecord.framing import Records
from sources.columnar.tfrecord.parse_example import Example, parse_example
from sources.columnar.tfrecord.walk_examples import Walked, walk_examples
from sources.columnar.tfrecord.wire import Malformed


@dataclass(frozen=True)
class Examples:
    """Some records, the features of those that are written as usual, and the other ones by index.

    `malformed`: why a record is no example, by index.
    """

    records: Records
    walked: Walked
    others: dict[int, Example]
    malformed: dict[int, str]


def read_examples(records: Records, source: TfRecordFiles, file: SourceFile, place: Callable[[int], str]) -> Examples:
    """Return the examples of some records. `place`: the words for a record, by its number from 1 in the range.

    Feature lists are features of several values. Raises `InvalidData` for them, unless the source reads or ignores them.
    """
    walked = walk_examples(records)
    others: dict[int, Example] = {}
    malformed: dict[int, str] = {}
    for index in walked.others.tolist():
        try:
            others[index] = parse_example(records.message(index))
        except Malformed as error:
            malformed[index] = f"it is no tf.train.Example: {error}"
    with_lists = [*walked.with_lists.tolist(), *(index for index, example in others.items() if example.has_lists)]
    if with_lists and source.feature_lists == "error":
        raise InvalidData(
            f"{file.uri}, {place(records.before + min(with_lists) + 1)}: a SequenceExample with feature lists; with "
            "feature_lists read, they are columns of lists, and with ignore, the features of its context are read alone",
            pointer="/source/feature_lists",
        )
    if source.feature_lists == "read":
        rows = {name: frozenset(lists.rows.tolist()) for name, lists in walked.lists.items()} if with_lists else {}
        for index in with_lists:
            try:
                context = {name for name, own in rows.items() if index in own}
                others[index] = _with_lists(records.message(index), context, others.get(index, Example()))
            except Malformed as error:
                malformed[index] = f"its feature lists cannot be read: {error}"
    return Examples(records, walked, others, malformed)


def _with_lists(message: bytes, context: Collection[bytes], example: Example) -> Example:
    """Return an example with the feature lists of its message. `context`: features that are read already, by name.

    Raises `Malformed`.
    """
    lists = parse_feature_lists(message)
    twice = next((name for name in lists if name in context or name in example.features), None)
    if twice is not None:
        raise Malformed(f"{twice.decode()!r} is a feature of the context, too")
    return Example({**example.features, **lists}, has_lists=True, lists=frozenset(lists))
