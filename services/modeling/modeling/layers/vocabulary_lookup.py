"""Tokens become ids inside the graph, all features through one table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import keras
import numpy as np
import pyarrow as pa
import tensorflow as tf
from pyarrow import compute

from contracts.features import FIRST_ID, MISSING_ID
from contracts.vocabulary import Vocabulary
from modeling.layers.token_hash import token_hash

_compute: Any = compute  # its functions are made when it is imported; no stub knows them
_UNKNOWN = -1


class VocabularyLookup(keras.layers.Layer):
    """Looks tokens up, column by column.

    Input: string [batch, features]. Output: int64 [batch, features]: 0 where the token is empty or one of the column's
    `null_tokens`; where the feature's vocabulary does not hold it, 1 + FarmHash Fingerprint64(token) mod k, with k of
    `oov_buckets` (1 by default); else 1 + k plus its place there. Any bytes may be in a token.

    One hash table serves all features: its keys are the tokens behind their column's number and a colon, so that a batch
    costs one lookup, however many features there are. The table's content is part of the exported graph; no text
    file is written, whose lines a token with a line break would tear apart.

    >>> lookup = VocabularyLookup([Vocabulary.of([b"UA", b"AA"], [9, 5])], null_tokens=[["NA"]])
    >>> lookup(tf.constant([["AA"], ["NA"], [""], ["??"]])).numpy().tolist()
    [[3], [0], [0], [1]]
    """

    def __init__(
        self,
        vocabularies: Sequence[Vocabulary],
        null_tokens: Sequence[Iterable[str]],
        oov_buckets: Sequence[int] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(trainable=False, **options)
        missing = [sorted({b"", *(token.encode() for token in tokens)}) for tokens in null_tokens]
        buckets = list(oov_buckets) if oov_buckets is not None else [1] * len(vocabularies)
        self._buckets = buckets if any(count > 1 for count in buckets) else None
        self._prefixes = tf.constant([_prefix(column) for column in range(len(vocabularies))], tf.string)
        keys, ids = _table(vocabularies, [FIRST_ID + count for count in buckets], missing)
        self.table = tf.lookup.StaticHashTable(
            tf.lookup.KeyValueTensorInitializer(tf.constant(keys, tf.string), tf.constant(ids, tf.int64)),
            default_value=FIRST_ID if self._buckets is None else _UNKNOWN,
        )
        self.built = True

    def call(self, tokens: tf.Tensor) -> tf.Tensor:
        """See the class."""
        found = self.table.lookup(tf.add(self._prefixes, tokens))
        if self._buckets is None:
            return found
        return tf.where(found == _UNKNOWN, token_hash(tokens, self._buckets) + FIRST_ID, found)


def _prefix(column: int) -> bytes:
    """Digits cannot run into the token: the first colon ends them."""
    return b"%d:" % column


def _table(
    vocabularies: Sequence[Vocabulary], first_ids: Sequence[int], missing: Sequence[list[bytes]]
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """The keys and ids of all features together; a spelling of missing wins over a token."""
    keys = [np.array([b""], object)]  # TensorFlow accepts no empty table; no column has this key
    ids = [np.array([MISSING_ID], np.int64)]
    for column, (vocabulary, first, spellings) in enumerate(zip(vocabularies, first_ids, missing, strict=True)):
        nulls = pa.array(spellings, pa.binary())
        place = np.arange(len(vocabulary), dtype=np.int64) + first
        is_token = np.asarray(_compute.invert(_compute.is_in(vocabulary.tokens, value_set=nulls)), bool)
        tokens = pa.concat_arrays([nulls, vocabulary.tokens.filter(pa.array(is_token))])
        prefix = pa.scalar(_prefix(column), pa.binary())
        keys.append(_compute.binary_join_element_wise(prefix, tokens, b"").to_numpy(zero_copy_only=False))
        ids.append(np.concatenate([np.full(len(nulls), MISSING_ID), place[is_token]]))
    return np.concatenate(keys), np.concatenate(ids)
