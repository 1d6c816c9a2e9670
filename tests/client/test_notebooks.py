"""HTML for notebooks: the values are there, escaped, and what is shown stays a dictionary or a list."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from tests.client.scripted import FAILURE, Script, a_request

from contracts.messages.schemas import PROPOSAL_EXAMPLE
from tandem import Proposal, Tandem
from tandem.messages import read
from tandem.notebooks import Dataset, Datasets, Model, Models, Versions

EVALUATION: dict[str, Any] = {"test": {"auc": 0.75, "rows": 3, "log_loss": None}}


class Cells(HTMLParser):
    """Collects the text of each cell, and checks that every tag is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.cells: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.open.append(tag)
        self.cells.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        self.cells.append("")

    def handle_data(self, data: str) -> None:
        self.cells[-1] += data


def cells_of(shown: Any) -> list[str]:
    parser = Cells()
    parser.feed(shown._repr_html_())
    assert parser.open == []
    return [cell for cell in parser.cells if cell]


def test_a_dataset() -> None:
    manifest: dict[str, Any] = {
        "name": "a<b",
        "created": "2026-11-27T12:00:00Z",
        "splits": {"train": {"rows": 1200}},
        "schema": {"label": {"column": "late"}, "features": {"x&y": {"kind": "numeric"}}},
        "records": "raw",
    }
    shown = cells_of(Dataset(manifest))
    assert {"a<b", "2026-11-27 12:00:00", "train 1,200", "late", "x&y", "numeric"} <= set(shown)
    assert Dataset(manifest) == manifest


def test_lists_have_a_row_for_each_entry() -> None:
    summary = {"name": "flights", "created": "2026-11-27", "rows": {"train": 8}, "records": "raw", "bytes": 1_500_000}
    assert "1.5" in cells_of(Datasets([summary]))
    model = {"name": "m", "versions": [1, 2], "default": None, "labels": {"champion": 2}, "dataset": "d"}
    assert {"m", "2", "champion 2", "auc 0.7500"} <= set(cells_of(Models([{**model, "evaluation": EVALUATION}])))
    version = {"version": 3, "default": True, "state": "AVAILABLE", "labels": ["a", "b"], "dataset": "d"}
    version |= {"network": "dnn", "created": "2026-11-27T12:00:00Z", "evaluation": EVALUATION}
    assert {"3", "yes", "AVAILABLE", "a, b", "dnn"} <= set(cells_of(Versions([version])))
    status = {"model_version_status": [{"version": "3", "state": "AVAILABLE"}]}
    assert cells_of(Model(status)) == ["version", "state", "3", "AVAILABLE"]


def test_a_proposal_with_its_reasons_and_flags() -> None:
    shown = cells_of(read(Proposal, PROPOSAL_EXAMPLE))
    assert {"flights", "csv", "arr_delay > 15", "month", "categorical", "constant", "19,742", "50"} <= set(shown)


def test_a_job_while_it_runs_and_when_it_failed(client: Tandem, service: Script) -> None:
    running = service.steps["dataset"][-2]
    service.steps["dataset"][-2] = {**running, "progress": {**running["progress"], "details": {"val_auc": 0.5}}}
    job = client.create_dataset(a_request())
    states = list(client.follow(job))
    assert {"dataset", "flights", "analyze", "40%", "0.5"} <= {cell.strip() for cell in cells_of(states[2])}
    service.steps["dataset"][-1] = {"state": "FAILED", "progress": {"phase": "analyze"}, "error": FAILURE}
    assert FAILURE["detail"] in cells_of(client.job("preprocessing", job.id))
    assert {"preprocessing", job.id, "FAILED", "1.0 s"} <= set(cells_of(client.jobs("preprocessing")))


def test_what_the_client_returns_has_html(client: Tandem) -> None:
    assert "flights" in cells_of(client.models())
    assert "dnn" in cells_of(client.versions("flights"))
