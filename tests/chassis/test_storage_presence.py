"""A storage that was there and is gone is missed; one that was never there, or is back, is not."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.disks import needs_mounts, small_disk

from chassis.storage_presence import StoragePresence
from contracts.errors import StorageUnavailable


def test_a_folder_that_was_there(tmp_path: Path) -> None:
    root = tmp_path / "storage"
    presence = StoragePresence(str(root))
    presence.require()
    root.mkdir()
    presence.require()
    root.rename(tmp_path / "away")
    for _ in range(2):
        with pytest.raises(StorageUnavailable, match="the storage is gone: there is no folder"):
            presence.require()
    (tmp_path / "away").rename(root)
    presence.require()


def test_what_is_in_the_folder_does_not_matter(tmp_path: Path) -> None:
    presence = StoragePresence(str(tmp_path))
    (tmp_path / "datasets").mkdir()
    presence.require()
    (tmp_path / "datasets").rmdir()
    presence.require()


def test_a_link_may_lead_elsewhere_from_now_on(tmp_path: Path) -> None:
    link = tmp_path / "storage"
    presence = StoragePresence(str(link))
    for target in ("/proc", str(tmp_path)):  # another mount, and one with a shorter path
        link.unlink(missing_ok=True)
        link.symlink_to(target)
        presence.require()


def test_a_remote_store_is_not_looked_at() -> None:
    StoragePresence("s3://no-such-bucket/at-all").require()


@needs_mounts
def test_a_mount_that_drops_and_comes_back(tmp_path: Path) -> None:
    with small_disk(tmp_path / "storage") as disk:
        (disk.path / "below").mkdir()
        presences = [StoragePresence(str(disk.path)), StoragePresence(str(disk.path / "below"))]
        for presence in presences:
            presence.require()
        disk.vanish()
        (disk.path / "below").mkdir()  # as by a writer in its place
        for presence in presences:
            with pytest.raises(
                StorageUnavailable, match=r"the storage is gone: nothing is mounted on .*storage any more"
            ):
                presence.require()
        disk.come_back()
        for presence in presences:
            presence.require()
