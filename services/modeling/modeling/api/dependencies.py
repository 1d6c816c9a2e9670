"""Dependencies of routes: the storage, the repository, the registry, and the parameters in their paths."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Request

from contracts.base_model import Name
from contracts.storage import Storage
from modeling.repository.model_repository import ModelRepository
from modeling.serving.predictor import Predictor
from modeling.serving.registry import ModelRegistry

Model = Annotated[str, Path(description="The model's name.", examples=["flights"])]
Version = Annotated[int, Path(ge=1, description="The version's number.", examples=[1])]
Label = Annotated[Name, Path(description="The label.", examples=["champion"])]


def predictor_of(request: Request) -> Predictor:
    """Return the application's `Predictor`."""
    return request.app.state.predictor


def registry_of(request: Request) -> ModelRegistry:
    """Return the registry of loaded versions. For `Depends`."""
    return predictor_of(request).registry


def repository_of(request: Request) -> ModelRepository:
    """Return the repository of published versions. For `Depends`."""
    return registry_of(request).repository


def storage_of(request: Request) -> Storage:
    """Return the storage that the service publishes to. Raises `StorageUnavailable` while it is away. For `Depends`."""
    request.app.state.storage_presence.require()
    return request.app.state.storage


StorageOf = Annotated[Storage, Depends(storage_of)]
RegistryOf = Annotated[ModelRegistry, Depends(registry_of)]
RepositoryOf = Annotated[ModelRepository, Depends(repository_of)]
