"""Whatever a file holds, it is refused in words, or what is proposed for it can be carried out."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from contracts.errors import TandemError
from contracts.messages.datasets import DatasetRequest
from contracts.messages.schemas import InferRequest, Proposal
from contracts.source import AvroFiles, SparkSource
from preprocessing.planning.infer_schema import infer_schema
from preprocessing.planning.ranges import plan_ranges
from preprocessing.proposals.propose import propose
from sources.files.resolve_sources import locate
from sources.read_range import read_range

PIECES = [
    *(b"a", b"1", b'"', b"'", b",", b";", b"\t", b"|", b"\n", b"\r", b"\r\n", b"\\", b"#", b" ", b"{", b"[", b"-", b".", b"\x00"),
    *(b"NA", b"-999", b"1,5", b"0x1F", b"1e400", b"nan", b"inf", b"+5", b"1.", b"007", b"2024-01-01", b"9" * 30, b"x" * 300),
    *(b"\xff", b"\xe4", b"\xef\xbb\xbf", "\u0663".encode(), "\U0001f600".encode(), b'{"a":1}\n'),
]  # fmt: skip

loose = st.lists(st.sampled_from(PIECES), max_size=200).map(b"".join)


@st.composite
def tables(draw: st.DrawFn) -> bytes:
    """A table of numbers, with pieces of anything in some of its cells."""
    delimiter = draw(st.sampled_from([b",", b";", b"\t", b"|"]))
    width = draw(st.integers(1, 5))
    cells = st.one_of(st.integers(0, 99).map(lambda value: b"%d" % value), st.sampled_from(PIECES))
    rows = draw(st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1, max_size=40))
    text = draw(st.sampled_from([b"\n", b"\r\n", b"\r"])).join(delimiter.join(row) for row in rows)
    return text.decode("latin-1").encode("utf-16") if draw(st.integers(0, 9)) == 0 else text


@settings(max_examples=200)
@example(b' \na 1\n "')
@given(st.one_of(loose, tables()))
def test_any_bytes(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "t.csv").write_bytes(content)
        try:
            proposal = propose(InferRequest(uris=["t.csv"], label=None), [folder])
        except TandemError:
            return
        assert_can_be_carried_out(proposal, folder)


def assert_can_be_carried_out(proposal: Proposal, root: str) -> None:
    """All of the file is read as the features that are proposed, and has as many rows as the sample."""
    body = {"label": {"expression": "no_such_column > 1"}, **proposal.request}
    if "label" in body["features"]:
        return
    request = DatasetRequest.model_validate_json(json.dumps(body))
    files = locate(request.source.uris, [root], hive_partitioning=request.source.hive_partitioning)
    assert not isinstance(request.source, AvroFiles | SparkSource)
    plan = plan_ranges(request.source, files, 3)
    schema = infer_schema(request, plan)
    assert list(schema.features) == list(proposal.request["features"])
    if any(flag.kind == "bad_rows" for flag in proposal.flags):
        return
    kinds, nulls = schema.kept_types, schema.null_values
    batches = [
        batch for part in plan.ranges for batch in read_range(plan.source, plan.files, part, kinds, null_values=nulls)
    ]
    assert proposal.evidence.source.complete
    assert sum(batch.num_rows for batch in batches) == proposal.evidence.source.rows
