"""The interface of a kind of feature: it handles all of its features of a batch together."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from contracts.dataset.data_folder import DataFolder
from contracts.input_rules import NumberRules
from preprocessing.vocabularies.runs import BucketIds, StagedRows
from sources.arrays import Int64s


@dataclass(frozen=True)
class RunTokens:
    """The tokens of one run, and the staged ids that the merge assigned them."""

    folder: DataFolder
    index: int
    """The run's index among all runs."""
    tokens: Mapping[str, pa.RecordBatch]
    """By feature whose column holds tokens: the run's distinct tokens, as `open_tokens` reads them."""
    ids: Mapping[str, Sequence[BucketIds]]
    """By feature that has a vocabulary, in the order of hash groups."""


class FeatureKind(ABC):
    """All features of one kind, by name in schema order."""

    def token_ids(self, run: RunTokens) -> dict[str, Int64s]:
        """Return, by feature, the id of each of the run's tokens by its number, then 0 for missing: int64 [tokens + 1].

        By default nothing: features that are read as numbers have no tokens.
        """
        del run
        return {}

    @abstractmethod
    def model_inputs(self, rows: StagedRows, rules: NumberRules, ids: Mapping[str, Int64s]) -> dict[str, pa.Array]:
        """Return the features' model inputs by name: float32 or int64, [rows], never null. `ids`: as `token_ids` returns."""
