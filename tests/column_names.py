"""Names of columns that TensorFlow, Keras, Python, SQL, paths or records have a meaning for, or take for one another."""

from __future__ import annotations

NAMES = [
    *("price usd", "price_usd", "price.usd", "a b", "a/b", "a:b", "a\\b", "a|b", "a,b", "a;b", "a\tb", "a\nb", 'a"b'),
    *("a/", "a //", "a$/", "a€/", "/", "//", "prix €", "prix $", "Größe", "Grösse", "größe", "\u00e9", "e\u0301"),
    *(
        "1a",
        "arg_1a",
        "1",
        "²",
        ".x",
        "..",
        "_x",
        "__x",
        "-x",
        " x",
        "x ",
        " ",
        "_",
        "日本",
        "日 本",
        "👍",
        "👎",
        "\u200b",
    ),
    *("input_1", "training", "self", "cls", "class", "args", "kwargs", "inputs", "mask", "name", "dtype", "None", "%s"),
    *("examples", "predictions", "instances", "params", "numeric", "categorical", "transform", "serving_default"),
    *("A", "a", "tandem_raw_feature_000000", "label", "weight", "late:float64", "late_missing", "x" * 300, "x" * 301),
]
