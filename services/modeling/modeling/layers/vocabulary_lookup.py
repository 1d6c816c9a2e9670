"""Tokens become ids inside the graph, all features through one table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import keras
import numpy as np
import pyarrow as pa
import tensorflow as tf
from pyarrow import compute

from contracts.schema import MISSING_ID
from contracts.vocabulary import Vocabulary

_compute: Any = compute  # its functions are made when it is imported; no stub knows them
OUT_OF_VOCABULARY_ID = 1
FIRST_TOKEN_ID = 2


class VocabularyLookup(keras.layers.Layer):
    """Looks tokens up, column by column.

    Input: string [batch, features]. Output: int64 [batch, features]: 0 where the token is empty or one of `null_tokens`,
    1 where the feature's vocabulary does not hold it, else 2 plus its place there. Any bytes may be in a token.

    One hash table serves all features: its keys are the tokens behind their column's number and a colon, so that a batch
    costs one lookup, however many features there are. The table's content is part of the exported graph; no text
    file is written, whose lines a token with a line break would tear apart.

    >>> lookup = VocabularyLookup([Vocabulary.of([b"UA", b"AA"], [9, 5])], null_tokens=["NA"])
    >>> lookup(tf.constant([["AA"], ["NA"], [""], ["??"]])).numpy().tolist()
    [[3], [0], [0], [1]]
    """

    def __init__(self, vocabularies: Sequence[Vocabulary], null_tokens: Iterable[str], **options: Any) -> None:
        super().__init__(trainable=False, **options)
        missing = sorted({"", *null_tokens})
        self._prefixes = tf.constant([_prefix(column) for column in range(len(vocabularies))], tf.string)
        keys, ids = _table(vocabularies, [token.encode() for token in missing])
        self.table = tf.lookup.StaticHashTable(
            tf.lookup.KeyValueTensorInitializer(tf.constant(keys, tf.string), tf.constant(ids, tf.int64)),
            default_value=OUT_OF_VOCABULARY_ID,
        )
        self.built = True

    def call(self, tokens: tf.Tensor) -> tf.Tensor:
        """See the class."""
        return self.table.lookup(tf.add(self._prefixes, tokens))


def _prefix(column: int) -> bytes:
    """Digits cannot run into the token: the first colon ends them."""
    return b"%d:" % column


def _table(
    vocabularies: Sequence[Vocabulary], missing: list[bytes]
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """The keys and ids of all features together; a spelling of missing wins over a token."""
    keys = [np.array([b""], object)]  # TensorFlow accepts no empty table; no column has this key
    ids = [np.array([MISSING_ID], np.int64)]
    nulls = pa.array(missing, pa.binary())
    for column, vocabulary in enumerate(vocabularies):
        place = np.arange(len(vocabulary), dtype=np.int64) + FIRST_TOKEN_ID
        is_token = np.asarray(_compute.invert(_compute.is_in(vocabulary.tokens, value_set=nulls)), bool)
        tokens = pa.concat_arrays([nulls, vocabulary.tokens.filter(pa.array(is_token))])
        prefix = pa.scalar(_prefix(column), pa.binary())
        keys.append(_compute.binary_join_element_wise(prefix, tokens, b"").to_numpy(zero_copy_only=False))
        ids.append(np.concatenate([np.full(len(missing), MISSING_ID), place[is_token]]))
    return np.concatenate(keys), np.concatenate(ids)
