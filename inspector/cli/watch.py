# SPDX-License-Identifier: AGPL-3.0-or-later
"""Tells the terminal of `inspector run` when the station is Ready and, once, why it is not."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from inspector.cli.control import StationControl
from inspector.errors import InspectorError

ASK_EVERY_S = 1.0
LASTING_S = 2.0
"""A reason is told when it has lasted this long: processes that start one after the other are nobody's concern."""
LOCKED = (
    "the signing key is locked: seals wait unsigned - unlock it with `inspector shift unlock`; "
    "logs/station.log says why it did not open by itself"
)


class Announcer:
    """Decides what is worth a line. Pure: the status documents and the time come from outside.

    Args:
        say: Takes one line for people.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._since: dict[str, float] = {}
        self._told: set[str] = set()
        self._ready = False

    def see(self, status: dict[str, Any], now_s: float) -> None:
        """Take in a status document; `now_s` is any clock that only goes forward."""
        lines = {r["code"]: f"not ready: {r['message']} - {r['advice']}" for r in status["reasons"]}
        if status["key"] == "locked":
            lines["KEY_LOCKED"] = LOCKED
        self._since = {code: self._since.get(code, now_s) for code in lines}
        self._told &= lines.keys()
        for code, line in lines.items():
            if code not in self._told and now_s - self._since[code] >= LASTING_S:
                self._told.add(code)
                self._say(line)
        if status["ready"] and not self._ready:
            self._say(f"READY: shift {status['shift']['number']} is open")
        self._ready = bool(status["ready"])


class StationWatch:
    """Asks the station process for its status, as long as there is one; called from the loop of `inspector run`.

    Args:
        station: Station directory.
        say: Takes one line for people.
    """

    def __init__(self, station: Path, say: Callable[[str], None]) -> None:
        self._station = station
        self._announcer = Announcer(say)
        self._control: StationControl | None = None
        self._next_s = 0.0

    def step(self) -> None:
        """Ask, if it is time to."""
        now_s = time.monotonic()
        if now_s < self._next_s:
            return
        self._next_s = now_s + ASK_EVERY_S
        try:
            if self._control is None:
                self._control = StationControl(self._station, connect_within_s=0.1)
            self._announcer.see(self._control.request("status"), now_s)
        except InspectorError:
            self.close()  # it starts or restarts; the supervisor tells if it does not

    def close(self) -> None:
        """Hang up."""
        if self._control is not None:
            self._control.close()
            self._control = None
