# SPDX-License-Identifier: AGPL-3.0-or-later
"""Activates a release at the station given and rolls it back, and dies by kill -9 at the N-th thing that it writes.

Usage: python -m tests.fault.release_driver DIR RELEASE N
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from concurrent.futures import Future
from pathlib import Path

from inspector.release.folder import read_release
from inspector.station.releases import place
from inspector.store.writer import Appended, RecordWriter
from tests.station_bench import Bench

EVENTS = {"os.rename", "os.mkdir"}
"""What makes something durable in the station directory: every file is written beside its name first."""


def die_at(number: int) -> None:
    """From now on count files and records, these before they are written and after, and die at the N-th."""
    left, append = number, RecordWriter.append

    def step() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def counted(writer: RecordWriter, kind: str, fields: Mapping[str, object]) -> Future[Appended]:
        step()
        done = append(writer, kind, fields)
        done.result(10)
        step()
        return done

    RecordWriter.append = counted  # type: ignore[method-assign]
    sys.addaudithook(lambda event, _arguments: step() if event in EVENTS else None)


def main() -> None:
    """One activation and one rollback, as a running station does them."""
    release = read_release(Path(sys.argv[2]))
    bench = Bench(Path(sys.argv[1]))
    bench.station.start()
    bench.everybody_is_here()
    die_at(int(sys.argv[3]))
    place(bench.directory, release)
    assert bench.request("release-activate", digest=release.digest, operator="Q-1")["ok"]
    assert bench.request("release-rollback", why="a test", operator="Q-1")["ok"]
    bench.close()
    sys.stdout.write("done")


if __name__ == "__main__":
    main()
