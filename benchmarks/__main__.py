# SPDX-License-Identifier: AGPL-3.0-or-later
"""All benchmarks, one after the other: `make bench`; about twenty minutes, on an idle machine.

`bench_soak` is not among them: it takes half an hour.
"""

from __future__ import annotations

import subprocess
import sys

MODULES = (
    "bench_append",
    "bench_verify",
    "bench_bundle",
    "bench_detector",
    "bench_station",
    "bench_resources",
    "bench_line",
    "bench_remote_io",
    "bench_challenge_list",
    "bench_history",
    "bench_gui",
    "bench_evm",
    "bench_ledger",
    "bench_tsa",
)


def main() -> int:
    """Run each in a process of its own, so that none disturbs the next."""
    failed = [
        module
        for module in MODULES
        if subprocess.run([sys.executable, "-m", f"benchmarks.{module}"], check=False).returncode != 0
    ]
    for module in failed:
        print(f"{module} failed", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
