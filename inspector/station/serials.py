# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which scan of a code reader, or which word of the plant's controller, is the serial of which part. No I/O.

A scan belongs to the part in whose window it was made, and never to "the part before" or "the last scan": a code that
was not read must not give its part the serial of a neighbour. What two parts could claim belongs to neither.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from inspector.part import PartKey, Serial
from inspector.recipe import Recipe
from inspector.serial_code import is_serial

SETTLE_NS = 20_000_000
"""A scan may be on its way through a queue when its window ends."""
REMEMBERED = 256


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read for a part.

    Attributes:
        serial: The serial, None when there is none that is surely of this part.
        complaint: Why the part must not pass, by the recipe's rule; None when it may.
    """

    serial: Serial | None
    complaint: str | None


def reading_of(recipe: Recipe, text: str | None, source: str, why_not: str) -> Reading:
    """Judge what was read by the recipe's rule.

    Args:
        recipe: Rules in force.
        text: The serial, None when it is not known.
        source: "scanner" or "plc".
        why_not: Why it is not known.
    """
    if text is None or not is_serial(text):
        complaint = recipe.serial_complaint(None)
        detail = why_not if text is None else "it is no printable text of at most 128 characters"
        return Reading(None, None if complaint is None else f"{complaint}: {detail}")
    serial = Serial(text, source)
    return Reading(serial, recipe.serial_complaint(serial))


@dataclass(frozen=True, slots=True)
class _Scan:
    t_ns: int
    text: str | None


@dataclass(slots=True)
class _Part:
    key: PartKey
    t_edge_ns: int


@dataclass(frozen=True, slots=True)
class Bound:
    """The answer for one part: its scan, or why there is none."""

    key: PartKey
    text: str | None
    why_not: str = ""


@dataclass
class ScanBinder:
    """Binds scans to parts by time windows that begin and end with the distance to the edge of the part.

    Every part comes back exactly once. It is decided when no scan and no part can come any more that would change it.

    Args:
        from_ns: Earliest moment of a part's scan, from its edge; negative when the scanner stands before the sensor.
        until_ns: Latest moment.
        no_read: What the scanner sends when it could not read.

    Attributes:
        strays: Scans that fell into no part's window, since the start.
    """

    from_ns: int
    until_ns: int
    no_read: str
    strays: int = 0
    _waiting: deque[_Part] = field(default_factory=deque)
    _parts: deque[_Part] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    _scans: deque[_Scan] = field(default_factory=lambda: deque(maxlen=REMEMBERED))

    @property
    def takes_ns(self) -> int:
        """How long after its edge a part is decided."""
        return self.until_ns + max(0, -self.from_ns) + SETTLE_NS

    def on_part(self, key: PartKey, t_edge_ns: int) -> None:
        """A part was announced, also one that is not judged: its scan is not that of another part."""
        part = _Part(key, t_edge_ns)
        self._waiting.append(part)
        self._parts.append(part)

    def on_scan(self, text: str | None, t_ns: int) -> None:
        """The scanner has sent something; None when it is no text."""
        self._scans.append(_Scan(t_ns, None if text == self.no_read else text))

    def expire(self, now_ns: int) -> list[Bound]:
        """Decide the parts whose time is over.

        Args:
            now_ns: The present time (`perf_counter_ns`).
        """
        decided = []
        while self._waiting and now_ns >= self._waiting[0].t_edge_ns + self.takes_ns:
            decided.append(self._decide(self._waiting.popleft()))
        self._forget(now_ns)
        return decided

    def _decide(self, part: _Part) -> Bound:
        scans = [scan for scan in self._scans if self._fits(part, scan)]
        if not scans:
            return Bound(part.key, None, "no scan in the window of the part")
        if len(scans) > 1:
            return Bound(part.key, None, f"{len(scans)} scans in the window of the part")
        if sum(self._fits(other, scans[0]) for other in self._parts) > 1:
            return Bound(part.key, None, "a scan in the windows of two parts")
        return Bound(part.key, scans[0].text, "the scanner could not read it")

    def _fits(self, part: _Part, scan: _Scan) -> bool:
        return self.from_ns <= scan.t_ns - part.t_edge_ns <= self.until_ns

    def _forget(self, now_ns: int) -> None:
        """Scans whose parts are all decided; a part may still come for a scan that is younger."""
        keep_ns = 2 * self.takes_ns
        while self._scans and now_ns - self._scans[0].t_ns > keep_ns:
            scan = self._scans.popleft()
            self.strays += not any(self._fits(part, scan) for part in self._parts)
        while self._parts and now_ns - self._parts[0].t_edge_ns > 2 * keep_ns:
            self._parts.popleft()
