# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is on the belt after its places were forgotten: it goes to the reject lane, and is counted there in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from inspector.config import TrackingSettings
from inspector.part import Confirmed

REMEMBERED = 64


class PurgeZone:
    """The stretch of belt on which purged parts lie. Parts that come after the purge are behind it.

    Nobody knows any more where in it a part lies, but the order of the parts has not changed, and the gate rejects
    them: so what the sensor of the reject lane sees are they, one after the other.

    Args:
        settings: `[tracking]`.
        length_mm: Travel after which a part has left the line.
        before: Rejected parts of a former start whose end is not known.
    """

    def __init__(self, settings: TrackingSettings, length_mm: float, before: Iterable[int] = ()) -> None:
        self._length_mm = length_mm
        # What had opened the gate before the purge is soon in the good lane, or it is not the part that opened it.
        self._good_mm = settings.good_lane_mm - settings.gate_mm + settings.window_before_mm + settings.lane_window_mm
        self._rejected = deque(before, REMEMBERED)
        self._accepted: deque[int] = deque(maxlen=REMEMBERED)
        self._from_mm: float | None = None

    def begin(self, mm: float, rejected: Iterable[int] = (), accepted: Iterable[int] = ()) -> None:
        """All places were forgotten.

        Args:
            mm: Furthest position of the belt so far.
            rejected: Parts that are rejected and that no lane sensor has seen.
            accepted: Those that had the gate open for them.
        """
        self._rejected += rejected
        self._accepted += accepted
        self._from_mm = mm

    def add(self, plc_count: int) -> None:
        """A part came while its place cannot be known."""
        self._rejected.append(plc_count)

    def expects(self, lane: Confirmed, mm: float) -> bool:
        """Whether a part that is not followed can be what this lane sensor saw."""
        if self._from_mm is None:
            return False
        reach_mm = self._good_mm if lane is Confirmed.GOOD_LANE else self._length_mm
        return mm - self._from_mm <= reach_mm

    def seen(self, lane: Confirmed) -> int | None:
        """Which part that was; None for one that nobody has counted."""
        parts = self._accepted if lane is Confirmed.GOOD_LANE else self._rejected
        return parts.popleft() if parts else None

    def over(self, mm: float) -> bool:
        """Whether all of it has passed the lanes; what was not seen by then was taken off the belt."""
        if self._from_mm is not None and mm - self._from_mm > self._length_mm:
            self._rejected.clear()
            self._accepted.clear()
            self._from_mm = None
        return self._from_mm is None
