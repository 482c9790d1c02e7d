# SPDX-License-Identifier: AGPL-3.0-or-later
"""Late verdicts and memory over a long time: `python -m benchmarks.bench_soak [--parts 10000]`; 34 minutes.

A real station with the simulated camera and the demo model at 300 parts per minute, while the run screen is open and
`inspector verify` (with all images) and an export of all records run again and again.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from inspector.bounds import upper_bound
from tests.soak import soak


def main() -> int:
    """Measure and show; 1 when a verdict was late."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", type=int, default=10_000)
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of words")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="inspector-bench-") as name:
        result = soak(Path(name) / "station", arguments.parts, lambda line: print(line, file=sys.stderr))
    late, parts = result.late, sum(result.parts.values())
    document = {
        "parts": result.parts,
        "late": late,
        "latency_us": result.latency_us,
        "seconds": result.seconds,
        "growth": {who: result.growth(who) for who in result.memory_mb},
        "memory_mb": {who: samples[-1] for who, samples in result.memory_mb.items()},
        "runs": {who: len(codes) for who, codes in result.exit_codes.items()},
    }
    if arguments.json:
        print(json.dumps(document, indent=2))
    else:
        bound = f"below {100 * upper_bound(late, parts):.3f} % at 95 %"
        print(
            f"{late} of {parts} late ({bound}) in {result.seconds:.0f} s; {result.parts}; latency {result.latency_us}"
        )
        print(f"memory at the end {document['memory_mb']}, last third to second {document['growth']}")
        print(f"runs beside it {document['runs']}")
    return 1 if late else 0


if __name__ == "__main__":
    raise SystemExit(main())
