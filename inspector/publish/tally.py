# SPDX-License-Identifier: AGPL-3.0-or-later
"""Adds up the counts of a shift as its shift-close record states them, in a form that fits into the cursor file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from inspector.evidence.chain import ShiftCounts
from inspector.evidence.schema import COUNTS, HASH, Check, group, many
from inspector.part import Commanded, Confirmed, Purpose

MAX_WAITING = 256
"""Challenge parts whose outcome is remembered to come; more are never on the line."""

_LANES = {Confirmed.GOOD_LANE.value: "good", Confirmed.REJECT_LANE.value: "reject_lane"}

CHECK: Check = group({"counts": COUNTS, "waiting": many(HASH, MAX_WAITING)})


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of the records of one shift, up to some record.

    Attributes:
        counts: As in a shift-close record.
        waiting: Hashes of challenge parts whose outcome, which is no production either, has not come.
    """

    counts: Mapping[str, object] = field(default_factory=lambda: ShiftCounts().as_dict())
    waiting: tuple[str, ...] = ()

    def added(self, fields: Mapping[str, object], digest: str) -> Tally:
        """The same with one record more.

        Args:
            fields: The record.
            digest: Its hash, 64 hex digits.

        Raises:
            KeyError: A field is missing.
            TypeError: A field is of another type.
        """
        kind = fields["type"]
        if kind == "part" and fields["purpose"] == Purpose.CHALLENGE.value:
            return Tally(self._more(("challenge",)), (*self.waiting, digest)[-MAX_WAITING:])
        if kind == "part":
            return Tally(self._more(("parts",), ("verdicts", str(fields["verdict"]))), self.waiting)
        if kind == "outcome" and fields["part"] in self.waiting:
            return Tally(self.counts, tuple(digest for digest in self.waiting if digest != fields["part"]))
        if kind == "outcome":
            commanded = "accept" if fields["commanded"] == Commanded.ACCEPT.value else "reject"
            lane = _LANES.get(str(fields["confirmed"]), "unknown")
            return Tally(self._more(("outcomes", commanded), ("outcomes", lane)), self.waiting)
        if kind == "gap":
            return Tally(self._more(("gaps",), ("gap_parts",), by=(1, fields["count"])), self.waiting)
        return self

    def _more(self, *paths: tuple[str, ...], by: tuple[object, object] = (1, 1)) -> dict[str, object]:
        """The counts with one or two of them raised."""
        counts = {name: dict(value) if isinstance(value, Mapping) else value for name, value in self.counts.items()}
        for path, more in zip(paths, by, strict=False):
            table = counts
            for step in path[:-1]:
                inner = table[step]
                if not isinstance(inner, dict):
                    raise TypeError(step)
                table = inner
            before = table.get(path[-1], 0)
            if not isinstance(before, int) or not isinstance(more, int):
                raise TypeError(path[-1])
            table[path[-1]] = before + more
        return counts

    def document(self) -> dict[str, object]:
        """For the cursor file."""
        return {"counts": self.counts, "waiting": list(self.waiting)}
