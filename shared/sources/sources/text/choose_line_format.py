"""The reader of each format of lines: the one place in this package that lists them."""

from __future__ import annotations

from contracts.source import LineSource
from sources.text.json_lines import JsonLinesFormat
from sources.text.line_format import LineFormat


def line_format(source: LineSource) -> LineFormat:
    """Return the format of a source, with its options.

    With a second format this becomes a match on the source that ends in `assert_never`; until then pyright checks that each
    `LineSource` is one that the reader takes.
    """
    return JsonLinesFormat(source)
