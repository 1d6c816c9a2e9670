"""Short texts: a short form of a request, which becomes a list of words or characters that is computed from the column."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from contracts.base_model import FrozenModel
from contracts.expressions.nodes.ngrams import LONGEST_NGRAM, Unit, most_ngrams
from contracts.features.ids import Buckets
from contracts.features.many import MOST_TOKENS, Combine

NGramLength = Annotated[int, Field(ge=1, le=LONGEST_NGRAM)]


class TextVocabulary(FrozenModel):
    """N-grams that have ids of their own."""

    min_count: Annotated[int, Field(ge=1, description="Rarer n-grams are out of vocabulary.")] = 2
    max_size: Annotated[int | None, Field(ge=1, description="Keep at most this many, the most frequent.")] = None


class TextHash(FrozenModel):
    """Ids by the hash of an n-gram, without a vocabulary."""

    buckets: Annotated[Buckets, Field(description="Different n-grams may share one.", examples=[65_536])]


class Text(FrozenModel):
    """A short text, of which the model learns words or characters. The column is sent as it is, and the graph computes them."""

    kind: Literal["text"]
    tokens: Annotated[
        Unit,
        Field(
            description="`words`: longest sequences of letters, marks, numbers and `_`. `characters`, with one space for "
            "white space: for names, codes, and languages without spaces. They are the feature `column:words` or "
            "`column:characters`."
        ),
    ] = "words"
    ngrams: Annotated[
        list[NGramLength],
        Field(
            min_length=2,
            max_length=2,
            description="Tokens are sequences of words or characters, of the first length to the second.",
            examples=[[1, 2]],
        ),
    ] = [1, 2]
    lower: Annotated[
        bool, Field(description="True: in lower case. Text is in Unicode's normalization form KD either way.")
    ] = True
    max: Annotated[
        int, Field(ge=1, description="Words or characters of a text that count; later ones are left out.")
    ] = 100
    vocabulary: Annotated[
        TextVocabulary | None,
        Field(description="N-grams are looked up in the training split's vocabulary. Default, if `hash` is not given."),
    ] = None
    hash: Annotated[TextHash | None, Field(description="Or they are hashed.")] = None
    weights: Annotated[
        Literal["count", "tf_idf"] | None,
        Field(
            description="`count`: an n-gram counts as often as it occurs. `tf_idf`, of a vocabulary, and its default: once, "
            "by ln((1 + n) / (1 + c)) + 1 for c of n texts of the training split that have it."
        ),
    ] = None
    combine: Annotated[
        Combine, Field(description="The vectors of a text's n-grams become one, see `many.combine`.")
    ] = "sqrtn"

    @model_validator(mode="after")
    def _fits(self) -> Text:
        shortest, longest = self.ngrams
        if longest < shortest:
            raise ValueError(f"ngrams are of one length to another that is no less. Received: {self.ngrams}")
        if self.vocabulary is not None and self.hash is not None:
            raise ValueError("n-grams are looked up in a vocabulary or hashed. Received: both")
        if self.hash is not None and self.weights == "tf_idf":
            raise ValueError("tf_idf needs the counts of a vocabulary. Received: hash")
        if self.most_tokens > MOST_TOKENS:
            raise ValueError(
                f"a text has at most {MOST_TOKENS} n-grams; lower max, or take fewer lengths. "
                f"Received: {self.most_tokens}, of {self.max} {self.tokens}"
            )
        return self

    @property
    def is_weighted(self) -> bool:
        """Return true if n-grams have weights by the texts that have them."""
        return self.hash is None and self.weights != "count"

    @property
    def most_tokens(self) -> int:
        """Return the number of n-grams of the longest text; at least 1."""
        shortest, longest = self.ngrams
        return max(most_ngrams(shortest, longest, self.max), 1)
