# SPDX-License-Identifier: AGPL-3.0-or-later
"""Why the station does not take triggers from the PLC: one number for the PLC, words for people."""

from __future__ import annotations

from enum import IntEnum

from inspector.line.wire import Reason


class Offline(IntEnum):
    """`offline_reason`. From `FIRST_FAULT` on it is a fault, which stays until the PLC resets it."""

    NONE = 0
    STATION_NOT_READY = 1
    RESYNCHRONISING = 2
    LINE_PROCESS_SILENT = 3
    PLC_HEARTBEAT_LOST = 4
    BIN_FULL = 5
    AIR_LOW = 6
    NOT_ENABLED = 7
    EMERGENCY_STOP = 8
    OTHER_RECIPE = 9
    TRIGGER_NOT_RELEASED = 20
    RESULT_NOT_ACKNOWLEDGED = 21
    RESULT_ACK_NOT_RELEASED = 22
    ID_REPEATED = 23
    ID_MISMATCH = 24
    TRIGGER_CHANGED = 25
    ACK_UNEXPECTED = 26
    ACK_ID_WRONG = 27
    RESULT_OVERRUN = 28

    @property
    def is_fault(self) -> bool:
        """Whether the PLC has to reset it."""
        return self >= FIRST_FAULT

    @property
    def pauses(self) -> bool:
        """Whether the parts in flight end as usual."""
        return self in (Offline.NOT_ENABLED, Offline.OTHER_RECIPE)

    def reason(self) -> Reason | None:
        """What the screen says; None for what the station knows itself."""
        if self in (Offline.NONE, Offline.STATION_NOT_READY):
            return None
        message, advice = WORDS[self]
        return Reason(f"PLC_{self.name}".replace("PLC_PLC_", "PLC_"), message, advice)


FIRST_FAULT = 20
RESET = "Mend the PLC program's handshake, then reset the fault at the PLC (RESET_FAULT)"

WORDS: dict[Offline, tuple[str, str]] = {
    Offline.STATION_NOT_READY: ("The station is not ready", "Look at its own reasons"),
    Offline.RESYNCHRONISING: (
        "The handshake with the PLC begins anew",
        "If it stays: the PLC must drop TRIGGER and RESULT_ACK and toggle its heartbeat",
    ),
    Offline.LINE_PROCESS_SILENT: ("The line process does not work", "Look at its log, and at the disk"),
    Offline.PLC_HEARTBEAT_LOST: ("The PLC's heartbeat does not toggle", "Check that the PLC is in RUN"),
    Offline.BIN_FULL: ("The reject bin is full", "Empty it"),
    Offline.AIR_LOW: ("The ejector has no air", "Check the air supply"),
    Offline.NOT_ENABLED: ("The PLC does not enable the station", "Switch the line on at the PLC"),
    Offline.EMERGENCY_STOP: ("The emergency stop of the line is active", "Clear the belt, then release it"),
    Offline.OTHER_RECIPE: (
        "The PLC asks for another recipe than the one in force",
        "Choose the right one at the PLC, or close the shift and change over at the station",
    ),
    Offline.TRIGGER_NOT_RELEASED: ("The PLC held TRIGGER after TRIGGER_ACK", RESET),
    Offline.RESULT_NOT_ACKNOWLEDGED: ("The PLC did not acknowledge a result", RESET),
    Offline.RESULT_ACK_NOT_RELEASED: ("The PLC held RESULT_ACK after RESULT_VALID had fallen", RESET),
    Offline.ID_REPEATED: ("The PLC triggered with an id that it had used", RESET),
    Offline.ID_MISMATCH: ("The PLC triggered with an id that is not its part counter", RESET),
    Offline.TRIGGER_CHANGED: ("The PLC changed trigger_id while TRIGGER was held", RESET),
    Offline.ACK_UNEXPECTED: ("The PLC set RESULT_ACK without a result", RESET),
    Offline.ACK_ID_WRONG: ("The PLC acknowledged another result than it was given", RESET),
    Offline.RESULT_OVERRUN: ("The PLC takes results more slowly than parts come", RESET),
}
