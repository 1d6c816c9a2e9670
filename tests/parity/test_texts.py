"""Short texts are the same in every mode, at predict, and in the SavedModel; and so is any text of Unicode in both compilers.

What is expected is computed here in plain Python, with Python's own tables of Unicode.
"""

from __future__ import annotations

import json
import random
import re
import unicodedata
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from tests.conftest import MakeDataset
from tests.expression_cases import arrays, as_written, parsed
from tests.forms import FORMS
from tests.modeling.layers.expressions.graphs import results
from tests.modeling.trained import run
from tests.parity.ways import split_of_rows, training_inputs

from chassis.engine.engine import JobContext
from contracts.dataset.published import Dataset
from contracts.messages.networks import Linear
from contracts.schema import SPLIT_NAMES
from contracts.storage import Storage
from modeling.decoding.raw_fields import Fields
from modeling.export.saved_model import export
from modeling.layers.model_inputs import ModelInputs
from modeling.layers.token_hash import token_hash
from modeling.networks.build import build_network
from modeling.networks.document_frequencies import inverse_document_frequencies
from modeling.networks.embeddings import Inputs
from modeling.optimization.objective import Target
from modeling.protocols.tensorflow_predict import read
from modeling.repository.versions import read_manifest
from modeling.serving.load_saved_model import load
from sources.expressions.compile_arrow import compile_arrow
from sources.expressions.unicode_tables import decomposition

STRINGS = 100_000
WORDS, CHARACTERS = 6, 9
FEATURES: dict[str, dict[str, Any]] = {
    "comment": {"kind": "text", "max": WORDS, "vocabulary": {"min_count": 2}},
    "name": {"kind": "text", "tokens": "characters", "ngrams": [2, 3], "max": CHARACTERS, "hash": {"buckets": 60}},
    "note": {"kind": "text", "ngrams": [1, 1], "lower": False, "weights": "count", "max": WORDS},
}
TEXTS = [
    "\uff34he ﬁne food, the FINE wine!",
    "fine wine wine wine",
    "naïve nai\u0308ve ΟΔΟΣ οδος",
    "x² 한국어 e\u0301\u0323 \u1eb9\u0301",
    "one two three four five six seven eight",
    "[]",
    " \t?!",
    "12",
    "a",
    "☃ snow_man 'n'",
    "NA",
    "",
    None,
]
Row = tuple[str | None, str | None, str | None]
COLUMNS = ("comment", "name", "note")


def normal(text: str, *, lower: bool) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(character.lower()[0] for character in decomposed) if lower else decomposed


def is_of_word(character: str) -> bool:
    return character == "_" or unicodedata.category(character)[0] in "LMN"


def sequences(text: str, name: str) -> list[str]:
    feature = FEATURES[name]
    text = normal(text, lower=feature.get("lower", True))
    if feature.get("tokens") == "characters":
        spaced = "".join(" " if unicodedata.category(c) in {"Zs", "Zl", "Zp", "Cc"} else c for c in text)
        units, glue = [*re.sub(" +", " ", spaced).strip(" ")][:CHARACTERS], ""
    else:
        units, glue = "".join(c if is_of_word(c) else " " for c in text).split()[:WORDS], " "
    least, most = feature.get("ngrams", [1, 2])
    made = [glue.join(units[i : i + size]) for size in range(least, most + 1) for i in range(len(units) - size + 1)]
    counts_once = "hash" not in feature and feature.get("weights") != "count"
    return [*dict.fromkeys(made)] if counts_once else made


def ids_of(text: str | None, name: str, dataset: Dataset) -> list[int]:
    made = f"{name}:{FEATURES[name].get('tokens', 'words')}"
    width = dataset.schema.bags[made].max
    if not text:
        return [1] + [0] * (width - 1)
    feature: Any = dataset.schema.features[made]
    known: dict[bytes, int] = {}
    if feature.kind == "categorical":
        known = {token: i for i, token in enumerate(dataset.vocabulary(made).tokens.to_pylist())}
    ids: list[int] = []
    for token in sequences(text, name):
        raw = token.encode()
        if raw in known:
            ids.append(1 + feature.first_token_id + known[raw])
        else:
            buckets = feature.buckets if feature.kind == "hashed" else feature.oov_buckets
            ids.append(2 + int(token_hash(tf.constant([[raw]]), [buckets])[0, 0]))
    return ids + [0] * (width - len(ids))


def rows(size: int) -> list[Row]:
    draw = random.Random(5)
    return [(draw.choice(TEXTS), draw.choice(TEXTS), draw.choice(TEXTS)) for _ in range(size)]


def json_of(table: list[Row]) -> str:
    lines = [{"y": i % 2, "id": f"row-{i}", **dict(zip(COLUMNS, row, strict=True))} for i, row in enumerate(table)]
    return "".join(json.dumps(line) + "\n" for line in lines)


def test_texts_are_alike_in_every_mode_and_at_predict(make_dataset: MakeDataset, sources: Path, tmp_path: Path) -> None:
    table = rows(150)
    made = {
        form: make_dataset(
            json_of(table),
            name=f"texts-{'-'.join(form)}",
            label={"column": "y"},
            source={"format": "jsonl", "uris": [f"texts-{'-'.join(form)}.jsonl"]},
            features=FEATURES,
            remaining="exclude",
            split_key=["id"],
            records=form[0],
            layout=form[1],
            partitions=3,
        )
        for form in FORMS
    }
    first = made["none", "columns"]
    names = [name.partition(":")[0] for name in first.schema.bags]
    wanted = np.array(
        [list(chain(*(ids_of(row[COLUMNS.index(name)], name, first) for name in names))) for row in table]
    )
    codes = split_of_rows(first)
    for mode, dataset in made.items():
        assert dataset.statistics().reproducible() == first.statistics().reproducible()
        for split, (_, ids) in training_inputs(dataset, [str(sources)]).items():
            np.testing.assert_array_equal(ids, wanted[codes == SPLIT_NAMES.index(split) + 1], f"{mode} {split}")

    model_inputs = ModelInputs(first.schema, first.statistics(), first.vocabularies())
    inputs = Inputs(model_inputs.number_width, model_inputs.named_sizes, bags=first.schema.bags)
    export(
        first.schema, model_inputs, build_network(Linear(kind="linear"), inputs), Target.of(first), tmp_path / "model"
    )
    loaded: Any = tf.saved_model.load(str(tmp_path / "model"))
    instances: list[dict[str, Any]] = [dict(zip(COLUMNS, row, strict=True)) for row in table]
    values = read({"instances": instances}, Fields.of(first.schema))
    answered = loaded.packed_transform(tf.constant(values.numeric), tf.constant(values.tokens, tf.string))
    np.testing.assert_array_equal(answered["categorical"], wanted)


def test_counts_are_of_the_texts_that_have_an_ngram(make_dataset: MakeDataset) -> None:
    table = [("a a b",), ("a c",), ("b",), (None,), ("c c",), ("d",)] * 20
    text = "".join(json.dumps({"y": i % 2, "id": i, "comment": row[0]}) + "\n" for i, row in enumerate(table))
    dataset = make_dataset(
        text,
        name="texts-frequencies",
        label={"column": "y"},
        source={"format": "jsonl", "uris": ["texts-frequencies.jsonl"]},
        features={"comment": {"kind": "text", "ngrams": [1, 1]}},
        remaining="exclude",
        splits={"train": 1.0},
        split_key=["id"],
    )
    vocabulary = dataset.vocabulary("comment:words")
    assert dict(zip(vocabulary.tokens.to_pylist(), vocabulary.counts.to_pylist(), strict=True)) == {
        b"a": 40,
        b"b": 40,
        b"c": 40,
        b"d": 20,
    }
    weights = inverse_document_frequencies(dataset.schema, dataset.statistics(), dataset.vocabularies())[
        "comment:words"
    ]
    often, rare = np.log(101 / 41) + 1, np.log(101 / 21) + 1
    np.testing.assert_allclose(weights, [0, 1, 0, often, often, often, rare], rtol=1e-6)


def any_text(draw: random.Random, marks: list[str], changed: list[str]) -> str:
    """A text of one sort: any characters, of the planes that have letters; letters and marks; compatibility characters; ASCII."""
    size = draw.randrange(25)
    planes = (0x80, 0x3000, 0xD800), ((0xE000, 0x20000), (0xE0000, 0xE1000))
    match draw.randrange(4):
        case 0:
            ends = [draw.choice([(0, end) for end in planes[0]] + [*planes[1]]) for _ in range(size)]
            return "".join(chr(draw.randrange(*span)) for span in ends)
        case 1:
            return "".join(draw.choice("ab cé,.-_1 ") + draw.choice(marks) * draw.randrange(3) for _ in range(size))
        case 2:
            return "".join(draw.choice(changed) for _ in range(size))
        case _:
            return "".join(draw.choice("The quick brown fox [] \x1f\x00\n Ünï") for _ in range(2 * size))


@pytest.mark.parametrize(
    "sql",
    ["ngrams(lower(nfkd(s)), 'words', 1, 2, 20, true)", "ngrams(lower(nfkd(s)), 'characters', 2, 3, 30)"],
)
def test_any_text_of_unicode_is_alike_in_kernel_and_graph(sql: str) -> None:
    draw, tables = random.Random(7), decomposition()
    marks, changed = ([chr(point) for point in points] for points in (tables.marks, tables.changed))
    texts: list[bytes | None] = [any_text(draw, marks, changed).encode() for _ in range(STRINGS)]
    texts += [None, b"", b"\xff", b"\xe2\x82", b"[]", b" "]
    kernel = compile_arrow(parsed(sql))(arrays({"s": texts})).to_pylist()
    assert results([(sql, {"s": texts}, [])])[sql] == as_written(kernel)


def test_a_model_learns_from_texts(make_dataset: MakeDataset, storage: Storage) -> None:
    draw = random.Random(3)
    good, bad, neutral = ["good", "great", "fine"], ["bad", "awful", "poor"], ["the", "food", "was", "a", "place", "we"]
    lines: list[str] = []
    for i in range(1200):
        words = draw.choices(neutral, k=draw.randrange(3, 9)) + draw.choices(good if i % 2 else bad, k=1)
        draw.shuffle(words)
        lines.append(json.dumps({"y": i % 2, "id": i, "comment": " ".join(words)}) + "\n")
    name = "texts-learned"
    make_dataset(
        "".join(lines),
        name=name,
        label={"column": "y"},
        source={"format": "jsonl", "uris": [f"{name}.jsonl"]},
        features={"comment": {"kind": "text", "max": 20}},
        remaining="exclude",
        split_key=["id"],
    )
    request = {"model": name, "dataset": name, "epochs": 15, "seed": 1, "learning_rate": 0.01}
    result = run(storage, request, JobContext.alone(f"train-{name}"))
    assert result["evaluation"]["test"]["auc"] > 0.97
    signature = load(storage, read_manifest(storage, name, 1)).signatures["serving_default"]
    given = [{"comment": text} for text in ["We had GREAT food", "an Awful place", "", None, "unheard of"]]
    answers = signature.call(*read({"instances": given}, signature.fields))["predictions"]
    assert answers[0] - answers[1] > 0.3
    assert all(abs(answer - 0.5) < 0.35 for answer in answers[2:])


@pytest.mark.parametrize("network", [{"kind": "linear"}, None], ids=["linear", "default"])
def test_texts_lists_and_categories_are_learned_in_one_model(
    make_dataset: MakeDataset, storage: Storage, network: dict[str, Any] | None
) -> None:
    """All of them have vectors of one width, and so one table."""
    draw = random.Random(4)
    words = ["red", "blue", "green", "black", "white"]
    rows: list[dict[str, Any]] = [
        {"id": i, "tags": draw.sample(words, draw.randrange(4)), "title": " ".join(draw.choices(words, k=3)),
         "body": " ".join(draw.choices(words, k=4)), "code": draw.choice(words)}
        for i in range(600)
    ]  # fmt: skip
    lines = [json.dumps({"y": int("red" in row["tags"] or "red" in row["title"]), **row}) + "\n" for row in rows]
    name = f"all-{'linear' if network else 'default'}"
    make_dataset(
        "".join(lines),
        name=name,
        label={"column": "y"},
        source={"format": "jsonl", "uris": [f"{name}.jsonl"]},
        features={
            "code": {"kind": "categorical"},
            "tags": {"kind": "categorical", "many": {"max": 4, "combine": "sum"}},
            "title": {"kind": "text", "max": 8, "ngrams": [1, 1]},
            "body": {"kind": "text", "max": 8, "ngrams": [1, 1]},
        },
        remaining="exclude",
        split_key=["id"],
    )
    request = {"model": name, "dataset": name, "epochs": 5, "seed": 1, "learning_rate": 0.05}
    result = run(storage, request | ({"network": network} if network else {}), JobContext.alone(f"train-{name}"))
    assert result["evaluation"]["test"]["auc"] > 0.9
