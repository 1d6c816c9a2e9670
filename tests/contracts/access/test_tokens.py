from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from contracts.access.tokens import PREFIX, StoredToken, hash_of, new_token

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_tokens_have_256_bits_and_a_prefix_and_differ() -> None:
    made = {new_token() for _ in range(100)}
    assert len(made) == 100
    assert all(token.startswith(PREFIX) and len(token) == len(PREFIX) + 43 for token in made)


def test_the_hash_is_that_of_sha_256() -> None:
    assert hash_of(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-2, B.1


def test_a_token_expires_at_its_time() -> None:
    token = StoredToken(name="a", sha256="0" * 64, grants=("read",), created=NOW, expires=NOW)
    assert token.grants == ("read:*",)
    assert token.is_expired(NOW)
    assert not token.is_expired(NOW - timedelta(seconds=1))
    assert not token.model_copy(update={"expires": None}).is_expired(NOW)


@pytest.mark.parametrize("wrong", [{"grants": ()}, {"grants": ("owner",)}, {"sha256": "x"}, {"name": "a b"}])
def test_another_content_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        StoredToken.model_validate({"name": "a", "sha256": "0" * 64, "grants": ("read",), "created": NOW, **wrong})
