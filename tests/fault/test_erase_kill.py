# SPDX-License-Identifier: AGPL-3.0-or-later
"""kill -9 after an erasure is recorded and before its file is gone: the next start ends what was begun."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.test_station_keeping import RULES, KeepingBench

ERASER = """
import os, signal, sys
from pathlib import Path
from tests.unit.test_station_keeping import RULES, KeepingBench
bench = KeepingBench(Path(sys.argv[1]))
bench.restart(RULES)
bench.begin()
digests = bench.parts(1, 2, 3)
bench.clock.days(31)
images = bench.station._images
left = int(sys.argv[2])

def killed(digest):
    global left
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1
    return remove(digest)

remove, images.remove = images.remove, killed
bench.erase(*digests)
"""


@pytest.mark.parametrize("left", [0, 1])
def test_kill_between_the_record_and_the_file(tmp_path: Path, left: int) -> None:
    station = tmp_path / "station"
    command = [sys.executable, "-c", ERASER, str(station), str(left)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == -9, done.stderr
    bench = KeepingBench(station)
    bench.clock.ahead_ns += 2_000_000_000  # behind what the dead process has written
    bench.clock.days(31)
    try:
        before, erased = bench.images(), [record["image_digest"] for record in bench.records("image-erased")]
        assert len(erased) == left + 1
        assert len(before) == 3 - left, "the last one is recorded, its file is not gone"
        assert [finding.split(":")[0] for finding in bench.verified()] == [
            f"WARNING record {bench.records('image-erased')[-1]['seq']}, rule IMAGE-07"
        ]
        bench.restart(RULES)
        kept = sorted(set(before) - set(erased))
        bench.until(lambda: bench.images() == kept)
        assert bench.verified() == []
        assert bench.erase(*kept)["files"] == len(kept)
        assert bench.images() == []
    finally:
        bench.close()
