"""Detect the CSV dialect: the one under which the text is most like a table.

The measure is the data consistency of van den Burg, Nazábal and Sutton, "Wrangling messy CSV files by detecting row and type
patterns" (Data Mining and Knowledge Discovery 33, 2019): Q = P·T. P, the pattern score, is high where rows have the same number
of fields, and many; T, the type score, is the share of cells that look like something. P here is taken of rows that were passed
through Python's CSV reader, which knows quotes, and divided by the number of rows:

    P = 1/K · Σ n_k/n · max(a, w_k - 1)/w_k        over the K widths w_k, each of n_k of the n rows; a = 0.001

Only characters that occur are tried. Lines before the first row of the usual width (a title, a note) count as skipped.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

DELIMITERS = ",\t;|: ^~\x1f\x01"
"""Candidate delimiters, the likeliest first; ties go to the first."""
QUOTES = "\"'"
ESCAPE = "\\"
COMMENT = "#"

NARROWEST = 0.001
"""a: the pattern score of a single column, so that it only wins where nothing else divides the text."""
SAMPLE_CHARACTERS = 1 << 16
"""Characters of text that each candidate is scored on; more where they hold fewer than `FEWEST_ROWS` rows."""
FEWEST_ROWS = 20
MOST_CELLS = 4000
"""Cells scored per candidate: estimates the share of typed cells to about 1 %."""
MOST_SKIPPED = 20
"""Lines before the table, at most."""
SKIPPING = 0.5
"""Score factor of a candidate that reads the first lines as a title: titles are rarer than wrong dialects."""
SPACED = 0.8
"""Share of delimiters followed by a space from which on such spaces may be no part of the fields."""
ALIKE = 0.9
"""Share of rows of one width from which on delimiters with spaces divide fields, and not the words of a text."""
MISPLACED = 0.3
"""Score factor of a candidate under which a quoted field continues after its closing quote."""
FAINT = 0.05
"""Minimum score of a dialect. Below it rows differ too much in width, or cells have too few types: the text is one column."""
_LONGEST_WORDS = 200
_END = "the end"

Given = Mapping[str, Any]


@dataclass(frozen=True)
class Dialect:
    """The fields of `contracts.source.DelimitedText` that say how rows and fields are divided."""

    delimiter: str | None
    quote: str | None = '"'
    double_quote: bool = True
    escape: str | None = None
    comment: str | None = None
    skip_lines: int = 0
    skip_initial_space: bool = False


@dataclass(frozen=True)
class Tried:
    """A dialect, its score, the rows that it divides the text into, skipped ones left out, and what quotes kept of the score."""

    dialect: Dialect
    score: float
    rows: list[list[str]] = field(repr=False)
    kept: float = 1.0

    @property
    def width(self) -> int:
        """Return the most frequent number of fields per row."""
        return usual_width(self.rows)


def usual_width(rows: Sequence[Sequence[str]]) -> int:
    """Return the most frequent number of fields per row, the larger on a tie; 0 without rows."""
    counts = Counter(map(len, rows))
    return max(counts, key=lambda width: (counts[width], width), default=0)


def detect(text: str, given: Given, *, is_all: bool = True) -> list[Tried]:
    """Return the candidate dialects that agree with the `given` fields, the best first.

    `is_all`: the text is a whole file; else it ends with a line that may be inside a quoted field.

    Never empty: text that nothing divides is one column, whose delimiter is None.
    """
    sample = _sample(text)
    is_cut = not is_all or len(sample) < len(text)
    tried = [_try(sample, dialect, given, is_cut=is_cut) for dialect in _candidates(sample, given)]
    best = sorted((candidate for candidate in tried if candidate.rows), key=_rank)
    best = [candidate for candidate in best if candidate.kept] or best
    if "delimiter" not in given:
        best = [candidate for candidate in best if _is_sensible(candidate)] or best
    return best or [Tried(replace(Dialect(None), **_fields(given)), 0.0, [])]


def _rank(candidate: Tried) -> tuple[float, float, bool]:
    return -candidate.score, -candidate.kept, not candidate.dialect.skip_initial_space


def _fields(given: Given) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name in Dialect.__dataclass_fields__}


def _sample(text: str) -> str:
    end = SAMPLE_CHARACTERS
    while end < len(text) and text.count("\n", 0, end) + text.count("\r", 0, end) < FEWEST_ROWS:
        end *= 4
    return text if end >= len(text) else text[: max(text.rfind("\n", 0, end), text.rfind("\r", 0, end)) + 1] or text


def _candidates(text: str, given: Given) -> Iterator[Dialect]:
    delimiters: list[str | None] = [given["delimiter"]] if "delimiter" in given else _occurring(DELIMITERS, text)
    quotes: list[str | None] = [given["quote"]] if "quote" in given else [*_opening(text), None]
    comments: list[str | None] = [given["comment"]] if "comment" in given else [None, *_comments(text)]
    if "delimiter" not in given:
        delimiters.append(None)
    if "quote" not in given and quotes[0] is None:
        quotes = ['"']  # none opens a field: the usual one does no harm
    for delimiter, quote, comment in product(delimiters, quotes, comments):
        escapes = [given["escape"]] if "escape" in given else [None, *_escapes(text, delimiter, quote)]
        spaces = [False, True] if spaced_share(text, delimiter, quote) >= SPACED else [False]
        for escape, skips in product(escapes, spaces):
            dialect = replace(
                Dialect(delimiter, quote, comment=comment),
                **{"escape": escape, "skip_initial_space": skips, **_fields(given)},
            )
            yield dialect


def spaced_share(text: str, delimiter: str | None, quote: str | None) -> float:
    """Return the share of delimiters, outside of quotes after them, that a space follows; 0 without any."""
    if delimiter is None or delimiter == " " or delimiter + " " not in text:
        return 0.0
    if quote is not None and quote in text:
        mark, end = re.escape(quote), re.escape(delimiter)
        text = re.sub(rf"(^|[{end}\r\n] *+){mark}[^{mark}]*{mark}", r"\1", text)
    return text.count(delimiter + " ") / max(text.count(delimiter), 1)


def _occurring(characters: str, text: str) -> list[str | None]:
    return [character for character in characters if character in text]


def _opening(text: str) -> list[str]:
    """Return the quotes that begin a line or follow a delimiter."""
    marks = re.escape(DELIMITERS)
    return [quote for quote in QUOTES if re.search(rf"(?:^|[\r\n{marks}]){quote}", text)]


def _comments(text: str) -> list[str]:
    return [COMMENT] if re.search(rf"(?:^|[\r\n]){COMMENT}", text) else []


def _escapes(text: str, delimiter: str | None, quote: str | None) -> list[str]:
    """Return the backslash if it precedes a quote, or without quotes a delimiter; else an empty list."""
    before = [mark for mark in (quote, delimiter if quote is None else None) if mark is not None]
    return [ESCAPE] if any(ESCAPE + mark in text for mark in before) else []


def _try(text: str, dialect: Dialect, given: Given, *, is_cut: bool) -> Tried:
    numbered, kept = _read(text, dialect, is_cut=is_cut)
    rows = [row for _, row in numbered]
    if not rows:
        return Tried(dialect, 0.0, [])
    skipped = 0 if "skip_lines" in given else _title_rows(rows)
    if skipped:
        dialect = replace(dialect, skip_lines=numbered[skipped][0] - 1)
        rows = rows[skipped:]
    score = _pattern_score(rows) * _type_score(rows) * kept * (SKIPPING if skipped else 1.0)
    return Tried(dialect, score, rows, kept)


Numbered = list[tuple[int, list[str]]]


def _read(text: str, dialect: Dialect, *, is_cut: bool) -> tuple[Numbered, float]:
    """Return the rows, each with its first line's number, and the factor of their score.

    Where the text ends inside quotes, that is the share of lines before, if it may be cut there; else nothing: it is no quote.
    """
    lines = _Lines(text, dialect)
    rows: Numbered = []
    try:
        for row in lines.rows(strict=True):
            rows.append((lines.begin, row))
    except csv.Error as error:
        if "unexpected end" in str(error):
            return rows, (lines.begin - 1) / max(lines.number, 1) * (1.0 if is_cut else 0.0)
        lines = _Lines(f"{text}\n{_END}", dialect)
        rows = [(lines.begin, row) for row in lines.rows(strict=False)]
        is_open = rows.pop()[1] != [_END]
        return rows, MISPLACED * (0.0 if is_open and not is_cut else 1.0)
    return rows, 1.0


class _Lines:
    """Counts the lines on their way into the CSV reader: `begin` is the one that the row given last begins on."""

    def __init__(self, text: str, dialect: Dialect) -> None:
        self.number = 0
        self.begin = 0
        self._is_in_row = False
        self._text = io.StringIO(text, newline="")
        self._dialect = dialect
        for _ in range(dialect.skip_lines):
            self._text.readline()
            self.number += 1

    def rows(self, *, strict: bool) -> Iterator[list[str]]:
        """Yield the rows, skipping empty lines. Raises `csv.Error` for malformed text if `strict`."""
        dialect = self._dialect
        reader = csv.reader(
            self._counted(),
            delimiter=dialect.delimiter or "\0",
            quotechar=dialect.quote,
            quoting=csv.QUOTE_NONE if dialect.quote is None else csv.QUOTE_MINIMAL,
            doublequote=dialect.double_quote,
            escapechar=dialect.escape,
            skipinitialspace=dialect.skip_initial_space,
            strict=strict,
        )
        for row in reader:
            self._is_in_row = False
            if row and not (dialect.skip_initial_space and row == [""]):
                yield row

    def _counted(self) -> Iterator[str]:
        for line in self._text:
            self.number += 1
            if not self._is_in_row:
                if self._dialect.comment is not None and line.startswith(self._dialect.comment):
                    continue
                self.begin, self._is_in_row = self.number, True
            yield line


def _title_rows(rows: list[list[str]]) -> int:
    """Return the number of rows before the first of the usual width; 0 if they are too many for a title."""
    width = usual_width(rows)
    if width < 2:
        return 0
    before = next(index for index, row in enumerate(rows) if len(row) == width)
    return before if before <= MOST_SKIPPED and before < len(rows) / 2 and _are_titles(rows[:before]) else 0


def _are_titles(rows: list[list[str]]) -> bool:
    """Return whether all rows have at most two non-empty cells, as titles and notes do."""
    return all(sum(bool(cell.strip()) for cell in row) <= 2 for row in rows)


def _pattern_score(rows: list[list[str]]) -> float:
    widths = Counter(map(len, rows))
    total = sum(count * max(NARROWEST, width - 1) / width for width, count in widths.items())
    return total / len(widths) / max(len(rows), 1)


_NUMBER = r"(?=[^A-Za-z]*\d)[+-]?(?:\d+|\d{1,3}(?:[,. '\u00a0\u202f]\d{3})+)?(?:[.,]\d*)?(?:[eE][+-]?\d+)?"
_DATE = r"(?:\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|\d{1,2}[- ][A-Za-z]{3,9}[- ]\d{2,4})"
_TIME = r"(?:\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?: ?[AaPp][Mm])?(?:Z|[+-]\d{2}:?\d{2})?)"
_KINDS = [
    *(rf"{_NUMBER}\s?[%€$£]?", rf"[€$£]\s?{_NUMBER}", r"[+-]?inf(?:inity)?"),
    *(_DATE, _TIME, rf"{_DATE}[T\s]{_TIME}"),
    r"-?nan|n/?a|#n/a|null|none|true|false|\?|-{1,3}|\\N|\.",
    r"\{.*\}|\[.*\]",
    r"https?://\S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?:\d{1,3}\.){3}\d{1,3}",
]
_TYPED = re.compile(rf"\s*(?:{'|'.join(_KINDS)})\s*", re.IGNORECASE)
_WORDS = re.compile(r"[\w.(#@&/'\"-](?:[^,;\t|\x1f\x01^~]|[,;|](?=\s))*", re.DOTALL)
_STRAY_QUOTE = re.compile(r"^[\"']|(?<!\w)[\"']$|\\$")


def is_typed(cell: str) -> bool:
    """Return whether a cell is more specific than words: a number, a date, a time, an address, a missing value."""
    return _TYPED.fullmatch(cell) is not None


def _looks_like_something(cell: str) -> bool:
    if not cell or is_typed(cell):
        return True
    if len(cell) > _LONGEST_WORDS or _STRAY_QUOTE.search(cell):
        return False
    return _WORDS.fullmatch(cell) is not None


def _type_score(rows: list[list[str]]) -> float:
    wanted = max(1, MOST_CELLS // max(usual_width(rows), 1))
    some = rows[:: max(1, -(-len(rows) // wanted))]
    cells = Counter(cell for row in some for cell in row)
    known = sum(count for cell, count in cells.items() if _looks_like_something(cell))
    return known / max(cells.total(), 1)


def _is_sensible(tried: Tried) -> bool:
    """Return False if the delimiter is part of values: spaces or commas between words, colons in times, decimal commas."""
    delimiter, rows = tried.dialect.delimiter, tried.rows
    if delimiter is None:
        return True
    if tried.width < 2 or tried.score < FAINT:
        return False
    if tried.dialect.skip_initial_space and sum(len(row) == tried.width for row in rows) < ALIKE * len(rows):
        return False
    if delimiter not in {" ", ":"}:
        return True
    typed = sum(any(is_typed(cell) and cell.strip() for cell in row) for row in rows)
    values = [delimiter.join(row) for row in rows[1:]]
    return len({len(row) for row in rows}) == 1 and typed >= len(rows) / 2 and not all(map(is_typed, values))
