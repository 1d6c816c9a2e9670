"""Build the network of a request, from model inputs to log-odds, or to the outputs that the loss reads.

Everything that is not trained comes before it, in `layers`; the same network is trained for all kinds of records.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import assert_never

import keras
import tensorflow as tf

from contracts.messages.networks import DcnV2, Deep, Dnn, Linear, NetworkSpec, TabM, WideDeep
from modeling.networks.base import Network
from modeling.networks.dcn_v2 import CrossNetwork
from modeling.networks.dnn import DeepNetwork
from modeling.networks.embeddings import Inputs
from modeling.networks.linear import LinearNetwork
from modeling.networks.members import IndependentNetworks
from modeling.networks.tabm import EnsembleNetwork
from modeling.networks.wide_deep import WideDeepNetwork


def build_network(
    spec: NetworkSpec,
    inputs: Inputs,
    outputs: int = 1,
    ignored_numbers: Collection[int] = (),
    *,
    ascending: bool = False,
) -> Network:
    """Return a built network, from model inputs `(numeric, categorical)` to float32 [batch, outputs].

    With one output, [batch]: log-odds, or the number that the loss reads.

    Tokens, buckets of numbers and crosses are all ids: each has a vector of its own in a deep network, and a weight of its own in
    a linear one. `ignored_numbers`: indices of numeric inputs that never change an output. `ascending`: each output is at least
    the one before.
    """
    if isinstance(spec, Deep) and spec.ensemble > 1:
        share = {"l2": spec.l2 / spec.ensemble, "embedding_l2": spec.embedding_l2 / spec.ensemble}
        one = spec.model_copy(update=share)  # the loss is the mean of theirs, and penalties are added up
        members = [_built(_network(one, inputs, outputs), inputs) for _ in range(spec.ensemble)]
        network: Network = IndependentNetworks(members, outputs)
    else:
        network = _network(spec, inputs, outputs)
    network.ignore(ignored_numbers, inputs.numeric_width)
    if ascending:
        network.order_outputs()
    return _built(network, inputs)


def _built(network: Network, inputs: Inputs) -> Network:
    network((tf.zeros([1, inputs.numeric_width]), tf.zeros([1, inputs.id_width], tf.int64)))
    return network


def build_seeded(seed: int, build: Callable[[], Network]) -> Network:
    """Return a new network whose weights depend on the seed alone, in every process of a cluster.

    The seed is of all in this process that draws at random, layers without a network included: nothing may come between.
    """
    keras.utils.set_random_seed(seed)
    return build()


def _network(spec: NetworkSpec, inputs: Inputs, outputs: int) -> Network:
    match spec:
        case Linear():
            return LinearNetwork(spec, inputs, outputs)
        case Dnn():
            return DeepNetwork(spec, inputs, outputs)
        case WideDeep():
            return WideDeepNetwork(spec, inputs, outputs)
        case DcnV2():
            return CrossNetwork(spec, inputs, outputs)
        case TabM():
            return EnsembleNetwork(spec, inputs, outputs)
        case _:
            assert_never(spec)
