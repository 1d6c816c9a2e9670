"""Both services' real applications in the test's own process, over a storage of its own and without workers."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp
from tests.apps import serving

from modeling import main as modeling_service
from modeling.settings import ModelingSettings
from preprocessing import main as preprocessing_service
from preprocessing.settings import PreprocessingSettings
from tandem.messages import ServiceName
from tandem.transport.connections import SERVICES


def app_of(service: str, root: Path) -> FastAPI:
    places: dict[str, Any] = {"storage": str(root / "storage"), "state": str(root / "state"), "jobs_at_once": 0}
    if service == "modeling":
        return modeling_service.make_app(ModelingSettings(**places))
    return preprocessing_service.make_app(PreprocessingSettings(**places))


@contextmanager
def serving_both(
    root: Path, watched: Callable[[ASGIApp], ASGIApp] = lambda app: app
) -> Generator[dict[ServiceName, str]]:
    """The address of each service. `watched` may put something in front of each."""
    apps = {service: watched(app_of(service, root)) for service in SERVICES}
    with serving(apps["preprocessing"]) as preprocessing, serving(apps["modeling"]) as modeling:
        yield {"preprocessing": preprocessing, "modeling": modeling}
