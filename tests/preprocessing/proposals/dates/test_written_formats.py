"""The formats in which all values of a column are times."""

from __future__ import annotations

import pytest
from tests.preprocessing.proposals.tables import sampled

from preprocessing.proposals.dates.written_formats import written_dates


@pytest.mark.parametrize(
    ("values", "name", "formats"),
    [
        (["2013-01-31", "2013-02-01T05:00"], "x", ["auto"]),
        (["01/31/2013", "02/01/2013"], "x", ["%m/%d/%Y"]),
        (["31/01/2013", "02/01/2013"], "x", ["%d/%m/%Y"]),
        (["03/01/2013", "02/01/2013"], "x", ["%m/%d/%Y", "%d/%m/%Y"]),
        (["03/03/2013", "02/02/2013"], "x", ["%m/%d/%Y", "%d/%m/%Y"]),
        (["1 May 2013", "12 May 2013"], "x", ["%d %b %Y"]),
        (["1-Jan-2013 5:00", "12-Feb-2013 17:30"], "x", ["%d-%b-%Y %H:%M"]),
        (["2013-02-30"], "x", []),
        (["soon", "later"], "when", []),
        (["20130131", "20130201"], "due_date", ["%Y%m%d"]),
        (["20130131", "20130230"], "due_date", []),
        (["1372636800", "1372636801.5"], "ts", ["unix_s"]),
        (["1372636800000", "1372636801000"], "updatedAt", ["unix_ms"]),
        (["1372636800000", "1372636801000"], "price", []),
        (["13726", "13727"], "time", []),
        (["1", "2"], "", []),
    ],
)
def test_formats(values: list[str], name: str, formats: list[str]) -> None:
    assert [dates.format for dates in written_dates(sampled(values, name))] == formats
