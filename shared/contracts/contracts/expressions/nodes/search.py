"""Search in text for literals, which compares bytes, and for patterns, which compares characters and is null without UTF-8."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from contracts.expressions.nodes.node import OfOne, ResultType, expect
from contracts.expressions.patterns.java_pattern import JavaPattern, parse_pattern
from contracts.expressions.patterns.replacement import re2_replacement

MOST_GROUPS = 8
"""RE2's rewrites have nine groups, and one is taken by the whole match."""


class _Search(OfOne):
    """Text that is searched."""

    @property
    def result_type(self) -> ResultType:
        """Return text."""
        return "text"

    def check(self) -> None:
        """Raise `ValueError` for other than text."""
        expect(self.__class__.__name__.lower(), self.operand, "text")


class TextTest(_Search):
    """True if the text has a part, anywhere or at an end. The empty part is in every text."""

    op: Literal["contains", "startswith", "endswith"]
    part: str

    @property
    def result_type(self) -> ResultType:
        """Return boolean."""
        return "boolean"


class Replace(_Search):
    """The text with every occurrence of a part replaced, from the left. An empty part is nowhere."""

    op: Literal["replace"] = "replace"
    part: str
    replacement: str


class Like(_Search):
    """True if the whole text is as a pattern has it: `%` for any characters, `_` for one, a backslash before either."""

    op: Literal["like"] = "like"
    pattern: str

    @property
    def result_type(self) -> ResultType:
        """Return boolean."""
        return "boolean"

    def check(self) -> None:
        """Raise `ValueError` for other than text, and for a backslash before another character."""
        super().check()
        escaped = self.pattern.replace("\\\\", "").replace("\\%", "").replace("\\_", "")
        if "\\" in escaped:
            raise ValueError(f"a backslash in LIKE stands before %, _ or a backslash. Received: {self.pattern!r}")


class Matches(_Search):
    """True if a regular expression matches anywhere in the text."""

    op: Literal["rlike"] = "rlike"
    pattern: str

    @property
    def result_type(self) -> ResultType:
        """Return boolean."""
        return "boolean"

    def check(self) -> None:
        """Raise `ValueError` for other than text, and for a pattern outside of `contracts.expressions.patterns`."""
        super().check()
        parse_pattern(self.pattern)


class Extract(_Search):
    """A group of the first match of a regular expression; 0 is all of it. Empty where nothing matches."""

    op: Literal["regexp_extract"] = "regexp_extract"
    pattern: str
    group: Annotated[int, Field(ge=0, le=MOST_GROUPS)] = 1

    def check(self) -> None:
        """Raise `ValueError` for other than text, a pattern outside of the subset, and a group that it does not have."""
        super().check()
        groups = parse_pattern(self.pattern).groups
        if self.group > groups:
            raise ValueError(f"the pattern has {groups} groups. Received: group {self.group} of {self.pattern!r}")


class ReplaceMatches(_Search):
    """The text with every match of a regular expression replaced; `$1` in the replacement is a group."""

    op: Literal["regexp_replace"] = "regexp_replace"
    pattern: str
    replacement: str

    @property
    def parsed(self) -> JavaPattern:
        """Return the pattern in RE2's syntax."""
        return parse_pattern(self.pattern)

    def check(self) -> None:
        """Raise `ValueError` for other than text, and for a pattern outside of the subset or one that matches empty text."""
        super().check()
        if self.parsed.matches_empty:
            raise ValueError(
                "regexp_replace takes a pattern that matches at least one character, since RE2 and Java replace empty "
                f"matches differently. Received: {self.pattern!r}"
            )
        re2_replacement(self.replacement, self.parsed.groups)
