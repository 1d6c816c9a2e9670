"""Pages of a wide dataset's features: a few hundred are one table, which the browser sorts and searches; more are paged here.

A feature's row with its charts is five kilobytes, so that thousands of them would be a page of tens of megabytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import urlencode

from contracts.dataset.warning import DatasetWarning
from contracts.schema import Schema
from contracts.statistics import SplitStatistics
from preprocessing.report.feature_rows import search_text, weight_of

__all__ = ["MOST_ON_ONE_PAGE", "ON_A_PAGE", "FeaturePage", "FeatureQuery", "Sort", "feature_page"]

MOST_ON_ONE_PAGE = 200
"""Features up to which the report is not paged."""
ON_A_PAGE = 100

Sort = Literal["order", "name", "missing", "distinct", "warnings"]


@dataclass(frozen=True)
class FeatureQuery:
    """Choice of the features of a wide dataset on a page: those that hold all words of `search`, `sort`ed, from `page` 1 on."""

    search: str = ""
    warned: bool = False
    sort: Sort = "order"
    page: int = 1
    others: tuple[tuple[str, str], ...] = ()
    """The query's other parameters, which links keep."""

    def address(self) -> str:
        """Return the relative address of the page."""
        shown = {
            "search": self.search,
            "warned": "true" if self.warned else "",
            "sort": self.sort,
            "page": str(self.page),
        }
        defaults = {"search": "", "warned": "", "sort": "order", "page": "1"}
        own = [(name, value) for name, value in shown.items() if value != defaults[name]]
        return f"?{urlencode([*self.others, *own])}"


@dataclass(frozen=True)
class FeaturePage:
    """The features to show, by name in order. `query` is None where they are all on one page, to be searched by the browser."""

    names: list[str]
    total: int
    matching: int
    query: FeatureQuery | None = None

    @property
    def pages(self) -> int:
        """Return the number of pages of the features that match, at least 1."""
        return max(-(-self.matching // ON_A_PAGE), 1)

    @property
    def first(self) -> int:
        """Return the number of the page's first feature among those that match, from 1."""
        return 1 if self.query is None else (self.query.page - 1) * ON_A_PAGE + 1

    @property
    def links(self) -> list[tuple[str, str]]:
        """Return the words and the address of the pages before and after, and of the ends."""
        query = self.query
        if query is None:
            return []
        page, last = query.page, self.pages
        steps = [("first", 1, page > 2), ("previous", page - 1, page > 1)]
        steps += [("next", page + 1, page < last), ("last", last, page < last - 1)]
        return [
            (words, f"{replace(query, page=number).address()}#features")
            for words, number, is_there in steps
            if is_there
        ]

    def anchor(self, place: int) -> str:
        """Return the address of a feature's row by its index in the schema: on this page, or on the one that has it."""
        if self.query is None:
            return f"#f{place}"
        return f"{FeatureQuery(page=place // ON_A_PAGE + 1, others=self.query.others).address()}#f{place}"


def feature_page(
    schema: Schema,
    train: SplitStatistics,
    warnings: Mapping[str, Sequence[DatasetWarning]],
    query: FeatureQuery,
) -> FeaturePage:
    """Return the features of a page. A page past the last is the last. `warnings`: by feature."""
    total = len(schema.features)
    if total <= MOST_ON_ONE_PAGE:
        return FeaturePage(list(schema.features), total, total)
    words = query.search.lower().split()
    matching = [
        name
        for name, feature in schema.features.items()
        if (not query.warned or warnings.get(name))
        and _holds(search_text(name, feature.kind, warnings.get(name, ())), words)
    ]
    key = _key(query.sort, train, warnings)
    if key is not None:
        matching.sort(key=key)
    page = FeaturePage(matching, total, len(matching), query)
    number = min(query.page, page.pages)
    begin = (number - 1) * ON_A_PAGE
    return replace(page, names=matching[begin : begin + ON_A_PAGE], query=replace(query, page=number))


def _holds(text: str, words: Sequence[str]) -> bool:
    text = text.lower()
    return all(word in text for word in words)


def _key(
    sort: Sort, train: SplitStatistics, warnings: Mapping[str, Sequence[DatasetWarning]]
) -> Callable[[str], float | str] | None:
    """Return the key by which features are sorted, the largest numbers first; None for the order of the schema."""
    features = train.features
    match sort:
        case "order":
            return None
        case "name":
            return str.lower
        case "missing":
            return lambda name: -features[name].missing
        case "distinct":
            return lambda name: -(features[name].distinct or 0)
        case "warnings":
            return lambda name: -weight_of(warnings.get(name, ()))
