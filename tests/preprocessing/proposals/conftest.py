from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.preprocessing.proposals.tables import Propose

from contracts.messages.schemas import InferRequest, Proposal
from preprocessing.proposals.propose import propose


@pytest.fixture
def proposed(tmp_path: Path) -> Propose:
    """Write a file of that text or those bytes, and propose a request for it; or for the `uris` given."""

    def make(content: str | bytes = b"", file: str = "table.csv", **request: Any) -> Proposal:
        if content:
            (tmp_path / file).write_bytes(content.encode() if isinstance(content, str) else content)
        body = {"uris": [file], **request}
        return propose(InferRequest.model_validate(body), [str(tmp_path)])

    return make
