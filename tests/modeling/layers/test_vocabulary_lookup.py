from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from tests.modeling.made import NASTY

from contracts.dataset.vocabulary import Vocabulary
from modeling.layers.vocabulary_lookup import VocabularyLookup


def of(*tokens: bytes) -> Vocabulary:
    return Vocabulary.of(tokens, [1] * len(tokens))


def look_up(layer: Any, rows: list[list[bytes]]) -> list[list[int]]:
    return layer(tf.constant(rows, tf.string)).numpy().tolist()


def test_any_bytes_find_their_own_id() -> None:
    assert look_up(VocabularyLookup([of(*NASTY)], [[]]), [[token] for token in NASTY]) == [
        [at + 2] for at in range(len(NASTY))
    ]


def test_missing_and_unknown() -> None:
    layer = VocabularyLookup([of(b"a", b"null")], [["NA", ""]])
    assert look_up(layer, [[b""], [b"NA"], [b"na"], [b"null"], [b"a "]]) == [[0], [0], [1], [3], [1]]


def test_a_null_token_is_missing_even_if_a_vocabulary_holds_it() -> None:
    assert look_up(VocabularyLookup([of(b"x", b"NA", b"y")], [["NA"]]), [[b"x"], [b"NA"], [b"y"]]) == [[2], [0], [4]]


def test_features_do_not_see_one_anothers_tokens() -> None:
    vocabularies = [of(b"a"), of(b"b"), *[of(b"x")] * 10, of(b":a", b"1:a")]
    layer = VocabularyLookup(vocabularies, [[]] * len(vocabularies))
    row = [b"b", b"a", *[b"a"] * 10, b"1:a"]
    assert look_up(layer, [row]) == [[1, 1, *[1] * 10, 3]]


@given(st.lists(st.lists(st.sampled_from(NASTY), unique=True), min_size=1, max_size=4))
def test_the_same_token_in_several_vocabularies(vocabularies: list[list[bytes]]) -> None:
    layer = VocabularyLookup([of(*tokens) for tokens in vocabularies], [[]] * len(vocabularies))
    known = [{token: at + 2 for at, token in enumerate(tokens)} for tokens in vocabularies]
    asked = [*NASTY, b"never seen"]
    assert look_up(layer, [[token] * len(known) for token in asked]) == [
        [ids.get(token, 1) for ids in known] for token in asked
    ]


def test_features_with_empty_vocabularies_and_no_features() -> None:
    assert look_up(VocabularyLookup([of()], [[]]), [[b"a"], [b""]]) == [[1], [0]]
    assert VocabularyLookup([], [])(tf.zeros([3, 0], tf.string)).shape == (3, 0)


def test_survives_saving_and_loading(tmp_path: Path) -> None:
    layer = VocabularyLookup([of(*NASTY), of(b"a")], [["NA"], ["NA"]])
    module: Any = tf.Module()
    module.tables = layer.tables
    module.run = tf.function(layer, input_signature=[tf.TensorSpec([None, 2], tf.string, name="tokens")])
    tf.saved_model.save(module, str(tmp_path))
    loaded: Any = tf.saved_model.load(str(tmp_path))
    rows = [[token, b"a"] for token in NASTY]
    assert look_up(loaded.run, rows) == [[at + 2, 2] for at in range(len(NASTY))]


@pytest.mark.parametrize("size", [200_000])
def test_large_vocabularies(size: int) -> None:
    tokens = np.char.add("token ", np.arange(size).astype(str)).astype(bytes).tolist()
    layer = VocabularyLookup([of(*tokens)], [[]])
    assert look_up(layer, [[tokens[0]], [tokens[-1]]]) == [[2], [size + 1]]


def test_several_buckets_for_what_no_vocabulary_holds() -> None:
    layer = VocabularyLookup([of(b"a", b"b"), of(b"a"), of()], [["NA"], [], []], [3, 1, 10])
    tokens = [b"a", b"b", b"c", b"\xff", b"NA", b""]
    found = look_up(layer, [[token] * 3 for token in tokens])

    def bucket(token: bytes, buckets: int) -> int:
        return 1 + int(tf.strings.to_hash_bucket_fast(token, buckets))

    assert [row[0] for row in found] == [4, 5, bucket(b"c", 3), bucket(b"\xff", 3), 0, 0]
    assert [row[1] for row in found] == [2, 1, 1, 1, 1, 0]
    assert [row[2] for row in found] == [*(bucket(token, 10) for token in tokens[:-1]), 0]


@pytest.mark.long
def test_a_million_tokens_are_saved_and_loaded_in_seconds(tmp_path: Path) -> None:
    tokens = [b"token \xff\n%d" % at for at in range(1_000_000)]
    layer = VocabularyLookup([of(*tokens)], [["NA"]])
    module: Any = tf.Module()
    module.tables = layer.tables
    module.run = tf.function(layer, input_signature=[tf.TensorSpec([None, 1], tf.string, name="tokens")])
    tf.saved_model.save(module, str(tmp_path))
    began = time.monotonic()
    loaded: Any = tf.saved_model.load(str(tmp_path))
    assert time.monotonic() - began < 20
    places = [0, 1, 499_999, 999_999]
    assert look_up(loaded.run, [[tokens[at]] for at in places]) == [[at + 2] for at in places]
