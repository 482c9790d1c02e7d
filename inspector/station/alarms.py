# SPDX-License-Identifier: AGPL-3.0-or-later
"""Alarms: something that somebody has to look at now. Each is a record, and stays in the status until it is cleared."""

from __future__ import annotations

import logging
from enum import StrEnum

from inspector.evidence.record import clean_text
from inspector.station.readiness import Reason
from inspector.station.recorder import Recorder

log = logging.getLogger(__name__)


class AlarmCode(StrEnum):
    """What somebody has to look at (docs/access.md)."""

    LOGIN_FAILURES = "LOGIN_FAILURES"
    USERS_LOST = "USERS_LOST"
    USERS_CHANGED = "USERS_CHANGED"
    PROGRAM_CHANGED = "PROGRAM_CHANGED"
    CLOCK_STEPPED = "CLOCK_STEPPED"


class AlarmBoard:
    """The alarms that stand.

    Args:
        recorder: The station's pen.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._standing: dict[str, Reason] = {}

    def raise_alarm(self, code: AlarmCode, cause: str, action: str) -> None:
        """Record it, and show it; the same code again replaces what is shown."""
        log.error("ALARM %s: %s", code, cause)
        self._standing[code] = Reason(code.value, cause, action)
        self._recorder.alarm({"code": code.value, "cause": clean_text(cause), "action": clean_text(action)})

    def clear(self, code: AlarmCode) -> None:
        """What it said is over."""
        self._standing.pop(code, None)

    def warnings(self) -> list[Reason]:
        """What is shown."""
        return list(self._standing.values())
