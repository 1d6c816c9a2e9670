"""Names of outputs are part of every published version."""

from __future__ import annotations

from contracts.messages import output_names


def test_published_versions_and_clients_know_these_names() -> None:
    names = {key: value for key, value in vars(output_names).items() if key.isupper()}
    assert names == {
        "PREDICTIONS": "predictions",
        "QUANTILES": "quantiles",
        "PROBABILITIES": "probabilities",
        "CLASS_ID": "class_id",
        "CLASS": "class",
    }
