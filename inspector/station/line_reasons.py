# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the line process says that keeps it from being Ready, beside what the station knows itself.

These reasons are for people and for the record. They are not part of the readiness that the station tells the line:
else each of the two would wait for the other.
"""

from __future__ import annotations

from collections.abc import Collection

from inspector.ipc import Message
from inspector.station.readiness import Reason
from inspector.station.stops import TRACKING_FAULTS

OF_THE_STATION = ("STATION_NOT_READY", "STATION_AWAY", *TRACKING_FAULTS)
"""The station has its own words for these; faults of tracking are stops."""


class LineReasons:
    """Keeps every reason until it was told once, so that a short drop of Ready is neither lost nor told too often."""

    def __init__(self) -> None:
        self._heard: dict[str, Reason] = {}
        self._present: dict[str, Reason] = {}

    def heard(self, line_state: Message) -> None:
        """Take up what a `line-state` says; an empty one says that the line process is away."""
        self._present = {reason.code: reason for reason in _reasons(line_state.get("reasons"))}
        self._heard |= self._present

    def take(self, known: Collection[str]) -> list[Reason]:
        """What was said since the last call, or is still so.

        Args:
            known: Codes that the station gives itself; they are not repeated.
        """
        found, self._heard = {**self._heard, **self._present}, {}
        return [reason for code, reason in found.items() if code not in known]


def _reasons(told: object) -> list[Reason]:
    if not isinstance(told, list):
        return []
    found = [
        Reason(str(one.get("code", "")), _lower(str(one.get("message", ""))), _lower(str(one.get("advice", ""))))
        for one in told
        if isinstance(one, dict)
    ]
    return [reason for reason in found if reason.code not in OF_THE_STATION]


def _lower(text: str) -> str:
    """The line's sentences as they are written here: "The PLC ..." but "PLC ..." and "I/O ..." stay."""
    return text if not text[1:2].islower() and text[1:2] != " " else f"{text[0].lower()}{text[1:]}"
