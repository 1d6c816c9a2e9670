"""Dependencies of routes: the settings, the storage, and the dataset named in the path."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Request

from contracts.base_model import Name
from contracts.dataset import Dataset, open_dataset
from contracts.storage import Storage
from preprocessing.settings import PreprocessingSettings

DatasetName = Annotated[Name, Path(description="The dataset's name.", examples=["flights"])]


def settings_of(request: Request) -> PreprocessingSettings:
    """Return the service's settings. For `Depends`."""
    return request.app.state.settings


def storage_of(request: Request) -> Storage:
    """Return the storage of the service's datasets. Raises `StorageUnavailable` while it is away. For `Depends`."""
    request.app.state.storage_presence.require()
    return Storage(request.app.state.settings.storage)


StorageOf = Annotated[Storage, Depends(storage_of)]
SettingsOf = Annotated[PreprocessingSettings, Depends(settings_of)]


def dataset_of(name: DatasetName, storage: StorageOf) -> Dataset:
    """Return the dataset named in the path. Raises `NotFound`. For `Depends`."""
    return open_dataset(storage, name)


DatasetOf = Annotated[Dataset, Depends(dataset_of)]
