"""The canonical spelling in the graph is that of Python, for any text."""

from __future__ import annotations

import random

import tensorflow as tf

from contracts.features.spelling import canonical_token
from modeling.layers.token_text.canonical_tokens import canonical_tokens

CHOSEN = [
    *(
        "101.0",
        "6.50",
        "-0",
        "-0.0",
        "0",
        "0.0",
        ".5",
        "-.50",
        "5.",
        "06",
        "06.0",
        "1e5",
        "1E5",
        "1e+05",
        "12e+05",
        "+1.0",
    ),
    *("1.2345678901234568e+16", "1.2345678901234568e+18", "1.23456785E7", "-1.5E7", "1.0E307", "9.9E308", "1.0E400"),
    *("1.0E-4", "-1.25E-4", "1.0E-5", "1e-05", "1.20e-007", "5e-324", "0.0001", "0.00010", "0.00001", "-0.0000120"),
    *("True", "TRUE", "true", "False", "FALSE", "False\n", "1.0\n", "1.0e+05\n", "", "UA", "nan", "1.2.0", "٣.0", "é"),
]


def made_texts() -> list[str]:
    """Numbers in several notations, and texts like them."""
    source = random.Random(7)
    texts: list[str] = []
    for _ in range(1500):
        value = source.choice([source.uniform(-10, 10), source.gauss(0, 1e3)]) * 10.0 ** source.randint(-12, 20)
        texts += [repr(value), f"{value:.3f}", f"{value:E}", f"{value:.15e}", f"{value:g}", repr(float(round(value)))]
        texts.append("".join(source.choices("0123456789.eE+-", k=source.randint(1, 9))))
    return texts


def test_the_graph_spells_as_python_does() -> None:
    texts = [text.encode() for text in [*CHOSEN, *made_texts()]] + [b"1.0\xff", b"\xff"]
    spelled = tf.function(canonical_tokens)(tf.constant(texts)).numpy().tolist()
    wrong = [
        (text, token, canonical_token(text))
        for text, token in zip(texts, spelled, strict=True)
        if token != canonical_token(text)
    ]
    assert wrong == []
    assert sum(text != token for text, token in zip(texts, spelled, strict=True)) > 1000


def test_another_decimal_point() -> None:
    texts = [text.replace(".", ",").encode() for text in [*CHOSEN, *made_texts()[:2000]]] + [
        b"1.5",
        b"1,5\xff",
        b"1,2,3",
    ]
    spelled = canonical_tokens(tf.constant(texts), ",").numpy().tolist()
    assert spelled == [canonical_token(text, ",") for text in texts]
