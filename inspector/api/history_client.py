# SPDX-License-Identifier: AGPL-3.0-or-later
"""The questions of a client about what was recorded."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime

from pydantic import BaseModel

from inspector.api.answers import parsed, query
from inspector.api.history_schema import HistoryPage, PartRecord

HISTORY_TIMEOUT_S = 20.0
"""A question to years of records on a cold disk."""


class HistoryCalls(ABC):
    """Part of `inspector.api.client.ApiClient`, which sends; what is raised stands there."""

    @abstractmethod
    def _request(self, method: str, path: str, command: BaseModel | None = None, timeout_s: float = 5.0) -> bytes:
        """Send a request; the body of its answer."""

    def part(self, seq: int) -> PartRecord:
        """One part record by its number, and what belongs to the part."""
        return parsed(PartRecord, self._request("GET", f"/v1/parts/{seq}", None, HISTORY_TIMEOUT_S))

    def history(
        self,
        *,
        serial: str | None = None,
        lot: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        defect: str | None = None,
        verdict: str | None = None,
        limit: int = 50,
        before: int | None = None,
    ) -> HistoryPage:
        """Parts that fit all of what is given, newest first; times with their offset from UTC.

        Args:
            serial: Their serial, whole.
            lot: Lot of their shift, whole.
            since: Recorded in this second or later.
            until: Recorded in this second or earlier.
            defect: Class of a finding on them.
            verdict: Their verdict.
            limit: At most so many, 1 to 200.
            before: That of the page before, for the next one.
        """
        asked = {"serial": serial, "lot": lot, "class": defect, "verdict": verdict, "limit": limit, "before": before}
        times = {"since": since, "until": until}
        asked |= {name: time.isoformat() for name, time in times.items() if time is not None}
        return parsed(HistoryPage, self._request("GET", f"/v1/history?{query(asked)}", None, HISTORY_TIMEOUT_S))
