# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the journal holds and the station records: triggers, gaps, outcomes; and their shapes as messages."""

from __future__ import annotations

from dataclasses import dataclass

from inspector.ipc import Message
from inspector.line.wire import EntryKind, key_list
from inspector.part import Commanded, Confirmed, PartKey, Trigger

PLC = "plc"
"""Source of a gap: the plant's counter shows parts that nobody journaled."""
SENSOR = "sensor"
"""Source of a gap: the part-present sensor switched once more, and no part is behind it."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Edges that the plant counted and the line process did not journal.

    Attributes:
        key: A key of its own, from the same sequence as the triggers.
        first_plc_count: The plant's count of the first of them.
        count: How many; 0 when nobody can say (the plant's counter went back).
        source: `PLC` or `SENSOR`.
        reason: Why they were not seen, for people.
    """

    key: PartKey
    first_plc_count: int
    count: int
    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of one part.

    Attributes:
        key: The trigger's key.
        commanded: ACCEPT only if a timely grant was journaled and handed to the plant's connection.
        confirmed: Where the plant's sensors saw the part.
        reason: Why, for people.
    """

    key: PartKey
    commanded: Commanded
    confirmed: Confirmed
    reason: str


Entry = Trigger | Gap | Outcome


def kind_of(entry: Entry) -> EntryKind:
    """The entry's name in messages and acknowledgements."""
    if isinstance(entry, Trigger):
        return EntryKind.TRIGGER
    return EntryKind.GAP if isinstance(entry, Gap) else EntryKind.OUTCOME


def entry_message(entry: Entry) -> Message:
    """The message that tells the station about an entry."""
    message: Message = {"type": str(kind_of(entry)), "key": key_list(entry.key)}
    if isinstance(entry, Trigger):
        message |= {
            "plc_count": entry.plc_count,
            "t_edge_ns": entry.t_edge_ns,
            "t_edge_us": entry.t_edge_us,
            "decide_by_ns": entry.decide_by_ns,
            "live": entry.live,
            "serial": entry.serial,
        }
    elif isinstance(entry, Gap):
        message |= {
            "first_plc_count": entry.first_plc_count,
            "count": entry.count,
            "source": entry.source,
            "reason": entry.reason,
        }
    else:
        message |= {
            "commanded": str(entry.commanded),
            "confirmed": str(entry.confirmed),
            "reason": entry.reason,
        }
    return message
