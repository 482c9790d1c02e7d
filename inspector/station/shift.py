# SPDX-License-Identifier: AGPL-3.0-or-later
"""Shifts: open, drain, reconcile, sign, close, seal."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from enum import Enum

from inspector.errors import ShiftError

log = logging.getLogger(__name__)


class ShiftState(Enum):
    """Where the shift stands."""

    NONE = "none"
    OPEN = "open"
    CLOSING = "closing"


@dataclass(frozen=True, slots=True)
class CloseRequest:
    """Who asked to close, and who waits for the answer.

    Attributes:
        operator: Staff id of the person who closes.
        note: Explanation of a count difference.
        peer: Connection that waits for the answer.
        request_id: Its request.
        settle_ns: Until when parts may still arrive because Ready was on (`perf_counter_ns`).
        give_up_ns: When outcomes are no longer waited for (`perf_counter_ns`).
    """

    operator: str
    note: str
    peer: str
    request_id: str
    settle_ns: int
    give_up_ns: int


@dataclass
class Shift:
    """The present shift.

    Attributes:
        number: Number that its seal will carry; also the number of the next shift while none is open.
        state: Where it stands.
        lot: Lot of the open shift.
        opened_us: UTC time of `shift-open`.
        close: The pending close, in state CLOSING.
        plc_base: The plant's count before the first part of this seal's range; None until it is known.
    """

    number: int
    state: ShiftState = ShiftState.NONE
    lot: str = ""
    opened_us: int = 0
    close: CloseRequest | None = None
    plc_base: int | None = None

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


def reconciliation(
    plc_now: int | None, plc_base: int | None, parts: int, gap_parts: int, note: str
) -> dict[str, object]:
    """Compare the plant's count with the station's.

    Args:
        plc_now: The plant's count now, None when the plant does not answer.
        plc_base: Its count before the first part of this seal's range.
        parts: Part records of the range, those of challenge parts included: the plant has counted them too.
        gap_parts: Edges in `gap` records of the range.
        note: Explanation of a person.

    Returns:
        The field of `shift-close`: edges that the plant counted, edges that the station accounts for, the difference.
    """
    station = parts + gap_parts
    if plc_now is None or plc_base is None:
        note = note or "completeness not independently established: the plant's count is not known"
        return {"plc_count": None, "station": station, "difference": None, "note": note}
    plc = plc_now - plc_base
    return {"plc_count": max(0, plc), "station": station, "difference": plc - station, "note": note}
