# SPDX-License-Identifier: AGPL-3.0-or-later
"""Verification against the least that reading history can cost: `python -m benchmarks.bench_verify [--records N]`.

Bare reads the same rows from the same database in one loop and calls `json.loads` and SHA-256 on each, nothing else:
no order, no link, no schema, no signature. Ours is `verify_station`, the whole of `inspector verify` except for image
files (there are none): bytes against hashes, canonical form, schema, chain, Merkle trees, seals and signed heads, key
tables, counts, parts against outcomes and images, and SQLite's own check of the pages. Both in one process and one
thread. Rounds are interleaved; the median of five counts, of time and of the processor's time, which neighbours on the
machine disturb less. The million takes about four minutes, of which one makes the history; memory is that of a process
of its own that only verifies.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from benchmarks.history import build_history
from inspector.evidence.verify.station import verify_station
from inspector.evidence.verify.store import DATABASE

ROUNDS = 5
RECORDS = 1_000_000
AIM = 2.5
AIM_MB = 300
_MEMORY = """
import sys
from pathlib import Path
from inspector.evidence.verify.station import verify_station
assert verify_station(Path(sys.argv[1]), check_images=False).verdict == "VERIFIED"
status = Path("/proc/self/status").read_text()  # getrusage would begin with what the parent had at the fork
print(next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) // 1024)
"""


def bare(station: Path) -> int:
    """Parse and hash every record; returns how many there are."""
    count = 0
    with closing(sqlite3.connect(station / DATABASE)) as database:
        for (data,) in database.execute("SELECT bytes FROM record ORDER BY seq"):
            json.loads(data)
            hashlib.sha256(data).digest()
            count += 1
    return count


def ours(station: Path) -> int:
    """Verify everything; returns how many records there are."""
    report = verify_station(station, check_images=False)
    if report.verdict != "VERIFIED":
        raise AssertionError(str(report.first))
    return report.checked["records"]


def measure(records: int) -> dict[str, object]:
    """Build a history and run all rounds on it; the result as a document."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        station = Path(folder) / "station"
        build_history(station, records)
        size_mb = (station / DATABASE).stat().st_size / 1e6
        seconds: dict[str, list[float]] = {"bare": [], "ours": []}
        processor: dict[str, list[float]] = {"bare": [], "ours": []}
        counts = set()
        for _ in range(ROUNDS):
            for name, run in (("bare", bare), ("ours", ours)):
                started, used = time.perf_counter(), time.process_time()
                counts.add(run(station))
                seconds[name].append(time.perf_counter() - started)
                processor[name].append(time.process_time() - used)
        command = [sys.executable, "-c", _MEMORY, str(station)]
        memory_mb = int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    (count,) = counts
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    used_s = {name: statistics.median(values) for name, values in processor.items()}
    return {
        "records": count,
        "database_mb": round(size_mb),
        "rounds": ROUNDS,
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "seconds": {name: [round(value, 2) for value in values] for name, values in seconds.items()},
        "median_s": {name: round(value, 2) for name, value in medians.items()},
        "median_processor_s": {name: round(value, 2) for name, value in used_s.items()},
        "of_bare": round(medians["ours"] / medians["bare"], 2),
        "of_bare_processor": round(used_s["ours"] / used_s["bare"], 2),
        "aim": AIM,
        "memory_mb": memory_mb,
        "aim_memory_mb": AIM_MB,
    }


def main() -> None:
    """Print words or one JSON document."""
    parser = argparse.ArgumentParser(description="verification against bare json.loads and SHA-256")
    parser.add_argument("--records", type=int, default=RECORDS, help=f"length of the history; {RECORDS} by default")
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of words")
    arguments = parser.parse_args()
    result = measure(arguments.records)
    if arguments.json:
        print(json.dumps(result, indent=2))
        return
    medians: dict[str, float] = result["median_s"]  # type: ignore[assignment]
    print(f"{result['records']} records in {result['database_mb']} MB")
    print(
        f"bare {medians['bare']} s, ours {medians['ours']} s; {result['of_bare_processor']} x of the processor's time"
    )
    print(f"{result['of_bare']} x bare (at most {AIM}); {result['memory_mb']} MB of memory (at most {AIM_MB})")


if __name__ == "__main__":
    main()
