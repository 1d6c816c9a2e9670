"""Batch prediction: a version of a model predicts for whole files, as a job, and the predictions are published as files.

repository    predictions in the storage, and their publication
table_rows    rows of CSV, TSV, JSON lines, Parquet and Arrow files
tfrecord_rows rows of TFRecords
key_types     the type of each key in the output
skipped_rows  rows that cannot be read, skipped and kept next to the predictions
output        predictions to Parquet or JSON lines
run           all steps of a job; with `tfrecord_rows`, the only module here that imports TensorFlow

Request and response of a job: `contracts.messages.batch_predictions`.
"""
