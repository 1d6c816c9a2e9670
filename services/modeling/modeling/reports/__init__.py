"""Pages about models: the report of a version, its changes since another version, and the service's home page.

    version_report      everything about one version
    version_charts      its plots, and what its script is given
    class_tables        confusion, precision, recall, F1 and calibration by class
    slice_tables        slices of the test split, the worst first
    missing_tables      what missing and unseen values cost, by share of fields and by feature
    version_changes     what changed since another version
    links               where the pages lead
    home                the models of the service

Pages read what was published with a version, and compute nothing that the evaluation did not.
"""
