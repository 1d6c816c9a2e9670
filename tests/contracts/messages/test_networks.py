"""Specifications of networks: chosen by kind, with defaults, and bounded before TensorFlow is loaded."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from pydantic import TypeAdapter, ValidationError

from contracts.messages.networks import DcnV2, Dnn, Linear, NetworkSpec, TabM, WideDeep

NETWORK: TypeAdapter[Any] = TypeAdapter(NetworkSpec)


@pytest.mark.parametrize("kind", [Linear, Dnn, WideDeep, DcnV2, TabM])
def test_a_kind_alone_is_a_network_and_its_example_too(kind: type[Any]) -> None:
    (name,) = get_args(kind.model_fields["kind"].annotation)
    assert type(NETWORK.validate_python({"kind": name})) is kind
    for example in kind.model_json_schema()["examples"]:
        spec = NETWORK.validate_python(example)
        assert type(spec) is kind
        assert spec.model_dump(exclude_unset=True) == example
        assert NETWORK.validate_json(spec.model_dump_json()) == spec


def test_what_is_left_out() -> None:
    deep = NETWORK.validate_python({"kind": "dcn_v2"})
    assert (deep.hidden, deep.dropout, deep.l2, deep.batch_norm) == ([256, 128], 0.0, 0.0, False)
    assert (deep.embedding_width, deep.embedding_widths, deep.embedding_l2) == (None, {}, 0.0)
    assert (deep.cross_layers, deep.rank, deep.structure) == (2, None, "stacked")


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({}, "Unable to extract tag"),
        ({"kind": "transformer"}, "'linear', 'dnn', 'wide_deep', 'dcn_v2'"),
        ({"kind": "linear", "hidden": [1]}, "Extra"),
        ({"kind": "linear", "l2": -1}, "greater than or equal to 0"),
        ({"kind": "dnn", "cross_layers": 1}, "Extra"),
        ({"kind": "dnn", "hidden": []}, "at least 1 item"),
        ({"kind": "dnn", "hidden": [0]}, "greater than or equal to 1"),
        ({"kind": "dnn", "hidden": [65_537]}, "less than or equal to 65536"),
        ({"kind": "dnn", "hidden": [1] * 33}, "at most 32 items"),
        ({"kind": "dnn", "dropout": 1.0}, "less than 1"),
        ({"kind": "dnn", "embedding_width": 4097}, "less than or equal to 4096"),
        ({"kind": "dnn", "embedding_widths": {"a": 0}}, "greater than or equal to 1"),
        ({"kind": "dcn_v2", "cross_layers": 17}, "less than or equal to 16"),
        ({"kind": "dcn_v2", "structure": "mixed"}, "'stacked' or 'parallel'"),
    ],
)
def test_a_network_that_cannot_be_is_refused(spec: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        NETWORK.validate_python(spec)
