from __future__ import annotations

import re
from pathlib import Path

import pytest
from chassis_live import make_app, running

from chassis.jobs.log import BoundedLog, end_of_log, kept_log


def test_of_a_long_log_the_first_and_the_last_part_are_kept(tmp_path: Path):
    with running(make_app(tmp_path, job_log_megabytes=1, max_body_bytes=10_000_000, max_finished_jobs=1)) as service:
        lines = "".join(f"line {number:07}\n" for number in range(200_000))
        job = service.finish(service.submit("echo", {"text": lines, "times": 3}))
        log = service.http.get(job["links"]["log"]).text
        assert 700_000 < len(log) < 1_100_000
        assert sum(path.stat().st_size for path in (tmp_path / "logs").glob(f"{job['id']}*")) <= 1 << 20
        assert log.splitlines()[2] == "line 0000000"
        assert log.endswith("line 0199999\n\n")
        (cut,) = re.findall(r"^--- ([\d,]+) bytes of this log were not kept ---$", log, re.MULTILINE)
        headline = log.index("line 0000000")
        whole = headline + 3 * len(lines) + 1
        assert int(cut.replace(",", "")) == whole - (
            len(log) - len(f"\n--- {cut} bytes of this log were not kept ---\n")
        )
        assert not re.search(r"^line \d{1,6}$", log, re.MULTILINE), "no line is cut in two"


def test_what_a_full_disk_cannot_hold_is_counted_once_there_is_room(tmp_path: Path):
    path = tmp_path / "deep" / "job.log"
    log = BoundedLog(path, 1000)
    log.write(b"first\n")
    with Path("/dev/full").open("ab", buffering=0) as full:
        kept, log._file = log._file, full  # pyright: ignore[reportPrivateUsage]
        for _ in range(3):
            log.write(b"lost\n")
        log._file = kept  # pyright: ignore[reportPrivateUsage]
    log.write(b"second\n")
    log.close()
    text = b"".join(kept_log(path)).decode()
    assert text.startswith("first\n")
    assert re.search(r"^--- 15 bytes of this log could not be written ---$", text, re.MULTILINE)
    assert text.endswith("second\n")
    assert "lost" not in text


def test_a_log_whose_folder_cannot_be_made_is_written_once_it_can(tmp_path: Path):
    blocked = tmp_path / "logs"
    blocked.write_text("a file, where the folder should be")
    log = BoundedLog(blocked / "job.log", 1000)
    log.write(b"lost\n")
    blocked.unlink()
    log.write(b"kept\n")
    log.close()
    assert (blocked / "job.log").read_text() == "\n--- 5 bytes of this log could not be written ---\nkept\n"


@pytest.mark.parametrize("size", [1, 7, 100, 1000])
def test_pieces_of_any_size_hold_the_same(tmp_path: Path, size: int):
    """However the output comes in, each piece ends with a whole line."""
    path, lines = tmp_path / "job.log", b"".join(b"line %04d\n" % number for number in range(300))
    log = BoundedLog(path, 1000)
    for begin in range(0, len(lines), size):
        log.write(lines[begin : begin + size])
    log.close()
    assert sum(piece.stat().st_size for piece in tmp_path.iterdir()) <= 1000
    text = b"".join(kept_log(path)).decode()
    assert text.startswith("line 0000\n")
    assert text.endswith("line 0299\n")


def test_the_end_of_a_log_is_whole_lines_over_its_pieces(tmp_path: Path):
    path = tmp_path / "job.log"
    assert end_of_log(path, 100) == b""
    lines = [b"line %04d\n" % number for number in range(1000)]
    log = BoundedLog(path, 4000)
    log.write(b"".join(lines))
    log.close()
    assert len(list(tmp_path.iterdir())) == 3
    assert end_of_log(path, 100) == b"".join(lines[-9:])
    for size in (1, 9, 10, 11, 999, 1001, 1500):
        end = end_of_log(path, size)
        assert len(end) <= size
        assert b"".join(lines).endswith(end)
        assert len(end) % 10 == 0
        assert len(end) > size - 20
    assert end_of_log(path, 10**6).startswith(lines[0])


def test_the_end_of_a_short_log_is_all_of_it(tmp_path: Path):
    (tmp_path / "job.log").write_bytes(b"one\ntwo")
    assert end_of_log(tmp_path / "job.log", 7) == end_of_log(tmp_path / "job.log", 100) == b"one\ntwo"
    assert end_of_log(tmp_path / "job.log", 5) == b"two"
