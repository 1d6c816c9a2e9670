"""What is published, loaded in the test's own process."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

from contracts.storage import Storage
from modeling.repository.model_repository import ModelRepository
from modeling.serving.load_saved_model import load
from modeling.serving.predictor import Predictor
from modeling.serving.registry import Load, ModelRegistry


@contextmanager
def registry(
    storage: Storage, older: int = 2, make_load: Callable[[], Load] = lambda: load
) -> Generator[ModelRegistry]:
    """Once it is ready; it looks for new versions when it is told to. `older`: versions that stay loaded."""
    registry = ModelRegistry(ModelRepository(storage), older, make_load)
    registry.start(3600)
    try:
        while not registry.is_ready:
            time.sleep(0.01)
        yield registry
    finally:
        registry.stop()


@contextmanager
def served(storage: Storage) -> Generator[Predictor]:
    """A predictor of what is published."""
    with registry(storage) as loaded:
        predictor = Predictor(loaded, threads=2, queue=2)
        try:
            yield predictor
        finally:
            predictor.close()
