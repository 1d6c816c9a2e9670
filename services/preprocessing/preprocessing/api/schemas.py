"""Proposals of dataset requests over HTTP. Spark is never imported here."""

from __future__ import annotations

from collections.abc import Callable
from threading import BoundedSemaphore
from typing import Any

from fastapi import APIRouter, Request, Response

from chassis.access.needs import Needs
from chassis.strict_json import reply_bytes
from contracts.access.roles import Role
from contracts.dataset.published import open_dataset
from contracts.errors import CorruptData, NotFound, Overloaded
from contracts.messages.schemas import InferRequest, Proposal
from contracts.storage import Storage
from preprocessing.api.dependencies import SettingsOf
from preprocessing.sampled_rows import EvaluateLabel, SampledRows

AT_ONCE = 2
"""Maximum number of concurrent proposals: each may hold some hundred megabytes and keeps a core busy."""
PATIENCE_SECONDS = 30.0
router = APIRouter(tags=["schemas"])

_turns = BoundedSemaphore(AT_ONCE)

DESCRIPTION = """Samples the files and proposes a whole request body for `POST /v1/datasets`: format, compression, encoding,
delimiter, quote, header, spellings of numbers and of missing values, and a kind for every column. Nothing is stored, no job is
started.

Fields of the request are kept and not guessed. With a `label`, the proposal can be posted back unchanged; without one, `missing`
names it. Request another proposal with the label then, rather than adding it by hand: the proposal excludes the columns that the
label is computed from, and those that leak it.

`evidence` holds the reasons of each guess, `flags` what a person should review. Everything is judged by a sample of at most
`sample_rows` rows from up to sixteen places, so it can be wrong about the rest. Columns that a dataset request does not mention
are not judged by these rules: a dataset job reads them as numbers if all sampled values are, else as categories.

`time_splits` has splits by a time that the data has, to be taken in place of the request's `splits` where a model is used on
later rows.

| flag | finding | proposed |
|---|---|---|
| `all_missing` | no value in any row | excluded |
| `constant` | one value in every row; or one value and missing ones | excluded; a category |
| `nearly_constant` | at least 99.9 % of the rows have the same value | unchanged |
| `unique` | 99 % different values or more; and text, or whole numbers that are ids by name, in order or without gaps | excluded |
| `duplicate` | equal to an earlier column in every row | excluded |
| `predicts_label` | orders the rows as the label does (AUC from 0.999, or to 0.001, also between neighboring classes; rank\
 correlation from 0.999 of a regression label), or 99.9 % of equal values have equal labels and guessing by them removes 98 % of\
 the errors, with 5 rows for each value and two labels of 5 rows; or missing values do so | excluded |
| `leaks_not_checked` | why no column, or which columns, could not be checked for `predicts_label` | unchanged |
| `code` | whole numbers with leading zeros, beyond 2^53, equal as float32, named as an id, a place or a thing; or few (50\
 values, 20 rows each) that are named as a kind, that the label follows in no order, or of which nothing tells | a category |
| `quantity` | whole numbers of few values that are counts or amounts by their name, by a label that rises or falls with them, or\
 by one peak of frequency | numeric |
| `affixes` | a currency, percent sign or unit around most values, all numbers without it | numeric, `prefix`, `suffix` |
| `spellings` | words that differ in case or spaces alone | `strip`, `fold_case`; of a binary label also `positive` |
| `high_cardinality` | 10,000 different values or more by Chao's estimate, or more than half of the values different | hashed |
| `datetime` | at least 95 % dates, with or without times of day | excluded |
| `unsupported` | a map, lists of objects, or a type that is neither number nor text | excluded |
| `sentinel` | -1, -999, 9999 and the like at an edge, further from the others than those are from one another | numeric |
| `heavy_tail` | numbers 10 deviations from the mean or farther (20 different values, 1,000 rows) | `scale` log1p, where\
 logarithms have a quarter of the kurtosis; else `clip` of the last thousandths |
| `mostly_numbers` | at least 80 % of the values are numbers, but not all | a category |
| `missing_spelled_as_code` | a spelling of missing among codes of the same shape: `NA`, Namibia | kept as a value |
| `renamed` | names that occur twice in the header | `columns` |
| `header` | a first row of numbers that ascend by one step, as numbered columns and years; or names over numbers, outvoted by\
 other columns | the row's numbers are names; the row is values |
| `name_taken` | a column named `label`, although the label is an expression | excluded |
| `split_key` | an id, by its name, with 1.5 to 100 rows each; or 2 % of the rows equal to others but for the label | the id, and\
 excluded; all columns but the label's |
| `bad_rows` | rows that cannot be read | unchanged |
| `label` | the label was guessed, or has values other than 0 and 1 | an expression |
"""


@router.post(
    "/v1/schemas:infer", response_model=Proposal, summary="Propose a dataset request for files", description=DESCRIPTION
)
@Needs(Role.TRAIN)
def post_schema(body: InferRequest, settings: SettingsOf, request: Request) -> Response:
    """Propose a dataset request from a sample of the files, in a worker thread. Raises `Overloaded` when busy."""
    # The readers import numba and take a second to load, which a service without proposals need not pay.
    from preprocessing.proposals.propose import propose  # noqa: PLC0415

    if not _turns.acquire(timeout=PATIENCE_SECONDS):
        raise Overloaded("other files are being analyzed; try again in some seconds")
    try:
        proposal = propose(body, settings.source_roots, _evaluation(request.app.state.ask))
    finally:
        _turns.release()
    shown = proposal.model_dump(mode="json")
    if body.name is None:
        shown["request"]["name"] = _free_name(Storage(settings.storage), shown["request"]["name"])
    return Response(reply_bytes(shown), media_type="application/json")


def _evaluation(ask: Callable[[dict[str, Any], float], dict[str, Any]] | None) -> EvaluateLabel | None:
    """Return the evaluation of a label's expression by the engine; None in a service that has none."""
    if ask is None:
        return None

    def evaluate(sample: SampledRows) -> list[str | float | None]:
        return ask(sample.model_dump(mode="json"), sample.seconds)["labels"]

    return evaluate


def _free_name(storage: Storage, name: str) -> str:
    """Return the name, or if it is taken, the first free one of `name-2`, `name-3` and so on."""
    candidate, number = name, 1
    while _is_taken(storage, candidate):
        number += 1
        candidate = f"{name[:90]}-{number}"
    return candidate


def _is_taken(storage: Storage, name: str) -> bool:
    try:
        open_dataset(storage, name)
    except NotFound:
        return False
    except CorruptData:
        pass
    return True
