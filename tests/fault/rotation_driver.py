# SPDX-License-Identifier: AGPL-3.0-or-later
"""Rotates the key of the station directory given, and dies by kill -9 at the N-th file that it touches.

Usage: python -m tests.fault.rotation_driver DIR N
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from inspector.station.key_files import FileKeys
from inspector.store.writer import RecordWriter

PASSPHRASE = "a long passphrase"
EVENTS = {"open", "os.rename", "os.remove", "os.mkdir"}


def die_at(number: int) -> None:
    """From now on count what is done to files, and die at this one."""
    seen = 0

    def hook(event: str, _arguments: object) -> None:
        nonlocal seen
        if event in EVENTS:
            seen += 1
            if seen == number:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def main() -> None:
    """One rotation, as the station does it."""
    station, number = Path(sys.argv[1]), int(sys.argv[2])
    backend = FileKeys(station / "keys" / "station.key")
    writer = RecordWriter(station, "demo", backend.public_key(), boot="00000000000000b1", reserve_mb=0)
    backend.settle(writer.public_key)
    writer.unlock(backend.unlock(PASSPHRASE)).result(10)
    die_at(number)
    new = backend.prepare(PASSPHRASE)
    writer.rotate_key(new, "yearly", "1" * 64).result(10)
    backend.settle(new.public_key)
    writer.close()
    sys.stdout.write("done")


if __name__ == "__main__":
    main()
