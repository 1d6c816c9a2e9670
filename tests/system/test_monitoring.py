"""The dashboard and the alert rules ask for metrics and labels that both real services publish."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from tests.apps import serving
from tests.modeling.trained import Trained, copy_versions
from tests.processes import wait_until

from contracts.storage import Storage
from modeling.main import make_app as make_modeling
from modeling.settings import ModelingSettings
from preprocessing.main import make_app as make_preprocessing
from preprocessing.settings import PreprocessingSettings

MONITORING = Path(__file__).parents[2] / "docker" / "monitoring"
OF_PROMETHEUS = {"up"}
ADDED = {"job", "instance", "le"}
"""Labels that Prometheus adds, and that of buckets."""
_NAME = re.compile(r"\b(?:tandem|process|python)_[a-z_]+\b|\bup\b")
_LABELS = re.compile(r"(?:by|on) \(([a-z_, ]*)\)|[{,]\s*([a-z_]+)\s*=~?")


def dashboard() -> dict[str, Any]:
    return json.loads((MONITORING / "grafana-dashboard.json").read_text())


def rules() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load((MONITORING / "prometheus-alerts.yaml").read_text())["groups"]
    return group["rules"]


EXPRESSIONS = [target["expr"] for panel in dashboard()["panels"] for target in panel["targets"]] + [
    rule["expr"] for rule in rules()
]


@pytest.fixture(scope="module")
def published(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, set[str]]]:
    """The labels of every metric that the services publish after a prediction, by name of its samples."""
    root = tmp_path_factory.mktemp("monitored")
    places: dict[str, Any] = {"state": str(root / "state"), "source_roots": [str(root)], "jobs_at_once": 0}
    storage = Storage(str(root / "models"))  # of its own: its log of predictions counts what is asked here
    copy_versions(trained, storage, "m", range(1, 2))
    modeling = make_modeling(ModelingSettings(storage=storage.uri, prediction_log=1, **places))
    preprocessing = make_preprocessing(PreprocessingSettings(storage=str(root / "storage"), **places))
    labels: dict[str, set[str]] = {}
    with serving(modeling) as first, serving(preprocessing) as second:
        wait_until(lambda: httpx.get(f"{first}/health/ready").status_code == 200)

        def is_sampled() -> bool:
            assert httpx.post(f"{first}/v1/models/m:predict", json={"instances": [{}] * 9}).status_code == 200
            shown = httpx.get(f"{first}/metrics").text
            return "tandem_predict_out_of_vocabulary_values_total{" in shown and "imputed_values_total{" in shown

        wait_until(is_sampled, 60, pause=0.5)
        for url in (first, second):
            for family in text_string_to_metric_families(httpx.get(f"{url}/metrics").text):
                suffixes = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"]}.get(family.type, [""])
                for name in [f"{family.name}{suffix}" for suffix in suffixes]:
                    labels.setdefault(name, set())
                for sample in family.samples:
                    labels.setdefault(sample.name, set()).update(sample.labels)
        yield labels


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_every_metric_and_label_is_published(published: dict[str, set[str]], expression: str) -> None:
    names = set(_NAME.findall(expression)) - OF_PROMETHEUS
    assert names or "up" in expression
    assert names <= published.keys()
    asked = {
        part.strip() for found in _LABELS.findall(expression) for part in ",".join(found).split(",") if part.strip()
    }
    known = set[str]().union(*(published[name] for name in names))
    declared = {"kind", "state"} if any(name.startswith("tandem_job") for name in names) else set[str]()
    assert asked <= known | declared | ADDED, expression


def test_the_dashboard_has_what_grafana_needs() -> None:
    panels = dashboard()["panels"]
    assert len({panel["id"] for panel in panels}) == len({panel["title"] for panel in panels}) == len(panels) >= 12
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels]
    assert len(set(places)) == len(places)
    assert {panel["datasource"]["uid"] for panel in panels} == {"${datasource}"}


def test_every_rule_says_how_severe_it_is_and_what_to_do() -> None:
    assert len({rule["alert"] for rule in rules()}) == len(rules())
    for rule in rules():
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert rule["annotations"].keys() == {"summary", "action"}
    documented = (MONITORING.parents[1] / "docs" / "reference" / "metrics.md").read_text()
    for expression in EXPRESSIONS:
        for name in set(_NAME.findall(expression)) - OF_PROMETHEUS:
            stem = re.sub(r"_(bucket|sum|count)$", "", name)
            assert f"`{stem}`" in documented or name.startswith("process_"), name
