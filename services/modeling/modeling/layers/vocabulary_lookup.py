"""Tokens become ids inside the graph, all features through one table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import keras
import numpy as np
import pyarrow as pa
import tensorflow as tf
from pyarrow import compute

from contracts.dataset.vocabulary import Vocabulary
from contracts.features import FIRST_ID, MISSING_ID
from modeling.layers.token_hash import token_hash

_compute: Any = compute  # its functions are made when it is imported; no stub knows them
_UNKNOWN = -1


class VocabularyLookup(keras.layers.Layer):
    """Looks tokens up, column by column.

    Input: string [batch, features]. Output: int64 [batch, features]: 0 where the token is empty or one of the column's
    `null_tokens`; where the feature's vocabulary does not hold it, 1 + FarmHash Fingerprint64(token) mod k, with k of
    `oov_buckets` (1 by default); else 1 + k plus its index there. Any bytes may be in a token.

    Two hash tables serve all features, so that a batch costs two lookups, however many features there are: the first numbers
    the tokens of all vocabularies, the second knows the id by that number and the column. The tables' content is part of the
    exported graph; no text file is written, whose lines a token with a line break would tear apart.

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
        self._columns = tf.range(len(vocabularies), dtype=tf.int64)
        tokens, keys, ids = _content(vocabularies, [FIRST_ID + count for count in buckets], missing)
        self._numbers = _table(tokens, np.arange(len(tokens)), default=_UNKNOWN)
        self._ids = _table(keys, ids, default=FIRST_ID if self._buckets is None else _UNKNOWN)
        self.built = True

    @property
    def tables(self) -> tuple[Any, Any]:
        """The hash tables, which have to be saved with a graph that contains this layer."""
        return self._numbers, self._ids

    def call(self, tokens: tf.Tensor) -> tf.Tensor:
        """Return the ids, int64 [batch, features]."""
        numbers = self._numbers.lookup(tokens)  # -1 for the unknown, whose keys are below 0, where there are none
        ids = self._ids.lookup(numbers * len(self._columns) + self._columns)
        if self._buckets is None:
            return ids
        return tf.where(ids == _UNKNOWN, token_hash(tokens, self._buckets) + FIRST_ID, ids)


def _table(keys: np.ndarray[Any, Any], values: np.ndarray[Any, Any], default: int) -> tf.lookup.StaticHashTable:
    kind = tf.int64 if keys.dtype == np.int64 else tf.string
    content = tf.lookup.KeyValueTensorInitializer(tf.constant(keys, kind), tf.constant(values, tf.int64))
    return tf.lookup.StaticHashTable(content, default)


def _content(
    vocabularies: Sequence[Vocabulary], first_ids: Sequence[int], missing: Sequence[list[bytes]]
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return the distinct tokens of all features, and the keys and ids of all features, concatenated.

    A key is a token's index among the distinct ones, times the number of features, plus the feature's column. A spelling of
    missing wins over a token.
    """
    tokens = [pa.array([b""], pa.binary())]  # TensorFlow accepts no empty table; any column has this token
    columns, ids = [np.zeros(1, np.int64)], [np.full(1, MISSING_ID)]
    for column, (vocabulary, first, spellings) in enumerate(zip(vocabularies, first_ids, missing, strict=True)):
        nulls = pa.array(spellings, pa.binary())
        place = np.arange(len(vocabulary), dtype=np.int64) + first
        is_token = np.asarray(_compute.invert(_compute.is_in(vocabulary.tokens, value_set=nulls)), bool)
        tokens += [nulls, vocabulary.tokens.filter(pa.array(is_token))]
        ids += [np.full(len(nulls), MISSING_ID), place[is_token]]
        columns.append(np.full(len(nulls) + np.count_nonzero(is_token), column))
    encoded = pa.concat_arrays(tokens).dictionary_encode()
    keys = encoded.indices.to_numpy().astype(np.int64) * len(vocabularies) + np.concatenate(columns)
    return encoded.dictionary.to_numpy(zero_copy_only=False), keys, np.concatenate(ids)
