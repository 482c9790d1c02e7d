# SPDX-License-Identifier: AGPL-3.0-or-later
"""Parts between their trigger and their last record. Pure bookkeeping on the main thread of the station."""

from __future__ import annotations

from dataclasses import dataclass, field

from inspector.ipc import Message
from inspector.part import PartKey, Purpose, Trigger

OVERDUE_MS = 2_000
"""A part without a verdict this long after its deadline is recorded as ERROR."""


@dataclass(slots=True)
class PartInFlight:
    """One part.

    Attributes:
        trigger: Its trigger.
        decided: A verdict is on its way into a record.
        purpose: Why it is on the belt, once its record is committed.
        turned_away: The station was not there to judge it, or not Ready: it says nothing about the line.
        record: Hash of the committed part record, hex; empty until then.
        outcome: The line's outcome, when it came before the record was committed.
        images: Images of this part that are not stored yet.
    """

    trigger: Trigger
    decided: bool = False
    purpose: Purpose = Purpose.PRODUCTION
    turned_away: bool = False
    record: str = ""
    outcome: Message | None = None
    outcome_done: bool = False
    images: int = 0


@dataclass
class PartTable:
    """All parts in flight, by key."""

    parts: dict[PartKey, PartInFlight] = field(default_factory=dict)

    def add(self, trigger: Trigger) -> PartInFlight:
        """A new trigger."""
        part = PartInFlight(trigger)
        self.parts[trigger.key] = part
        return part

    def get(self, key: PartKey) -> PartInFlight | None:
        """The part, or None when it is finished or unknown."""
        return self.parts.get(key)

    def overdue(self, now_ns: int) -> list[PartInFlight]:
        """Parts whose verdict did not come, long after their deadline."""
        limit = now_ns - OVERDUE_MS * 1_000_000
        return [part for part in self.parts.values() if not part.decided and part.trigger.decide_by_ns < limit]

    def undecided(self, limit_ns: int) -> list[PartInFlight]:
        """Parts without a verdict whose deadline is before `limit_ns`."""
        return [part for part in self.parts.values() if not part.decided and part.trigger.decide_by_ns < limit_ns]

    def under_way(self, waiting: frozenset[PartKey]) -> bool:
        """Whether a verdict or an image is on its way to the disk.

        Args:
            waiting: Parts that have no verdict yet, because views of them are missing.
        """
        return any(
            ((part.decided or key not in waiting) and not part.record) or part.images
            for key, part in self.parts.items()
        )

    def forget(self, key: PartKey) -> None:
        """Drop a part."""
        self.parts.pop(key, None)

    def forget_if_done(self, key: PartKey) -> None:
        """Drop a part that has its record, its outcome and its images."""
        part = self.parts.get(key)
        if part is not None and part.record and part.outcome_done and part.images == 0:
            del self.parts[key]

    def __len__(self) -> int:
        return len(self.parts)


def key_of(message: Message) -> PartKey:
    """The key in a message of the line process.

    Raises:
        ValueError: It is not a key.
    """
    line_boot, part_seq = message["key"]
    return PartKey(str(line_boot), int(part_seq))


def trigger_of(message: Message) -> Trigger:
    """The trigger in a message of the line process.

    Raises:
        ValueError: A field is missing or is not a number.
    """
    return Trigger(
        key=key_of(message),
        plc_count=int(message["plc_count"]),
        t_edge_ns=int(message["t_edge_ns"]),
        t_edge_us=int(message["t_edge_us"]),
        decide_by_ns=int(message["decide_by_ns"]),
        live=bool(message["live"]),
        serial=None if message.get("serial") is None else str(message["serial"]),
    )
