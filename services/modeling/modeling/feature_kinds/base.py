"""The interface of a kind of feature for the stages of modeling that need no TensorFlow.

Every method answers for all features of the kind in one call, so that a stage never asks feature by feature what could be one
operation over a matrix.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, ClassVar, Generic, Literal, NamedTuple, TypeVar

import pyarrow as pa

from contracts.features import Feature
from contracts.schema import Schema
from contracts.statistics import Statistics
from modeling.feature_kinds.raw_values import RawRows
from sources.arrays import Array

Json = dict[str, Any]

DriftMeasure = Literal["numbers", "tokens"]
"""The way in which raw values are counted and compared with training: by value, in order, or by token."""

F = TypeVar("F", bound=Feature)


class Noteworthy(NamedTuple):
    """A value that `?explain=inputs` reports: its row, its feature, and the entry."""

    row: int
    feature: str
    entry: Json


class ModelInputIds:
    """The ids that the graph made of some rows, computed when a kind first asks for them."""

    def __init__(self, schema: Schema, compute: Callable[[], Array]) -> None:
        bags = schema.bags
        self._columns = {name: columns if name in bags else columns[0] for name, columns in schema.id_columns.items()}
        self._compute = compute
        self._ids: Array | None = None

    def of(self, feature: str) -> Array:
        """Return the ids of a feature that is an id to the model, int64 [rows]; of one that is a list, [rows, most tokens]."""
        if self._ids is None:
            self._ids = self._compute()
        return self._ids[:, self._columns[feature]]


class FeatureKind(ABC, Generic[F]):
    """The features of one kind in a schema."""

    drift: ClassVar[DriftMeasure]

    def __init__(self, schema: Schema, features: Mapping[str, F]) -> None:
        self.schema = schema
        self.features = features

    @abstractmethod
    def json_schemas(self, statistics: Statistics | None) -> dict[str, Json]:
        """Return the JSON Schema of each feature's value: type, what it was in training, what a missing value becomes.

        `statistics`: of the training split; without them only the schema is described.
        """

    @abstractmethod
    def explain(self, rows: RawRows, ids: ModelInputIds, statistics: Statistics) -> Iterator[Noteworthy]:
        """Yield the noteworthy values of these rows, feature by feature, for `modeling.serving.explain`."""

    @abstractmethod
    def count_imputed(self, rows: RawRows, ids: ModelInputIds) -> dict[str, int]:
        """Return for each feature how many of its values are missing in these rows."""

    @abstractmethod
    def count_out_of_vocabulary(self, ids: ModelInputIds) -> dict[str, int]:
        """Return how many values are out of vocabulary, for each feature that has one; of a kind without, nothing."""

    @abstractmethod
    def logged(self, rows: RawRows, redacted: Collection[str]) -> dict[str, pa.Array]:
        """Return raw values as the prediction log keeps them, by feature: [rows], null where missing.

        `redacted`: features that are left out.
        """

    @abstractmethod
    def overridden(self, name: str, given: Mapping[str, Any]) -> F:
        """Return the feature with other rules than its dataset's. `given`: the fields of the override that are set.

        Raises `InvalidRequest` with a pointer into the training request, also for a kind that no training may change.
        """
