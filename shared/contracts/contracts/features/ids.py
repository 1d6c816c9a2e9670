"""Category ids: 0 for a missing value, then a range of ids that starts at 1."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

MISSING_ID = 0
"""The category id of a missing value."""

NO_ID = 0
"""In the places of a list of tokens: no token. All other ids of a list are one above those of a single token."""

FIRST_ID = 1
"""The category id of the first bucket: of tokens out of vocabulary, of hashes, of a number's lowest bucket."""

MOST_BUCKETS = 2_000_000_000
"""Ids fit int32, with the missing one."""

Buckets = Annotated[int, Field(ge=1, le=MOST_BUCKETS)]
