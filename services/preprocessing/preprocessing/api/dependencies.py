"""Dependencies of routes: the settings, the storage, its datasets, and the one named in the path."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Request

from contracts.base_model import Name
from contracts.dataset.published import Dataset
from contracts.storage import Storage
from preprocessing.published_datasets import PublishedDatasets
from preprocessing.settings import PreprocessingSettings

DatasetName = Annotated[Name, Path(description="The dataset's name.", examples=["flights"])]


def settings_of(request: Request) -> PreprocessingSettings:
    """Return the service's settings. For `Depends`."""
    return request.app.state.settings


def storage_of(request: Request) -> Storage:
    """Return the storage of the service's datasets. Raises `StorageUnavailable` while it is away. For `Depends`."""
    request.app.state.storage_presence.require()
    return Storage(request.app.state.settings.storage)


def datasets_of(request: Request) -> PublishedDatasets:
    """Return the published datasets. Raises `StorageUnavailable` while the storage is away. For `Depends`."""
    request.app.state.storage_presence.require()
    return request.app.state.datasets


StorageOf = Annotated[Storage, Depends(storage_of)]
DatasetsOf = Annotated[PublishedDatasets, Depends(datasets_of)]
SettingsOf = Annotated[PreprocessingSettings, Depends(settings_of)]


def dataset_of(name: DatasetName, datasets: DatasetsOf) -> Dataset:
    """Return the dataset named in the path. Raises `NotFound`, `StorageUnavailable`. For `Depends`."""
    return datasets.open(name)


DatasetOf = Annotated[Dataset, Depends(dataset_of)]
