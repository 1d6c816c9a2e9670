"""Typed expressions in Spark SQL, drawn by Hypothesis from the whole subset, and rows of nasty values for them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from hypothesis import strategies as st

from contracts.expressions import ResultType

COLUMNS: dict[str, ResultType] = {
    "x": "double",
    "y": "double",
    "n": "integer",
    "m": "integer",
    "s": "text",
    "u": "text",
    "t": "instant",
    "v": "instant",
    "b": "boolean",
    "c": "boolean",
}
ZONE = "America/New_York"
EXACT = ("sqrt", "abs", "signum", "radians", "degrees", "round")
INEXACT = (
    "exp",
    "expm1",
    "ln",
    "log10",
    "log2",
    "log1p",
    "sin",
    "cos",
    "tan",
    "asin",
    "acos",
    "atan",
    "log",
)
PARTS = (
    "year",
    "quarter",
    "month",
    "day",
    "dayofmonth",
    "dayofyear",
    "dayofweek",
    "weekday",
    "weekofyear",
    "hour",
    "minute",
    "second",
)
TEXTS = ["", "a", "ab", " a ", "B", "é", "ß", "Ab%", "x_y", "a\\\\b", "日本", "\\n", "12", "@", "aab"]
LIKES = ["%", "a%", "%b", "_", "%a_%", "", "A\\\\%", "é%", "__"]
PATTERNS = [
    "a+",
    "^a",
    "b$",
    "[a-c]+x?",
    "\\\\d{1,3}",
    "\\\\s",
    "(a|b)(b)?",
    ".b",
    "[^a]",
    "\\\\w+@",
    "(?:ab)+?",
    "\\\\x{e9}|\\\\u00df",
]
"""Patterns that match at least one character; backslashes are SQL's."""


class Drawing:
    """Strategies of expressions by type and depth. `for_spark`: without the documented differences from Spark."""

    def __init__(self, *, for_spark: bool = False) -> None:
        self.for_spark = for_spark
        self._made: dict[tuple[ResultType, int], st.SearchStrategy[str]] = {}

    def of(self, kind: ResultType, depth: int) -> st.SearchStrategy[str]:
        """Expressions of a type that are at most so deep. They are made once, since there are many of them."""
        if (kind, depth) not in self._made:
            self._made[kind, depth] = self._of(kind, depth)
        return self._made[kind, depth]

    def _of(self, kind: ResultType, depth: int) -> st.SearchStrategy[str]:
        leaf = self.leaf(kind)
        if depth == 0:
            return leaf
        deeper = {
            "double": self.doubles,
            "integer": self.integers,
            "boolean": self.booleans,
            "text": self.texts,
            "instant": self.instants,
        }[kind](depth - 1)
        return st.one_of(leaf, deeper, deeper, self.choices(kind, depth - 1))

    def leaf(self, kind: ResultType) -> st.SearchStrategy[str]:
        columns = st.sampled_from([name for name, of in COLUMNS.items() if of == kind])
        literals = {
            "double": st.sampled_from(["0.0D", "-0.0D", "1.0D", "0.5D", "3.0D", "-2.5D", "1e10D", "0.1D"]),
            "integer": st.integers(-5, 5).map(str)
            if self.for_spark
            else st.one_of(
                st.integers(-5, 5).map(str), st.sampled_from(["9223372036854775807", "-9223372036854775808"])
            ),
            "boolean": st.sampled_from(["true", "false"]),
            "text": st.sampled_from([f"'{text}'" for text in TEXTS]),
            "instant": st.sampled_from(["TIMESTAMP '2020-02-29 00:00:00'", "TIMESTAMP '2021-11-07 01:30:00'"]),
        }[kind]
        return st.one_of(columns, columns, columns, literals)

    def choices(self, kind: ResultType, depth: int) -> st.SearchStrategy[str]:
        value, condition = self.of(kind, depth), self.of("boolean", depth)
        return st.one_of(
            st.tuples(condition, value, value).map("CASE WHEN {0[0]} THEN {0[1]} ELSE {0[2]} END".format),
            st.tuples(condition, value, condition, value).map(
                "CASE WHEN {0[0]} THEN {0[1]} WHEN {0[2]} THEN {0[3]} END".format
            ),
            st.tuples(condition, value, value).map("if({0[0]}, {0[1]}, {0[2]})".format),
            st.tuples(value, value).map("coalesce({0[0]}, {0[1]})".format),
            st.tuples(value, value).map("nullif({0[0]}, {0[1]})".format),
            st.tuples(value, value).map("CASE {0[0]} WHEN {0[1]} THEN NULL ELSE {0[0]} END".format),
            *(
                [
                    st.tuples(value, value, value, st.sampled_from(["least", "greatest"])).map(
                        "{0[3]}({0[0]}, {0[1]}, {0[2]})".format
                    )
                ]
                if kind in {"double", "integer", "instant"}
                else []
            ),
        )

    def doubles(self, depth: int) -> st.SearchStrategy[str]:
        double, integer = self.of("double", depth), self.of("integer", depth)
        return st.one_of(
            st.tuples(double, st.sampled_from("+-*/%"), double).map("({0[0]} {0[1]} {0[2]})".format),
            st.tuples(double, double, double).map("({0[0]} * {0[1]} + {0[0]} * {0[2]})".format),
            st.tuples(double, st.sampled_from("+-*/%"), integer).map("({0[0]} {0[1]} {0[2]})".format),
            st.tuples(integer, integer).map("({0[0]} / {0[1]})".format),
            st.tuples(st.sampled_from(EXACT), double).map("{0[0]}({0[1]})".format),
            st.tuples(double, st.integers(0, 6)).map("round({0[0]}, {0[1]})".format),
            double.map("(- {})".format),
            st.one_of(integer, self.of("boolean", depth), self.of("text", depth)).map("cast({} AS DOUBLE)".format),
        )

    def inexact(self, depth: int) -> st.SearchStrategy[str]:
        """Functions of one or two doubles, whose last place may differ, of exact operands."""
        double = self.of("double", depth)
        return st.one_of(
            st.tuples(st.sampled_from(INEXACT), double).map("{0[0]}({0[1]})".format),
            st.tuples(st.sampled_from(["pow", "atan2", "log"]), double, double).map("{0[0]}({0[1]}, {0[2]})".format),
        )

    def integers(self, depth: int) -> st.SearchStrategy[str]:
        double, integer, text, instant = (self.of(kind, depth) for kind in ("double", "integer", "text", "instant"))
        bounded = double.map("CASE WHEN {0} BETWEEN -1e6D AND 1e6D THEN {0} END".format) if self.for_spark else double
        parsed = st.sampled_from(["s", "u", "'12'", "' -7.9 '"]) if self.for_spark else text
        return st.one_of(
            st.tuples(integer, st.sampled_from(["+", "-", "*", "%", "DIV"]), integer).map(
                "({0[0]} {0[1]} {0[2]})".format
            ),
            integer.map("(- {})".format),
            integer.map("abs({})".format),
            bounded.map("floor({})".format),
            bounded.map("ceil({})".format),
            bounded.map("cast({} AS BIGINT)".format),
            *([] if self.for_spark else [double.map("cast({} AS INT)".format), integer.map("cast({} AS INT)".format)]),
            self.of("boolean", depth).map("cast({} AS BIGINT)".format),
            parsed.map("cast({} AS BIGINT)".format),
            text.map("length({})".format),
            st.tuples(st.sampled_from(PARTS), instant).map("{0[0]}({0[1]})".format),
            st.tuples(instant, instant).map("datediff({0[0]}, {0[1]})".format),
            st.tuples(st.sampled_from(["HOUR", "MINUTE", "SECOND"]), instant, instant).map(
                "timestampdiff({0[0]}, {0[1]}, {0[2]})".format
            ),
            st.tuples(st.sampled_from(["unix_seconds", "unix_millis"]), instant).map("{0[0]}({0[1]})".format),
        )

    def booleans(self, depth: int) -> st.SearchStrategy[str]:
        boolean, text = self.of("boolean", depth), self.of("text", depth)
        ordered = st.one_of(
            [
                st.tuples(self.of(kind, depth), self.of(kind, depth), self.of(kind, depth))
                for kind in ("double", "integer", "instant")
            ]
        )
        alike = st.one_of(
            [st.tuples(self.of(kind, depth), self.of(kind, depth)) for kind in sorted(set(COLUMNS.values()))]
        )
        part = st.sampled_from([f"'{t}'" for t in TEXTS])
        return st.one_of(
            ordered.map("({0[0]} < {0[1]})".format),
            ordered.map("({0[0]} >= {0[1]})".format),
            ordered.map("({0[0]} BETWEEN {0[1]} AND {0[2]})".format),
            st.tuples(alike, st.sampled_from(["=", "<>", "<=>"])).map("({0[0][0]} {0[1]} {0[0][1]})".format),
            st.tuples(boolean, boolean, boolean).map("({0[0]} AND {0[1]} AND {0[2]})".format),
            st.tuples(boolean, boolean).map("({0[0]} OR {0[1]})".format),
            boolean.map("(NOT {})".format),
            boolean.map("({} IS NOT TRUE)".format),
            alike.map("({0[0]} IS NULL)".format),
            self.of("double", depth).map("isnan({})".format),
            self.of("integer", depth).map("({} IN (1, 2, -3))".format),
            self.of("double", depth).map("({} NOT IN (0.0D, 2.5D, NULL))".format),
            text.map("({} IN ('a', '', NULL))".format),
            st.tuples(st.sampled_from(["contains", "startswith", "endswith"]), text, part).map(
                "{0[0]}({0[1]}, {0[2]})".format
            ),
            st.tuples(text, st.sampled_from(LIKES)).map("({0[0]} LIKE '{0[1]}')".format),
            st.tuples(text, st.sampled_from([p for p in PATTERNS if not (self.for_spark and "$" in p)])).map(
                "({0[0]} RLIKE '{0[1]}')".format
            ),
            st.one_of(self.of("integer", depth), self.of("double", depth)).map("cast({} AS BOOLEAN)".format),
            text.map("cast({} AS BOOLEAN)".format),
        )

    def texts(self, depth: int) -> st.SearchStrategy[str]:
        text = self.of("text", depth)
        part = st.sampled_from([f"'{t}'" for t in TEXTS])
        cases = [] if self.for_spark else [text.map("lower({})".format), text.map("upper({})".format)]
        patterns = st.sampled_from([p for p in PATTERNS if not (self.for_spark and "$" in p)])
        return st.one_of(
            *cases,
            st.tuples(st.sampled_from(["trim", "ltrim", "rtrim"]), text).map("{0[0]}({0[1]})".format),
            st.tuples(text, st.integers(-4, 4), st.integers(-1, 5)).map("substring({0[0]}, {0[1]}, {0[2]})".format),
            st.tuples(text, st.integers(-4, 4)).map("substring({0[0]}, {0[1]})".format),
            st.tuples(text, text).map("concat({0[0]}, {0[1]})".format),
            st.tuples(text, self.of("integer", depth), text).map("({0[0]} || {0[1]} || {0[2]})".format),
            st.tuples(text, part, part).map("replace({0[0]}, {0[1]}, {0[2]})".format),
            st.tuples(text, patterns).map("regexp_extract({0[0]}, '{0[1]}', 0)".format),
            text.map("regexp_extract({}, '(a)|(b+)', 2)".format),
            st.tuples(text, patterns, st.sampled_from(["", "-", "\\\\$", "x\\\\\\\\"])).map(
                "regexp_replace({0[0]}, '{0[1]}', '{0[2]}')".format
            ),
            text.map("regexp_replace({}, '(a)(b?)', '$2<$1>')".format),
            st.one_of(self.of("integer", depth), self.of("boolean", depth)).map("cast({} AS STRING)".format),
        )

    def instants(self, depth: int) -> st.SearchStrategy[str]:
        instant = self.of("instant", depth)
        units = st.sampled_from(["year", "quarter", "month", "week", "day", "hour", "minute", "second"])
        made = [] if self.for_spark else [self.of("integer", depth).map("timestamp_millis({})".format)]
        return st.one_of(
            st.tuples(units, instant).map("date_trunc('{0[0]}', {0[1]})".format),
            instant.map("cast({} AS DATE)".format)
            if not self.for_spark
            else instant.map("date_trunc('DD', {})".format),
            *made,
        )


NASTY_DOUBLES = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    -0.5,
    1.5,
    2.5,
    -2.5,
    0.1,
    1 / 3,
    2.675,
    1.005,
    0.49999999999999994,
    1e-5,
    123456.789,
    1e15 + 0.3,
    2.0**52 + 0.5,
    2.0**53,
    -(2.0**63),
    2.0**63,
    1e300,
    -1e300,
    1e308,
    float("nan"),
    float("inf"),
    float("-inf"),
    5e-324,
    1e-310,
    2.2250738585072014e-308,
    -1e-308,
    1e-300,
    0.1 + 0.2,
    3.141592653589793,
]
NASTY_INTEGERS = [
    0,
    1,
    -1,
    2,
    3,
    -7,
    10,
    2**31,
    -(2**31) - 1,
    2**53 + 1,
    3037000500,
    -3037000500,
    2**62,
    2**63 - 1,
    -(2**63),
    -(2**63) + 1,
]
NASTY_TEXTS: list[bytes] = [
    *(
        text.encode()
        for text in (
            "",
            "a",
            "A",
            "ab",
            "aab",
            "ba",
            "abab",
            " a",
            "a ",
            "  ",
            "a\nb",
            "b\n",
            "\r\n",
            "é",
            "É",
            "ß",
            "ẞ",
            "İstanbul",
            "ΟΔΟΣ",
            "ς",
            "ǅ",
            "ﬁ",
            "日本語",
            "👍🏽",
            "e\u0301",
            "\ufeffx",
            "a\u2028b",
            "\x00",
            "x\x00y",
            "12",
            "-12",
            "+7",
            "+-1",
            " 42 ",
            "12.9",
            "-0.5",
            ".5",
            "5.",
            "1e3",
            "1e400",
            "-1e-400",
            "1d",
            "0x10",
            "9223372036854775807",
            "9223372036854775808",
            "-9223372036854775808",
            "-9223372036854775809",
            "00000000000000000000012",
            "99999999999999999999999",
            "true",
            "T",
            " yes",
            "no ",
            "0",
            "1",
            "ye\u017f",
            "NaN",
            "inf",
            "me@example.org",
            "a%b",
            "x_y",
            "a\\b",
            "$1",
            "\\1",
            "0.1",
            "1.7976931348623157e308",
            "4.9e-324",
            "123456789012345678901234567890",
        )
    ),
    b"\xff",
    b"a\xc3",
    b"\xed\xa0\x80",
    b"\xc0\x80",
    b"ab\xf4\x90\x80\x80",
    b"\x80a",
]
_YEAR = 31_556_952 * 10**6
NASTY_INSTANTS = [
    0,
    -1,
    1,
    10**6,
    -(10**6) - 1,
    1_583_020_800 * 10**6 - 1,
    1_636_263_000 * 10**6,
    1_636_266_600 * 10**6,
    1_615_705_200 * 10**6,
    1_615_705_200 * 10**6 - 1,
    -70 * _YEAR,
    130 * _YEAR,
    2**63 - 1,
    -(2**63),
    253_402_300_799_999_999,
    253_402_300_800_000_000,
    -62_135_596_800_000_000,
    -62_135_596_800_000_001,
    951_782_400 * 10**6,
    1_609_459_199_999_999,
]


def rows(seed: int, count: int = 60) -> dict[str, pa.Array]:
    """Columns of nasty values with nulls, and some of no special value."""
    random = np.random.default_rng(seed)
    doubles = [*NASTY_DOUBLES, *random.normal(0, 10, 10).tolist()]
    instants = [*NASTY_INSTANTS, *random.integers(-70 * _YEAR, 130 * _YEAR, 20).tolist()]
    pools: dict[ResultType, tuple[Sequence[object], pa.DataType]] = {
        "double": (doubles, pa.float64()),
        "integer": (NASTY_INTEGERS, pa.int64()),
        "text": (NASTY_TEXTS, pa.binary()),
        "instant": (instants, pa.int64()),
        "boolean": ([False, True], pa.bool_()),
    }
    return {name: column(random, *pools[kind], count) for name, kind in COLUMNS.items()}


def column(random: np.random.Generator, pool: Sequence[object], kind: pa.DataType, count: int) -> pa.Array:
    values = [pool[i] for i in random.integers(0, len(pool), count)]
    nulls = random.random(count) < 0.15
    return pa.array([None if null else value for null, value in zip(nulls, values, strict=True)], kind)
