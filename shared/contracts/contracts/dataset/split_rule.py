"""The rule that decides a row's split, as datasets and versions record it: equal rules put equal rows into equal splits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from contracts.base_model import FrozenModel
from contracts.schema import SPLIT_NAMES, SplitName

_SHOWN = 5
_REMEDY = (
    "Make both datasets with the same splits and the same split_key (a column that identifies a row, or its group), and "
    "train the version to beat from one of them"
)


class SplitColumn(FrozenModel):
    """A column whose values are hashed."""

    name: str
    null_values: Annotated[list[str], Field(description="Texts that are read as a missing value, sorted.")]
    text_rule: Annotated[
        dict[str, str | bool],
        Field(
            description="Options of its feature that change the values read from text, where they are not the default."
        ),
    ] = {}


class SplitRule(FrozenModel):
    """The rule by which a dataset's rows were split: a hash of some columns' values, and each split's share of its range.

    A value has one hash, for every type that it is read as, so the rule does not change with the features of the dataset.
    """

    hash: Annotated[int, Field(ge=1, description="Version of the hash.")] = 1
    by: Annotated[
        Literal["row", "key", "column", "time", "files"],
        Field(
            description="`row`: a hash of all columns of the source that can be read and that the label is not made of; `key`: "
            "of the columns of `split_key`; `column`: the listed values of one; `time`: when validation and test begin; `files`: "
            "the file that a row is in."
        ),
    ]
    columns: Annotated[list[SplitColumn], Field(description="In the order in which they are hashed.")]
    text_options: Annotated[
        dict[str, str | bool | None],
        Field(
            description="Options of delimited text that change the values read from it, where they are not the default."
        ),
    ] = {}
    shares: Annotated[dict[SplitName, float], Field(description="Of a hash; empty where none decides.")]
    values: Annotated[
        dict[SplitName, list[str | None]],
        Field(description="The values of each split, as text, where a column decides."),
    ] = {}
    begins: Annotated[
        dict[SplitName, str], Field(description="When validation and test begin, as text, where a time decides.")
    ] = {}
    missing: Annotated[
        Literal["leave_out", "train"] | None,
        Field(description="What becomes of rows without a time, where it decides."),
    ] = None
    files: Annotated[dict[SplitName, list[str]], Field(description="The files of each split, where they decide.")] = {}

    @property
    def shown(self) -> str:
        """Return the rule for a page or a message."""
        match self.by:
            case "row":
                return f"by whole rows ({_shares(self.shares)})"
            case "key":
                return f"{_key(self)} ({_shares(self.shares)})"
            case "column":
                values = ", ".join(
                    f"{split}: {_names([str(value) for value in of])}" for split, of in self.values.items()
                )
                return f"by the column {_names([column.name for column in self.columns])} ({values})"
            case "time":
                begins = ", ".join(f"{split} from {begin}" for split, begin in self.begins.items())
                without = "train" if self.missing == "train" else "are left out"
                times = _names([column.name for column in self.columns])
                return f"by the time {times} ({begins}; rows without it {without})"
            case "files":
                return f"by files ({', '.join(f'{split}: {_names(of)}' for split, of in self.files.items() if of)})"


def why_not_comparable(its: SplitRule | None, ours: SplitRule | None) -> str | None:
    """Return why rows of our test split may be among those that a version was trained on, and the remedy; None if none is.

    `its`: the rule of the dataset that the version was trained from; None where it is not recorded.
    """
    if its is None:
        return (
            "which rows it was trained on is not known, as it was trained from a dataset that does not record what decides "
            "a row's split, so these may be among them. Run its dataset's job again, train it from the new dataset, and give "
            "that version the label"
        )
    if ours is None:
        return (
            "it may have been trained on these rows, as the dataset does not record what decides a row's split. Run the "
            "dataset's job again"
        )
    if its == ours:
        return None
    difference = _difference(its, ours)
    return f"it may have been trained on these rows, as its dataset was split by another rule: {difference}. {_REMEDY}"


def _difference(its: SplitRule, ours: SplitRule) -> str:
    if not {its.by, ours.by} <= {"row", "key"}:
        return f"{its.shown} and this one {ours.shown}"
    if its.shares != ours.shares:
        return f"by the shares {_shares(its.shares)}, and this one by {_shares(ours.shares)}"
    if its.hash != ours.hash:
        return "by an earlier release" if its.hash < ours.hash else "by a later release"
    theirs, here = ({column.name: column for column in rule.columns} for rule in (its, ours))
    if its.by != ours.by or (its.by == "key" and theirs.keys() != here.keys()):
        return " and this one ".join("by whole rows" if rule.by == "row" else _key(rule) for rule in (its, ours))
    both = [name for name in theirs if name in here]
    lost, new = [name for name in theirs if name not in here], [name for name in here if name not in theirs]
    nulls = [name for name in both if here[name].null_values != theirs[name].null_values]
    spelled = [name for name in both if here[name].text_rule != theirs[name].text_rule]
    parts = [
        f"{what} {_names(names)}"
        for what, names in (
            ("its rule also has", lost),
            ("this one's rule also has", new),
            ("other null values in", nulls),
            ("another spelling of", spelled),
        )
        if names
    ]
    if its.text_options != ours.text_options:
        differ = {name for name, _ in its.text_options.items() ^ ours.text_options.items()}
        parts.append(f"their sources differ in {_names(sorted(differ))}")
    if lost or new:
        parts.append("and a row's split follows from all columns of its source that the label is not made of")
    return ", ".join(parts) or "its columns have another order"


def _shares(shares: Mapping[SplitName, float]) -> str:
    return " / ".join(f"{shares.get(name, 0.0):g}" for name in SPLIT_NAMES)


def _key(rule: SplitRule) -> str:
    return f"by the split_key {_names([column.name for column in rule.columns])}"


def _names(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(map(repr, names[:_SHOWN])) + more
