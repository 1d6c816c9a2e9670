"""Whole proposals for small files: every guess and every flag, with its evidence."""

from __future__ import annotations

from tests.preprocessing.proposals.tables import ROWS, Propose, base, table


def test_a_plain_table(proposed: Propose) -> None:
    proposal = proposed(table(base()))
    assert proposal.request == {
        "name": "table",
        "source": {"uris": ["table.csv"], "format": "csv"},
        "label": {"column": "late", "kind": "binary"},
        "features": {"size": {"kind": "numeric", "dtype": "float64"}, "colour": {"kind": "categorical"}},
        "exclude": [],
        "remaining": "exclude",
        "splits": {"train": 0.8, "validation": 0.1, "test": 0.1},
        "records": "raw",
    }
    assert proposal.missing == []
    assert [flag.kind for flag in proposal.flags] == ["label"]
    source = proposal.evidence.source
    assert (source.rows, source.complete, source.rows_estimated) == (ROWS, True, ROWS)
    colour = proposal.evidence.features["colour"]
    assert (colour.distinct, colour.missing, colour.number_share) == (3, 0, 0.0)
    assert sum(example.count for example in colour.examples) == ROWS
    size = proposal.evidence.features["size"]
    assert (size.number_share, size.whole_share) == (1.0, 0.0)


def test_without_a_plain_label_it_is_named_as_missing(proposed: Propose) -> None:
    columns = base()
    columns["b"] = columns.pop("late")
    proposal = proposed(table(columns))
    assert proposal.missing == ["/label"]
    assert "label" not in proposal.request
    assert proposal.label_candidates == ["b"]


def test_duplicate_rows_are_counted(proposed: Propose) -> None:
    lines = table(base(200)).splitlines()
    assert proposed("\n".join(lines)).evidence.source.duplicate_rows == 0
    assert proposed("\n".join([*lines, *lines[1:51], lines[1]])).evidence.source.duplicate_rows == 51
