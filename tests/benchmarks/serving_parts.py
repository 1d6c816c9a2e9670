"""What a request of columns is made of, and how long the service takes from TensorFlow's import to its first prediction."""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--folder", required=True)
    arguments.add_argument("--rows", type=int, required=True)
    given = arguments.parse_args()
    began = time.perf_counter()
    from modeling.serving.load_saved_model import load, use_one_thread_per_call  # noqa: PLC0415  # what takes long is measured

    use_one_thread_per_call()
    imported = time.perf_counter()
    from contracts.storage import Storage  # noqa: PLC0415
    from modeling.repository.versions import read_manifest  # noqa: PLC0415

    storage = Storage(f"{given.folder}/storage")
    loaded = load(storage, read_manifest(storage, "latency", 1))
    ready = time.perf_counter()

    from tests.benchmarks.served_model import column_bodies  # noqa: PLC0415

    from modeling.protocols.tensorflow_predict import predict  # noqa: PLC0415

    body = column_bodies(given.rows, 1)[0]
    call = predict(body)(loaded)
    signature = loaded.signatures[call.signature]
    outputs = signature.call(*call.values)
    read = _median(lambda: predict(body)(loaded))
    compute = _median(lambda: signature.call(*call.values))
    write = _median(lambda: call.reply(outputs))
    whole = read + compute + write
    figures = {
        "import_s": imported - began,
        "load_s": ready - imported,
        "columns_ms": whole * 1000,
        "json_share": (read + write) / whole,
        "tensorflow_share": compute / whole,
    }
    print(json.dumps(figures))


def _median(run: Callable[[], object], repeat: int = 50) -> float:
    took: list[float] = []
    for _ in range(repeat):
        began = time.perf_counter()
        run()
        took.append(time.perf_counter() - began)
    return statistics.median(took)


if __name__ == "__main__":
    main()
