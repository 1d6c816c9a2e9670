r"""Regular expressions as Java and RE2 agree on them: parsed as Java's, written as RE2's.

Spark's engine is Java's; Arrow and TensorFlow have RE2. Their common subset is literals, `.`, classes without nested ones,
`^`, `$`, `\A`, `\z`, groups, `|`, and quantifiers, greedy or lazy, of what matches at least one character. Two are written
differently: `.` excludes Java's five line ends and `\s` includes U+000B. `$` is the end of the text alone.
Source: java.util.regex.Pattern of JDK 21; RE2's syntax page.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

MOST_CHARACTERS = 1000
_MOST_REPEATS = 1000
_SPACES = r" \t\n\x{b}\f\r"
_ANY = r"[^\n\r\x{85}\x{2028}\x{2029}]"
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "a": "\x07", "e": "\x1b"}
_CLASSES = {"d": "0-9", "w": "0-9A-Za-z_", "s": _SPACES}
_HEX = re.compile(r"x([0-9A-Fa-f]{2})|x\{([0-9A-Fa-f]{1,6})\}|u([0-9A-Fa-f]{4})")
_PLACES = {"^": r"\A", "$": r"\z"}
_QUANTIFIER = re.compile(r"[*+?]|\{([0-9]{1,4})(?:(,)([0-9]{0,4}))?\}")
_REFUSED = {
    "b": "word boundaries differ between versions of Java",
    "B": "word boundaries differ between versions of Java",
    "p": "classes of Unicode differ by its version",
    "P": "classes of Unicode differ by its version",
    "Q": "RE2 and Java quote differently; escape each character",
    "Z": "RE2 has no line end before the last; use \\z or $",
}


@dataclass(frozen=True)
class JavaPattern:
    """A pattern in RE2's syntax, the number of its groups, and whether it matches the empty text."""

    re2: str
    groups: int
    matches_empty: bool


@lru_cache(maxsize=1024)
def parse_pattern(text: str) -> JavaPattern:
    r"""Return a Java pattern in RE2's syntax. Raise `ValueError` with the position of a part outside of the common subset.

    >>> parse_pattern(r"@([\w.-]+)$").re2
    '\\@([0-9A-Za-z_\\.\\-]+)\\z'
    """
    if len(text) > MOST_CHARACTERS:
        raise ValueError(f"a pattern has at most {MOST_CHARACTERS} characters. Received: {len(text)}")
    parser = _Parser(text)
    re2, matches_empty, _ = parser.alternatives()
    if parser.position < len(text):
        raise parser.refusal("the bracket is not opened")
    return JavaPattern(re2, parser.groups, matches_empty)


_Part = tuple[str, bool, int]
"""RE2's text, whether it matches empty, and how often a character of it may be repeated at least."""


class _Parser:
    """Recursive descent over one pattern."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.groups = 0

    @property
    def next(self) -> str:
        return self.text[self.position : self.position + 1]

    def refusal(self, reason: str) -> ValueError:
        rest = self.text[self.position : self.position + 10]
        return ValueError(f"the pattern {self.text!r} is refused, character {self.position + 1} ({rest!r}): {reason}")

    def take(self, text: str) -> bool:
        taken = self.text.startswith(text, self.position)
        self.position += len(text) * taken
        return taken

    def alternatives(self) -> _Part:
        parts = [self.sequence()]
        while self.take("|"):
            parts.append(self.sequence())
        return "|".join(part[0] for part in parts), any(part[1] for part in parts), max(part[2] for part in parts)

    def sequence(self) -> _Part:
        written, empty, repeats = "", True, 1
        while self.next not in {"", "|", ")"}:
            part = self.quantified()
            written, empty, repeats = written + part[0], empty and part[1], max(repeats, part[2])
        return written, empty, repeats

    def quantified(self) -> _Part:
        written, empty, repeats = self.atom()
        match = _QUANTIFIER.match(self.text, self.position)
        if match is None:
            return written, empty, repeats
        if empty:
            raise self.refusal("RE2 and Java repeat differently what may match empty text")
        self.position = match.end()
        least, largest = self._bounds(match)
        if least > largest or largest * repeats > _MOST_REPEATS:
            raise self.refusal(f"RE2 repeats at most {_MOST_REPEATS} times")
        lazy = "?" if self.take("?") else ""
        if self.next == "+" or _QUANTIFIER.match(self.text, self.position):
            raise self.refusal("RE2 has no possessive or double quantifier")
        return written + match.group() + lazy, not least, largest * repeats

    @staticmethod
    def _bounds(match: re.Match[str]) -> tuple[int, int]:
        """Return the least number of repetitions and the most that is written."""
        if match[1] is None:
            return int(match.group() == "+"), 1
        least = int(match[1])
        return least, max(int(match[3] or least), 1) if match[2] else max(least, 1)

    def atom(self) -> _Part:
        match self.next:
            case "(":
                return self.group()
            case "[":
                return self.character_class(), False, 1
            case ".":
                self.position += 1
                return _ANY, False, 1
            case "^" | "$" as place:
                self.position += 1
                return _PLACES[place], True, 1
            case "\\":
                return self.escape()
            case "*" | "+" | "?" | "{":
                raise self.refusal("there is nothing to repeat; put a backslash before the character")
            case character:
                self.position += 1
                return _quoted(character), False, 1

    def group(self) -> _Part:
        self.position += 1
        opening = "(?:" if self.take("?:") else "("
        if self.next == "?":
            raise self.refusal("flags, named groups and assertions are not the same in RE2 and Java")
        self.groups += opening == "("
        written, empty, repeats = self.alternatives()
        if not self.take(")"):
            raise self.refusal("a bracket is not closed")
        return f"{opening}{written})", empty, repeats

    def escape(self) -> _Part:
        for place, written in (("\\A", r"\A"), ("\\z", r"\z")):
            if self.take(place):
                return written, True, 1
        letter = self.text[self.position + 1 : self.position + 2]
        if letter.lower() in _CLASSES:
            self.position += 2
            negated = "^" if letter.isupper() else ""
            return f"[{negated}{_CLASSES[letter.lower()]}]", False, 1
        return _quoted(self.escaped_character()), False, 1

    def escaped_character(self) -> str:
        """Return the one character that an escape stands for."""
        letter = self.text[self.position + 1 : self.position + 2]
        numbered = _HEX.match(self.text, self.position + 1)
        if numbered is not None:
            point = int(next(filter(None, numbered.groups())), 16)
            if 0xD800 <= point < 0xE000 or point > 0x10FFFF:
                raise self.refusal("this is no character")
            self.position = numbered.end()
            return chr(point)
        if letter.isdigit() or letter == "k":
            raise self.refusal("RE2 has no references to groups")
        if letter not in _CONTROLS and (letter == "" or letter.isalnum() or not letter.isascii()):
            raise self.refusal(_REFUSED.get(letter, "this escape is not the same in RE2 and Java"))
        self.position += 2
        return _CONTROLS.get(letter, letter)

    def character_class(self) -> str:
        self.position += 1
        negated = "^" if self.take("^") else ""
        items: list[str] = []
        while self.next != "]" or not items:
            items.append(self.class_item())
        self.position += 1
        return f"[{negated}{''.join(items)}]"

    def class_item(self) -> str:
        letter = self.text[self.position + 1 : self.position + 2]
        if self.next == "\\" and letter in _CLASSES:
            self.position += 2
            return _CLASSES[letter]
        first = self.class_character()
        is_range = self.next == "-" and self.text[self.position + 1 : self.position + 2] not in {"]", ""}
        if not is_range:
            return _quoted(first)
        self.position += 1
        last = self.class_character()
        if last < first:
            raise self.refusal("the range is empty")
        return f"{_quoted(first)}-{_quoted(last)}"

    def class_character(self) -> str:
        if self.next == "\\":
            return self.escaped_character()
        if self.next in {"", "[", "]"} or self.text.startswith("&&", self.position):
            raise self.refusal("a class has single characters and ranges; put a backslash before [, ] and &")
        self.position += 1
        return self.text[self.position - 1]


def _quoted(character: str) -> str:
    """Return a character as RE2 has it as a literal, in a class and outside."""
    if character.isascii() and not character.isprintable():
        return f"\\x{{{ord(character):x}}}"
    return character if character.isalnum() or not character.isascii() or character in " _" else f"\\{character}"
