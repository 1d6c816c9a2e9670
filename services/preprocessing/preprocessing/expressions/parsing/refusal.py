"""The error for text that is no expression of a row: the word, its position, and the reason."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp
from sqlglot.tokenizer_core import Token


class RefusedExpression(ValueError):
    """An expression cannot be computed in a graph.

    `word` is the part that cannot be, `position` counts the characters of the text from 1, `reason` is why, and what to do.
    """

    def __init__(self, text: str, word: str, position: int, reason: str) -> None:
        self.text, self.word, self.position, self.reason = text, word, position, reason
        super().__init__(f"{word!r}, character {position} of {text!r}: {reason}")


class Refused(Exception):
    """A node of sqlglot is refused for a reason; the parser adds the position."""

    def __init__(self, node: exp.Expr, reason: str) -> None:
        self.node, self.reason = node, reason
        super().__init__(reason)


def located(text: str, tokens: list[Token], refused: Refused) -> RefusedExpression:
    """Return the error with the word of the node and its position."""
    token = next(_tokens_of(refused.node, tokens), tokens[0])
    return RefusedExpression(text, text[token.start : token.end + 1], token.start + 1, refused.reason)


def _tokens_of(node: exp.Expr, tokens: list[Token]) -> Iterator[Token]:
    """Yield the tokens that may be the node's own word, the likeliest first."""
    start = node.meta.get("start")
    if start is None and isinstance(node, exp.Column):
        start = node.this.meta.get("start")
    yield from (token for token in tokens if token.start == start)
    names = _names(node)
    yield from (token for token in tokens if token.text.upper() in names)
    below = [part.meta["start"] for part in node.walk() if "start" in part.meta]
    yield from (token for token in tokens if below and token.start == min(below))


def _names(node: exp.Expr) -> set[str]:
    name = str(node.this) if isinstance(node, exp.Anonymous | exp.Literal) else ""
    return {word.upper() for word in (name, node.key, *_SYMBOLS.get(type(node), ())) if word}


_SYMBOLS: dict[type[exp.Expr], tuple[str, ...]] = {
    exp.Add: ("+",),
    exp.Sub: ("-",),
    exp.Neg: ("-",),
    exp.Mul: ("*",),
    exp.Div: ("/",),
    exp.Mod: ("%",),
    exp.IntDiv: ("DIV",),
    exp.EQ: ("=", "=="),
    exp.NEQ: ("<>", "!="),
    exp.LT: ("<",),
    exp.LTE: ("<=",),
    exp.GT: (">",),
    exp.GTE: (">=",),
    exp.NullSafeEQ: ("<=>",),
    exp.DPipe: ("||",),
    exp.RegexpLike: ("RLIKE", "REGEXP"),
    exp.TryCast: ("CAST", "TRY_CAST", "::"),
    exp.Select: ("SELECT",),
    exp.Subquery: ("SELECT",),
    exp.Dot: (".",),
    exp.Bracket: ("[",),
    exp.Window: ("OVER",),
    exp.Lambda: ("->",),
    exp.Alias: ("AS",),
}
