"""Propose a feature for a column of arrays: a vector, statistics of numbers, or a category of many tokens."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from contracts.features.many import MOST_TOKENS, Many
from contracts.messages.schemas import Flag
from sources.vectors.sampled_numbers import SampledNumbers

_MOST_BY_DEFAULT = Many().max


@dataclass(frozen=True)
class ArrayLists:
    """The options of a feature of arrays, and the flag that shows what was seen."""

    options: dict[str, Any]
    flag: Flag


def array_lists(name: str, numbers: SampledNumbers | None) -> ArrayLists:
    """Return the proposal for a column. `numbers`: its lists in the sample, where they are of numbers."""
    if numbers is None:
        reason = (
            "lists: proposed as a category of many tokens, at most 50 in a row; raise many.max for longer ones, and make it "
            "hashed if it has very many different tokens"
        )
        return ArrayLists(_tokens(), Flag(column=name, kind="list", reason=reason, evidence={}))
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


def _tokens(longest: int = 0) -> dict[str, Any]:
    """Return a category of many tokens, twice as many as were seen where that is more than the default."""
    rule = {"max": min(2 * longest, MOST_TOKENS)} if longest > _MOST_BY_DEFAULT else {}
    return {"kind": "categorical", "many": rule}
