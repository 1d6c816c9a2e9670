from __future__ import annotations

import pickle

from preprocessing.statistics.staged_numbers import AllNumbers, StagedNumbers
from preprocessing.vocabularies.runs import Run, StagedRun, StagedRuns


def test_runs_are_known_by_their_range_and_without_their_sizes() -> None:
    runs = [
        Run(number // 2, f"t{number}", f"r{number}" if number % 3 else None, [1] * 1000, [2] * 1000)
        for number in range(9)
    ]
    data = pickle.dumps(StagedRuns(runs))
    packed: StagedRuns = pickle.loads(data)
    assert len(data) < 1000
    assert list(packed) == [StagedRun(run.source_range, run.tokens_path, run.rows_path) for run in runs]
    assert packed.of_range(2) == {4: packed[4], 5: packed[5]}
    assert packed.of_range(7) == {}
    assert packed[7:] == [packed[7], packed[8]]


def test_numbers_of_ranges_have_their_ends() -> None:
    staged = [StagedNumbers(f"n{number}", [0, number, 2 * number]) for number in range(5)]
    packed: AllNumbers = pickle.loads(pickle.dumps(AllNumbers(staged)))
    assert [(numbers.path, [*numbers.ends]) for numbers in packed[1:3]] == [("n1", [0, 1, 2]), ("n2", [0, 2, 4])]
    assert len(packed) == 5
