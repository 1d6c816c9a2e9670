"""The versions that serve a model."""

from __future__ import annotations

from tests.modeling.trained import Trained

from modeling.repository.labels import Labels
from modeling.repository.versions import read_manifest
from modeling.serving.loaded_version import LoadedVersion
from modeling.serving.served_model import ServedModel


def test_what_is_no_longer_held_serves_no_more(trained: Trained) -> None:
    first, second = (LoadedVersion(read_manifest(trained.storage, "m", number), {}, dict) for number in (1, 2))
    served = ServedModel(second, {"champion": first}, Labels(labels={"champion": 1}))
    assert served.versions == {1: first, 2: second}
    assert served.only({1: first, 2: second}) == served
    without_default = served.only({1: first})
    assert (without_default.default, without_default.lost_default) == (None, True)
    assert without_default.labelled == {"champion": first}
    replaced = served.only({1: LoadedVersion(first.manifest, {}, dict), 2: second})
    assert (replaced.default, replaced.labelled, replaced.lost_default) == (second, {}, False)
