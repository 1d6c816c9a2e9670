"""Judge whether a column holds short texts: values that hardly come again, of words that do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow.compute as pc

from contracts.features import Text
from preprocessing.proposals.sampled_columns import Column
from sources.expressions.ngrams import WORD

FEWEST_VALUES = 20
DISTINCT_SHARE = 0.5
"""Share of different values among all, above which a value is no category."""
FEWEST_WORDS = 3.0
"""Words of a text on average. Names and codes have fewer."""
FEWEST_CHARACTERS = 6.0
"""Characters of a text on average, where words are not set apart."""
NEW_WORDS = 0.6
"""Share of different words among all, from which on they hardly come again."""
WITHOUT_SPACES = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"
"""Scripts that set no spaces between words."""
_LONGEST = 0.99
_MOST_WORDS = 500
"""So that words and pairs of them are at most the tokens of a list."""


@dataclass(frozen=True)
class ShortTexts:
    """The options of a `text` feature, with the reason and what was seen."""

    options: dict[str, Any]
    reason: str
    evidence: dict[str, Any]


def short_texts(column: Column) -> ShortTexts | None:
    """Return the options for a column of texts; None for other columns."""
    if column.distinct < FEWEST_VALUES or column.distinct <= DISTINCT_SHARE * column.present:
        return None
    spaced = pc.ascii_trim(pc.replace_substring_regex(column.text, f"[^{WORD}]+", " "), " ")
    words = pc.list_flatten(pc.split_pattern(spaced, " "))
    average, different = len(words) / column.distinct, len(words.unique()) / len(words)
    evidence = {"distinct": column.distinct, "present": column.present, "words": round(average, 1)}
    joined = pc.match_substring_regex(column.text, WITHOUT_SPACES)
    if pc.mean(joined).as_py() > 1 / 2 and pc.mean(pc.utf8_length(column.text)).as_py() >= FEWEST_CHARACTERS:
        lengths = pc.utf8_length(column.text).to_numpy()
        reason = "texts of a script without spaces between words"
        return ShortTexts({"tokens": "characters", **_limit(lengths)}, reason, evidence)
    if average < FEWEST_WORDS or different > NEW_WORDS:
        return None
    counts = pc.list_value_length(pc.split_pattern(spaced, " ")).to_numpy()
    evidence["different_words"] = round(different, 3)
    return ShortTexts(_limit(counts), f"texts of {average:.0f} words, which come again in others", evidence)


def _limit(counts: np.ndarray[Any, Any]) -> dict[str, int]:
    """Return `max` if the default would cut more than a few texts. `counts`: words or characters of each."""
    longest = int(np.quantile(counts, _LONGEST))
    default = Text.model_fields["max"].default
    return {} if longest <= default else {"max": min(-(-longest // default) * default, _MOST_WORDS)}
