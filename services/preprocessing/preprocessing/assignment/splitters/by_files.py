"""The files of each split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from contracts.dataset.manifest import SourceFile
from contracts.dataset.requested_splits import FileSplits
from contracts.dataset.split_rule import SplitRule
from contracts.errors import InvalidRequest, pointer
from contracts.schema import SPLIT_NAMES, SplitName
from preprocessing.assignment.assign import LEFT_OUT
from preprocessing.assignment.splitters.base import Divided, SplitBatch, Splitter
from sources.files.resolve_sources import locate

if TYPE_CHECKING:
    from preprocessing.assignment.work import Work


@dataclass(frozen=True)
class FileSplitter(Splitter):
    """A row goes to the split of its file. `codes_by_file`: in the order of the plan's files, 0 for those of no split."""

    codes_by_file: Sequence[int]

    @classmethod
    def of(cls, splits: FileSplits, files: Sequence[SourceFile], roots: Sequence[str]) -> FileSplitter:
        """Return the splitter for a source of these files.

        Raises `InvalidRequest` for a file that the source does not have, or that two splits have; `NotFound` and `NotAllowed`
        as `locate` does.
        """
        codes: dict[str, int] = {}
        there = {file.uri for file in files}
        for code, split in enumerate(SPLIT_NAMES, start=1):
            for i, uri in enumerate(splits.files.get(split, [])):
                place = pointer("splits", "files", split, i)
                for file in locate([uri], roots, place=lambda _, place=place: place):
                    if file.uri not in there:
                        raise InvalidRequest(f"{file.uri} is no file of the source", pointer=place)
                    if codes.setdefault(file.uri, code) != code:
                        raise InvalidRequest(
                            f"a file can be of one split. Received: {file.uri} of {SPLIT_NAMES[codes[file.uri] - 1]} and of "
                            f"{split}",
                            pointer=place,
                        )
        return cls([codes.get(file.uri, LEFT_OUT) for file in files])

    def rule(self, work: Work) -> SplitRule:
        """Return the rule: the files of each split."""
        files = zip(work.plan.files, self.codes_by_file, strict=True)
        uris = [(file.uri, code) for file, code in files if code != LEFT_OUT]
        by_split: dict[SplitName, list[str]] = {
            split: [uri for uri, own in uris if own == code] for code, split in enumerate(SPLIT_NAMES, start=1)
        }
        return SplitRule(by="files", columns=[], shares={}, files=by_split)

    def divide(self, work: Work, batch: SplitBatch) -> Divided:  # noqa: ARG002  # the base names it
        """Return the split of the rows' file; rows of other files are left out."""
        return Divided(np.full(batch.rows.num_rows, self.codes_by_file[batch.file], np.uint8))
