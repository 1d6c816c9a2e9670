"""Versions in memory, and the way of a prediction through them.

A predict request takes this way: its route (`api.predict`) hands the unread body to `predictor`, which finds the version in
`registry` and waits for a thread of `adaptive_batching`; there the protocol's module (`protocols.tensorflow_predict` and its
siblings) has the body decoded (by `decoding.compiled_json`, or `decoding.rows_and_columns` where that cannot) and the functions
of the `loaded_version`, which `load_saved_model` made, predict; the same protocol's module renders the reply.
"""
