# SPDX-License-Identifier: AGPL-3.0-or-later
"""`python -m inspector.station.process --station DIR`."""

from __future__ import annotations

import logging
import os
import secrets
import sys
import threading

from inspector.child import Child, run_child
from inspector.station.in_force import load_in_force
from inspector.station.keyring import key_backend
from inspector.station.station import Station
from inspector.station.worker import JUDGE_THREAD
from inspector.store.writer import RecordWriter


def body(child: Child) -> None:
    """Open everything, then work."""
    rules = load_in_force(child.station, child.config)
    public_key = key_backend(child.station, child.config.key).public_key()
    boot = secrets.token_hex(8)
    writer = RecordWriter(
        child.station,
        child.config.station.name,
        public_key,
        boot=boot,
        clock=child.clock,
        reserve_mb=child.config.records.reserve_mb,
    )
    Station(child, writer, rules).run()


def main() -> int:
    """Run the station process; see `run_child` for exit codes."""
    code = run_child(body, "station process")
    if any(thread.name == JUDGE_THREAD for thread in threading.enumerate()):
        # Everything is written and closed, but the detector hangs or is still loading: its runtime cannot be torn
        # down while a thread is inside it.
        logging.shutdown()
        os._exit(code)
    return code


if __name__ == "__main__":
    sys.exit(main())
