"""The trained model, loaded in this process and served by one of its own, for all tests that only ask it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.modeling.live import running
from tests.modeling.served import served
from tests.modeling.trained import Trained

from contracts.storage import Storage
from modeling.serving.predictor import Predictor


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage(str(tmp_path / "storage"))


@pytest.fixture(scope="session")
def predictor(trained: Trained) -> Iterator[Predictor]:
    with served(trained.storage) as predictor:
        yield predictor


@pytest.fixture(scope="session")
def source_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder from which the service reads files; its state and log are there too."""
    return tmp_path_factory.mktemp("service")


@pytest.fixture(scope="session")
def service(trained: Trained, source_root: Path) -> Iterator[httpx.Client]:
    """A client of the service over the trained model. Whoever makes models or labels here gives them names of their own."""
    with running(trained.storage, source_root) as client:
        yield client
