"""Search in text, with RE2, as the kernels do."""

from __future__ import annotations

import tensorflow as tf

from contracts.expressions.nodes.search import Extract, Like, Matches, Replace, ReplaceMatches, TextTest
from contracts.expressions.patterns.java_pattern import parse_pattern
from contracts.expressions.patterns.like import like_pattern, quoted
from contracts.expressions.patterns.replacement import re2_replacement
from modeling.layers.expressions.nullable import Nullable
from modeling.layers.expressions.text import characters

TESTS = {"contains": r"\C*{part}\C*", "startswith": r"{part}\C*", "endswith": r"\C*{part}"}
r"""Patterns of the whole text; `\C` is any byte."""


def text_test(node: TextTest, operand: Nullable) -> Nullable:
    """Return whether the text has a part."""
    pattern = TESTS[node.op].format(part=quoted(node.part))
    return Nullable(tf.strings.regex_full_match(operand.values, pattern), operand.valid)


def replace(node: Replace, operand: Nullable) -> Nullable:
    """Return the text with a part replaced."""
    if not node.part:
        return operand
    rewrite = node.replacement.replace("\\", "\\\\")
    return Nullable(tf.strings.regex_replace(operand.values, quoted(node.part), rewrite), operand.valid)


def like(node: Like, operand: Nullable) -> Nullable:
    """Return whether the whole text is as the pattern has it."""
    text = characters(operand)
    return Nullable(tf.strings.regex_full_match(text.values, like_pattern(node.pattern)), text.valid)


def matches(node: Matches, operand: Nullable) -> Nullable:
    """Return whether the pattern matches somewhere."""
    text = characters(operand)
    pattern = rf"(?s:.*)(?:{parse_pattern(node.pattern).re2})(?s:.*)"
    return Nullable(tf.strings.regex_full_match(text.values, pattern), text.valid)


def extract(node: Extract, operand: Nullable) -> Nullable:
    """Return a group of the first match, empty without one."""
    text = characters(operand)
    whole = rf"(?s:\A.*?)({parse_pattern(node.pattern).re2})(?s:.*)\z"
    is_match = tf.strings.regex_full_match(text.values, whole)
    group = tf.strings.regex_replace(text.values, whole, rf"\{node.group + 1}", replace_global=False)
    return Nullable(tf.where(is_match, group, ""), text.valid)


def replace_matches(node: ReplaceMatches, operand: Nullable) -> Nullable:
    """Return the text with all matches replaced."""
    text = characters(operand)
    pattern = node.parsed
    replaced = tf.strings.regex_replace(text.values, pattern.re2, re2_replacement(node.replacement, pattern.groups))
    return Nullable(replaced, text.valid)
