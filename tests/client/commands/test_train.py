"""`tandem train`: the request, the metrics, the gate."""

from __future__ import annotations

import json

from tests.client.scripted import LEAK, TRAINED, Run, Script


def test_train_shows_metrics_beside_the_baseline(run: Run, service: Script) -> None:
    shown = run("train", "--model", "flights", "--dataset", "flights", "--hidden", "8,4", "--epochs", "2")
    assert shown.exit_code == 0, shown.output
    network = {"kind": "tabm", "hidden": [8, 4]}
    assert service.bodies == [{"model": "flights", "dataset": "flights", "network": network, "epochs": 2}]
    assert "0.7512" in shown.output
    assert "0.5000" in shown.output


def test_help_lists_the_kinds_of_the_request(run: Run) -> None:
    shown = " ".join(run("train", "--help").output.replace("│", " ").split())
    assert "One of linear, dnn, wide_deep, dcn_v2, tabm." in shown
    assert "One of adam, adagrad, sgd, ftrl." in shown
    assert "One of constant, cosine, exponential, step, plateau." in shown


def test_training_repeats_what_the_dataset_warns_of(run: Run, service: Script) -> None:
    response = {**TRAINED, "dataset_warnings": [LEAK]}
    service.steps["training"][-1] = {**service.steps["training"][-1], "response": response}
    shown = run("train", "--model", "flights", "--dataset", "flights")
    assert "serious: leakage refund [x]: It knows. Exclude it." in " ".join(shown.output.split())


def test_training_with_a_gate_and_a_label(run: Run, service: Script) -> None:
    miss = {"condition": "better_than", "metric": "log_loss", "required": 0.4, "received": 0.43, "by": 0.03}
    response = {**TRAINED, "gate": {"passed": False, "missed": [miss]}, "label": None}
    service.steps["training"][-1] = {**service.steps["training"][-1], "response": response}
    words = ("--model", "flights", "--dataset", "flights", "--version-label", "champion", "--better-than", "champion")
    for given, expected in (("balanced", "balanced"), ('{"1": 5}', {"1": 5})):
        shown = run("train", *words, "--class-weights", given)
        assert shown.exit_code == 0, shown.output
        assert service.bodies[-1]["class_weights"] == expected
    assert service.bodies[-1]["require"] == {"better_than": "champion"}
    assert service.bodies[-1]["label"] == "champion"
    assert "gate failed" in shown.output
    assert "log_loss is 0.4300 (required: better than 0.4000)" in shown.output


def test_masking_is_an_option_of_which_null_is_a_value(run: Run, service: Script) -> None:
    for given, expected in (("null", None), ('{"share": 0.1}', {"share": 0.1})):
        assert (
            run("train", "--model", "flights", "--dataset", "flights", "--masking", given, "--no-wait").exit_code == 0
        )
        assert service.bodies[-1]["masking"] == expected
    assert run("train", "--model", "flights", "--dataset", "flights", "--no-wait").exit_code == 0
    assert "masking" not in service.bodies[-1]


def test_a_threshold_is_a_kind_a_number_or_an_object(run: Run, service: Script) -> None:
    costs = {"kind": "cost", "false_positive": 1, "false_negative": 5}
    for given, expected in (("f1", "f1"), ("0.3", 0.3), (json.dumps(costs), costs)):
        options = ["--model", "m", "--dataset", "d", "--threshold", given, "--calibration", "none", "--no-wait"]
        assert run("train", *options).exit_code == 0
        assert service.bodies[-1]["threshold"] == expected
        assert service.bodies[-1]["calibration"] == "none"


def test_quantiles_are_numbers_between_commas(run: Run, service: Script) -> None:
    options = ["--model", "m", "--dataset", "d", "--no-wait"]
    assert run("train", *options, "--quantiles", "0.1,0.5,0.9").exit_code == 0
    assert service.bodies[-1]["quantiles"] == [0.1, 0.5, 0.9]
    assert "--quantiles takes numbers between commas" in run("train", *options, "--quantiles", "low,high").output


def test_folds_are_a_number_or_an_object_and_their_means_are_shown(run: Run, service: Script) -> None:
    options = ["--model", "m", "--dataset", "d", "--no-wait"]
    for given, expected in (("5", 5), ('{"count": 3, "seed": 1}', {"count": 3, "seed": 1})):
        assert run("train", *options, "--folds", given).exit_code == 0
        assert service.bodies[-1]["folds"] == expected
    assert "--folds takes a whole number, or JSON" in run("train", *options, "--folds", "few").output
    spread = {"mean": 0.7345, "std": 0.05, "standard_error": 0.04, "interval": {"low": 0.6, "high": 0.9}}
    folds = [{"fold": number, "metrics": {"auc": 0.7}} for number in (1, 2)]
    made = {"by": "row", "folds": folds, "metrics": {"auc": spread}, "notes": ["folds are random"]}
    response = {**TRAINED, "evaluation": {**TRAINED["evaluation"], "cross_validation": made}}
    service.steps["training"][-1] = {**service.steps["training"][-1], "response": response}
    shown = run("train", "--model", "flights", "--dataset", "flights", "--folds", "2").output
    assert "0.7345" in shown
    assert "0.6000 to 0.9000" in shown
    assert "folds are random" in shown
