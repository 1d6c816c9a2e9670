"""The HTML report on a dataset: the contents of each column, and warnings about data that would make a bad model.

`find_warnings` collects the warnings (`column_warnings`, `leakage`, `split_warnings`, `split_drift`: one kind of check each);
`feature_rows` and `page` render them. Everything is read from the published files: neither Spark nor the source is needed.
"""
