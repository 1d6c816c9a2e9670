from __future__ import annotations

import threading

from modeling.serving.inference_counts import InferenceCounts


def test_requests_and_runs_are_counted_from_many_threads() -> None:
    counts = InferenceCounts()

    def count() -> None:
        for _ in range(500):
            counts.ran(3, 0.5)
            counts.succeeded(3, queued=1.0, decoding=2.0, computing=4.0, encoding=8.0)
            counts.failed(0.25)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (counts.rows, counts.runs) == (6000, 2000)
    assert (counts.success.count, counts.success.seconds) == (2000, 30_000)
    assert (counts.queue.seconds, counts.decode.seconds, counts.compute.seconds) == (2000, 4000, 8000)
    assert (counts.encode.seconds, counts.fail.seconds, counts.batches[3].seconds) == (16_000, 500, 1000)


def test_batch_sizes_are_told_apart_up_to_a_number() -> None:
    counts = InferenceCounts()
    for rows in range(10_000):
        counts.ran(rows, 1)
    assert (counts.runs, len(counts.batches)) == (10_000, 256)
