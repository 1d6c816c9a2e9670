"""Category ids fit int32, the missing one included."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from contracts.features.ids import FIRST_ID, MISSING_ID, MOST_BUCKETS, Buckets

BUCKETS: TypeAdapter[int] = TypeAdapter(Buckets)


def test_missing_has_an_id_of_its_own_and_the_last_id_fits_int32() -> None:
    assert FIRST_ID == MISSING_ID + 1
    assert np.iinfo(np.int32).max >= FIRST_ID + MOST_BUCKETS
    assert BUCKETS.validate_python(MOST_BUCKETS) == MOST_BUCKETS


@pytest.mark.parametrize("buckets", [0, -1, MOST_BUCKETS + 1])
def test_there_is_a_bucket_and_not_too_many(buckets: int) -> None:
    with pytest.raises(ValidationError, match="than or equal"):
        BUCKETS.validate_python(buckets)
