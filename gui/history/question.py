# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is looked for, and a page of what is found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from inspector.api.client import ApiClient
from inspector.api.history_schema import FoundPart
from inspector.api.schema import Verdict

PAGE = 7
"""Parts at once, where there is room for so many rows."""
MOST_ASKS = 40
"""A page of the api ends at its bound of work; so often it is asked on before the reader is."""


@dataclass(frozen=True)
class Question:
    """What is looked for; what is empty does not matter.

    Attributes:
        serial: Serial, whole.
        lot: Lot, whole.
        defect: Class of defects.
        since: Recorded then or later, with its offset from UTC.
        until: Recorded then or earlier.
        failed: Only parts with verdict FAIL.
    """

    serial: str = ""
    lot: str = ""
    defect: str = ""
    since: datetime | None = None
    until: datetime | None = None
    failed: bool = False


@dataclass(frozen=True)
class Found:
    """A page, newest first.

    Attributes:
        parts: As many as were asked for at most.
        before: Ask on with this for older ones; None when there are none.
    """

    parts: tuple[FoundPart, ...]
    before: int | None


def find(client: ApiClient, asked: Question, before: int | None, most: int = PAGE) -> Found:
    """Ask for a page of at most `most`. Raises as `ApiClient.history`."""
    parts: tuple[FoundPart, ...] = ()
    for _ in range(MOST_ASKS):
        page = client.history(
            serial=asked.serial or None,
            lot=asked.lot or None,
            defect=asked.defect or None,
            since=asked.since,
            until=asked.until,
            verdict=Verdict.FAIL if asked.failed else None,
            limit=most - len(parts),
            before=before,
        )
        parts += page.parts
        before = page.before
        if before is None or len(parts) >= most:
            break
    return Found(parts, before)
