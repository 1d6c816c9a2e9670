from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from contracts.access.roles import Grant, Role
from contracts.access.tokens import hash_of
from contracts.access.tokens_file import TokensFile
from contracts.errors import CorruptData, NameTaken, NotAllowed, NotFound

READ = (Grant(Role.READ, "a-*"),)


def test_a_token_is_stored_as_its_hash_alone(tmp_path: Path) -> None:
    file = TokensFile(tmp_path / "tokens.json")
    token = file.create("one", READ, None)
    assert token not in file.path.read_text()
    (stored,) = file.read()
    assert (stored.name, stored.sha256, stored.grants) == ("one", hash_of(token.encode()), ("read:a-*",))
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600


def test_a_revoked_token_is_gone_and_a_name_is_taken_once(tmp_path: Path) -> None:
    file = TokensFile(tmp_path / "tokens.json")
    assert file.read() == ()
    file.create("one", READ, None)
    with pytest.raises(NameTaken, match="one"):
        file.create("one", READ, None)
    file.revoke("one")
    assert file.read() == ()
    with pytest.raises(NotFound, match="one"):
        file.revoke("one")


def test_changes_made_together_are_all_kept(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: TokensFile(tmp_path / "t").create(f"n{number}", READ, None), range(24)))
    assert len(TokensFile(tmp_path / "t").read()) == 24


def test_another_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    path.touch(mode=0o600)
    path.write_text('{"tokens": [{"name": "a"}]}')
    with pytest.raises(CorruptData, match="is not a file of tokens"):
        TokensFile(path).read()
    path.chmod(0o644)
    with pytest.raises(NotAllowed, match="chmod 600"):
        TokensFile(path).read()
