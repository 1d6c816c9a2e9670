"""Tables as datasets, by what `schemas:infer` proposes: `python -m tests.quality.suite_datasets FOLDER TABLE …`.

Each table becomes TABLE.csv, the dataset TABLE of the proposal as it is, and the dataset TABLE-rows without records, which
has the split and the label of each row of the file. Spark runs in a process of its own, as it does in the services.
"""

from __future__ import annotations

import json
import sys
import traceback
from pathlib import Path
from typing import Any

from tests.quality.tables import TABLES, Table

from chassis.engine.engine import JobContext
from contracts.messages.schemas import InferRequest
from contracts.schema import Label
from preprocessing.engine import SparkEngine
from preprocessing.proposals.propose import propose
from preprocessing.settings import PreprocessingSettings

PROPOSAL = "proposal.json"


def make(root: Path, names: list[str]) -> None:
    """Make the datasets of some tables; one that fails is left out."""
    settings = PreprocessingSettings(storage=str(root / "storage"), state=str(root / "state"), source_roots=[str(root)])
    engine = SparkEngine(settings)
    engine.warm()
    try:
        for name in names:
            try:
                _make_one(engine, root, name, TABLES[name])
            except Exception:  # noqa: BLE001  # whatever it is, the other tables are still to be made
                print(f"no dataset of the table {name}", file=sys.stderr)
                traceback.print_exc()
    finally:
        engine.close()


def _make_one(engine: SparkEngine, root: Path, name: str, table: Table) -> None:
    file = root / f"{name}.csv"
    table.frame().to_csv(file, index=False)
    request = proposed(root, name, table)
    for dataset, records in ((name, "raw"), (f"{name}-rows", "none")):
        engine.run("dataset", {**request, "name": dataset, "records": records}, JobContext.alone(dataset))


def proposed(root: Path, name: str, table: Table) -> dict[str, Any]:
    """Return the request that is proposed for a table's file, and keep the proposal next to it."""
    # A binary label's kind is left out, as by a person who knows its column alone.
    label = Label(column=table.label) if table.kind == "binary" else Label(column=table.label, kind=table.kind)
    proposal = propose(InferRequest(uris=[f"{name}.csv"], name=name, label=label), [str(root)])
    (root / f"{name}.{PROPOSAL}").write_text(json.dumps(proposal.model_dump(mode="json"), indent=1) + "\n")
    return proposal.request


if __name__ == "__main__":
    make(Path(sys.argv[1]), sys.argv[2:])
