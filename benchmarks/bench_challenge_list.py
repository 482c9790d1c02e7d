# SPDX-License-Identifier: AGPL-3.0-or-later
"""The list after a failed challenge: `python -m benchmarks.bench_challenge_list [--json]`.

From the failure until the file is on the disk that names every part with PASS since the last passed challenge: here all
parts of a shift of eight hours at 300 parts per minute, each with its outcome.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections import deque
from concurrent.futures import Future
from pathlib import Path

from benchmarks.bench_append import fields
from inspector.evidence.keys import SigningKey
from inspector.store.challenges import export_passed
from inspector.store.writer import Appended, RecordWriter

PARTS = 8 * 60 * 300
IN_FLIGHT = 64
AIM_S = 10.0


def fill(writer: RecordWriter, parts: int) -> int:
    """Record parts and their outcomes; the number of the last record."""
    pending: deque[Future[Appended]] = deque()
    last = 0
    for number in range(1, parts + 1):
        key = {"line_boot": "00000000000000a1", "part_seq": number}
        pending.append(writer.append("part", {**fields(number), "verdict": "PASS"}))
        outcome = {"key": key, "part": "1" * 64, "commanded": "accept", "confirmed": "good", "reason": "granted"}
        pending.append(writer.append("outcome", outcome))
        while len(pending) > (IN_FLIGHT if number < parts else 0):
            last = pending.popleft().result().seq
    return last


def main() -> int:
    """Measure and show; 1 when the aim is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", type=int, default=PARTS)
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of words")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="inspector-bench-") as name:
        writer = RecordWriter(Path(name), "bench", SigningKey.generate().public_key, boot="0" * 16, reserve_mb=0)
        try:
            last = fill(writer, arguments.parts)
            begin = time.perf_counter()
            found = export_passed(Path(name), last)
            seconds = time.perf_counter() - begin
        finally:
            writer.close()
    right = found.parts == arguments.parts
    if arguments.json:
        print(json.dumps({"parts": found.parts, "seconds": seconds, "aim_s": AIM_S}, indent=2))
    else:
        print(f"the list of {found.parts} passed parts after {seconds:.1f} s (aim {AIM_S:.0f})")
    return 0 if right and seconds <= AIM_S else 1


if __name__ == "__main__":
    raise SystemExit(main())
