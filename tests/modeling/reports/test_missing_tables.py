from __future__ import annotations

import re

import pytest
from tests.modeling.reports.made_versions import CLASSES, LONG, NASTY, made_missing, made_version

from contracts.label_kinds import LABEL_KINDS, LabelKind, label_traits
from contracts.messages.evaluation import MissingValues
from modeling.reports.missing_tables import SHOWN, TOLERANCE, missing_report
from modeling.reports.version_report import report_page


def missing_of(kind: LabelKind) -> MissingValues:
    missing = made_version(kind).detail.missing
    assert missing is not None
    return missing


@pytest.mark.parametrize("kind", LABEL_KINDS)
def test_rows_are_the_evaluations_and_the_worst_feature_is_first(kind: LabelKind) -> None:
    missing, traits = missing_of(kind), label_traits(kind)
    report = missing_report(missing, traits, CLASSES if kind == "multiclass" else ())
    assert [row.name for row in report.shares] == ["0%", "10%", "30%", "50%", "80%", "100%"]
    assert [row.value for row in report.shares] == [
        getattr(masked.metrics, traits.decisive) for masked in missing.by_share
    ]
    assert report.shares[0].worse == 0
    worse = [row.worse for row in report.features]
    assert worse == sorted(worse, key=lambda value: -(value or 0))
    assert (report.features_masked, report.other_features) == (3, 2)
    assert len(report.charts) == 3


@pytest.mark.parametrize("kind", LABEL_KINDS)
def test_a_model_that_a_constant_beats_is_marked(kind: LabelKind) -> None:
    missing = missing_of(kind)
    report = missing_report(missing, label_traits(kind), CLASSES if kind == "multiclass" else ())
    metric = label_traits(kind).decisive
    baseline = getattr(missing.baseline, metric)
    for row in report.shares:
        assert row.value is not None
        assert row.loses_to_baseline == (row.value > baseline * (1 + TOLERANCE))
    assert not report.shares[0].loses_to_baseline
    assert report.shares[-1].loses_to_baseline


def test_of_several_classes_the_farthest_is_named() -> None:
    missing = missing_of("multiclass")
    report = missing_report(missing, label_traits("multiclass"), CLASSES)
    assert report.mean_label is None
    for row, masked in zip(report.shares, missing.by_share, strict=True):
        assert isinstance(masked.mean_prediction, list)
        assert isinstance(missing.mean_label, list)
        off = {
            name: probability - share
            for name, probability, share in zip(CLASSES, masked.mean_prediction, missing.mean_label, strict=True)
        }
        assert row.class_name is not None
        assert row.calibration == off[row.class_name]
        assert row.calibration is not None
        assert abs(row.calibration) == max(map(abs, off.values()))


def section_of(missing: MissingValues) -> str:
    made = made_version()
    detail = made.detail.model_copy(update={"missing": missing})
    page = bytes(report_page(made.manifest, detail, [], is_default=True).body).decode()
    return page[page.index('id="missing"') : page.index('id="slices"')]


def test_the_page_has_plots_and_both_tables_with_whole_names() -> None:
    section = section_of(missing_of("binary"))
    assert section.count("<svg") == 3
    assert section.count('<div class="card scroll">') == 2
    assert section.count(f"<th>{LONG}</th>") == 2
    assert NASTY not in section
    assert len(re.findall(r"<td>unseen</td>", section)) == 3
    assert "never</td>" in section
    assert "2 are not" in section
    assert "<details" not in section


def test_many_features_are_folded_after_the_worst() -> None:
    names = [f"feature {at}" for at in range(SHOWN)]
    section = section_of(made_missing("binary", names, 0.3))
    assert f"<summary>{SHOWN} more</summary>" in section
    assert sum(f"<th>{name}</th>" in section for name in names) == SHOWN
