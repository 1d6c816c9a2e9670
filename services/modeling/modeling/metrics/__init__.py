"""Metrics of a model on rows that training never saw, compared with a baseline that needs no model.

    binary, multiclass, regression      the metrics of each kind of label, from labels and predictions
    calibration_error                   the expected calibration error, with an interval
    class_auc                           the AUC of each of several classes, with an interval
    curves                              ROC, precision-recall and calibration, in as many points as a plot needs
    thresholds                          counts by threshold, gain and score histograms of a binary model
    quantiles                           pinball loss and coverage of predicted quantiles
    regression_errors                   predictions of a regression against its labels, in a bounded number of points
    confidence_intervals                bootstrap intervals of the metrics
    gate                                conditions on the metrics for a version to be served

Metrics are numpy alone and follow scikit-learn's definitions, which the tests compare them with. As they are stored and sent
over HTTP they are in `contracts.messages.metrics` and `contracts.messages.evaluation`.
"""
