"""Options of a feature for how its values are written as text: the same in files, in every protocol and in batch predictions."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.features.time_formats import TimeFormat

SPACES = " \t\n\v\f\r"
"""The characters that `strip` removes around tokens."""


@dataclass(frozen=True)
class TextRule:
    """Rules by which text becomes a value: affixes and marks of a number, which spellings are one token, or the format of a time.

    `decimal_point` and `thousands_separator` are None where the source's apply, which at predict are `.` and none.
    """

    prefix: str | None = None
    suffix: str | None = None
    decimal_point: str | None = None
    thousands_separator: str | None = None
    strip: bool = False
    fold_case: bool = False
    time: TimeFormat | None = None
    separator: str | None = None
    """Stands between the tokens of a list, see `contracts.features.many`; None where a value is no list."""
    of_numbers: bool = False
    """True if each token of a list has to be a number, or missing."""
    limit: int | None = None
    """The largest number of tokens of a list; None for any."""

    def read(self, token: str) -> str:
        """Return a token as it is read: in lower case each character has one of its own, in any word.

        >>> TextRule(strip=True, fold_case=True).read(" ΟΔΟΣ "), TextRule().read(" Yes")
        ('οδοσ', ' Yes')
        """
        token = token.strip(SPACES) if self.strip else token
        return "".join(character.lower()[0] for character in token) if self.fold_case else token

    @property
    def changes_tokens(self) -> bool:
        """Return true if a token may be read as another one than is written."""
        return self.strip or self.fold_case
