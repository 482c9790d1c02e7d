# SPDX-License-Identifier: AGPL-3.0-or-later
"""How many parts the plant's lane sensors have confirmed: counted before anybody looks into the journal."""

from __future__ import annotations

from collections import Counter, deque

from inspector.part import Confirmed

REMEMBERED = 1024
"""Confirmations that are known by their part, because a plant tells the last ones again after a reconnect."""


class LaneTally:
    """Parts in each lane since the start of the line process, as the plant's sensors told of them.

    Parts that the journal does not know are counted too: that is what makes the figures independent of it. Not counted
    is a part that had passed the sensor before this line process first heard of the plant: the plant may tell of it
    once more.
    """

    def __init__(self) -> None:
        self._lanes: Counter[Confirmed] = Counter()
        self._first: int | None = None
        self._infeed: int | None = None
        self._known: set[int] = set()
        self._order: deque[int] = deque()

    def infeed(self, plc_count: int) -> None:
        """The plant says how many parts its sensor has counted."""
        if self._first is None or (self._infeed is not None and plc_count < self._infeed):
            self._first = plc_count
            self._known.clear()
            self._order.clear()
        self._infeed = plc_count

    def lane(self, plc_count: int, lane: Confirmed) -> None:
        """A lane sensor saw this part, perhaps told again."""
        if self._first is None or plc_count <= self._first or plc_count in self._known:
            return
        self._known.add(plc_count)
        self._order.append(plc_count)
        if len(self._order) > REMEMBERED:
            self._known.discard(self._order.popleft())
        self._lanes[lane] += 1

    def document(self) -> dict[str, int | None]:
        """The plant's counts as `line-state` carries them; `infeed` is null before the first status."""
        return {
            "infeed": self._infeed,
            "good": self._lanes[Confirmed.GOOD_LANE],
            "reject": self._lanes[Confirmed.REJECT_LANE],
        }
