"""Give the evidence for a proposed column: shares of its sampled values, its range, and its association with the label."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from contracts.messages.schemas import FeatureEvidence, TokenShare
from preprocessing.proposals.decide_kind import Decision
from preprocessing.proposals.labels.label_leaks import Telling
from preprocessing.proposals.sample_rows import Sample
from preprocessing.proposals.sampled_columns import Column


def column_evidence(
    column: Column,
    decision: Decision | None,
    null_tokens: Mapping[str, int],
    association: Telling | None,
    sample: Sample,
) -> FeatureEvidence:
    """Return the evidence of a column.

    `decision`: None for a column that the label comes from. `null_tokens`: rows by each spelling of missing, of
    the column as it was read. `association`: with the label, if known.
    """
    numbers = column.numbers[~np.isnan(column.numbers)]
    return FeatureEvidence(
        kind="label" if decision is None else decision.kind,
        reason="the label comes from it" if decision is None else decision.reason,
        missing=column.missing,
        missing_share=round(column.missing / max(sample.rows, 1), 6),
        distinct=column.distinct,
        distinct_estimated=column.distinct_estimated(complete=sample.complete),
        whole_share=round(column.share(column.wholes), 6),
        number_share=round(column.share(column.are_numbers), 6),
        time_share=round(column.share(column.times), 6),
        unparsed=column.top(~column.are_numbers) if column.are_numbers.any() else [],
        leading_zeros=round(column.share(column.leading_zeros), 6),
        min=_finite(numbers.min()) if len(numbers) else None,
        max=_finite(numbers.max()) if len(numbers) else None,
        null_tokens=[TokenShare(value=token, count=count) for token, count in null_tokens.items()],
        examples=column.top(),
        label_auc=None if association is None or association.auc is None else round(association.auc, 6),
        label_purity=None if association is None or association.purity is None else round(association.purity, 6),
    )


def _finite(number: float) -> float | None:
    return float(number) if abs(number) < float("inf") else None
