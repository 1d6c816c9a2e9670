from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from chassis.access.stored_tokens import StoredTokens
from contracts.access.roles import Grant, Role
from contracts.access.tokens_file import TokensFile

READ = (Grant(Role.READ),)


def test_a_token_is_known_until_it_expires_or_is_revoked(tmp_path: Path) -> None:
    file = TokensFile(tmp_path / "tokens")
    tokens = StoredTokens(file.path)
    assert tokens.find(b"tdm_x") is None
    made = file.create("ada", READ, datetime.now(UTC) + timedelta(seconds=2)).encode()
    time.sleep(0.6)
    known = tokens.find(made)
    assert known is not None
    assert known.name == "ada"
    assert tokens.find(made + b"x") is None
    time.sleep(2)
    assert tokens.find(made) is None


def test_no_token_is_valid_while_others_can_read_the_file(tmp_path: Path) -> None:
    file = TokensFile(tmp_path / "tokens")
    made = file.create("ada", READ, None).encode()
    tokens = StoredTokens(file.path)
    assert tokens.find(made) is not None
    file.path.chmod(0o644)
    time.sleep(0.6)
    assert tokens.find(made) is None
    file.path.chmod(0o600)
    time.sleep(0.6)
    assert tokens.find(made) is not None
    file.path.unlink()
    time.sleep(0.6)
    assert tokens.find(made) is None
