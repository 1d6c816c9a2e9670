"""Choose the masks under which a model is evaluated, and the rows, so that the predictions cost little of the training.

They are bounded by half the rows that the training passed through the network, and none of them is read, transformed or
differentiated again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contracts.dataset.vocabulary import Vocabulary
from contracts.schema import Schema
from contracts.statistics import SplitStatistics
from modeling.evaluation.row_cost import MOST_WORK

SHARES = (0.0, 0.1, 0.3, 0.5, 0.8, 1.0)
MOST_ROWS = 50_000
FEWEST_ROWS = 200
"""Rows that a sample keeps, if the split has them; past it, features are left out."""
MOST_BYTES = 256_000_000
"""Memory of the sample's model inputs."""
MOST_FEATURES = 100
"""Features that are masked alone, the most important ones."""
PREDICTIONS_PER_TRAINED_ROW = 0.5
FEWEST_PREDICTIONS, MOST_PREDICTIONS = 200_000, 2_000_000
"""Limits of the predictions over all masks."""
MASKS_PER_FEATURE = 2
_OUTPUTS_PER_PREDICTION = 10
"""Classes whose metrics take as long as the prediction of a row."""


@dataclass(frozen=True)
class TrainedOn:
    """The training split of a model, and for how many `epochs` it was trained on it."""

    epochs: int
    statistics: SplitStatistics
    vocabularies: Mapping[str, Vocabulary]


@dataclass(frozen=True)
class SingleMask:
    """One feature that is masked alone.

    `training_rows`: rows of the training split in which its value was so by itself; None for unseen tokens that are hashed, since
    nothing tells them from known ones.
    """

    feature: str
    column: int
    unseen: bool
    training_rows: int | None


@dataclass(frozen=True)
class Masks:
    """All masks of an evaluation; each has a column for each of `features`."""

    shares: tuple[float, ...]
    singles: tuple[SingleMask, ...]
    features: int


@dataclass(frozen=True)
class Plan:
    """The predictions to make: `rows` of the test split at each share, and with each of `features` masked alone."""

    rows: int
    shares: tuple[float, ...]
    features: int

    def masks(self, schema: Schema, trained: TrainedOn, ranked: Sequence[str]) -> Masks:
        """Return the masks; `ranked`: all features of the schema, the most important one first."""
        return Masks(self.shares, tuple(single_masks(schema, trained, ranked[: self.features])), len(ranked))


def single_masks(schema: Schema, trained: TrainedOn, features: Sequence[str]) -> list[SingleMask]:
    """Return the masks of some features: missing, and of tokens unseen."""
    columns = {name: column for column, name in enumerate(schema.features)}
    masks: list[SingleMask] = []
    for name in features:
        feature, in_training = schema.features[name], trained.statistics.features[name]
        masks.append(SingleMask(name, columns[name], unseen=False, training_rows=in_training.missing))
        if feature.column_type == "token":
            counts = None if feature.vocabulary is None else trained.vocabularies[name].counts
            unknown = None if counts is None else in_training.count - int(counts.to_numpy().sum())
            masks.append(SingleMask(name, columns[name], unseen=True, training_rows=unknown))
    return masks


def plan_masks(
    features: int,
    *,
    test_rows: int,
    trained_rows: int,
    row_bytes: int,
    cost: int = 1,
    outputs: int = 1,
    share: float | None = None,
) -> Plan:
    """Return what can be predicted at a bounded cost.

    `trained_rows`: rows of all epochs together; `row_bytes`: of a row's model inputs; `cost`: `row_cost` of a prediction;
    `outputs`: predictions of a row; `share`: one more than `SHARES`.
    """
    fewest = min(FEWEST_PREDICTIONS, MOST_WORK // max(cost, 1))
    shares = tuple(sorted({*SHARES} if share is None else {*SHARES, share}))
    trained = min(max(PREDICTIONS_PER_TRAINED_ROW * trained_rows, fewest), MOST_PREDICTIONS)
    budget = int(trained / (1 + outputs / _OUTPUTS_PER_PREDICTION))
    affordable = budget // max(min(test_rows, FEWEST_ROWS), 1) - len(shares)
    masked = min(features, MOST_FEATURES, max(affordable, 0) // MASKS_PER_FEATURE)
    rows = budget // (len(shares) + MASKS_PER_FEATURE * masked)
    rows = max(min(rows, MOST_ROWS, MOST_BYTES // max(row_bytes, 1)), FEWEST_ROWS)
    return Plan(min(rows, test_rows), shares, masked)
