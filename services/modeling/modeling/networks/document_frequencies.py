"""Weights of tokens by the share of the training split's lists that have them: rare ones tell lists apart.

ln((1 + n) / (1 + c)) + 1, as scikit-learn's TfidfTransformer has it; c counts a token as often as its list has it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from contracts.dataset.vocabulary import Vocabulary
from contracts.features import MISSING_ID, NO_ID
from contracts.schema import Schema
from contracts.statistics import CategoricalStatistics, Statistics


def inverse_document_frequencies(
    schema: Schema, statistics: Statistics, vocabularies: dict[str, Vocabulary]
) -> dict[str, np.ndarray[Any, Any]]:
    """Return the weight of each id, float32 [ids], of each feature whose lists have weights.

    A missing list has weight 1, a token out of vocabulary 0.
    """
    train = statistics.splits["train"].features
    weighted = [name for name, bag in schema.bags.items() if bag.weights == "idf"]
    made: dict[str, np.ndarray[Any, Any]] = {}
    for name in weighted:
        column, first = train[name], schema.vocabularies[name].first_token_id + 1
        assert isinstance(column, CategoricalStatistics)
        assert column.lists is not None
        counts = vocabularies[name].counts.to_numpy()
        known = np.log((1 + column.lists.count) / (1 + counts)) + 1
        weights = np.concatenate([np.zeros(first), np.maximum(known, 0)]).astype(np.float32)
        weights[[NO_ID, MISSING_ID + 1]] = 0, 1
        made[name] = weights
    return made
