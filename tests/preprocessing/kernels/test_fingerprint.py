"""A dataset's fingerprint stays what it was: from version to version of Tandem, and of the libraries that it uses."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from contracts.dataset import Dataset

LINES = [
    f"{i % 3 % 2},{'' if i % 7 == 0 else i * 37 % 101},{i / 8 if i % 5 else 'NA'},{'' if i % 11 == 0 else f'tök-{i % 13}'}"
    for i in range(200)
]
TEXT = "y,whole,real,word\n" + "\n".join(LINES) + "\n"


@pytest.mark.parametrize("records", ["none", "raw", "transformed"])
def test_the_fingerprint_is_pinned(make_dataset: Callable[..., Dataset], records: str) -> None:
    """Where this fails, older datasets no longer compare equal: change it on purpose, and say so in a decision."""
    dataset = make_dataset(TEXT, label={"column": "y"}, source={"null_values": ["NA"]}, records=records)
    contents = {name: (split.rows, split.content) for name, split in dataset.manifest.splits.items()}
    assert contents == {
        "train": (153, "365708c129420125"),
        "validation": (23, "7a531e442dec038c"),
        "test": (24, "1ee2432b2006399e"),
    }
    assert dataset.manifest.fingerprint == "b1c630fbbaeb92e725b682d6997760eaf3728b64330fc0b10a3f7e867d64ec86"
