"""One row of predict with and without tokens: python -m tests.benchmarks.authentication.

Two services over the same model, one of which asks for a token, take turns; then two new ones in the other order, since
processes of one program differ by some percent. Prints p50 and p99 of each pair, and the ratios of p50.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from pathlib import Path

from tests.benchmarks.latency import compare
from tests.benchmarks.served_model import MODEL, publish_model, row_bodies
from tests.benchmarks.servers import tandem

from contracts.access.roles import Grant, Role
from contracts.access.tokens_file import TokensFile

PREDICT = f"/v1/models/{MODEL}:predict"


def measure(pairs: int = 6, requests: int = 6000) -> dict[str, list[float]]:
    """`ratio`: p50 with tokens over p50 without, of each pair, and both in milliseconds."""
    figures: dict[str, list[float]] = {"ratio": [], "open_p50_ms": [], "tokens_p50_ms": []}
    with tempfile.TemporaryDirectory(prefix="tandem-access-") as folder:
        publish_model(folder)
        file = TokensFile(Path(folder, "tokens.json"))
        token = file.create("benchmark", (Grant(Role.PREDICT, f"{MODEL}*"),), None)
        headers = {"tokens": {"Authorization": f"Bearer {token}"}}
        settings = {
            "open": {"TANDEM_STATE": f"{folder}/open"},
            "tokens": {"TANDEM_STATE": f"{folder}/asks", "TANDEM_TOKENS": str(file.path)},
        }
        for pair in range(pairs):
            first, second = ("open", "tokens") if pair % 2 == 0 else ("tokens", "open")
            quiet = {"TANDEM_JOBS_AT_ONCE": "0", "TANDEM_LOG_LEVEL": "INFO"}
            with tandem(folder, **settings[first], **quiet) as a, tandem(folder, **settings[second], **quiet) as b:
                targets = [(first, a, PREDICT), (second, b, PREDICT)]
                found = compare(targets, row_bodies(), requests=requests, rounds=30, headers=headers)
            for name in ("open", "tokens"):
                figures[f"{name}_p50_ms"].append(found[f"{name}_p50_ms"])
            figures["ratio"].append(round(found["tokens_p50_ms"] / found["open_p50_ms"], 3))
    return {**figures, "median_ratio": [round(statistics.median(figures["ratio"]), 3)]}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=6)
    parser.add_argument("--requests", type=int, default=6000)
    given = parser.parse_args()
    print(json.dumps(measure(given.pairs, given.requests), indent=1))
