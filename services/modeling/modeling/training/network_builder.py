"""The network of a training, as the chief and every worker build it."""

from __future__ import annotations

from functools import partial

from contracts.input_rules import NumberSpread, constant_inputs, number_spreads
from contracts.messages.networks import TabM
from contracts.messages.trainings import Training
from contracts.schema import Schema
from contracts.statistics import Statistics
from modeling.fitting.fit import Build
from modeling.input_pipeline.id_counts import rows_by_id
from modeling.input_pipeline.pipeline import InputPipeline
from modeling.networks.build import build_network
from modeling.networks.document_frequencies import inverse_document_frequencies
from modeling.networks.embeddings import Inputs
from modeling.networks.shrinkage import RowsById


def network_builder(request: Training, pipeline: InputPipeline, statistics: Statistics, outputs: int) -> Build:
    """Return a function that builds the network. It reads no number that is the same in every training row."""
    model_inputs = pipeline.model_inputs
    constant = _constant_inputs(request, model_inputs.schema, statistics)
    ignored = [index for index, name in enumerate(model_inputs.schema.number_inputs) if name in constant]
    inputs = Inputs(
        model_inputs.number_width,
        model_inputs.named_sizes,
        _spreads(request, model_inputs.schema, statistics),
        _rows_by_id(request, pipeline),
        model_inputs.schema.bags,
        inverse_document_frequencies(model_inputs.schema, statistics, model_inputs.vocabularies),
    )
    return partial(build_network, request.network, inputs, outputs, ignored, ascending=request.quantiles is not None)


def ignored_features(request: Training, schema: Schema, statistics: Statistics) -> list[str]:
    """Return the features whose number the network does not read, in the order of the schema."""
    constant = _constant_inputs(request, schema, statistics)
    return [name for name in schema.features if name in constant]


def _spreads(request: Training, schema: Schema, statistics: Statistics) -> tuple[NumberSpread, ...]:
    """Return the spreads that the network reads; none for networks without."""
    if not isinstance(request.network, TabM) or not request.network.bins:
        return ()
    return tuple(number_spreads(schema, statistics, request.network.bins))


def _rows_by_id(request: Training, pipeline: InputPipeline) -> tuple[RowsById, ...]:
    """Return the rows of each id, for a network that shrinks vectors."""
    if (
        not isinstance(request.network, TabM)
        or not request.network.embedding_shrinkage
        or not pipeline.model_inputs.sizes
    ):
        return ()
    return tuple(rows_by_id(pipeline, request.seed, request.masking))


def _constant_inputs(request: Training, schema: Schema, statistics: Statistics) -> set[str]:
    is_masked = request.masking is not None and request.masking.masks_anything
    return set(constant_inputs(schema, statistics, masked=is_masked))
