from __future__ import annotations

import stat
from pathlib import Path

import pytest

from contracts.access.private_file import read_private, write_private
from contracts.errors import NotAllowed


def test_a_written_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "file"
    write_private(path, "secret")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert read_private(path) == "secret"


def test_it_is_replaced_whole_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    path.chmod(0o644)
    write_private(path, "new")
    assert read_private(path) == "new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_a_file_that_others_can_access_is_not_read(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "file"
    path.write_text("secret")
    path.chmod(mode)
    with pytest.raises(NotAllowed, match="chmod 600") as refused:
        read_private(path)
    assert "secret" not in refused.value.message.replace("secrets", "")
