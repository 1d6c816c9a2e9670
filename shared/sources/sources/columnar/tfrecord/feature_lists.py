"""Feature lists of a SequenceExample: each a list, of the values of its steps.

    SequenceExample   { Features context = 1; FeatureLists feature_lists = 2; }
    FeatureLists      { map<string, FeatureList> feature_list = 1; }
    FeatureList       { repeated Feature feature = 1; }                            a step each

Source: `tensorflow/core/example/example.proto` and `feature.proto`.
"""

from __future__ import annotations

from sources.columnar.tfrecord.parse_example import EMPTY, Values, parse_feature, utf8_name
from sources.columnar.tfrecord.wire import LENGTH_DELIMITED, Malformed, fields


def parse_feature_lists(message: bytes) -> dict[bytes, tuple[int, Values]]:
    """Return kind and values of each feature list; later ones of a name replace earlier ones.

    Raises `Malformed`, also for a step that has no value or several, and for steps of several kinds.
    """
    lists: dict[bytes, tuple[int, Values]] = {}
    for number, kind, content in fields(message):
        if number == 2 and isinstance(content, bytes) and kind == LENGTH_DELIMITED:
            for entry in _messages(content, 1):
                name = b"".join(_messages(entry, 1)[-1:])
                utf8_name(name)
                lists[name] = _list(name, [step for part in _messages(entry, 2) for step in _messages(part, 1)])
    return lists


def _messages(content: bytes, wanted: int) -> list[bytes]:
    """Return the values of a field of bytes."""
    return [
        value
        for number, kind, value in fields(content)
        if number == wanted and isinstance(value, bytes) and kind == LENGTH_DELIMITED
    ]


def _list(name: bytes, steps: list[bytes]) -> tuple[int, Values]:
    parsed = [parse_feature([step]) for step in steps]
    shown = name.decode()
    for place, (_, values) in enumerate(parsed, start=1):
        if len(values) != 1:
            raise Malformed(
                f"step {place} of the feature list {shown!r} has {len(values)} values; a list has one a step"
            )
    kinds = {kind for kind, _ in parsed}
    if len(kinds) > 1:
        raise Malformed(f"the steps of the feature list {shown!r} are of several types")
    joined: list[object] = [value for _, values in parsed for value in values]
    return (kinds.pop() if kinds else EMPTY), joined  # pyright: ignore[reportReturnType]
