"""Values per second and core of expressions, in the kernel: python -m tests.benchmarks.expressions."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
from tests.benchmarks.parts import median

from contracts.expressions import ResultType
from preprocessing.expressions.parsing.parse_expression import parse_expression
from sources.expressions.compile_arrow import compile_arrow

ROWS = 1_000_000
COLUMNS: dict[str, ResultType] = {"t": "instant", "x": "double", "y": "double", "s": "text"}
EXPRESSIONS = {
    "hour": "hour(t)",
    "week_of_year": "weekofyear(t)",
    "truncated_day": "date_trunc('day', t)",
    "ratio": "x / y",
    "haversine": "12742 * asin(sqrt(pow(sin(radians(x - 1) / 2), 2) + cos(radians(x)) * pow(sin(radians(y) / 2), 2)))",
    "domain": "regexp_extract(lower(s), '@([^@]+)$', 1)",
}


def measure(rows: int = ROWS) -> dict[str, float]:
    """Values per second of each expression, on one core."""
    random = np.random.default_rng(1)
    columns = {
        "t": pa.array(random.integers(-(10**15), 4 * 10**15, rows)),
        "x": pa.array(random.normal(size=rows)),
        "y": pa.array(random.normal(size=rows)),
        "s": pa.array([f"Person{i % 9973}@Example{i % 83}.org".encode() for i in range(rows)], pa.binary()),
    }
    pa.set_cpu_count(1)
    kernels = {
        name: compile_arrow(parse_expression(text, COLUMNS, "America/New_York")) for name, text in EXPRESSIONS.items()
    }
    return {
        f"kernel_of_{name}": rows / median(lambda kernel=kernel: kernel(columns), 5) for name, kernel in kernels.items()
    }


if __name__ == "__main__":
    print(json.dumps({name: round(value) for name, value in measure().items()}))
