"""`AnyNode`, the union of all nodes, told apart by `op`."""

from __future__ import annotations

from typing import Annotated, get_args

from pydantic import Field

from contracts.expressions.nodes.arithmetic import Arithmetic, Sign
from contracts.expressions.nodes.casts import Cast
from contracts.expressions.nodes.choice import Branch, Case, Coalesce, Extreme
from contracts.expressions.nodes.comparison import Comparison, Membership
from contracts.expressions.nodes.functions import DoubleFunction, DoubleFunctionOfTwo, Round, WholePart
from contracts.expressions.nodes.instants import DateDifference, DatePart, InstantOfUnixTime, TruncateDate, UnixTime
from contracts.expressions.nodes.leaves import Column, Constant
from contracts.expressions.nodes.lists import ListContains, ListElement, ListSize, ListStatistic
from contracts.expressions.nodes.logic import Connective, IsNaN, IsNull, Not
from contracts.expressions.nodes.ngrams import NGrams
from contracts.expressions.nodes.node import Node
from contracts.expressions.nodes.search import Extract, Like, Matches, Replace, ReplaceMatches, TextTest
from contracts.expressions.nodes.text import Concatenate, Length, Substring, TextFunction

AnyNode = Annotated[
    Column
    | Constant
    | Arithmetic
    | Sign
    | DoubleFunction
    | DoubleFunctionOfTwo
    | WholePart
    | Round
    | Comparison
    | Membership
    | Connective
    | Not
    | IsNull
    | IsNaN
    | Case
    | Coalesce
    | Extreme
    | Cast
    | TextFunction
    | Length
    | Substring
    | Concatenate
    | NGrams
    | TextTest
    | Replace
    | Like
    | Matches
    | Extract
    | ReplaceMatches
    | DatePart
    | TruncateDate
    | DateDifference
    | UnixTime
    | InstantOfUnixTime
    | ListStatistic
    | ListSize
    | ListElement
    | ListContains,
    Field(discriminator="op"),
]

NODES: tuple[type[Node], ...] = get_args(get_args(AnyNode)[0])
"""Every class of `AnyNode`."""

for _model in (Branch, *NODES):
    _model.model_rebuild(_types_namespace={"AnyNode": AnyNode})


def ops_of(node: type[Node]) -> tuple[str, ...]:
    """Return the operations of a class of nodes."""
    return get_args(node.model_fields["op"].annotation)
