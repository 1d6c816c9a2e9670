from __future__ import annotations

from pyarrow import fs
from tests.object_store import ObjectStore

from contracts.stores.filesystems import opened


def test_a_client_is_made_once(object_store: ObjectStore) -> None:
    filesystem, root = opened(object_store.uri("x"))
    assert isinstance(filesystem, fs.S3FileSystem)
    assert root == "tandem-tests/x"
    assert opened(object_store.uri("x"))[0] is filesystem
    object_store.ask(reset=True)
    with filesystem.open_output_stream(f"{root}/small.txt") as stream:
        stream.write(b"1")
    counts = object_store.ask()
    assert (counts["PUT"], counts.get("POST", 0)) == (1, 0)


def test_a_path_is_of_this_machine() -> None:
    assert opened("/srv")[1] == "/srv"
    assert opened("file:///srv")[1] == "/srv"
