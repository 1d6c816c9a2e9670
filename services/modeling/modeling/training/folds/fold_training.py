"""The training without one fold, as the chief and every worker prepare it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import keras

from contracts.dataset.published import Dataset
from contracts.messages.trainings import Training
from contracts.statistics import Statistics
from modeling.fitting.fit import Build, FitContext, FitResult, fit
from modeling.input_pipeline.fold_pipeline import FoldPipeline
from modeling.input_pipeline.pipeline import InputPipeline
from modeling.networks.build import build_seeded
from modeling.optimization.objective import Target
from modeling.training.folds.row_folds import RowFolds
from modeling.training.network_builder import network_builder


@dataclass(frozen=True)
class FoldTraining:
    """Rows, objective and network of a training without one fold. What follows from labels follows from the other folds'."""

    pipeline: FoldPipeline
    target: Target
    build: Build
    network: keras.Model

    @classmethod
    def prepare(
        cls,
        dataset: Dataset,
        request: Training,
        whole: InputPipeline,
        statistics: Statistics,
        row_folds: RowFolds,
        fold: int,
    ) -> Self:
        """Prepare the training without a fold, which counts from 0. Raises `UnusableLabel` if all other labels are equal."""
        pipeline = FoldPipeline.without(whole, row_folds.held_out(fold))
        train = statistics.splits["train"].model_copy(update={"label": row_folds.labels.without(fold)})
        others = statistics.model_copy(update={"splits": {**statistics.splits, "train": train}})
        target = Target.of(dataset, request.class_weights, others, request.quantiles)
        build = network_builder(request, pipeline, others, target.outputs)
        return cls(pipeline, target, build, build_seeded(request.seed, build))

    def fit(self, request: Training, fit_context: FitContext) -> FitResult:
        """Train the network in place. Raises as `fit`."""
        return fit(self.network, self.pipeline, self.target, request, fit_context, self.build)
