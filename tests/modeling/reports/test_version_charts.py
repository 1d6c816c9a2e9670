from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest
from tests.modeling.reports.made_versions import made_version

from contracts.label_kinds import LABEL_KINDS, LabelKind
from contracts.messages.trainings import EpochRecord
from modeling.reports.version_charts import class_charts, detail_charts, learning_charts

TITLES = {
    "binary": [
        "ROC",
        "Precision and recall",
        "Calibration",
        "By threshold",
        "Cumulative gain",
        "Lift",
        "Predictions by label",
    ],
    "multiclass": ["Confidence"],
    "regression": ["Predicted and actual", "Residuals", "Errors, the middle 98 %"],
}


@pytest.mark.parametrize("kind", LABEL_KINDS)
def test_every_plot_of_a_kind_is_drawn(kind: LabelKind) -> None:
    made = made_version(kind)
    charts = detail_charts(made.detail, made.manifest.result.evaluation)
    assert [re.findall(r"<figcaption>([^<]+)", chart)[0] for chart in charts] == TITLES[kind]
    for chart in [*charts, *class_charts(made.detail)]:
        drawing = ET.fromstring(chart)
        assert drawing.find(".//polyline") is not None or drawing.find(".//rect") is not None
        assert "nan" not in chart
        assert "inf" not in chart
    assert len(class_charts(made.detail)) == (3 if kind == "multiclass" else 0)


def test_lift_falls_to_one_for_all_rows() -> None:
    made = made_version()
    lift = detail_charts(made.detail, made.manifest.result.evaluation)[5]
    line = ET.fromstring(lift).findall(".//polyline")[1].attrib["points"].split()
    chance = ET.fromstring(lift).findall(".//polyline")[0].attrib["points"].split()
    assert line[-1] == chance[-1]
    assert float(line[0].split(",")[1]) < float(chance[0].split(",")[1])


def test_the_kept_epoch_is_marked_where_it_is() -> None:
    history = [EpochRecord(epoch=at, loss=1 / at, val_loss=1 / at) for at in range(1, 6)]
    marked, unmarked = learning_charts(history, 3)[0], learning_charts(history, None)[0]
    places = [float(dot.attrib["cx"]) for dot in ET.fromstring(marked).iter("circle")]
    mark = next(line for line in ET.fromstring(marked).iter("line") if line.attrib["class"] == "mark")
    assert float(mark.attrib["x1"]) == sorted(set(places))[2]
    assert "kept: epoch 3" in marked
    assert "mark" not in unmarked
    assert learning_charts([], None) == []
