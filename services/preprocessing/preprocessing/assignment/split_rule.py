"""The rule by which a job splits its rows, for the manifest."""

from __future__ import annotations

from contracts.split_rule import SplitColumn, SplitRule
from preprocessing.assignment.work import Work


def split_rule(work: Work) -> SplitRule:
    """Return the rule that a job's split codes follow."""
    null_values, common = work.schema.null_values, work.plan.source.null_tokens
    columns = [
        SplitColumn(name=name, type=work.columns[name], null_values=sorted({*common, *null_values.get(name, ())}))
        for name in work.split_key or work.columns
    ]
    return SplitRule(by="key" if work.split_key else "row", columns=columns, shares=dict(work.shares))
