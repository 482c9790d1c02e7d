# SPDX-License-Identifier: AGPL-3.0-or-later
"""A station as a process of its own, so that a test can stop it: `python -m tests.system.hanging_station DIR`."""

from __future__ import annotations

import sys
from pathlib import Path

from inspector.ipc import Hub, RunDirectory
from tests.system.line_rig import Station


def main() -> None:
    """Grant every part until killed."""
    hub = Hub(RunDirectory(Path(sys.argv[1])), "station")
    hub.listen()
    station = Station(hub, lambda message: True)
    while True:
        station.once()
        station.messages.clear()


if __name__ == "__main__":
    main()
