"""Propose a dataset request: files, their description, a sample, null tokens, kinds, the label, and the request."""

from __future__ import annotations

import math
import re
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import PurePosixPath
from typing import Any

from contracts.dataset.manifest import SourceFile
from contracts.errors import InvalidData, TandemError, UnreadableFile, pointer
from contracts.features.time_formats import AUTO
from contracts.messages.datasets import MOST_BAD_RECORDS, DatasetRequest
from contracts.messages.schemas import (
    Evidence,
    FeatureEvidence,
    Flag,
    InferRequest,
    Proposal,
    SourceEvidence,
    TimeSplitsProposal,
)
from contracts.schema import Label
from contracts.source import DelimitedText, Source, TextSource
from preprocessing.proposals.dates.propose_date import propose_date
from preprocessing.proposals.dates.written_formats import WrittenDates, written_dates
from preprocessing.proposals.decide_kind import Decision, decide_kind
from preprocessing.proposals.describe_source import Description, describe
from preprocessing.proposals.evidence import column_evidence
from preprocessing.proposals.labels import label_candidates as labels
from preprocessing.proposals.labels.choose_label import choose_label
from preprocessing.proposals.labels.label_leaks import Target, Telling, telling, unchecked
from preprocessing.proposals.lists.array_lists import ArrayLists, array_lists
from preprocessing.proposals.null_spellings import Nulls, detect_nulls, detect_numbers, null_like
from preprocessing.proposals.sample_rows import Sample, take
from preprocessing.proposals.sampled_columns import Column, columns_of, duplicate_rows
from preprocessing.proposals.spellings import affixed, folded
from preprocessing.proposals.splits.split_keys import propose_split_key
from preprocessing.proposals.splits.time_splits import propose_time_splits, text_times
from preprocessing.sampled_rows import EvaluateLabel
from sources.files.resolve_sources import locate
from sources.values.text_values import Spelling

_LEAST_ALLOWED = 10
_NO_LABEL = Label(column="\0")
"""Stands for the label that is still to be chosen, where the rest of the proposal is checked."""


def propose(request: InferRequest, roots: Sequence[str], evaluate: EvaluateLabel | None = None) -> Proposal:
    """Return a proposed dataset request for the files, with the evidence for each guess and flags to review.

    `evaluate` is asked for the labels of an expression; without it, only a comparison of one column with one value is known.

    Raises `NotFound` for files or a label column that are not there, `NotAllowed` for files outside the roots, `UnreadableFile`
    for empty and binary ones, `InvalidRequest` for a format that only jobs read, `InvalidData` where no column is a feature.
    """
    with _pointing_into_the_request():
        files = locate(request.uris, roots, hive_partitioning=request.hive_partitioning)
        label = None if request.label is None else request.label.column
        description = describe(request.uris, request.given, files, label)
        sample = take(description.source(), files, request.sample_rows)
    if not sample.rows:
        raise UnreadableFile(f"{files[0].uri} has no rows that can be read", pointer="/uris")
    return _Proposing(request, files, description, sample, evaluate).proposal()


class _Proposing:
    """A proposal being built."""

    def __init__(
        self,
        request: InferRequest,
        files: Sequence[SourceFile],
        description: Description,
        sample: Sample,
        evaluate: EvaluateLabel | None,
    ) -> None:
        self.evaluate = evaluate
        self.request = request
        self.files = files
        self.description = description
        self.sample = sample
        source = description.source()
        self.is_text = isinstance(source, DelimitedText)
        self.may_spell = isinstance(source, TextSource)
        self.plain = columns_of(sample, sample.types)
        self.flags = list(description.flags)
        self.nulls = Nulls()
        self.columns = self._spelled(source)
        self.decisions: dict[str, Decision] = {}
        self.tellings: dict[str, Telling] = {}

    def proposal(self) -> Proposal:
        """Return the proposal."""
        chosen = choose_label(self.request.label, self.sample, self.columns, self.description)
        label, columns_of_label = chosen.label, chosen.columns
        self.flags += chosen.flags
        target = None if label is None else self._target(label)
        known = target if isinstance(target, Target) else None
        self.decisions = {name: self._decide(column, known) for name, column in self.columns.items()}
        self.decisions |= self._typed_dates()
        self._exclude_what_repeats(label, target, columns_of_label)
        split_key = self._split_key(columns_of_label)
        features = self._features(columns_of_label)
        if not features:
            reasons = "; ".join(f"{name}: {decision.reason}" for name, decision in self.decisions.items())
            raise InvalidData(f"no column is left that could be a feature ({reasons[:1000]})", pointer="/uris")
        exclude = [name for name in self.sample.columns if name not in features and name not in columns_of_label]
        body: dict[str, Any] = {"name": self.request.name or _name_of(self.request.uris[0])}
        body["source"] = self._source_fields()
        if label is not None:
            given = label.model_dump(exclude_none=True)
            body["label"] = {option: value for option, value in given.items() if value is not False}
        body |= {"features": features, "exclude": exclude, "remaining": "exclude"}
        body |= {"splits": {"train": 0.8, "validation": 0.1, "test": 0.1}, "records": "raw"}
        if split_key:
            body["split_key"] = split_key
        if self.sample.bad_rows:
            body["max_bad_records"] = _most_bad_records(self.sample)
        DatasetRequest.model_validate({"label": _NO_LABEL, **body})
        for name, decision in self.decisions.items():
            if name not in columns_of_label:
                self.flags += decision.flags
        self._flag_the_rest()
        return Proposal(
            request=body,
            missing=[] if label is not None else ["/label"],
            label_candidates=labels.candidates(self.columns),
            evidence=Evidence(source=self._source_evidence(), features=self._evidence(columns_of_label)),
            flags=self.flags,
            time_splits=self._time_splits(columns_of_label),
        )

    def _time_splits(self, columns_of_label: Sequence[str]) -> list[TimeSplitsProposal]:
        """Return proposals of splits by time: of columns that a job reads as times, with the source's null tokens alone."""
        plain = {name: column for name, column in self.columns.items() if name not in self.nulls.by_column}
        times = {**self.sample.times, **text_times(plain)}
        return propose_time_splits({name: times[name] for name in times if name not in columns_of_label})

    # Spellings

    def _spelled(self, source: Source) -> dict[str, Column]:
        """Return the columns with the detected number format and null tokens."""
        columns = self.plain
        marks: tuple[str, str | None] = (".", None)
        partitions = self.files[0].partition
        if isinstance(source, DelimitedText):
            known = {name: getattr(source, name) for name in ("decimal_point", "thousands_separator")}
            given = {name: value for name, value in known.items() if name in self.description.guesses}
            own = {name: column for name, column in columns.items() if name not in partitions}
            numbers = detect_numbers(own, source.separator, given)
            self.description.guess("decimal_point", numbers.decimal_point, numbers.reason)
            if numbers.thousands_separator is not None:
                self.description.guess("thousands_separator", numbers.thousands_separator, numbers.reason)
            spelling = Spelling((), numbers.decimal_point, numbers.thousands_separator)
            columns = columns | {name: column.spelled(spelling) for name, column in own.items()}
            marks = numbers.decimal_point, numbers.thousands_separator
        self.affixed = {
            name: amounts for name, column in columns.items() if (amounts := affixed(column, marks)) is not None
        }
        columns = columns | {name: amounts.column for name, amounts in self.affixed.items()}
        if "null_values" in self.description.guesses:
            return columns
        self.nulls = detect_nulls(columns.values(), is_text=self.may_spell)
        if self.may_spell:
            reasons = "; ".join(f"{token!r}: {why}" for token, why in self.nulls.reasons.items())
            reason = (
                reasons
                or "no usual spelling of missing is the only thing between a column and numbers, or in several columns"
            )
            self.description.guess("null_values", ["", *self.nulls.everywhere], reason)
        return {
            name: column.without([*self.nulls.everywhere, *self.nulls.by_column.get(name, [])])
            for name, column in columns.items()
        }

    def _typed_dates(self) -> dict[str, Decision]:
        """Return the decisions on times of files that carry types, where the sample has any."""
        written = {name: WrittenDates(AUTO, times) for name, times in self.sample.times.items()}
        decided = {
            name: propose_date(name, [dates], {*self.sample.columns} - {name})
            for name, dates in written.items()
            if dates.micros.null_count < len(dates.micros)
        }
        return {name: decision for name, decision in decided.items() if decision is not None}

    def _decide(self, column: Column, target: Target | None) -> Decision:
        if column.distinct > 1 and column.name not in self.nulls.by_column:
            date = propose_date(column.name, written_dates(column), {*self.sample.columns} - {column.name})
            if date is not None:
                return date
        return decide_kind(
            column,
            self.sample.rows_estimated,
            complete=self.sample.complete,
            text_is_number=self.may_spell or column.name in self.affixed or column.name in self.files[0].partition,
            target=target,
        )

    # The label

    def _target(self, label: Label) -> Target | str:
        """Return the label of the sampled rows, or why it is not known."""
        target = labels.target_of(label, self.columns)
        if isinstance(target, str) and label.expression is not None and self.evaluate is not None:
            return labels.evaluated_label(label, self.columns, self.evaluate)
        return target

    def _exclude_what_repeats(
        self, label: Label | None, target: Target | str | None, columns_of_label: Sequence[str]
    ) -> None:
        others = {name: column for name, column in self.columns.items() if name not in columns_of_label}
        self._exclude_leaks(target, others)
        for name, earlier in labels.equal_columns(others).items():
            if "excluded" not in {self.decisions[name].kind, self.decisions[earlier].kind}:
                reason = f"equal to {earlier!r} in every row of the sample"
                self._exclude(name, "duplicate", reason, {"column": earlier, "rows": self.sample.rows})
        if label is not None and label.expression is not None and "label" in others:
            self._exclude("label", "name_taken", "the label of an expression has this name; rename the column", {})

    def _split_key(self, columns_of_label: Sequence[str]) -> list[str]:
        """Return the proposed key of splits, or nothing; an id that is one is no feature."""
        kept = [
            name
            for name, decision in self.decisions.items()
            if decision.kind != "excluded" and name not in columns_of_label and name in self.columns
        ]
        key = propose_split_key(
            self.columns,
            columns_of_label,
            kept,
            self.sample.rows_estimated,
            complete=self.sample.complete,
            whole_rows=self._has_whole_rows,
        )
        if key is None:
            return []
        if key.id is not None and len(kept) > 1:
            self.decisions[key.id] = Decision("excluded", "rows of one id share a split", {}, (key.flag,))
        else:
            self.flags.append(key.flag)
        return key.columns

    @property
    def _has_whole_rows(self) -> bool:
        """True if every column of the source was read: no list, no time, nothing nested."""
        return all(name in self.columns for name in self.sample.columns)

    def _exclude_leaks(self, target: Target | str | None, others: Mapping[str, Column]) -> None:
        """Exclude the columns that give the label away, and flag what could not be checked."""
        if target is None:
            reason = "no column was checked for leaks of the label, since there is none: propose again with the label"
            self._flag(None, "leaks_not_checked", reason, {})
            return
        why = target if isinstance(target, str) else target.not_enough()
        if isinstance(target, str) or why is not None:
            reason = (
                f"no column was checked for leaks of the label: {why}. Judge for yourself which columns are known before "
                "the label is; the dataset's report names what it could check in all rows"
            )
            self._flag(None, "leaks_not_checked", reason, {"columns": list(others)})
            return
        for name, column in others.items():
            self.tellings[name] = association = telling(column, target)
            if association.why is not None:
                reason = f"{association.why}: it is probably known only after the label is"
                measures = {
                    "auc": association.auc,
                    "purity": association.purity,
                    "correlation": association.correlation,
                }
                self._exclude(name, "predicts_label", reason, measures)
        rare = [name for name in unchecked(self.tellings.items()) if self.decisions[name].kind != "excluded"]
        if rare:
            reason = (
                f"of {', '.join(rare)} only missing values were checked for leaks of the label: text with fewer than "
                "5 rows of the sample for each value"
            )
            self._flag(None, "leaks_not_checked", reason, {"columns": rare})

    def _exclude(self, name: str, kind: Any, reason: str, evidence: dict[str, Any]) -> None:
        """Exclude a column, in place of what was proposed for it: flags on its use as a feature no longer apply."""
        flag = Flag(column=name, kind=kind, reason=f"{reason}; proposed in exclude", evidence=evidence)
        self.decisions[name] = Decision("excluded", reason, {}, (flag,))
        self.nulls.kept.pop(name, None)

    def _flag(self, column: str | None, kind: Any, reason: str, evidence: dict[str, Any]) -> None:
        self.flags.append(Flag(column=column, kind=kind, reason=reason, evidence=evidence))

    # Putting together

    def _features(self, columns_of_label: Sequence[str]) -> dict[str, dict[str, Any]]:
        features: dict[str, dict[str, Any]] = {}
        for name in self.sample.columns:
            decision = self.decisions.get(name)
            if name in self.sample.lists and name not in columns_of_label:
                features[name] = self._lists(name).options
            if decision is None or decision.kind == "excluded" or name in columns_of_label:
                continue
            own = sorted(self.nulls.by_column.get(name, []))
            features[name] = {"kind": decision.kind, **decision.options} | ({"null_values": own} if own else {})
            features[name] |= self._spelling_options(name, decision)
        return features

    def _lists(self, name: str) -> ArrayLists:
        return array_lists(name, self.sample.number_lists.get(name), self.sample.token_lists.get(name))

    def _spelling_options(self, name: str, decision: Decision) -> dict[str, Any]:
        """Return the options for how a feature's values are written, and flag them."""
        if name in self.affixed and decision.kind == "numeric":
            self.flags.append(self.affixed[name].flag)
            rule = self.affixed[name].rule
        elif decision.kind == "categorical" and (merged := folded(self.columns[name])) is not None:
            self.flags.append(merged.flag(name))
            rule = merged.rule
        else:
            return {}
        return {option: value for option, value in asdict(rule).items() if value}

    def _source_fields(self) -> dict[str, Any]:
        """Return the source options that were given or differ from the defaults."""
        source = self.description.source()
        fields: dict[str, Any] = source.model_dump(mode="json", exclude_defaults=True)
        given = {name for name, guess in self.description.guesses.items() if guess.given}
        whole: dict[str, Any] = source.model_dump(mode="json")
        if isinstance(source, DelimitedText) and fields.get("delimiter") == ("\t" if source.format == "tsv" else ","):
            del fields["delimiter"]
        return {name: value for name, value in whole.items() if name in fields or name in given}

    def _source_evidence(self) -> SourceEvidence:
        return SourceEvidence(
            files=len(self.files),
            files_sampled=self.sample.files_sampled,
            bytes=sum(file.bytes for file in self.files),
            rows=self.sample.rows,
            duplicate_rows=duplicate_rows(self.plain.values(), self.sample.rows) if self._has_whole_rows else 0,
            complete=self.sample.complete,
            rows_estimated=self.sample.rows_estimated,
            guesses=self.description.guesses,
        )

    def _evidence(self, columns_of_label: Sequence[str]) -> dict[str, FeatureEvidence]:
        evidence: dict[str, FeatureEvidence] = {}
        for name in self.sample.columns:
            if (column := self.columns.get(name)) is None:
                continue
            decision = None if name in columns_of_label else self.decisions[name]
            null_tokens = null_like(self.plain[name])
            evidence[name] = column_evidence(column, decision, null_tokens, self.tellings.get(name), self.sample)
        return evidence

    def _flag_the_rest(self) -> None:
        for name in self.sample.columns:
            if name in self.decisions:
                continue
            if name in self.sample.times:
                self._flag(name, "all_missing", "no row of the sample has a time; proposed in exclude", {})
            elif name in self.sample.lists:
                self.flags.append(self._lists(name).flag)
            else:
                reason = "objects in lists, a map, or neither a number nor text: flatten it"
                self._flag(name, "unsupported", f"{reason}; proposed in exclude", {})
        for name, tokens in self.nulls.kept.items():
            spelled = ", ".join(tokens)
            reason = (
                f"{spelled} means missing in other columns; here it is one of codes of the same shape, and kept as one"
            )
            self._flag(name, "missing_spelled_as_code", reason, {"tokens": tokens})
        if self.sample.bad_rows:
            allowed = _most_bad_records(self.sample)
            known = "as many" if self.sample.complete else "twice their share of all rows"
            reason = (
                f"malformed rows in the sample would fail a job: max_bad_records {allowed} is proposed, {known}, so that they "
                "are skipped and kept aside; fix the file to keep them"
            )
            evidence = {"rows": self.sample.bad_rows, "reasons": self.sample.bad_reasons, "max_bad_records": allowed}
            self._flag(None, "bad_rows", reason, evidence)


def _most_bad_records(sample: Sample) -> int:
    """Return how many rows a job may skip: those of the sample if that is all, else twice their share, and some more."""
    if sample.complete:
        return min(sample.bad_rows, MOST_BAD_RECORDS)
    seen = sample.rows + sample.bad_rows
    share = sample.bad_rows / seen * max(sample.rows_estimated or 0, seen)
    return min(_LEAST_ALLOWED + math.ceil(2 * share), MOST_BAD_RECORDS)


def _name_of(uri: str) -> str:
    """Return a dataset name from a file name: without suffixes, with `-` for characters that names may not hold."""
    last = [part for part in PurePosixPath(uri).parts if not set(part) & set("*?[=") and part not in {"/", ".", ".."}]
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", last[-1].split(".")[0] if last else "").strip("-._")
    return (name or "dataset")[:100]


@contextmanager
def _pointing_into_the_request() -> Generator[None]:
    """Rewrite error pointers for this request, whose source options are top-level fields."""
    try:
        yield
    except TandemError as error:
        place = error.pointer
        if place is not None:
            place = place.removeprefix("/source") or "/uris"
            place = None if place.startswith(pointer("features")) else place
        raise type(error)(error.message, pointer=place) from error
