"""Classes are those of the training split; labels are counted by split in any number of ranges."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from tests.preprocessing.planned_work import planned_work, row_splits

from contracts.errors import UnusableLabel
from preprocessing.assignment import classes
from preprocessing.assignment.classes import count_labels, learned, merged
from preprocessing.assignment.evaluated_values import write_evaluated
from preprocessing.assignment.work import Work, source_batches

LABEL: dict[str, Any] = {"label": {"column": "y", "kind": "multiclass"}}
NAMES = ["a", "b", "", "c", "a"]
TEXT = "y,x\n" + "".join(f"{NAMES[i % 5]},{i}\n" for i in range(200))


def expected(work: Work) -> dict[bytes, list[int]]:
    """Row by row, from the whole file."""
    pairs: Counter[tuple[bytes, int]] = Counter()
    for part in range(len(work.plan.ranges)):
        for batch in source_batches(work, part, list({**work.columns, **work.split_columns})):
            codes = row_splits(work, batch).tolist()
            pairs.update((y, code) for y, code in zip(batch.column("y").to_pylist(), codes, strict=True) if y)
    return {token: [pairs[token, code] for code in (1, 2, 3)] for token, _ in pairs}


@pytest.mark.parametrize("partitions", [1, 4])
@pytest.mark.parametrize("body", [{}, {"split_key": ["x"]}, {"splits": {"train": 1.0}}])
def test_rows_are_counted_by_label_and_split(tmp_path: Path, partitions: int, body: dict[str, Any]) -> None:
    _, work = planned_work(tmp_path, TEXT, partitions=partitions, **LABEL, **body)
    counts = merged(count_labels(work, part) for part in range(len(work.plan.ranges)))
    assert counts == expected(work)
    assert sum(map(sum, counts.values())) == 160


def test_rows_that_the_filter_leaves_out_are_not_counted(tmp_path: Path) -> None:
    _, work = planned_work(tmp_path, "y,x\na,1\nb,2\na,3\n", splits={"train": 1.0}, filter="x < 3", **LABEL)
    write_evaluated(work.folder, 0, ["keep"], iter([[np.array([1, 1, 0], np.uint8)]]))
    assert count_labels(work, 0) == {b"a": [1, 0, 0], b"b": [1, 0, 0]}


def test_an_evaluated_label_is_counted(tmp_path: Path) -> None:
    label = {"expression": "concat('c', x)", "kind": "multiclass"}
    _, work = planned_work(tmp_path, "x,z\n1,0\n2,0\n,0\n", splits={"train": 1.0}, label=label)
    write_evaluated(work.folder, 0, ["label"], iter([[pa.array([b"c1", b"c2", None], pa.binary())]]), label=pa.binary())
    assert count_labels(work, 0) == {b"c1": [1, 0, 0], b"c2": [1, 0, 0]}


def test_too_many_labels_are_refused_while_they_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, work = planned_work(tmp_path, TEXT, **LABEL)
    monkeypatch.setattr(classes, "MOST_TOKENS", 2)
    with pytest.raises(
        UnusableLabel, match=r"^the label has more than 2 classes; at most 1000 can be learned"
    ) as caught:
        count_labels(work, 0)
    assert caught.value.pointer == "/label/column"


def test_only_classes_of_the_training_split_are_learned(tmp_path: Path) -> None:
    _, work = planned_work(tmp_path, TEXT, **LABEL)
    assert learned({b"b": [1, 0, 0], b"only test": [0, 0, 9], b"a": [2, 1, 0]}, work) == ["a", "b"]
    assert learned({b"10": [1, 0, 0], b"2.0": [1, 0, 0]}, work) == [2, 10]
    assert learned({b"only test": [0, 0, 9]}, work) == []


def test_one_class_teaches_nothing(tmp_path: Path) -> None:
    _, work = planned_work(tmp_path, TEXT, **LABEL)
    with pytest.raises(UnusableLabel, match=r"^the label is 'a' in all 3 training rows; there is nothing to learn$"):
        learned({b"a": [3, 1, 0], b"b": [0, 5, 0]}, work)


def test_more_classes_than_a_model_may_have_are_refused(tmp_path: Path) -> None:
    _, work = planned_work(tmp_path, TEXT, **LABEL)
    assert len(learned({b"%d" % i: [1, 0, 0] for i in range(1000)}, work)) == 1000
    expression = work.schema.label.model_copy(update={"column": None, "expression": "y"})
    work = replace(work, schema=work.schema.model_copy(update={"label": expression}))
    with pytest.raises(UnusableLabel, match=r"^the label has 1001 classes; at most 1000") as caught:
        learned({b"%d" % i: [1, 0, 0] for i in range(1001)}, work)
    assert caught.value.pointer == "/label/expression"
