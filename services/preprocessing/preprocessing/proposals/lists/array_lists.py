"""Propose a feature for a column of arrays: a vector, statistics of numbers, or a category of many tokens."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from contracts.features.many import MOST_TOKENS, Many
from contracts.messages.schemas import Flag
from sources.values.sampled_tokens import SampledTokens
from sources.vectors.sampled_numbers import SampledNumbers

_MOST_BY_DEFAULT = Many().max


@dataclass(frozen=True)
class ArrayLists:
    """The options of a feature of arrays, and the flag that shows what was seen."""

    options: dict[str, Any]
    flag: Flag


def array_lists(name: str, numbers: SampledNumbers | None, tokens: SampledTokens | None) -> ArrayLists:
    """Return the proposal for a column. `numbers`: its lists in the sample, where they are of numbers; `tokens`: of any."""
    if numbers is None:
        return _of_tokens(name, tokens)
    evidence = asdict(numbers)
    if numbers.size is not None:
        reason = (
            f"lists of {numbers.size} numbers in each row of the sample: proposed as a vector, a feature for each element; if "
            "the numbers are codes, make it categorical or hashed with many"
        )
        shape = {"kind": "numeric", "shape": [numbers.size]}
        return ArrayLists(shape, Flag(column=name, kind="vector", reason=reason, evidence={"elements": numbers.size}))
    if numbers.has_fractions:
        reason = (
            f"lists of {numbers.shortest} to {numbers.longest} numbers with fractions: proposed as statistics of them, each a "
            "feature; many.statistics chooses some"
        )
        return ArrayLists(
            {"kind": "numeric", "many": {}}, Flag(column=name, kind="list", reason=reason, evidence=evidence)
        )
    reason = (
        f"lists of {numbers.shortest} to {numbers.longest} whole numbers: proposed as a category of many tokens; if they are "
        "amounts and no codes, make it numeric with many, of which each statistic becomes a feature"
    )
    return ArrayLists(_tokens(numbers.longest), Flag(column=name, kind="list", reason=reason, evidence=evidence))


def _of_tokens(name: str, tokens: SampledTokens | None) -> ArrayLists:
    options = _tokens() if tokens is None else _tokens(tokens.longest, tokens.separator)
    rule = Many.model_validate(options["many"])
    reason = (
        f"lists: proposed as a category of many tokens, at most {rule.max} in a row; raise many.max for longer ones, and make it "
        "hashed if it has very many different tokens"
    )
    if tokens is not None and tokens.separator is None:
        reason += (
            "; some token holds each of the separators that were tried: take one for many.separator that none holds"
        )
    elif rule.separator != Many().separator:
        reason += f"; tokens hold {Many().separator!r}, so that many.separator is {rule.separator!r}"
    if tokens is not None and tokens.longest > rule.max:
        reason += (
            f"; lists of the sample have up to {tokens.longest} tokens, and {rule.max} is the most: leave such rows out"
        )
    return ArrayLists(
        options, Flag(column=name, kind="list", reason=reason, evidence={} if tokens is None else asdict(tokens))
    )


def _tokens(longest: int = 0, separator: str | None = None) -> dict[str, Any]:
    """Return a category of many tokens, twice as many as were seen where that is more than the default."""
    rule: dict[str, Any] = {"max": min(2 * longest, MOST_TOKENS)} if longest > _MOST_BY_DEFAULT // 2 else {}
    if separator is not None and separator != Many().separator:
        rule["separator"] = separator
    return {"kind": "categorical", "many": rule}
