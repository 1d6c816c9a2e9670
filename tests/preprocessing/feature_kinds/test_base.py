"""What a kind of feature has to provide, and what it has by default."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pytest
from tests.preprocessing.runs import staged

from contracts.dataset.data_folder import DataFolder
from contracts.input_rules import NumberRules
from preprocessing.feature_kinds.base import FeatureKind, RunTokens
from preprocessing.vocabularies.runs import StagedRows
from sources.arrays import Int64s


class Doubled(FeatureKind):
    """Twice each number."""

    def model_inputs(self, rows: StagedRows, rules: NumberRules, ids: Mapping[str, Int64s]) -> dict[str, pa.Array]:
        return {name: pa.array(2 * values) for name, values in rows.numeric.items()}


def test_a_kind_of_numbers_has_no_token_ids(data_folder: DataFolder) -> None:
    assert Doubled().token_ids(RunTokens(data_folder, 0, {}, {})) == {}


def test_a_kind_must_make_model_inputs() -> None:
    with pytest.raises(TypeError, match="model_inputs"):
        FeatureKind()  # pyright: ignore[reportAbstractUsage]
    inputs = Doubled().model_inputs(staged({"x": [1, np.nan]}, {}), NumberRules((), ()), {})
    np.testing.assert_array_equal(inputs["x"].to_numpy(), [2, np.nan])
