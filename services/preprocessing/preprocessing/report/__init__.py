"""The page about a dataset, for people: what each column holds, and what in it would make for a bad model.

`checks` finds what is wrong (`columns`, `leakage`, `skew`: one kind of question each), `rows` and `page` say it. All of it comes
from what was published, so that neither Spark nor the source is needed.
"""
