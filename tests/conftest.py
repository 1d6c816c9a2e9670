"""What is made once for all tests: a Spark session, with a way to run a dataset job on it, and a trained model."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
from tests.object_store import ObjectStore, serving
from tests.postgresql_server import PostgreSQLServer, postgresql_server, programs

from chassis.engine.engine import JobContext
from contracts.dataset.published import Dataset, open_dataset
from contracts.storage import Storage
from preprocessing.engine import SparkEngine
from preprocessing.settings import PreprocessingSettings

if TYPE_CHECKING:
    from tests.chromium import Page
    from tests.modeling.trained import Trained

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# Tests start some thirty JVMs that live for seconds: the optimizing compiler never pays there, and took 6 of the 15 seconds
# of processor time that Spark needs to start.
os.environ.setdefault("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
os.environ.setdefault(
    "TANDEM_ENGINE_NICENESS", "0"
)  # a test waits for its jobs, and so for all else that this machine does

hypothesis.settings.register_profile("shared machine", deadline=None)  # no test fails for the time that it took
hypothesis.settings.load_profile("shared machine")

MakeDataset = Callable[..., Dataset]


def pytest_make_parametrize_id(val: object) -> str | None:
    """A case of bytes that gzip made is called `gzip`: they hold the second in which they were made, and processes that
    share the tests would collect two names for one case."""
    return "gzip" if isinstance(val, bytes) and val.startswith(b"\x1f\x8b") else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files come first: then processes that share the tests (`make test`) end at about the same time."""
    items.sort(key=lambda item: "tests/system/" not in item.nodeid)


def pytest_collection_finish() -> None:
    """What is loaded by now stays: it need not be gone through at each collection of garbage, of which Keras asks for many."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def object_store() -> Iterator[ObjectStore]:
    """A server that speaks S3, with a bucket for all tests: each takes a folder of its own."""
    with serving() as store:
        yield store


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQLServer]:
    """A server of PostgreSQL. Skips where none is installed (Debian: apt-get install postgresql)."""
    where = programs()
    if where is None:
        pytest.skip("PostgreSQL's server is not installed")
    with postgresql_server(where) as server:
        yield server


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkEngine]:
    root = tmp_path_factory.mktemp("preprocessing")
    settings = PreprocessingSettings(
        storage=str(root / "storage"),
        state=str(root / "state"),
        source_roots=[str(root / "sources"), str(root.parent)],
        spark_tables=["allowed_*"],
    )
    (root / "sources").mkdir()
    engine = SparkEngine(settings)
    engine.warm()
    yield engine
    engine.close()


@pytest.fixture
def sources(engine: SparkEngine) -> Path:
    return Path(engine.settings.source_roots[0])


@pytest.fixture
def storage(engine: SparkEngine) -> Storage:
    return Storage(engine.settings.storage)


@pytest.fixture
def make_dataset(engine: SparkEngine, storage: Storage, request: pytest.FixtureRequest) -> MakeDataset:
    """Run a job for the text or bytes of a source file, or for a source given whole; returns the published dataset."""
    made = 0

    def make(content: str | bytes = b"", *, name: str | None = None, **body: Any) -> Dataset:
        nonlocal made
        made += 1
        job = f"{request.node.name.partition('[')[0]}-{abs(hash(request.node.nodeid)) % 10**8}-{made}"[-80:]
        name = name or job
        given = body.pop("source", {})
        source = given if given.get("format") == "spark" else {"format": "csv", "uris": [f"{job}.csv"], **given}
        if content:
            path = Path(engine.settings.source_roots[0]) / source["uris"][0]
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        engine.run("dataset", {"name": name, "source": source, **body}, JobContext.alone(job))
        return open_dataset(storage, name)

    return make


@pytest.fixture(scope="module")
def tab() -> Iterator[Page]:
    """A browser's tab, for a module's tests."""
    from tests.chromium import browser  # noqa: PLC0415  of few folders, like TensorFlow below

    with browser() as page:
        yield page


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """Model `m` with two versions, for all tests that only look at it."""
    from tests.modeling.trained import train_both  # noqa: PLC0415  # loads TensorFlow, which most folders do without

    return train_both(tmp_path_factory.mktemp("trained"))
