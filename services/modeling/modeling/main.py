"""The modeling service as a program: `python -m modeling.main`, or any ASGI server with the factory `modeling.main:make_app`.

With the argument `serve` it runs as SageMaker requires: see `hosted_platforms`.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from functools import partial
from importlib.metadata import version

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from chassis.app import create_app, serve
from chassis.http.health import Degraded
from chassis.read_settings import read_settings
from chassis.service_parts import JobSetup, ServiceDescription, ServiceHooks
from contracts.errors import TandemError
from contracts.storage import Storage
from modeling.api import invocations, labels, models, open_inference, predict, removal, skew, triton_extensions
from modeling.api.fast_path import DirectPaths
from modeling.api.openapi.predict import SCHEMAS
from modeling.api.openapi.served_models import ServedModels
from modeling.api.predict_routing import ERROR_FORMATS
from modeling.hosted_platforms import settings_of_platform
from modeling.job_kinds import KINDS
from modeling.monitoring.imputation_rates import FeatureShares
from modeling.monitoring.prediction_log import LogRules, PredictionLog
from modeling.monitoring.prometheus import PredictMetrics
from modeling.monitoring.service_observer import Watcher
from modeling.reports.home import home_page
from modeling.repository.model_repository import ModelRepository
from modeling.serving.load_throttle import LoadThrottle
from modeling.serving.predictor import Predictor
from modeling.serving.registry import Load, ModelRegistry
from modeling.settings import ModelingSettings

_DESCRIPTION = """Trains TensorFlow models from published datasets, and answers predictions from them.

Missing values are replaced inside the model: leave a field out, or send null, and the prediction is made all the same.
Predict follows TensorFlow Serving's REST API and the Open Inference Protocol, and takes what SageMaker, MLflow and Vertex AI
send.
"""


_SWITCH_SECONDS = 0.0005
"""Switch interval of Python's threads: how long a thread that reads a large body may block the event loop."""


def make_app(settings: ModelingSettings | None = None) -> FastAPI:
    """Return the application. TensorFlow is loaded in the background after startup; until then predict returns 503.

    `settings`: by default those of the environment.
    """
    settings = settings or read_settings(ModelingSettings)
    storage = Storage(settings.storage)
    throttle = LoadThrottle(settings.loading_share)
    registry = ModelRegistry(
        ModelRepository(storage, records_numbers=settings.jobs_at_once > 0),
        settings.older_versions,
        lambda: _make_load(settings.predict_batch_rows),
        throttle,
    )

    shares = FeatureShares()
    metrics = PredictMetrics(registry.loaded, shares)
    log = _prediction_log(storage, settings, registry.repository.listings.look)
    threads = [registry.poller, shares.thread, *([] if log is None else [log.thread])]

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        app.state.storage = storage
        app.state.predictor = predictor = Predictor(
            registry,
            settings.predict_threads,
            settings.predict_queue,
            Watcher(metrics, shares, log),
            batch_rows=settings.predict_batch_rows,
            most_rows=settings.predict_max_rows,
            seconds=settings.predict_timeout_seconds,
        )
        threads.extend(predictor.threads)
        app.state.prediction_log = log
        metrics.unfinished = lambda: predictor.unfinished
        throttle.is_busy = lambda: predictor.is_busy
        shares.start(metrics.forget_unloaded)
        if log is not None:
            log.start()
        registry.start(settings.poll_seconds, settings.rescan_seconds)
        try:
            yield
        finally:
            await run_in_threadpool(registry.stop)
            await run_in_threadpool(predictor.close)
            await run_in_threadpool(shares.close)
            if log is not None:
                await run_in_threadpool(log.close)

    # Routes are tried in this order.
    routers = [
        predict.router,
        triton_extensions.router,
        open_inference.router,
        labels.status_router,
        labels.router,
        *KINDS.routers(),
        skew.router,
        models.status_router,
        models.router,
        removal.router,
        invocations.make_router(settings),
    ]
    return create_app(
        ServiceDescription(
            name="modeling",
            title="Tandem: modeling",
            text=_DESCRIPTION,
            version=version("tandem-modeling"),
            schemas=SCHEMAS,
            complete=ServedModels(registry.answering).complete,
        ),
        settings,
        routers,
        jobs=JobSetup("modeling.engine:create", KINDS),
        hooks=ServiceHooks(
            lifespan=lifespan,
            readiness={
                "models": lambda: registry.is_ready or "loading",
                "storage": lambda: _degraded(registry.storage_away, "away: "),
                **({} if log is None else {"prediction_log": lambda: _degraded(log.fault)}),
            },
            threads=lambda: threads,
            in_front=DirectPaths,
            collectors=[metrics] if log is None else [metrics, log],
            error_formats=ERROR_FORMATS,
            home=home_page(registry.repository),
        ),
    )


def _degraded(reason: str | None, before: str = "") -> bool | Degraded:
    return True if reason is None else Degraded(f"{before}{reason}")


def _prediction_log(
    storage: Storage, settings: ModelingSettings, away: Callable[[], str | None]
) -> PredictionLog | None:
    if not settings.prediction_log:
        return None
    rules = LogRules(
        share=settings.prediction_log,
        redacted=frozenset(settings.prediction_log_redacted),
        seconds=settings.prediction_log_seconds,
        most_bytes=settings.prediction_log_megabytes << 20,
    )
    return PredictionLog(storage, rules, away)


def _make_load(batch_rows: int) -> Load:
    """Import TensorFlow, which takes seconds, on the calling thread."""
    from modeling.serving.load_saved_model import load, use_one_thread_per_call  # noqa: PLC0415

    use_one_thread_per_call()
    gc.collect()
    sys.setswitchinterval(_SWITCH_SECONDS)
    gc.freeze()  # TensorFlow's half a million objects stay; going through them over and over would hold up replies
    return partial(load, batch_rows=batch_rows)


def main() -> None:
    """Run the service with settings from the environment."""
    if sys.argv[1:] not in ([], ["serve"]):
        sys.exit("usage: python -m modeling.main [serve]")
    try:
        settings = read_settings(partial(settings_of_platform, sagemaker=sys.argv[1:] == ["serve"]))
    except TandemError as error:
        sys.exit(error.message)
    serve(lambda: make_app(settings), settings)


if __name__ == "__main__":
    main()
