# SPDX-License-Identifier: AGPL-3.0-or-later
"""Fuzz one target with atheris: `python -m tests.fuzz NAME [--seconds N]`; without a name the list of targets.

Ends with 0 if nothing was found; a finding is printed with its bytes, which also lie in the current folder. More than
ten seconds for one input, or more than 1 GB of memory, is a finding too.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n", 1)[0])
    parser.add_argument("target", nargs="?")
    parser.add_argument("--seconds", type=int, help="how long; that of the long run by default")
    arguments = parser.parse_args()

    import atheris

    with atheris.instrument_imports(include=["inspector.evidence", "inspector.auditor"]):
        from tests.fuzz.targets import targets
    if arguments.target is None:
        print(*targets(), sep="\n")
        return
    target = targets()[arguments.target]
    with tempfile.TemporaryDirectory() as folder:
        for number, seed in enumerate(target.seeds):
            (Path(folder) / f"seed-{number}").write_bytes(seed)
        seconds = arguments.seconds or target.seconds
        limits = [f"-max_total_time={seconds}", f"-max_len={target.longest}", "-timeout=10", "-rss_limit_mb=1024"]
        atheris.Setup([sys.argv[0], *limits, folder], target.run)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
