"""The observer of a running service: metrics at once; samples for the features' shares and for the log, on their threads."""

from __future__ import annotations

import structlog

from modeling.monitoring.imputation_rates import FeatureShares
from modeling.monitoring.prediction_log import PredictionLog
from modeling.monitoring.prometheus import PredictMetrics
from modeling.serving.inference_request import Call
from modeling.serving.loaded_version import DEFAULT_SIGNATURE, LoadedVersion, Outputs

_EXAMPLES = "examples"
"""The signature that takes serialized examples in place of raw features."""

_log = structlog.get_logger(__name__)


class Watcher:
    """See `observer.Observer`. `log`: None where nothing is to be logged."""

    def __init__(self, metrics: PredictMetrics, shares: FeatureShares, log: PredictionLog | None) -> None:
        self._metrics = metrics
        self._shares = shares
        self._log = log

    def computed(self, loaded: LoadedVersion, signature: str, rows: int, seconds: float) -> None:
        """See `Observer`."""
        del signature
        self._metrics.computed(loaded, rows, seconds)

    def answered(self, loaded: LoadedVersion, call: Call, outputs: Outputs, seconds: float) -> None:
        """See `Observer`."""
        try:
            self._metrics.answered(loaded, call, seconds)
            if call.signature == _EXAMPLES:
                return
            self._shares.offer(loaded, call)
            if self._log is not None and call.signature == DEFAULT_SIGNATURE:
                self._log.offer(loaded, call, outputs)
        except Exception:  # noqa: BLE001  # a prediction is made whether or not it can be watched
            _log.warning("a prediction could not be watched", exc_info=True)
