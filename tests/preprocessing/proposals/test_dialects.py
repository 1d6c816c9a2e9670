"""How text is divided: nasty tables by hand, and generated ones."""

from __future__ import annotations

import csv
import io
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preprocessing.proposals.dialects import detect

N = range(30)
_DRAW = random.Random(1)
_PROSE = ["this", "is", "a", "longer, ", "sentence"]

CASES: dict[str, tuple[str | None, str | None, str]] = {
    "plain": (",", '"', "a,b,c\n" + "".join(f"{i},{i * 2.5},x{i}\n" for i in N)),
    "decimal comma": (";", '"', "name;b;d\n" + "".join(f"Name {i};{i},{i % 10};0{i % 9 + 1}.03.2024\n" for i in N)),
    "decimals only": (";", '"', "betrag;preis\n" + "".join(f"{i},{i % 10};{i * 3},5\n" for i in N)),
    "decimals without header": (";", '"', "".join(f"{i},{i % 10};{i * 3},5\n" for i in N)),
    "commas in tab-separated text": ("\t", '"', "i\tt\n" + "".join(f"{i}\tHello, world, {i}, ok\n" for i in N)),
    "pipe": ("|", '"', "a|b|c\n" + "".join(f"{i}|some, text; here|{i}\n" for i in N)),
    "line breaks": (",", '"', "i,t,n\n" + "".join(f'{i},"line one, {i}\nline two; more",{i}\n' for i in N)),
    "single quotes": (",", "'", "i,t,n\n" + "".join(f"{i},'a, b, {i}',{i}\n" for i in N)),
    "apostrophes": (",", '"', "id,text\n" + "".join(f"{i},it's the dog's {i}\n" for i in N)),
    "inches": (",", '"', "id,size,x\n" + "".join(f'{i},{i}" disk,ok\n' for i in N)),
    "quotes that open nothing": ("\t", None, "i\tt\n" + "".join(f'{i}\t"this" and {i}\n{i}\t"that {i}\n' for i in N)),
    "escapes": (",", '"', "i,t,n\n" + "".join(f'{i},"he said \\"hi, {i}\\" ok",{i}\n' for i in N)),
    "doubled quotes": (",", '"', "i,t,n\n" + "".join(f'{i},"he said ""hi, {i}"" ok",{i}\n' for i in N)),
    "a title": (",", '"', "Sales\nMade 2024\n\na,b,c\n" + "".join(f"{i},{i * 2.5},x{i}\n" for i in N)),
    "comments": (",", '"', "# made by a tool\n# on: x\na,b,c\n" + "".join(f"{i},{i * 2.5},x{i}\n" for i in N)),
    "a header with a hash": (",", '"', "#id,b,c\n" + "".join(f"{i},{i * 2.5},x{i}\n" for i in N)),
    "one column of names": (None, '"', "name\n" + "".join(f"John Smith{i}\n" for i in N)),
    "one column of numbers": (None, '"', "x\n" + "".join(f"{i}\n" for i in N)),
    "one column of times": (None, '"', "".join(f"{i % 24:02d}:30\n" for i in N)),
    "one column of dates": (None, '"', "".join(f"2024-01-{i % 28 + 1:02d} 10:30\n" for i in N)),
    "one column of prose": (
        None,
        '"',
        "text\n" + "".join(" ".join(_DRAW.choices(_PROSE, k=_DRAW.randint(3, 9))) + "\n" for _ in N),
    ),
    "spaces": (" ", '"', "x y z\n" + "".join(f"{i} {i * 2} a{i}\n" for i in N)),
    "times": (",", '"', "t,v\n" + "".join(f"2024-01-01 10:{i:02d}:00,{i}\n" for i in N)),
    "addresses of pages": (",", '"', "u,v\n" + "".join(f"http://a.b/c?x={i}&y=2|3,{i}\n" for i in N)),
    "JSON in fields": (",", '"', "i,j\n" + "".join(f'{i},"{{""a"": {i}, ""b"": [1,2,{i}]}}"\n' for i in N)),
    "mostly empty": (",", '"', "a,b,c,d\n" + "".join(f"{i},,,\n" for i in N)),
    "lists in fields": (";", '"', "name;list\n" + "".join(f"n{i};a,b,c\n" for i in N)),
    "CRLF": (";", '"', "name;list\r\n" + "".join(f"n{i};{i}\r\n" for i in N)),
    "CR": (";", '"', "name;list\r" + "".join(f"n{i};{i}\r" for i in N)),
    "short rows": (",", '"', "a,b,c,d\n" + "".join(f"{i},{i},{i},{i}\n" if i % 4 else f"{i},{i}\n" for i in N)),
    "control characters": ("\x01", '"', "".join(f"n{i}\x01{i}\x01a b\n" for i in N)),
    "carets": ("^", '"', "a^b\n" + "".join(f"n{i}^{i}\n" for i in N)),
    "spaces behind commas": (",", '"', "".join(f"{i + 20}, State-gov, {77516 + i}, Bachelors, <=50K\n" for i in N)),
    "groups of digits": (",", '"', "a,b\n" + "".join(f'x{i},"{i + 1},234.50"\n' for i in N)),
    "postal addresses": (",", '"', "n,a\n" + "".join(f'Bob {i},"{i} Main St, Springfield, IL"\n' for i in N)),
    "pairs of numbers": (";", '"', "id;pos\n" + "".join(f"{i};52.{i},13.{i}\n" for i in N)),
    "two rows": (",", '"', "a,b\n1,2\n"),
    "one row": (",", '"', "a,b,c\n"),
    "equal rows": (",", '"', "5.1,3.5,1.4,0.2,Iris-setosa\n4.9,3.0,1.4,0.2,Iris-setosa\n" * 20),
    "passwd": (":", '"', "".join(f"user{i}:x:{i}:{i}:name {i}:/home/u{i}:/bin/sh\n" for i in N)),
}


@pytest.mark.parametrize("case", CASES)
def test_the_delimiter_and_quote_of(case: str) -> None:
    delimiter, quote, text = CASES[case]
    best = detect(text, {})[0].dialect
    assert (best.delimiter, best.quote) == (delimiter, quote)


def test_escapes_comments_and_titles() -> None:
    assert detect(CASES["escapes"][2], {})[0].dialect.escape == "\\"
    assert detect(CASES["doubled quotes"][2], {})[0].dialect.escape is None
    assert detect(CASES["comments"][2], {})[0].dialect.comment == "#"
    assert detect(CASES["a header with a hash"][2], {})[0].dialect.comment is None
    assert detect(CASES["a title"][2], {})[0].dialect.skip_lines == 3
    assert detect(CASES["line breaks"][2], {})[0].rows[1] == ["0", "line one, 0\nline two; more", "0"]


def test_what_is_given_is_not_guessed() -> None:
    text = CASES["lists in fields"][2]
    best = detect(text, {"delimiter": ",", "quote": None, "skip_lines": 1})[0]
    assert (best.dialect.delimiter, best.dialect.quote, best.dialect.skip_lines) == (",", None, 1)
    assert best.rows[0] == ["n0;a", "b", "c"]


words = st.text(alphabet=st.sampled_from("abcdefghij klmnop,;|\t\"'\nÄ"), min_size=1, max_size=12)


@settings(max_examples=60)
@given(
    columns=st.integers(3, 8),
    rows=st.integers(20, 60),
    delimiter=st.sampled_from(",;|\t"),
    data=st.data(),
)
def test_generated_tables_with_texts_between_values_are_read_back(
    columns: int, rows: int, delimiter: str, data: st.DataObject
) -> None:
    """Tables as programs write them: a column of numbers, one of texts that need quotes, others of either kind of value."""
    draw = data.draw
    kinds = [draw(st.sampled_from(["number", "word", "date"])) for _ in range(columns - 1)]
    seed = random.Random(draw(st.integers(0, 2**32)))
    text = draw(words)
    table = [["id", *(f"name_{i}" for i in range(columns - 1))]]
    for row in range(rows):
        values = {
            "number": lambda: f"{seed.uniform(-1e4, 1e4):.2f}",
            "word": lambda: seed.choice(["red", "green", "Old town", "x_1"]),
            "date": lambda: f"2024-{seed.randint(1, 12):02d}-{seed.randint(1, 28):02d}",
        }
        line = [str(row), *(values[kind]() for kind in kinds)]
        if row % 3 == 0:
            line[-1] = f"{text} {delimiter} said {row}"  # always needs its quotes
        table.append(line)
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=delimiter, lineterminator=seed.choice(["\n", "\r\n"])).writerows(table)
    best = detect(stream.getvalue(), {})[0]
    assert best.dialect.delimiter == delimiter
    assert best.rows == table


@pytest.mark.parametrize(
    ("text", "delimiter", "skips"),
    [
        ("age, work, hours\n" + "".join(f"{i % 70}, State-gov, {i * 3 % 61}\n" for i in N), ",", True),
        ("a; b; c\n" + "".join(f"{i}; {i}; {i}\n" for i in N), ";", True),
        ('"t", "u", "v"\n' + "".join(f'"A{i}", "two\nlines, and more", "{i}"\n' for i in N), ",", True),
        ("a,b,c\n" + "".join(f"{i}, word,{i}\n" for i in N), ",", False),
        ("n,t\n" + "".join(f'{i},"one, two, three, four, five"\n' for i in N), ",", False),
        ("a b c\n" + "".join(f"{i} {i} {i}\n" for i in N), " ", False),
    ],
)
def test_spaces_after_all_delimiters_are_no_part_of_the_fields(text: str, delimiter: str, skips: bool) -> None:
    best = detect(text, {})[0]
    assert (best.dialect.delimiter, best.dialect.skip_initial_space, len(best.rows)) == (delimiter, skips, len(N) + 1)
    assert detect(text, {"skip_initial_space": False})[0].dialect.skip_initial_space is False
