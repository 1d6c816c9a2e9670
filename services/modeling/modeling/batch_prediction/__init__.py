"""Batch prediction: a version of a model predicts for whole files, as a job, and the predictions are published as files.

repository       predictions in the storage, and their publication
table_rows       rows of files of every format
example_columns  the columns of TFRecord files
key_types        the type of each key in the output
skipped_rows     rows that cannot be read, skipped and kept next to the predictions
output           predictions to Parquet or JSON lines
run              all steps of a job, the only module here that imports TensorFlow

Request and response of a job: `contracts.messages.batch_predictions`.
"""
