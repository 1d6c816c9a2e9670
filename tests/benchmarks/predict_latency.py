"""One row of 39 features over HTTP, beside an empty endpoint of the same service that parses the same body; for `make bench`."""

from __future__ import annotations

import json
import tempfile

from tests.benchmarks.latency import compare
from tests.benchmarks.served_model import MODEL, publish_model, row_bodies
from tests.benchmarks.servers import tandem


def measure(requests: int = 3000, rounds: int = 10) -> dict[str, float]:
    """See `latency.compare`."""
    with tempfile.TemporaryDirectory(prefix="tandem-latency-") as folder:
        publish_model(folder)
        with tandem(folder) as port:
            targets = [("empty", port, "/empty"), ("predict", port, f"/v1/models/{MODEL}:predict")]
            return compare(targets, row_bodies(), requests=requests, rounds=rounds)


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
