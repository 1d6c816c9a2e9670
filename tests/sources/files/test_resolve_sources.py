"""Files, folders and globs become files in a stable order, inside the roots; folders' names become columns."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.sources.reading import SOURCE, rows

from contracts.errors import InvalidData, NotAllowed, NotFound, SourceChanged, UnparsableValue
from contracts.schema import ValueType
from preprocessing.planning.ranges import plan_ranges
from sources.files.resolve_sources import check_unchanged, locate


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two years of parts, among what is passed over."""
    for name in [
        "flights/year=2025/month=2/b.csv",
        "flights/year=2025/month=10/a.csv",
        "flights/year=2026/month=1/c.csv",
        "flights/year=2026/_SUCCESS",
        "flights/year=2026/.c.csv.crc",
        "flights/_temporary/0/d.csv",
        "plain/10.csv",
        "plain/9.csv",
        "plain/sub/8.csv",
        "plain/[1].csv",
    ]:
        path = tmp_path / "root" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"f\n{path.stem}\n")
    (tmp_path / "root/plain/empty.csv").touch()
    return tmp_path / "root"


@pytest.mark.parametrize(
    ("uris", "names"),
    [
        (["plain/9.csv", "plain/10.csv"], ["9", "10"]),
        (["plain"], ["10", "9", "[1]", "8"]),
        (["plain/"], ["10", "9", "[1]", "8"]),
        (["plain/*.csv"], ["10", "9", "[1]"]),
        (["plain/?.csv"], ["9"]),
        (["plain/[0-8]*.csv"], ["10"]),
        (["plain/[1].csv"], ["[1]"]),
        (["plain/**/*.csv"], ["10", "9", "[1]", "8"]),
        (["plain/s*"], ["8"]),
        (["**/month=1*/*.csv"], ["a", "c"]),
        (["flights"], ["a", "b", "c"]),
        (["flights/_*/*/d.csv"], ["d"]),
        (["plain/9.csv", "plain", "plain/9.csv"], ["9", "10", "[1]", "8", "9"]),
    ],
)
def test_what_is_named_is_found_in_a_stable_order(root: Path, uris: list[str], names: list[str]) -> None:
    assert [Path(file.uri).stem for file in locate(uris, [str(root)])] == names


@pytest.mark.parametrize("uri", ["none/*.csv", "plain/*.tsv", "flights/year=2027", "plain/*/*/*", "nosuch*/**"])
def test_nothing_found_is_an_error(root: Path, uri: str) -> None:
    with pytest.raises(NotFound, match="there is no file") as caught:
        locate(["plain", uri], [str(root)])
    assert caught.value.pointer == "/source/uris/1"


def test_globs_and_links_stay_inside_the_roots(root: Path) -> None:
    outside = root.parent / "outside"
    outside.mkdir()
    (outside / "secret.csv").write_text("f\n1\n")
    for uri in ["../outside/*.csv", "../*/secret.csv", "../outs?de", "plain/../../outside", "/**/secret.csv"]:
        with pytest.raises(NotAllowed):
            locate([uri], [str(root)])
    (root / "link").symlink_to(outside)
    for uri in ["link", "l*", "link/*", "**/secret.csv"]:
        with pytest.raises(NotAllowed):
            locate([uri], [str(root)])
    assert len(locate(["l*"], [str(root), str(outside)])) == 1


def test_folders_add_columns(root: Path) -> None:
    files = locate(["flights"], [str(root)], hive_partitioning=None)
    assert [file.partition for file in files] == [
        {"year": "2025", "month": "10"},
        {"year": "2025", "month": "2"},
        {"year": "2026", "month": "1"},
    ]
    # A file by its own name, and folders of which not all have such names, add none unless asked to.
    one = "flights/year=2026/month=1/c.csv"
    assert locate([one], [str(root)], hive_partitioning=None)[0].partition == {}
    assert locate([one], [str(root)], hive_partitioning=True)[0].partition == {"year": "2026", "month": "1"}
    assert not any(file.partition for file in locate(["flights", "plain"], [str(root)], hive_partitioning=None))
    assert not any(file.partition for file in locate(["flights"], [str(root)], hive_partitioning=False))
    with pytest.raises(InvalidData, match=r"10\.csv: its folders name the columns \[\], .* name \['year', 'month'\]"):
        locate(["flights", "plain"], [str(root)], hive_partitioning=True)


def test_columns_of_folders_are_read_like_others(root: Path) -> None:
    names = ["a%20b%2Fc", "__HIVE_DEFAULT_PARTITION__", "NA"]
    for number, name in enumerate(names):
        path = root / f"hive/x={number}/%C3%A4={name}/part.csv"
        path.parent.mkdir(parents=True)
        path.write_text(f"f\n{number}0\n{number}1\n")
    source = SOURCE.validate_python({"format": "csv", "uris": ["hive"], "null_values": ["NA"]})
    plan = plan_ranges(source, locate(source.uris, [str(root)], hive_partitioning=None), 3)
    assert plan.columns == ["f", "x", "ä"]
    kinds: dict[str, ValueType] = {"ä": "bytes", "f": "bytes", "x": "int64"}
    expected = [(b"a b/c", 0), (None, 1), (None, 2)]
    assert rows(plan, kinds) == [(text, b"%d%d" % (x, i), x) for text, x in expected for i in (0, 1)]
    assert rows(plan, {"x": "float64"}) == [(0.0,), (0.0,), (1.0,), (1.0,), (2.0,), (2.0,)]
    assert rows(plan, {"x": "int64"}, null_values={"x": ["1"]})[2:4] == [(None,), (None,)]
    with pytest.raises(
        UnparsableValue, match=r"part\.csv: column 'ä', which its folders add, is 'a b/c', not a number"
    ):
        rows(plan, {"ä": "float64"})


def test_a_column_cannot_be_in_the_file_and_in_its_folders(root: Path) -> None:
    path = root / "both/f=1/part.csv"
    path.parent.mkdir(parents=True)
    path.write_text("f\n1\n")
    with pytest.raises(InvalidData, match=r"have the columns \['f'\]"):
        plan_ranges(
            SOURCE.validate_python({"format": "csv", "uris": ["both"]}),
            locate(["both"], [str(root)], hive_partitioning=None),
        )


def test_sources_stay_inside_their_roots(tmp_path: Path) -> None:
    root, secret = tmp_path / "root", tmp_path / "secret.csv"
    root.mkdir()
    secret.write_text("x\n")
    (root / "link.csv").symlink_to(secret)
    (root / "good.csv").write_text("x\n")
    (root / "folder").mkdir()
    assert locate(["good.csv"], [str(root)])[0].bytes == 2
    assert locate([str(root / "good.csv")], ["/nosuch", str(root)])[0].bytes == 2
    for uri in [
        "../secret.csv",
        str(secret),
        "link.csv",
        f"file://{secret}",
        "s3://bucket/x.csv",
        "folder/../../secret.csv",
    ]:
        with pytest.raises(NotAllowed) as caught:
            locate(["good.csv", uri], [str(root)])
        assert caught.value.pointer == "/source/uris/1"
    for uri in ["nosuch.csv", "folder"]:
        with pytest.raises(NotFound, match=uri):
            locate([uri], [str(root)])


def test_a_changed_source_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a\n1\n")
    files = locate([str(path)], [str(tmp_path)])
    check_unchanged(files)
    os.utime(path, ns=(1, 1))
    with pytest.raises(SourceChanged, match="changed after"):
        check_unchanged(files)
    path.unlink()
    with pytest.raises(SourceChanged, match="is gone"):
        check_unchanged(files)


@pytest.mark.parametrize("uri", ["a\0b", "x" * 5000, "loop"])
def test_names_that_no_file_can_have_are_not_found(tmp_path: Path, uri: str) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(NotFound):
        locate([uri], [str(tmp_path)])
