"""How good a model is, on rows that training never saw, beside a baseline that needs no model.

    results       what is said of a model: shapes at rest and over HTTP
    binary, multiclass, regression      the metrics of each kind of label, from labels and predictions
    curves        ROC, precision-recall and calibration, in as many points as a plot needs
    bootstrap     how far a metric might have come out otherwise, on other rows of the same kind
    slices        the same metrics for the rows of one value of a feature
    importance    how much worse a model gets when a feature is shuffled
    gate          whether a model is good enough to be served
    held_out      one pass over the test split; the only module here that knows TensorFlow
    rival         the version that a gate compares with, asked about the same rows

Metrics are numpy alone and follow scikit-learn's definitions, which the tests compare them with.
"""
