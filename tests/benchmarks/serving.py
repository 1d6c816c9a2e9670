"""`make bench-serving`: predict beside an empty endpoint, other servers of the same SavedModel, changing versions, and jobs.

There are two empty endpoints, of the same pydantic model of the body: `empty`, of this service, so that a request to it is
counted, limited and logged as one to predict is; and `plain`, of a FastAPI application that has nothing else, see
`rivals/empty_app.py`.

Every figure comes from one run, so that ratios mean something on a machine that is shared. Prints a table, and writes
figures to `build/bench-serving.json` as they come. The other servers live in environments of their own under `build/rivals`,
made once.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Callable
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from tests.benchmarks import swap
from tests.benchmarks.figures import Figures
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
    arguments.add_argument("--beside-seconds", type=float, default=30, help="of predictions beside each kind of job")
    given = arguments.parse_args()
    figures = Figures(Path("build/bench-serving.json"))
    with tempfile.TemporaryDirectory(prefix="tandem-serving-") as folder:
        measure(Path(folder), given, figures)
    show(figures)
    figures.end()


def measure(scratch: Path, given: argparse.Namespace, figures: Figures) -> None:
    """Measure all figures, part by part."""
    model_folder = scratch / "storage/models" / MODEL / str(publish_model(str(scratch)).version)
    bodies, complete = row_bodies(), row_bodies(missing=False)

    def throughput(port: int | list[int], path: str, sent: list[bytes], clients: int = CLIENTS) -> dict[str, Any]:
        ports = port if isinstance(port, list) else [port]
        figures = measure_load(ports, path, sent, clients=clients, seconds=given.seconds, scratch=scratch)
        if figures["failed"]:
            raise RuntimeError(f"{figures['failed']} requests to {path} failed")
        return figures

    def one_row() -> dict[str, Any]:
        with tandem(str(scratch)) as port, rival("empty", model_folder, bodies[0], scratch) as (plain, path):
            targets = [("empty", port, "/empty"), ("predict", port, PREDICT), ("plain", plain, path)]
            return compare(targets, bodies, requests=given.requests)

    def ours() -> dict[str, Any]:
        with tandem(str(scratch)) as port:
            per_second = round(throughput(port, PREDICT, complete)["per_second"], 1)
            columns = throughput(port, PREDICT, column_bodies(ROWS), clients=4)
            return {
                "throughput": {"tandem": per_second},
                "columns_rows_per_s": round(columns["per_second"] * ROWS),
            }

    def theirs(name: str) -> dict[str, Any]:
        environment_of(name)
        sent = [_open_inference(body) for body in complete] if name == "mlserver" else complete
        with rival(name, model_folder, sent[0], scratch) as (port, path):
            per_second = round(throughput(port, path, sent)["per_second"], 1)
        return {"throughput": {**figures.get("throughput", {}), _KEYS.get(name, name): per_second}}

    def versions_change() -> dict[str, Any]:
        with tempfile.TemporaryDirectory(prefix="tandem-swap-") as folder:
            return {"swap": swap.measure(folder, changes=given.changes)}

    figures.measure("one row, one client", one_row)
    figures.measure("throughput and columns", ours)
    for name in given.rivals:
        figures.measure(name, partial(theirs, name))
    figures.measure(
        "shares of a request of columns; loading",
        lambda: in_its_own_process("serving_parts", folder=scratch, rows=ROWS),
    )
    figures.measure("more processes", lambda: {"processes": _processes(scratch, throughput, complete)})
    figures.measure("versions change under load", versions_change)
    figures.measure(
        "predictions while jobs run",
        lambda: {"beside_jobs": in_its_own_process("beside_jobs", seconds=given.beside_seconds)},
    )


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


def show(found: dict[str, Any]) -> None:
    """Print the table, without the rows of parts that failed."""
    table = Table("what", "measured", "beside", title=f"serving, {os.cpu_count()} cores")
    for part in (show_one_row, show_throughput, show_processes, show_columns, show_swap, show_beside_jobs):
        with suppress(KeyError):
            part(table, found)
    Console(width=130).print(table)


def show_one_row(table: Table, found: dict[str, Any]) -> None:
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


def show_throughput(table: Table, found: dict[str, Any]) -> None:
    ours = found["throughput"]["tandem"]
    table.add_row(f"predict, {CLIENTS} clients, one row each", f"{ours:,.0f} requests/s", "")
    for name, theirs in found["throughput"].items():
        if name != "tandem":
            table.add_row(
                f"the same SavedModel behind {name}", f"{theirs:,.0f} requests/s", f"tandem: {ours / theirs:.1f} x"
            )


def show_processes(table: Table, found: dict[str, Any]) -> None:
    ours = found["throughput"]["tandem"]
    for count, each in found["processes"].items():
        table.add_row(
            f"predict, {CLIENTS} clients, {count} processes", f"{each:,.0f} requests/s", f"{each / ours:.2f} x"
        )


def show_columns(table: Table, found: dict[str, Any]) -> None:
    shares = f"JSON {found['json_share']:.0%}, TensorFlow {found['tensorflow_share']:.0%} of {found['columns_ms']:.1f} ms alone"
    table.add_row(f"columns of {ROWS:,} rows, 4 clients", f"{found['columns_rows_per_s']:,} rows/s", shares)
    table.add_row(
        "ready after the TensorFlow import", f"{found['load_s']:.2f} s", f"the import: {found['import_s']:.1f} s"
    )


def show_swap(table: Table, found: dict[str, Any]) -> None:
    swapped = found["swap"]
    beside = f"{swapped['p99_during_ms'] / swapped['p99_before_ms']:.2f} x before ({swapped['p99_before_ms']:.2f} ms)"
    table.add_row("p99 while versions change", f"{swapped['p99_during_ms']:.2f} ms", beside)
    table.add_row("failed, mixed", f"{swapped['failed']}, {swapped['mixed']}", f"of {swapped['requests']:,} requests")


def show_beside_jobs(table: Table, found: dict[str, Any]) -> None:
    took = found["beside_jobs"]
    table.add_row("a row every 5 ms, p99", f"{took['quiet_p99_ms']:.2f} ms", f"longest {took['quiet_max_ms']:.0f} ms")
    for name, what in (("spark", "Spark works"), ("training", "a model trains")):
        beside = f"{took[f'{name}_p99_ratio']:.2f} x quiet, longest {took[f'{name}_max_ms']:.0f} ms"
        table.add_row(f"the same while {what}", f"{took[f'{name}_p99_ms']:.2f} ms", beside)


if __name__ == "__main__":
    main()
