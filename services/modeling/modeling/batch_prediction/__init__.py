"""Batch prediction: a version of a model asked about whole files, as a job, with the predictions published as files.

requests      what a job is asked for and what it publishes
at_rest       where predictions lie, and how they become visible
tables        rows of CSV, TSV, JSON lines, Parquet and Arrow files
examples      rows of TFRecords
output        predictions to Parquet or JSON lines
run           the story on one page; the only module here that knows TensorFlow, beside `examples`
"""
