"""Expressions with their results by hand, for kernels and graph: a family for each module of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from contracts.expressions import Expression, ResultType
from preprocessing.expressions.parsing.parse_expression import parse_expression

NAN, INF = float("nan"), float("inf")
LEAST, LARGEST = -(2**63), 2**63 - 1
NEW_YORK = "America/New_York"

Case = tuple[str, dict[str, list[Any]], list[Any]]
"""Text, columns by name, and results. x, y: double; n, m: integer; s, u: text; l: a list by `|`; t, v: instant; b, c: boolean."""

KINDS: dict[str, ResultType] = {
    **dict.fromkeys("xy", "double"),
    **dict.fromkeys("nm", "integer"),
    **dict.fromkeys("sul", "text"),
    **dict.fromkeys("tv", "instant"),
    **dict.fromkeys("bc", "boolean"),
}
ARROW: dict[ResultType, pa.DataType] = {
    "double": pa.float64(),
    "integer": pa.int64(),
    "text": pa.binary(),
    "instant": pa.int64(),
    "boolean": pa.bool_(),
}
NEW_YEAR_2020 = 1_577_836_800 * 10**6
DST_END_2021 = 1_636_264_800 * 10**6
"""The first 01:00 in standard time on 2021-11-07 in New York is two hours after 00:00 in summer time."""

CASES: dict[str, list[Case]] = {
    "arithmetic": [
        ("x + y", {"x": [1.0, None, 1e308, 0.1], "y": [2.0, 1.0, 1e308, 0.2]}, [3.0, None, None, 0.1 + 0.2]),
        ("x - y", {"x": [1.0, INF], "y": [2.5, INF]}, [-1.5, None]),
        ("x * y", {"x": [3.0, 1e-200, -1e-300], "y": [-2.0, 1e-200, 1e-20]}, [-6.0, 0.0, -0.0]),
        ("x / y", {"x": [1.0, 1.0, 0.0, INF], "y": [3.0, 0.0, -0.0, INF]}, [1 / 3, None, None, None]),
        ("x / 3", {"x": [1.0, 0.7, 1e-5]}, [1 / 3, 0.7 / 3, 1e-5 / 3]),
        ("n / m", {"n": [7, 1], "m": [2, 0]}, [3.5, None]),
        ("x % y", {"x": [7.5, -7.5, 1.0, 1.0], "y": [2.0, 2.0, 0.0, INF]}, [1.5, -1.5, None, 1.0]),
        ("n + m", {"n": [1, LARGEST, LEAST, None], "m": [2, 1, -1, 1]}, [3, None, None, None]),
        ("n - m", {"n": [1, LEAST, 0, -1], "m": [2, 1, LEAST, LEAST]}, [-1, None, None, LARGEST]),
        (
            "n * m",
            {"n": [-4, LEAST, 3037000500, LEAST, 2**32], "m": [5, -1, 3037000500, 1, 2**32]},
            [-20, None, None, LEAST, None],
        ),
        ("n DIV m", {"n": [7, -7, 1, LEAST, LEAST], "m": [2, 2, 0, -1, 1]}, [3, -3, None, None, LEAST]),
        ("n % m", {"n": [7, -7, 7, 1, LEAST], "m": [3, 3, -3, 0, -1]}, [1, -1, 1, None, 0]),
        ("-n", {"n": [1, LEAST]}, [-1, None]),
        ("-x", {"x": [1.0, 0.0, NAN]}, [-1.0, -0.0, None]),
        ("abs(n)", {"n": [-3, LEAST]}, [3, None]),
        ("signum(x)", {"x": [-2.5, 0.0, 9.0, NAN]}, [-1.0, 0.0, 1.0, None]),
        ("x * y + x * 3", {"x": [0.1, 1 / 3], "y": [0.7, 0.3]}, [0.1 * 0.7 + 0.1 * 3, (1 / 3) * 0.3 + (1 / 3) * 3]),
    ],
    "functions": [
        ("sqrt(x)", {"x": [2.0, -1.0, 0.0]}, [2.0**0.5, None, 0.0]),
        ("ln(x)", {"x": [1.0, 0.0, -1.0, None]}, [0.0, None, None, None]),
        ("coalesce(ln(x), 7)", {"x": [1.0, 0.0, -1.0]}, [0.0, 7.0, 7.0]),
        ("coalesce(sqrt(x), 7)", {"x": [4.0, -1.0]}, [2.0, None]),
        ("log1p(x)", {"x": [0.0, -1.0]}, [0.0, None]),
        ("exp(x)", {"x": [0.0, 1000.0, -1000.0]}, [1.0, None, 0.0]),
        ("pow(x, y)", {"x": [1.0, 2.0, -1.0, 0.0], "y": [NAN, 10.0, INF, 0.0]}, [None, 1024.0, None, 1.0]),
        ("atan2(x, y)", {"x": [0.0, -0.0], "y": [1.0, -1.0]}, [0.0, 3.141592653589793]),
        ("radians(x)", {"x": [180.0]}, [3.141592653589793]),
        ("floor(x)", {"x": [-0.5, 2.0, NAN, 1e19, -(2.0**63)]}, [-1, 2, None, None, LEAST]),
        ("ceil(x)", {"x": [-0.5, 2.1]}, [0, 3]),
        ("round(x)", {"x": [0.5, 1.5, -2.5, 0.49999999999999994, -0.4]}, [1.0, 2.0, -3.0, 0.0, 0.0]),
        ("round(x, 2)", {"x": [2.675, 1.005, -1.115, 0.125, 1e300]}, [2.68, 1.01, -1.12, 0.13, 1e300]),
        ("round(n)", {"n": [LARGEST, None]}, [LARGEST, None]),
    ],
    "comparison": [
        ("x = y", {"x": [1.0, NAN, 0.0, None], "y": [1.0, NAN, -0.0, None]}, [True, True, True, None]),
        ("x <=> y", {"x": [1.0, None, None], "y": [2.0, None, 1.0]}, [False, True, False]),
        ("x < y", {"x": [1.0, INF, NAN, NAN], "y": [2.0, NAN, 1.0, NAN]}, [True, True, False, False]),
        ("x >= y", {"x": [NAN, 1.0], "y": [INF, 1.0]}, [True, True]),
        ("n BETWEEN 1 AND m", {"n": [1, 5, 0, 2], "m": [3, 3, None, None]}, [True, False, False, None]),
        ("n = x", {"n": [2**53 + 1], "x": [2.0**53]}, [True]),
        ("s = 'é'", {"s": ["é".encode(), b"\xff", None]}, [True, False, None]),
        ("n IN (1, NULL)", {"n": [1, 2, None]}, [True, None, None]),
        ("x NOT IN (0.0D, 2)", {"x": [-0.0, 2.0, NAN, None]}, [False, False, True, None]),
        ("s IN ('a', '')", {"s": [b"a", b"", b"b"]}, [True, True, False]),
        ("b <> c", {"b": [True, False], "c": [True, True]}, [False, True]),
    ],
    "logic": [
        ("b AND c", {"b": [True, False, None, None], "c": [None, None, False, True]}, [None, False, False, None]),
        ("b OR c", {"b": [True, False, None], "c": [None, None, False]}, [True, None, None]),
        ("NOT b", {"b": [True, None]}, [False, None]),
        ("x IS NULL", {"x": [1.0, NAN, None]}, [False, False, True]),
        ("isnan(x)", {"x": [1.0, NAN, None]}, [False, True, False]),
        ("b IS NOT TRUE", {"b": [True, False, None]}, [False, True, True]),
    ],
    "choice": [
        (
            "CASE WHEN b THEN x WHEN c THEN 1 END",
            {"b": [True, None, None], "c": [True, True, None], "x": [7.5, 7.5, 7.5]},
            [7.5, 1.0, None],
        ),
        ("CASE s WHEN 'a' THEN n ELSE -1 END", {"s": [b"a", None], "n": [3, 3]}, [3, -1]),
        ("if(b, s, 'no')", {"b": [True, False], "s": [b"yes", b"yes"]}, [b"yes", b"no"]),
        ("coalesce(n, m, 5)", {"n": [None, None, 1], "m": [2, None, None]}, [2, 5, 1]),
        ("nullif(x, 0)", {"x": [1.0, -0.0, None]}, [1.0, None, None]),
        ("least(x, y)", {"x": [1.0, None, NAN, None], "y": [2.0, 3.0, 4.0, None]}, [1.0, 3.0, 4.0, None]),
        ("greatest(n, m, 0)", {"n": [-1, 5], "m": [None, 7]}, [0, 7]),
        ("coalesce(1 / greatest(x, y), -7)", {"x": [0.0, -0.0], "y": [-0.0, 0.0]}, [-7.0, -7.0]),
    ],
    "casts": [
        ("cast(x AS BIGINT)", {"x": [-1.9, 1.9, NAN, 1e19, -(2.0**63)]}, [-1, 1, None, None, LEAST]),
        ("cast(x AS INT)", {"x": [2147483647.5, 2147483648.0]}, [2147483647, None]),
        ("cast(n AS DOUBLE)", {"n": [2**53 + 1]}, [2.0**53]),
        ("cast(n AS STRING)", {"n": [LEAST, 0, None]}, [b"-9223372036854775808", b"0", None]),
        ("cast(b AS STRING)", {"b": [True, False]}, [b"true", b"false"]),
        ("cast(b AS INT)", {"b": [True, False, None]}, [1, 0, None]),
        ("cast(x AS BOOLEAN)", {"x": [0.0, NAN, -1.0]}, [False, True, True]),
        (
            "cast(s AS DOUBLE)",
            {"s": [b" 1.5e3 ", b"+.5", b"5.", b"1e400", b"x", b"", b"1d", b"-0"]},
            [1500.0, 0.5, 5.0, None, None, None, None, -0.0],
        ),
        (
            "cast(s AS BIGINT)",
            {
                "s": [
                    b" -007.9 ",
                    b"9223372036854775807",
                    b"9223372036854775808",
                    b"-9223372036854775808",
                    b"-9223372036854775809",
                    b"1e3",
                    b"+12",
                ]
            },
            [-7, LARGEST, None, LEAST, None, None, 12],
        ),
        (
            "cast(s AS BOOLEAN)",
            {"s": [b" TRUE ", b"n", b"1", "ye\u017f".encode(), b"2"]},
            [True, False, True, None, None],
        ),
    ],
    "text": [
        ("lower(s)", {"s": ["ÀΣİ".encode(), b"A\xff", None]}, ["à\u03c3i".encode(), None, None]),
        ("upper(s)", {"s": ["àéx".encode(), "ǆ".encode()]}, ["ÀÉX".encode(), "Ǆ".encode()]),
        ("trim(s)", {"s": [b"  a b ", b"\ta", b" \xff "]}, [b"a b", b"\ta", b"\xff"]),
        ("ltrim(s) || '|' || rtrim(s)", {"s": [b" a "]}, [b"a | a"]),
        ("length(s)", {"s": ["é👍".encode(), b"", b"\xc3"]}, [2, 0, None]),
        ("substring(s, 2, 2)", {"s": ["日本語x".encode(), b"a", b""]}, ["本語".encode(), b"", b""]),
        ("substring(s, -3, 2)", {"s": [b"abcd", b"ab", b"a"]}, [b"bc", b"a", b""]),
        ("substring(s, 0, 2)", {"s": [b"abc"]}, [b"ab"]),
        ("substring(s, -2)", {"s": [b"abc", b"a"]}, [b"bc", b"a"]),
        (
            "concat(s, n, b)",
            {"s": [b"a", b"\xff", b"a"], "n": [1, 2, None], "b": [True, False, True]},
            [b"a1true", b"\xff2false", None],
        ),
    ],
    "ngrams": [
        (
            "nfkd(s)",
            {"s": ["ﬁé²한".encode(), b"\xff", None, b"", "e\u0301\u0323".encode(), "\u1ebf".encode()]},
            [
                "fie\u03012\u1112\u1161\u11ab".encode(),
                None,
                None,
                b"",
                "e\u0323\u0301".encode(),
                "e\u0302\u0301".encode(),
            ],
        ),
        (
            "ngrams(s, 'words', 1, 1, 9)",
            {"s": [b"Don't  stop, x_1!", b" ", b"?!", "naïve ☃ e\u0301".encode(), None, b"\xff"]},
            [b"Don\x1ft\x1fstop\x1fx_1", b"[]", b"[]", "naïve\x1fe\u0301".encode(), None, None],
        ),
        (
            "ngrams(s, 'words', 1, 2, 3)",
            {"s": [b"a b c d", b"a a", b"a"]},
            [b"a\x1fb\x1fc\x1fa b\x1fb c", b"a\x1fa\x1fa a", b"a"],
        ),
        ("ngrams(s, 'words', 2, 3, 9)", {"s": [b"a b c", b"a"]}, [b"a b\x1fb c\x1fa b c", b"[]"]),
        (
            "ngrams(s, 'words', 1, 2, 9, true)",
            {"s": [b"b a b a", b"a a", b"b"]},
            [b"b\x1fa\x1fb a\x1fa b", b"a\x1fa a", b"b"],
        ),
        (
            "ngrams(s, 'characters', 2, 2, 5)",
            {"s": [b" a\t\x1f\x00b ", "日本語".encode(), b"abcdefg", b"a", b"[]", b"[]x"]},
            [b"a \x1f b", "日本\x1f本語".encode(), b"ab\x1fbc\x1fcd\x1fde", b"[]", b"[]\x1f", b"[]\x1f]x"],
        ),
    ],
    "lists": [
        (
            "list_count(s, '|')",
            {"s": [b"1|2|", b"1||3", b"[]", b"", None, b"|", b"x|nan|inf|4"]},
            [2, 2, 0, None, None, 0, 1],
        ),
        (
            "list_sum(s, '; ')",
            {"s": [b"1; 2.5; ", b"[]", b" 1 ; -2", b"4; 4; -1e39"]},
            [3.5, None, -1.0, 8.0],
        ),
        ("list_mean(s, '|')", {"s": [b"1|2", b"[]", b"0.5||1"]}, [1.5, None, 0.75]),
        ("list_min(s, '|')", {"s": [b"3|-2.5|1", b"|", b"-0.0", b"1e-45"]}, [-2.5, None, 0.0, 0.0]),
        ("list_max(s, '|')", {"s": [b"3|-2.5|1", b"x", b"-0.0", b"-3|-4"]}, [3.0, None, 0.0, -3.0]),
        ("list_max(s, '|') - list_min(s, '|')", {"s": [b"3|1", None]}, [2.0, None]),
    ],
    "tokens": [
        ("size(l)", {"l": [b"a|b", b"a|", b"|", b"[]", b"", None, b"||x"]}, [2, 1, 1, 0, None, None, 3]),
        (
            "element_at(l, 2)",
            {"l": [b"a|b", b"a", b"a|", b"a||c", b"[]", b"", None, "é|ü|".encode()]},
            [b"b", None, None, None, None, None, None, "ü".encode()],
        ),
        ("element_at(l, -1)", {"l": [b"a|b", b"a|b|", b"[]", b"a||", None]}, [b"b", b"b", None, None, None]),
        ("element_at(l, -3)", {"l": [b"a|b|c", b"a|b"]}, [b"a", None]),
        (
            "array_contains(l, 'a')",
            {"l": [b"b|a", b"b", b"b|", b"b||c", b"a||", b"[]", b"", None, b"ab"]},
            [True, False, False, None, True, False, None, None, False],
        ),
        ("array_contains(l, '[]')", {"l": [b"[]", b"[]|", b"x|[]"]}, [False, True, True]),
    ],
    "search": [
        ("contains(s, 'b.')", {"s": [b"ab.c", b"abc", b"\xffb.\xff", None]}, [True, False, True, None]),
        ("startswith(s, 'é')", {"s": ["éa".encode(), b"e"]}, [True, False]),
        ("endswith(s, '')", {"s": [b"", b"a"]}, [True, True]),
        ("replace(s, 'aa', 'a')", {"s": [b"aaaa", b"aaa", b"\xffaa"]}, [b"aa", b"aa", b"\xffa"]),
        ("replace(s, '.', '\\\\1')", {"s": [b"a.b"]}, [b"a\\1b"]),
        (
            "s LIKE 'a\\\\%_%'",
            {"s": [b"a%b", b"axb", b"a%", b"a%\nb", "a%é".encode()]},
            [True, False, False, True, True],
        ),
        ("s LIKE '%'", {"s": [b"", b"\xff"]}, [True, None]),
        ("s RLIKE '^a.c$'", {"s": [b"abc", b"a\nc", b"abc\n", "aéc".encode()]}, [True, False, False, True]),
        ("regexp_extract(s, '@([a-z]+)', 1)", {"s": [b"me@example.org", b"none", b"a@b@c"]}, [b"example", b"", b"b"]),
        ("regexp_extract(s, '(a)|(b)', 2)", {"s": [b"b", b"a"]}, [b"b", b""]),
        ("regexp_replace(s, '(a+)(b?)', '[$2$1]')", {"s": [b"aab-a", b"x"]}, [b"[baa]-[a]", b"x"]),
    ],
    "instants": [
        ("hour(t)", {"t": [NEW_YEAR_2020, None, LARGEST]}, [19, None, None]),
        ("year(t)", {"t": [NEW_YEAR_2020, -1]}, [2019, 1969]),
        ("second(t)", {"t": [NEW_YEAR_2020 - 1]}, [59]),
        ("hour(t) - hour(v)", {"t": [DST_END_2021], "v": [DST_END_2021 - 3600 * 10**6]}, [0]),
        ("date_trunc('hour', t) = t", {"t": [DST_END_2021, DST_END_2021 - 3600 * 10**6]}, [True, True]),
        ("unix_seconds(date_trunc('day', t))", {"t": [DST_END_2021]}, [DST_END_2021 // 10**6 - 2 * 3600]),
        ("datediff(t, DATE '2019-12-30')", {"t": [NEW_YEAR_2020]}, [1]),
        (
            "timestampdiff(HOUR, t, v)",
            {"t": [NEW_YEAR_2020] * 2, "v": [NEW_YEAR_2020 + 7_199_999_999, NEW_YEAR_2020 - 7_199_999_999]},
            [1, -1],
        ),
        ("unix_seconds(t)", {"t": [-1, 1_999_999]}, [-1, 1]),
        ("unix_millis(t)", {"t": [-1]}, [-1]),
        ("timestamp_seconds(n)", {"n": [5, LARGEST]}, [5_000_000, None]),
        ("t >= '2020-01-01'", {"t": [NEW_YEAR_2020, NEW_YEAR_2020 + 5 * 3600 * 10**6]}, [False, True]),
    ],
}


def parsed(text: str) -> Expression:
    return parse_expression(text, KINDS, NEW_YORK, lists={"l": "|"})


def arrays(columns: Mapping[str, Sequence[Any]]) -> dict[str, pa.Array]:
    """The columns as Arrow's arrays; NaN is a value."""
    return {name: pa.array(values, ARROW[KINDS[name]], from_pandas=False) for name, values in columns.items()}


def as_written(values: Sequence[Any]) -> list[object]:
    """Values with doubles as their bits: -0.0 is not 0.0."""
    return [value.hex() if isinstance(value, float) else value for value in values]
