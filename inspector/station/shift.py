# SPDX-License-Identifier: AGPL-3.0-or-later
"""The present shift, who wants to close it, and how its count compares with the plant's."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from inspector.errors import ShiftError
from inspector.station.drain import Drain
from inspector.station.people import Person
from inspector.station.statement import Statement


class ShiftState(Enum):
    """Where the shift stands."""

    NONE = "none"
    OPEN = "open"
    CLOSING = "closing"


@dataclass(slots=True)
class CloseRequest:
    """Who asked to close, and who waits for the answer.

    Attributes:
        person: Who closes.
        note: Explanation of a count difference.
        removed_by_hand: Parts that people took off the belt.
        peer: Connection that waits for the answer.
        request_id: Its request.
        drain: What is waited for before there is something to sign or seal.
        shown: What the person is asked to sign, once the belt is empty; at a station with users only.
        sign_by_ns: Until when (`perf_counter_ns`).
    """

    person: Person
    note: str
    removed_by_hand: int
    peer: str
    request_id: str
    drain: Drain
    shown: Statement | None = None
    sign_by_ns: int = 0


@dataclass
class Shift:
    """The present shift.

    Attributes:
        number: Number that its seal will carry; also the number of the next shift while none is open.
        state: Where it stands.
        lot: Lot of the open shift.
        opened_us: UTC time of `shift-open`.
        opener: Staff id of who opened it; empty while none is open, or when the records do not tell any more.
        opened_with: Identity of each camera when it was opened, by the camera's name.
        other_rules: Whether it was opened with another model or recipe than the one in force.
        close: The pending close, in state CLOSING.
    """

    number: int
    state: ShiftState = ShiftState.NONE
    lot: str = ""
    opened_us: int = 0
    opener: str = ""
    opened_with: dict[str, dict[str, object]] = field(default_factory=dict)
    other_rules: bool = False
    close: CloseRequest | None = None

    def require(self, *states: ShiftState) -> None:
        """Refuse a command that does not fit.

        Raises:
            ShiftError: The shift is in another state.
        """
        if self.state in states:
            return
        words = {
            ShiftState.NONE: ("no shift is open", "Open one first"),
            ShiftState.OPEN: (f"shift {self.number} is open", "Close it first"),
            ShiftState.CLOSING: (f"shift {self.number} is being closed", "Wait until it is sealed"),
        }
        message, advice = words[self.state]
        raise ShiftError(message, advice)

    def document(self, parts: int) -> dict[str, object] | None:
        """The shift in the status document."""
        if self.state is ShiftState.NONE:
            return None
        return {"number": self.number, "lot": self.lot, "opened_us": self.opened_us, "parts": parts}


def reconciliation(plc_count: int | None, station: int, note: str) -> dict[str, object]:
    """Compare the plant's count with the station's.

    Args:
        plc_count: Parts by the plant's part counter in this seal's range, None when that is not known.
        station: Parts that the records of the range account for: part records, those of challenge parts included,
            and the edges in `gap` records.
        note: Explanation of a person.

    Returns:
        Fields of `shift-close`: edges that the plant counted, edges that the station accounts for, the difference.
    """
    if plc_count is None:
        note = note or "completeness not independently established: the plant's count is not known"
        return {"plc_count": None, "station": station, "difference": None, "note": note}
    return {"plc_count": plc_count, "station": station, "difference": plc_count - station, "note": note}
