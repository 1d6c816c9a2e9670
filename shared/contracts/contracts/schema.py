"""The schema: each feature's kind, imputation, scaling or vocabulary; and the label.

The rules that follow from a schema are identical in the Spark kernels, in the TensorFlow graph and at predict:

- *Missing* means a null token, a null, an absent key, NaN, an infinity (also a number beyond float32), or empty text.
- A *numeric* value x becomes float32(float64(x)); a missing one becomes the fill value; then it is clipped and scaled, or
  becomes the id of a bucket: 0 missing, else 1 plus the number of bounds that are not above it.
- A *vector* is a numeric column per element, each with rules of its own.
- A *token* that is text gets its canonical spelling (`contracts.features.spelling`), where the feature's is canonical.
- A *categorical* value becomes an id: 0 missing, 1..k out of vocabulary, then reserved tokens in the order given, then the
  others by descending count, ties by bytes. A *hashed* one: 0 missing, 1..n.
- A *list of tokens* becomes a list of such ids plus 1, where 0 is no token: [1] missing, [] empty; a missing token within is
  out of vocabulary.
- A *cross* of two tokens becomes an id: 0 where either is missing, 1..n.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from itertools import accumulate, pairwise
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import Field, model_validator

from contracts.base_model import FrozenModel
from contracts.expressions.field import ExpressionField
from contracts.expressions.nodes.leaves import Column
from contracts.expressions.nodes.lists import ListStatistic
from contracts.expressions.nodes.node import walk
from contracts.features import (
    KINDS,
    MISSING_ID,
    Bucketize,
    Categorical,
    ColumnFeature,
    ColumnType,
    Constant,
    Cross,
    Feature,
    Hashed,
    Many,
    Numeric,
    RawType,
    TextRule,
    TimeFormat,
    ValueType,
    indicator_name,
)
from contracts.features.spelling import canonical_text
from contracts.label import Label
from contracts.label_kinds import LabelKind

__all__ = [
    "MISSING_ID",
    "SPLITS",
    "SPLIT_NAMES",
    "Bucketize",
    "Categorical",
    "ColumnType",
    "Constant",
    "Cross",
    "Feature",
    "Hashed",
    "Label",
    "LabelKind",
    "Layout",
    "Numeric",
    "Records",
    "Schema",
    "SplitName",
    "ValueType",
    "indicator_name",
]

Records = Literal["none", "raw", "transformed"]
Layout = Literal["columns", "packed"]
SplitName = Literal["train", "validation", "test"]

SPLIT_NAMES: tuple[SplitName, ...] = ("train", "validation", "test")
SPLITS = len(SPLIT_NAMES)


WEIGHT = "weight"
"""Name of the rows' weights in records, if there are any."""


_Kind = TypeVar("_Kind", bound=ColumnFeature)


class Schema(FrozenModel):
    """Every feature in the order of the source's columns, the crosses and the label.

    Raises `ValueError` if there is no feature, a numeric one has no dtype, a name is used twice, a cross contains a feature
    that is not categorical or hashed, or a reserved token is a null token.
    """

    features: dict[str, Feature]
    crosses: list[Cross] = []
    label: Label
    weight: Annotated[
        str | None,
        Field(
            description="The column, of the source or derived, with the rows' weights; recorded as the float feature "
            "`weight`. Null: every row has weight 1, and there is no such feature."
        ),
    ] = None
    derive: Annotated[
        dict[str, str],
        Field(
            description="Columns that SQL derives from others, by name: those of label, weight and filter, and features."
        ),
    ] = {}
    computed: Annotated[
        dict[str, ExpressionField],
        Field(
            description="Features that are computed from columns of the row, by name: expressions that the dataset's job and the "
            "model's graph evaluate alike. Every other feature is the column of its name."
        ),
    ] = {}
    columns: Annotated[
        dict[str, ValueType],
        Field(description="Columns of the source that computed features read, with the types that they are read as."),
    ] = {}
    time_formats: Annotated[
        dict[str, TimeFormat],
        Field(
            description="How columns of dates and times are written that are not as ISO 8601 has them in UTC, in the source as "
            "at predict: their format, and the rules of their zone."
        ),
    ] = {}
    vectors: Annotated[
        dict[str, list[str]],
        Field(
            description="Columns of vectors, by name: the numeric features that their elements are, in order. A client sends the "
            "list under this name, or single elements."
        ),
    ] = {}
    null_tokens: Annotated[list[str], Field(description="Null tokens: texts that mean a missing value.")] = [""]
    skip_initial_space: Annotated[
        bool,
        Field(description="Spaces after a delimiter of CSV are no part of the field, in the source as at predict."),
    ] = False
    decimal_point: Annotated[str, Field(description="Of numbers that are text, in the source as at predict.")] = "."
    thousands_separator: Annotated[
        str | None, Field(description="Of numbers that are text, in the source as at predict; null for none.")
    ] = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if not self.features:
            raise ValueError("features must name at least one column. Received: none")
        for name, feature in self.features.items():
            for conflict in feature.conflicts(self.nulls_of(name)):
                raise ValueError(f"feature {name!r}: {conflict.message}")
        names = [*self.features, self.label.name]
        for name, feature in self.features.items():
            inputs = [*feature.number_inputs(name), *feature.indicator_inputs(name), *feature.id_inputs(name)]
            names += [model_input for model_input in inputs if model_input != name]
        names += [cross.name for cross in self.crosses]
        names += [WEIGHT] if self.weight is not None else []
        twice = sorted(name for name, count in Counter(names).items() if count > 1)
        if twice:
            raise ValueError(
                "features, crosses, the label (`label`, where it is an expression), indicators (`feature:missing`) and the "
                "weight (`weight`) need names of their own; exclude or rename a column. "
                f"Received twice: {', '.join(map(repr, twice))}"
            )
        for name in self.time_formats:
            if self.columns.get(name) != "instant":
                raise ValueError(f"only a column of times has a format of times. Received: {name!r}")
        return self

    @model_validator(mode="after")
    def _vectors_of_numbers(self) -> Self:
        numbers = set(self.raw_columns("number")) if self.vectors else set[str]()
        for name, elements in self.vectors.items():
            if name in self.kept_types:
                raise ValueError(f"a vector needs a name that no feature has. Received twice: {name!r}")
            strangers = [element for element in elements if element not in numbers or element not in self.features]
            if strangers:
                raise ValueError(
                    f"elements of vector {name!r} must be numeric features, float64 where a computed feature reads one. "
                    f"Received: {strangers[0]!r}"
                )
        return self

    @model_validator(mode="after")
    def _crosses_of_single_tokens(self) -> Self:
        for cross in self.crosses:
            strangers = [name for name in cross.features if name not in self.token_columns]
            if strangers:
                raise ValueError(
                    f"cross {cross.name!r} must be of categorical or hashed features. Received: {strangers[0]!r}"
                )
            lists = [name for name in cross.features if name in self.bags]
            if lists:
                raise ValueError(
                    f"cross {cross.name!r} must be of single tokens. Received: {lists[0]!r}, which has lists"
                )
        return self

    def columns_of(self, column_type: ColumnType) -> dict[str, Feature]:
        """Return the features whose column holds values of this type, in schema order, of any kind."""
        return {name: feature for name, feature in self.features.items() if feature.column_type == column_type}

    @property
    def number_columns(self) -> dict[str, Feature]:
        """Return the features whose column holds numbers, in schema order, of any kind."""
        return self.columns_of("number")

    @property
    def token_columns(self) -> dict[str, Feature]:
        """Return the features whose column holds tokens, in schema order, of any kind."""
        return self.columns_of("token")

    @property
    def single_tokens(self) -> list[str]:
        """Return the features whose column holds one token, not a list of them, in schema order."""
        return [name for name, feature in self.token_columns.items() if feature.bag is None]

    @property
    def raw_types(self) -> dict[str, ValueType]:
        """Return the columns of the source that the features are made of, with the types that they are read as.

        Those that are features by themselves, in schema order, then those that only computed features read. A client sends them.
        """
        kinds = self.kept_types
        return {name: kind for name, kind in kinds.items() if name not in self.computed}

    @property
    def kept_types(self) -> dict[str, ValueType]:
        """Return the types of all values that a dataset keeps of a row: its features, then the other columns."""
        kinds: dict[str, ValueType] = {name: feature.value_type for name, feature in self.features.items()}
        return kinds | self.columns

    def raw_columns(self, raw_type: RawType) -> list[str]:
        """Return the columns that travel as values of this sort, in the order of `raw_types`."""
        return [name for name, kind in self.raw_types.items() if self._raw_type(name, kind) == raw_type]

    def _raw_type(self, name: str, kind: ValueType) -> RawType:
        """Return how a column travels: a whole number keeps all its bits where an expression reads it."""
        if kind == "bytes":
            return "token"
        return "integer" if kind == "instant" or (kind == "int64" and name in self.columns) else "number"

    def of_kind(self, kind: type[_Kind]) -> dict[str, _Kind]:
        """Return the features of that kind, in schema order."""
        return {name: feature for name, feature in self.features.items() if isinstance(feature, kind)}

    @property
    def vocabularies(self) -> dict[str, Categorical]:
        """Return the features that have a vocabulary, in schema order."""
        rules = {name: feature.vocabulary for name, feature in self.features.items()}
        return {name: vocabulary for name, vocabulary in rules.items() if vocabulary is not None}

    @property
    def null_values(self) -> dict[str, list[str]]:
        """Return the null tokens of single features, by feature; without features that have none of their own."""
        return {name: feature.null_values for name, feature in self.features.items() if feature.null_values}

    @property
    def text_rules(self) -> dict[str, TextRule]:
        """Return how values of single columns are written, by column: features, and times; without those that have no rule."""
        rules = {name: feature.text_rule for name, feature in self.features.items()}
        own = {name: rule for name, rule in rules.items() if rule is not None}
        lists = {name: TextRule(separator=mark, of_numbers=True) for name, mark in self.number_lists.items()}
        return own | lists | {name: TextRule(time=written) for name, written in self.time_formats.items()}

    @property
    def number_lists(self) -> dict[str, str]:
        """Return the columns of lists of numbers that features are computed from, with the separators of their text."""
        return {
            node.operand.name: node.separator
            for expression in self.computed.values()
            for node in walk(expression.root)
            if isinstance(node, ListStatistic)
            and isinstance(node.operand, Column)
            and node.operand.name not in self.features
        }

    @property
    def separators(self) -> dict[str, str]:
        """Return the columns of lists that a client sends, of tokens and of numbers, with the separators of their text."""
        bags = {name: bag.separator for name, bag in self.bags.items() if name not in self.computed}
        return bags | self.number_lists

    @property
    def column_rules(self) -> dict[str, TextRule]:
        """Return how the source's columns are written as text: those of features, and the label's."""
        rule = self.label.text_rule
        return (
            self.text_rules
            if rule is None or self.label.column is None
            else {**self.text_rules, self.label.column: rule}
        )

    @property
    def indicators(self) -> list[str]:
        """Return the features that have an indicator, in the order of the model's inputs."""
        return [name for name, feature in self.by_kind() if feature.indicator_inputs(name)]

    @property
    def number_inputs(self) -> list[str]:
        """Return the model's numeric inputs, in their order: features that are not bucketized, then the indicators."""
        numbers = [inputs for name, feature in self.by_kind() for inputs in feature.number_inputs(name)]
        return [*numbers, *(inputs for name, feature in self.by_kind() for inputs in feature.indicator_inputs(name))]

    @property
    def id_inputs(self) -> list[str]:
        """Return the model's id inputs, in their order: those of one id, then those that are lists of ids."""
        return [*self.single_ids, *self.bags]

    @property
    def single_ids(self) -> list[str]:
        """Return the id inputs of one id, in order: by vocabulary, by hash, by bucket of a number, and crosses."""
        features = [(name, feature) for name, feature in self.by_kind() if feature.bag is None]
        ids = [inputs for name, feature in features for inputs in feature.id_inputs(name)]
        return [*ids, *(cross.name for cross in self.crosses)]

    @property
    def bags(self) -> dict[str, Many]:
        """Return the features whose values are lists of tokens, and so lists of ids, in the order of the model's inputs."""
        return {name: feature.bag for name, feature in self.by_kind() if feature.bag is not None}

    @property
    def id_places(self) -> list[int]:
        """Return the number of columns of each of `id_inputs` in the matrix of ids: 1, or the most tokens of a list."""
        return [1] * len(self.single_ids) + [bag.max for bag in self.bags.values()]

    @property
    def id_columns(self) -> dict[str, list[int]]:
        """Return the columns of each of `id_inputs` in the matrix of ids."""
        ranges = pairwise(accumulate(self.id_places, initial=0))
        return {name: list(range(*own)) for name, own in zip(self.id_inputs, ranges, strict=True)}

    def by_kind(self) -> list[tuple[str, Feature]]:
        """Return the features grouped by kind, each group in schema order: the order of the model's inputs."""
        return [
            (name, feature) for kind in KINDS for name, feature in self.features.items() if isinstance(feature, kind)
        ]

    @property
    def respelled(self) -> dict[str, list[str]]:
        """Return all null tokens of each feature whose text gets its canonical spelling, by feature in schema order."""
        return {name: self.nulls_of(name) for name, feature in self.features.items() if feature.respells}

    def nulls_of(self, feature: str) -> list[str]:
        """Return all null tokens of a feature: the source's, its own, and empty text; also in their canonical spelling."""
        nulls = {"", *self.null_tokens, *self.features[feature].null_values}
        if self.features[feature].respells:
            nulls |= {canonical_text(token, self.decimal_point) for token in nulls}
        return sorted(nulls)

    def column_nulls(self, column: str) -> list[str]:
        """Return all null tokens of a column that a client sends: its feature's, or those of the source and empty text."""
        return self.nulls_of(column) if column in self.features else sorted({"", *self.null_tokens})

    def fingerprint(self) -> str:
        """Return the SHA-256, in hex, of the canonical JSON: equal for equal schemas; the order matters.

        A field that was added later is left out where it has its default: the fingerprints of earlier releases stay.
        """
        unused = {name: _unused(feature, feature.later_fields) for name, feature in self.features.items()}
        later: dict[str, Any] = {"features": unused, "label": _unused(self.label, self.label.later_fields)}
        for field in (
            "skip_initial_space",
            "decimal_point",
            "thousands_separator",
            "computed",
            "columns",
            "time_formats",
            "vectors",
        ):
            if getattr(self, field) == type(self).model_fields[field].default:
                later[field] = True
        return hashlib.sha256(self.model_dump_json(exclude=later).encode()).hexdigest()


def _unused(part: FrozenModel, fields: frozenset[str]) -> set[str]:
    """Return the fields that have their default."""
    return {field for field in fields if getattr(part, field) == type(part).model_fields[field].default}
