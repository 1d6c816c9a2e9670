"""From raw files to a proposed dataset request, with the evidence for each guess: `POST /v1/schemas:infer`.

The data's way: `file_formats` (compression and format, by the first bytes), `encodings`, `dialects` and `headers` (how text is
divided), `describe_source` (all of these: a source), `sample_rows` (rows from up to sixteen places), `sampled_columns` (what a
column holds), `null_spellings` (of missing values and numbers), `spellings` (of numbers and categories), `dates` (their formats
and parts), `decide_kind` (of the others: number, category or nothing, by `whole_numbers` and `heavy_tails`), `labels` (the
columns that could be the label, and its leaks), `splits` (which rows belong together, and by which time), `evidence` (of each
column), `propose` (the story).

Everything here looks at a sample and can be wrong: a proposal is to be read by a person before it is posted. A dataset job that
infers the features its request leaves out uses none of these rules but the plain one of `preprocessing.planning.infer_schema`.
"""
