"""What Spark starts in place of `pyspark.daemon`: the same daemon, with the kernels loaded before it forks workers.

Two things come of it. A worker is ready at once, since its imports and compiled kernels are there when it is forked. And
pyspark's daemon runs a full garbage collection after each task, which walks every object that the imports made (45 ms
measured, for a task of 5 ms); objects that are there before the fork are frozen, so the collection has nothing to walk.
On a cluster it runs from the folder into which our packages were sent; a Spark Connect server keeps its own daemon.
"""

from __future__ import annotations

from importlib import import_module

_NEEDED = (
    "pandas",  # pyspark's worker imports it for every Arrow task
    "pyspark.worker",
    "preprocessing.spark.copy_source",
    "preprocessing.spark.evaluate_expressions",
    "preprocessing.tasks",
)


def main() -> None:
    """Load, freeze, then do what `python -m pyspark.daemon` does."""
    for name in _NEEDED:
        import_module(name)
    import_module("preprocessing.spark.warm_up").warm_process()
    import_module("pyspark.daemon").manager()


if __name__ == "__main__":
    main()
