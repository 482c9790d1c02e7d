# SPDX-License-Identifier: AGPL-3.0-or-later
"""The parts between sensor and lanes, as a state machine without any input or output of its own.

A part is open until a grant in time, a reject, or its deadline decides it, and gone once a lane sensor or the
second deadline has ended it. The default is reject at every step:

    open --timely grant--> granted --lane, or confirm deadline--> outcome
    open --reject, or decide deadline--> rejected --lane, or confirm deadline--> outcome
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from inspector.clock import Clock
from inspector.line.entries import Outcome
from inspector.part import Commanded, Confirmed, PartKey, Trigger

NO_VERDICT = "no verdict in time"


class Ignored(StrEnum):
    """Why something that the tracker was told had no effect; each has its counter."""

    UNKNOWN = "grant for an unknown part"
    SECOND = "second grant"
    LATE = "grant after the deadline"
    REJECTED = "grant for a part that is rejected already"
    NOT_LIVE = "grant for a part that is not live"
    NOT_READY = "grant while plant, station or journal is not fit for one"
    LANE = "lane of a part that is not in flight"


class Decision(StrEnum):
    """Where a part stands."""

    OPEN = "open"
    GRANTED = "granted"
    REJECTED = "rejected"


@dataclass(slots=True)
class _Part:
    trigger: Trigger
    live: bool
    confirm_by_ns: int
    decision: Decision = Decision.OPEN
    reason: str = ""

    def reject(self, reason: str) -> None:
        self.decision = Decision.REJECTED
        self.reason = reason


class Tracker:
    """All parts in flight.

    Args:
        clock: System or simulated time.
        confirm_by_ms: A part that no lane sensor saw this long after its edge ends as unknown.
    """

    def __init__(self, clock: Clock, confirm_by_ms: int) -> None:
        self._clock = clock
        self._confirm_by_ns = confirm_by_ms * 1_000_000
        self._parts: dict[PartKey, _Part] = {}
        self._by_plc_count: dict[int, PartKey] = {}
        self.ignored: Counter[Ignored] = Counter()

    def __len__(self) -> int:
        """Parts in flight."""
        return len(self._parts)

    def plc_count_of(self, key: PartKey) -> int | None:
        """The plant's count of a part in flight."""
        part = self._parts.get(key)
        return part.trigger.plc_count if part is not None else None

    def edge(self, trigger: Trigger) -> None:
        """A journaled trigger starts its way; it can only be granted if it is live."""
        part = _Part(trigger, trigger.live, trigger.t_edge_ns + self._confirm_by_ns)
        self._add(part)

    def restore(self, trigger: Trigger, granted: bool) -> None:
        """A part of a former start of the line process: decided as its journal says, waiting only for a lane."""
        # Its times may be of a former boot of the computer, so its wait for a lane starts anew.
        part = _Part(trigger, live=False, confirm_by_ns=self._clock.monotonic_ns() + self._confirm_by_ns)
        if granted:
            part.decision, part.reason = Decision.GRANTED, "granted before the line process started again"
        else:
            part.reject("the line process started again")
        self._add(part)

    def grant(self, key: PartKey, allowed: bool) -> bool:
        """The station's PASS for a part. True: it is granted now, journal it and tell the plant.

        Args:
            key: The part.
            allowed: Whether plant, station and journal are fit for a grant now.
        """
        part = self._parts.get(key)
        refusal = self._refusal(part, allowed)
        if refusal is not None:
            self.ignored[refusal] += 1
            if part is not None and refusal in (Ignored.LATE, Ignored.NOT_READY):
                part.reject(str(refusal))
            return False
        if part is not None:
            part.decision, part.reason = Decision.GRANTED, "granted"
        return True

    def in_time(self, key: PartKey) -> bool:
        """Whether a grant for this part would still be in time."""
        part = self._parts.get(key)
        return part is not None and self._clock.monotonic_ns() <= part.trigger.decide_by_ns

    def withdraw(self, key: PartKey, reason: str) -> None:
        """A grant was not handed to the plant after all: the part is rejected."""
        part = self._parts.get(key)
        if part is not None:
            part.reject(reason)

    def reject(self, key: PartKey) -> None:
        """The station's verdict is not PASS; a grant that was passed on already stands."""
        part = self._parts.get(key)
        if part is not None and part.decision is Decision.OPEN:
            part.reject("rejected by the station")

    def station_lost(self) -> None:
        """No part in flight can be granted any more: a PASS of another connection is an old PASS."""
        for part in self._parts.values():
            part.live = False
            if part.decision is Decision.OPEN:
                part.reason = "the station was lost"

    def counter_replaced(self) -> None:
        """The plant counts anew: lanes that come now are not those of the parts in flight.

        Nor may one of them be granted any more: by its count the plant would open the gate for another part.
        """
        self._by_plc_count.clear()
        for part in self._parts.values():
            if part.decision is Decision.OPEN:
                part.reject("the plant's counter was replaced")

    def purge(self, plc_counts: Iterable[int], reason: str) -> list[PartKey]:
        """The gate will not open for these parts any more.

        Args:
            plc_counts: The plant's counts of the parts; those that are not in flight are passed over.
            reason: Why, for people; a part that was rejected before keeps its own.

        Returns:
            Those whose grant was taken back by it.
        """
        withdrawn = []
        for plc_count in plc_counts:
            key = self._by_plc_count.get(plc_count)
            part = self._parts[key] if key is not None else None
            if part is None or part.decision is Decision.REJECTED:
                continue
            if part.decision is Decision.GRANTED:
                withdrawn.append(part.trigger.key)
            part.reject(reason)
        return withdrawn

    def lane(self, plc_count: int, lane: Confirmed) -> Outcome | None:
        """A lane sensor saw a part; its outcome, or None when it is not in flight (any more)."""
        key = self._by_plc_count.get(plc_count)
        if key is None:
            self.ignored[Ignored.LANE] += 1
            return None
        return self._end(self._parts[key], lane)

    def due(self) -> list[Outcome]:
        """Let deadlines pass: open parts become rejected, parts that no lane sensor saw end as unknown."""
        now = self._clock.monotonic_ns()
        outcomes = []
        for part in list(self._parts.values()):
            if part.decision is Decision.OPEN and now > part.trigger.decide_by_ns:
                part.reject(part.reason or NO_VERDICT)
            if now > part.confirm_by_ns:
                outcomes.append(self._end(part, Confirmed.UNKNOWN))
        return outcomes

    def next_deadline_ns(self) -> int | None:
        """When `due` has something to do; None without parts."""
        times = [
            min(part.trigger.decide_by_ns, part.confirm_by_ns) if part.decision is Decision.OPEN else part.confirm_by_ns
            for part in self._parts.values()
        ]
        return min(times) + 1 if times else None

    def _add(self, part: _Part) -> None:
        self._parts[part.trigger.key] = part
        self._by_plc_count[part.trigger.plc_count] = part.trigger.key

    def _refusal(self, part: _Part | None, allowed: bool) -> Ignored | None:
        if part is None:
            return Ignored.UNKNOWN
        if part.decision is Decision.GRANTED:
            return Ignored.SECOND
        if self._clock.monotonic_ns() > part.trigger.decide_by_ns:
            return Ignored.LATE
        if part.decision is Decision.REJECTED:
            return Ignored.REJECTED
        if not part.live:
            return Ignored.NOT_LIVE
        return None if allowed else Ignored.NOT_READY

    def _end(self, part: _Part, confirmed: Confirmed) -> Outcome:
        key = part.trigger.key
        del self._parts[key]
        if self._by_plc_count.get(part.trigger.plc_count) == key:
            del self._by_plc_count[part.trigger.plc_count]
        accept = part.decision is Decision.GRANTED
        commanded = Commanded.ACCEPT if accept else Commanded.REJECT
        reason = part.reason or NO_VERDICT
        if confirmed is Confirmed.UNKNOWN:
            reason += "; no lane sensor saw it"
        elif accept and confirmed is Confirmed.REJECT_LANE:
            reason += "; but seen in the reject lane"
        elif not accept and confirmed is Confirmed.GOOD_LANE:
            reason += "; but seen in the good lane"
        return Outcome(key, commanded, confirmed, reason)
