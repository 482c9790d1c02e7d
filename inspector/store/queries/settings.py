# SPDX-License-Identifier: AGPL-3.0-or-later
"""Settings in force, as the start of the station recorded them, and who changed each of them last."""

from __future__ import annotations

from dataclasses import dataclass

from inspector.config.flat import Flat
from inspector.store.queries.approvals import ANNOUNCED
from inspector.store.queries.fields import text, time_of
from inspector.store.queries.people import RecordedChange, recorded_change
from inspector.store.queries.reader import AuditReader
from inspector.store.queries.rules import settings_in_force

MOST_CHANGES = 5_000
"""So many changes are looked through for the last one of each setting."""


@dataclass(frozen=True, slots=True)
class SettingsInForce:
    """What the station works with.

    Attributes:
        values: Path -> JSON; empty before the first start.
        first_us: The first start of the station, UTC, microseconds; None before it.
        since: The last change of each setting that was ever changed.
    """

    values: Flat
    first_us: int | None
    since: dict[str, RecordedChange]


def in_force(reader: AuditReader) -> SettingsInForce:
    """Read it.

    Raises:
        StoreError: The records cannot be read.
        EvidenceError: A record is damaged.
    """
    first = reader.oldest_of_people("setup")
    since: dict[str, RecordedChange] = {}
    for number, record in enumerate(reader.newest_first("change")):
        if number >= MOST_CHANGES:
            break
        name = text(record.fields, "name")
        if text(record.fields, "what") == "setting" and name != ANNOUNCED and name not in since:
            since[name] = recorded_change(reader, record)
    return SettingsInForce(settings_in_force(reader), None if first is None else time_of(first), since)
