"""A proposed request on the terminal."""

from __future__ import annotations

import copy
import json
from typing import Any

from rich.console import Console

from contracts.messages.schemas import PROPOSAL_EXAMPLE, Proposal
from tandem.tables.proposals import column_table, flag_lines, source_lines, time_lines


def proposal_with(**source: Any) -> Proposal:
    example: Any = copy.deepcopy(PROPOSAL_EXAMPLE)
    example["evidence"]["source"] |= source
    return Proposal.model_validate(example)


def test_the_sample_and_each_chosen_option_are_told_with_the_reason() -> None:
    first, *rest = [line.plain for line in source_lines(proposal_with())]
    assert first == "a sample of 19,742 rows of about 336,786, from 1 of 1 file"
    assert rest[0].startswith('  null_values ["", "NA"]  \'NA\': all other values of dep_time')
    assert source_lines(proposal_with(complete=True))[0].plain == "all 19,742 rows of 1 file"
    assert "of more" in source_lines(proposal_with(rows_estimated=None, files=2))[0].plain


def test_every_column_has_a_row_with_its_flags() -> None:
    console = Console(width=200)
    with console.capture() as capture:
        console.print(column_table(proposal_with()))
    rows = {line.split()[0]: line for line in capture.get().splitlines()[1:]}
    assert rows.keys() == {"month", "year"}
    assert "categorical" in rows["month"]
    assert "1, 7" in rows["month"]
    assert "excluded" in rows["year"]
    assert rows["year"].rstrip().endswith("constant")


def test_a_flag_is_a_line() -> None:
    assert flag_lines(proposal_with()) == [
        "[yellow]constant[/] year: every row of the sample has the same value; proposed in exclude"
    ]


def test_splits_by_time_are_shown_as_they_are_taken() -> None:
    first, second = [line.plain for line in time_lines(proposal_with())]
    assert first.startswith("splits by time time_hour: its times in the sample are from 2013-01-01T10:00:00Z")
    assert json.loads(f"{{{second}}}") == {"splits": proposal_with().time_splits[0].splits}
    assert time_lines(proposal_with().model_copy(update={"time_splits": []})) == []
