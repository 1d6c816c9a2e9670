"""Replacement of `pyspark.daemon` that loads the kernels before it forks workers.

A worker is ready at once, since its imports and compiled kernels exist when it is forked. And pyspark's daemon runs a full
garbage collection after each task, which walks every object that the imports created (45 ms measured, for a task of 5 ms);
objects from before the fork are frozen, so the collection has nothing to walk. On a cluster it runs from the folder that our
packages are unpacked into; a Spark Connect server keeps its own daemon.
"""

from __future__ import annotations

from importlib import import_module

_NEEDED = (
    "pandas",  # pyspark's worker imports it for every Arrow task
    "pyspark.worker",
    "preprocessing.spark.copy_source",
    "preprocessing.spark.evaluate_expressions",
    "preprocessing.range_tasks",
)


def main() -> None:
    """Load the kernels, freeze, then run `pyspark.daemon`."""
    for name in _NEEDED:
        import_module(name)
    import_module("preprocessing.spark.warm_up").warm_process()
    import_module("pyspark.daemon").manager()


if __name__ == "__main__":
    main()
