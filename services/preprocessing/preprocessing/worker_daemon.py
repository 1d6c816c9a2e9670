"""What Spark starts in place of `pyspark.daemon`: the same daemon, with the kernels loaded before it forks workers.

Two things come of it. A worker is ready at once, since its imports and compiled kernels are there when it is forked. And
pyspark's daemon runs a full garbage collection after each task, which walks every object that the imports made (45 ms
measured, for a task of 5 ms); objects that are there before the fork are frozen, so the collection has nothing to walk.
"""

from __future__ import annotations

import gc


def main() -> None:
    """Load, freeze, then do what `python -m pyspark.daemon` does."""
    import pandas  # noqa: F401, PLC0415  pyspark's worker imports it for every Arrow task
    import pyarrow.csv
    import pyarrow.parquet
    import pyspark.worker  # noqa: F401, PLC0415
    from pyspark import daemon  # noqa: PLC0415

    from preprocessing import labels, tasks  # noqa: F401, PLC0415
    from preprocessing.warm_up import warm_kernels  # noqa: PLC0415

    warm_kernels()
    gc.collect()
    gc.freeze()
    daemon.manager()


if __name__ == "__main__":
    main()
