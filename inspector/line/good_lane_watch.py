# SPDX-License-Identifier: AGPL-3.0-or-later
"""Parts in the good lane that never were triggers: nobody granted them, the gate let them pass against its order."""

from __future__ import annotations

from collections import deque

from inspector.line.wire import Reason
from inspector.part import Confirmed

REMEMBERED = 1024
"""More triggers than a belt holds, and than any plant tells the lanes of once more after a reconnect."""


class GoodLaneWatch:
    """Looks at every part that the sensor of the good lane saw.

    A part whose edge was not journaled stands in a gap record and is rejected by the gate's rest position. When it is
    seen in the good lane nevertheless, no outcome can say so, because it has no record. Not looked at is a part from
    before this line process first heard of the plant, or of the plant's present counter: it may be told of once more.

    Args:
        last_plc_count: The plant's count that the journal accounts for; None when the journal is new.
    """

    def __init__(self, last_plc_count: int | None) -> None:
        self._after = last_plc_count
        self._known: deque[int] = deque(maxlen=REMEMBERED)

    def counts_from(self, plc_count: int) -> None:
        """The plant's counter is here now, and was not followed before."""
        self._after = plc_count

    def status(self, plc_count: int) -> None:
        """The plant says how many parts its sensor has counted."""
        if self._after is None:
            self.counts_from(plc_count)

    def edge(self, plc_count: int) -> None:
        """This edge is a trigger, or belongs to the part of one."""
        self._known.append(plc_count)

    def lane(self, plc_count: int, lane: Confirmed) -> Reason | None:
        """A lane sensor saw this part, perhaps told again. What is wrong with it, the first time."""
        if lane is not Confirmed.GOOD_LANE or self._after is None or plc_count <= self._after:
            return None
        if plc_count in self._known:
            return None
        self._known.append(plc_count)
        return Reason(
            "TRACKING_LOST",
            f"Part {plc_count} of the plant's count is in the good lane and has no record: its edge was not seen",
            "Take it out of the good lane, check the gate",
        )
