"""`make bench-serving`: predict beside an empty endpoint and beside other servers of the same SavedModel, and as versions change.

There are two empty endpoints, of the same pydantic model of the body: `empty`, of this service, so that a request to it is
counted, limited and logged as one to predict is; and `plain`, of a FastAPI application that has nothing else, see
`rivals/empty_app.py`.

Every figure comes from one run, so that ratios mean something on a machine that is shared. Prints a table, and writes its
figures to `build/bench-serving.json`. The other servers live in environments of their own under `build/rivals`, made once.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from tests.benchmarks import swap
from tests.benchmarks.latency import compare
from tests.benchmarks.load import measure_load
from tests.benchmarks.parts import in_its_own_process
from tests.benchmarks.served_model import MODEL, column_bodies, publish_model, row_bodies
from tests.benchmarks.servers import environment_of, rival, tandem

RIVALS = ("mlserver", "litserve", "bentoml", "keras")
_KEYS = {"keras": "keras_predict"}
PREDICT = f"/v1/models/{MODEL}:predict"
CLIENTS = 32
ROWS = 1000


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=6, help="of each throughput")
    arguments.add_argument("--requests", type=int, default=4000, help="to each endpoint whose latency is measured")
    arguments.add_argument("--changes", type=int, default=swap.CHANGES, help="of versions under load")
    arguments.add_argument("--rivals", nargs="*", default=list(RIVALS), choices=RIVALS)
    given = arguments.parse_args()
    for name in given.rivals:
        environment_of(name)
    with tempfile.TemporaryDirectory(prefix="tandem-serving-") as folder:
        found = measure(Path(folder), given)
    show(found)
    latencies = [f"{name}_{at}_ms" for name in ("empty", "plain", "predict") for at in ("p50", "p99")]
    wanted = (*latencies, "throughput", "columns_rows_per_s")
    figures = {key: found[key] for key in wanted}
    figures["swap"] = {key: found["swap"][key] for key in ("p99_before_ms", "p99_during_ms", "failed", "mixed")}
    path = Path("build/bench-serving.json")
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(figures, indent=1) + "\n")
    print(f"written to {path}")


def measure(scratch: Path, given: argparse.Namespace) -> dict[str, Any]:
    """All figures."""
    model_folder = scratch / "storage/models" / MODEL / str(publish_model(str(scratch)).version)
    bodies, complete = row_bodies(), row_bodies(missing=False)
    found: dict[str, Any] = {"throughput": {}}

    def throughput(port: int | list[int], path: str, sent: list[bytes], clients: int = CLIENTS) -> dict[str, Any]:
        ports = port if isinstance(port, list) else [port]
        figures = measure_load(ports, path, sent, clients=clients, seconds=given.seconds, scratch=scratch)
        if figures["failed"]:
            raise RuntimeError(f"{figures['failed']} requests to {path} failed")
        return figures

    _say("one row, one client")
    with tandem(str(scratch)) as port, rival("empty", model_folder, bodies[0], scratch) as (plain, path):
        targets = [("empty", port, "/empty"), ("predict", port, PREDICT), ("plain", plain, path)]
        found |= compare(targets, bodies, requests=given.requests)
    _say("throughput and columns")
    with tandem(str(scratch)) as port:
        found["throughput"]["tandem"] = round(throughput(port, PREDICT, complete)["per_second"], 1)
        columns = throughput(port, PREDICT, column_bodies(ROWS), clients=4)
        found["columns_rows_per_s"] = round(columns["per_second"] * ROWS)
    for name in given.rivals:
        _say(name)
        sent = [_open_inference(body) for body in complete] if name == "mlserver" else complete
        with rival(name, model_folder, sent[0], scratch) as (port, path):
            found["throughput"][_KEYS.get(name, name)] = round(throughput(port, path, sent)["per_second"], 1)
    _say("shares of a request of columns; loading")
    found |= in_its_own_process("serving_parts", folder=scratch, rows=ROWS)
    _say("more processes")
    found["processes"] = _processes(scratch, throughput, complete)
    _say("versions change under load")
    with tempfile.TemporaryDirectory(prefix="tandem-swap-") as folder:
        found["swap"] = swap.measure(folder, changes=given.changes)
    return found


def _processes(scratch: Path, throughput: Callable[..., dict[str, Any]], bodies: list[bytes]) -> dict[int, float]:
    """The clients shared out among so many services over one storage, as a load balancer does it."""
    figures: dict[int, float] = {}
    for count in (1, 2, 3):
        with ExitStack() as stack:
            ports = [
                stack.enter_context(tandem(str(scratch), TANDEM_STATE=f"{scratch}/state-{at}")) for at in range(count)
            ]
            figures[count] = round(throughput(ports, PREDICT, bodies)["per_second"], 1)
    return figures


def _open_inference(body: bytes) -> bytes:
    """The row as the Open Inference Protocol has it, which is what MLServer speaks."""
    row: dict[str, Any] = json.loads(body)["instances"][0]
    inputs = [
        {"name": name, "shape": [1], "datatype": "BYTES" if isinstance(value, str) else "FP32", "data": [value]}
        for name, value in row.items()
    ]
    return json.dumps({"inputs": inputs}).encode()


def _say(what: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {what} …", flush=True)


def show(found: dict[str, Any]) -> None:
    """Print the table."""
    table = Table("what", "measured", "beside", title=f"serving, {os.cpu_count()} cores")
    empty = found["empty_p50_ms"], found["empty_p99_ms"]
    plain = found["plain_p50_ms"], found["plain_p99_ms"]
    table.add_row(
        "an empty endpoint of the service that parses the same body, p50",
        f"{empty[0]:.3f} ms",
        f"p99 {empty[1]:.3f} ms",
    )
    table.add_row(
        "the same in a FastAPI application without any layers", f"{plain[0]:.3f} ms", f"p99 {plain[1]:.3f} ms"
    )
    for at, name in enumerate(("p50", "p99")):
        took = found[f"predict_{name}_ms"]
        beside = f"{took / empty[at]:.2f} x the empty endpoint, {took / plain[at]:.2f} x the plain one"
        table.add_row(f"predict, one row of 39 features, one client, {name}", f"{took:.3f} ms", beside)
    ours = found["throughput"]["tandem"]
    table.add_row(f"predict, {CLIENTS} clients, one row each", f"{ours:,.0f} requests/s", "")
    for name, theirs in found["throughput"].items():
        if name != "tandem":
            table.add_row(
                f"the same SavedModel behind {name}", f"{theirs:,.0f} requests/s", f"tandem: {ours / theirs:.1f} x"
            )
    for count, each in found["processes"].items():
        table.add_row(
            f"predict, {CLIENTS} clients, {count} processes", f"{each:,.0f} requests/s", f"{each / ours:.2f} x"
        )
    shares = f"JSON {found['json_share']:.0%}, TensorFlow {found['tensorflow_share']:.0%} of {found['columns_ms']:.1f} ms alone"
    table.add_row(f"columns of {ROWS:,} rows, 4 clients", f"{found['columns_rows_per_s']:,} rows/s", shares)
    table.add_row(
        "ready after the TensorFlow import", f"{found['load_s']:.2f} s", f"the import: {found['import_s']:.1f} s"
    )
    swapped = found["swap"]
    beside = f"{swapped['p99_during_ms'] / swapped['p99_before_ms']:.2f} x before ({swapped['p99_before_ms']:.2f} ms)"
    table.add_row("p99 while versions change", f"{swapped['p99_during_ms']:.2f} ms", beside)
    table.add_row("failed, mixed", f"{swapped['failed']}, {swapped['mixed']}", f"of {swapped['requests']:,} requests")
    Console(width=130).print(table)


if __name__ == "__main__":
    main()
