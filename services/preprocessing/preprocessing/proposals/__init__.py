"""From raw files to a proposed dataset request, with the evidence for each guess: `POST /v1/schemas:infer`.

The data's way: `containers` (compression and format, by the first bytes), `encodings`, `dialects` and `headers` (how text is
divided), `descriptions` (all of these: a source), `samples` (rows from up to sixteen places), `columns` (what a column holds),
`spellings` (of missing values and numbers), `kinds` (number, category or nothing), `labels` (which column is one, and which give
it away), `propose` (the story).

Everything here looks at a sample and can be wrong: a proposal is to be read by a person before it is posted. A dataset job that
infers the features its request leaves out uses none of these rules but the plain one of `preprocessing.planning.infer_schema`.
"""
