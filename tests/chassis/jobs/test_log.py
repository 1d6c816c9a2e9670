from __future__ import annotations

import re
from pathlib import Path

from chassis_live import make_app, running


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
