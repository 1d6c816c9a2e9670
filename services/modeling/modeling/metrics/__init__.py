"""Metrics of a model on rows that training never saw, compared with a baseline that needs no model.

    results                             metrics and plots as they are stored and sent over HTTP
    binary, multiclass, regression      the metrics of each kind of label, from labels and predictions
    score                               metrics, intervals and baseline by the kind of the label
    curves                              ROC, precision-recall and calibration, in as many points as a plot needs
    confidence_intervals                bootstrap intervals of the metrics
    slices                              the metrics of the rows that share a value of a feature
    permutation_importance              by how much metrics worsen when a feature is shuffled
    gate                                conditions on the metrics for a version to be served

Metrics are numpy alone and follow scikit-learn's definitions, which the tests compare them with.
"""
