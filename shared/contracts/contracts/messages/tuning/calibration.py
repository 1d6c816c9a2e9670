"""The correction of probabilities by a temperature, as a version's manifest records it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from contracts.base_model import FrozenModel
from contracts.messages.metrics import Interval

CalibrationChoice = Annotated[
    Literal["auto", "none"],
    Field(
        description="Correction of the probabilities by a temperature, fitted on the validation split. `auto`: where that split "
        "has rows enough and shows that they are off. `none`: never. A regression has no probabilities."
    ),
]

Verdict = Literal["corrected", "calibrated", "too_few_rows", "off"]


class Calibration(FrozenModel):
    """The correction of the probabilities, or the evidence that they need none.

    The network's log-odds (of several classes its scores) are divided by the temperature as distances from those of the mean
    label, which stays as it is: above 1 a prediction moves towards it, below 1 away from it.
    """

    verdict: Annotated[
        Verdict,
        Field(
            description="`calibrated`: no temperature would lower the log loss of the validation split by enough. `off`: not "
            "requested."
        ),
    ]
    temperature: Annotated[float, Field(gt=0, description="1: probabilities are the network's own.")] = 1.0
    fixed: Annotated[
        list[float],
        Field(
            description="The network's output that no temperature changes, that of the training split's mean label (where rows "
            "have weights, of the validation split's): log-odds, or a score for each class. Empty where nothing was corrected."
        ),
    ] = []
    rows: Annotated[int, Field(description="Rows of the validation split that weigh something.")] = 0
    fitted: Annotated[
        float | None, Field(description="The temperature that minimizes the log loss of the validation split.")
    ] = None
    log_loss: Annotated[float | None, Field(description="Of the validation split, without a temperature.")] = None
    fitted_log_loss: Annotated[float | None, Field(description="Of the validation split, at `fitted`.")] = None
    deviations: Annotated[
        float | None,
        Field(
            description="Slope of that log loss over the logarithm of the temperature at 1, in standard errors: below 0 "
            "predictions are too extreme."
        ),
    ] = None
    ece_before: Annotated[
        float | None,
        Field(description="Of a corrected version: the calibration error on the test split without the temperature."),
    ] = None
    ece_before_interval: Annotated[Interval | None, Field(description="Its 95 % interval.")] = None
    log_loss_before: Annotated[float | None, Field(description="As `ece_before`, the log loss.")] = None
