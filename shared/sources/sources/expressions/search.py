"""Search in text, with RE2, whose patterns the graph has, too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from contracts.expressions.nodes.search import Extract, Like, Matches, Replace, ReplaceMatches, TextTest
from contracts.expressions.patterns.java_pattern import parse_pattern
from contracts.expressions.patterns.like import like_pattern
from contracts.expressions.patterns.replacement import re2_replacement
from sources.expressions.text import characters
from sources.expressions.values import Values

TESTS: dict[str, Callable[..., Any]] = {
    "contains": pc.match_substring,
    "startswith": pc.starts_with,
    "endswith": pc.ends_with,
}


def text_test(node: TextTest, operand: Values) -> Values:
    """Return whether the text has a part."""
    return Values(TESTS[node.op](operand.data, node.part.encode()).to_numpy(zero_copy_only=False), operand.valid)


def replace(node: Replace, operand: Values) -> Values:
    """Return the text with a part replaced."""
    if not node.part:
        return operand
    text = pc.replace_substring(operand.data, node.part.encode(), node.replacement.encode())
    return Values(text, operand.valid)


def like(node: Like, operand: Values) -> Values:
    """Return whether the whole text is as the pattern has it."""
    return _matches(operand, like_pattern(node.pattern))


def matches(node: Matches, operand: Values) -> Values:
    """Return whether the pattern matches somewhere."""
    return _matches(operand, parse_pattern(node.pattern).re2)


def _matches(operand: Values, pattern: str) -> Values:
    text = characters(operand)
    return Values(pc.match_substring_regex(text.data, pattern).to_numpy(zero_copy_only=False), text.valid)


def extract(node: Extract, operand: Values) -> Values:
    """Return a group of the first match, empty without one."""
    text = characters(operand)
    whole = rf"(?s:\A.*?)({parse_pattern(node.pattern).re2})(?s:.*)\z"
    is_match = pc.match_substring_regex(text.data, whole)
    group = pc.replace_substring_regex(text.data, whole, rf"\{node.group + 1}", max_replacements=1)
    return Values(pc.if_else(is_match, group, "").cast(pa.binary()), text.valid)


def replace_matches(node: ReplaceMatches, operand: Values) -> Values:
    """Return the text with all matches replaced."""
    text = characters(operand)
    pattern = node.parsed
    replaced = pc.replace_substring_regex(text.data, pattern.re2, re2_replacement(node.replacement, pattern.groups))
    return Values(replaced.cast(pa.binary()), text.valid)
