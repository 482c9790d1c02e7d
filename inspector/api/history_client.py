# SPDX-License-Identifier: AGPL-3.0-or-later
"""The questions of a client about what was recorded."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import UTC, datetime
from typing import BinaryIO, Literal
from urllib.parse import quote

from pydantic import BaseModel, ValidationError

from inspector.api.answers import parsed, query
from inspector.api.history_schema import HistoryPage, PartRecord
from inspector.api.job_schema import ExportedFile, ExportList, ExportLot, ExportProof, ExportShift, Job, JobList, Verify
from inspector.api.model_schema import Judged, Models
from inspector.api.trend_schema import DefectPositions, Trends
from inspector.errors import RequestInvalid

HISTORY_TIMEOUT_S = 20.0
"""A question to years of records on a cold disk."""


class HistoryCalls(ABC):
    """Part of `inspector.api.client.ApiClient`, which sends; what is raised stands there."""

    @abstractmethod
    def _request(self, method: str, path: str, command: BaseModel | None = None, timeout_s: float = 5.0) -> bytes:
        """Send a request; the body of its answer."""

    @abstractmethod
    def _download(self, path: str, target: BinaryIO) -> None:
        """Send a GET request and write what comes."""

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
        asked |= {"since": _said(since), "until": _said(until)}
        return parsed(HistoryPage, self._request("GET", f"/v1/history?{query(asked)}", None, HISTORY_TIMEOUT_S))

    def trends(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        lot: str | None = None,
        by: Literal["hour", "shift"] = "hour",
    ) -> Trends:
        """Verdicts by hour or shift with the limits of a p' chart, and rejects by class; times with their offset."""
        asked = {"lot": lot, "bucket": by, "since": _said(since), "until": _said(until)}
        return parsed(Trends, self._request("GET", f"/v1/trends?{query(asked)}", None, HISTORY_TIMEOUT_S))

    def positions(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        lot: str | None = None,
        defect: str | None = None,
    ) -> DefectPositions:
        """Where in the pictures rejects had findings, of one class or of all."""
        asked = {"lot": lot, "class": defect, "since": _said(since), "until": _said(until)}
        answer = self._request("GET", f"/v1/trends/positions?{query(asked)}", None, HISTORY_TIMEOUT_S)
        return parsed(DefectPositions, answer)

    def models(self) -> Models:
        """Model and recipe that judge now, and their changes; names for those who may see them."""
        return parsed(Models, self._request("GET", "/v1/models", None, HISTORY_TIMEOUT_S))

    def judged(self) -> Judged:
        """How many parts of which lots and shifts each model and recipe has judged."""
        return parsed(Judged, self._request("GET", "/v1/models/judged", None, HISTORY_TIMEOUT_S))

    def replay(self, seq: int) -> Job:
        """Begin to judge a recorded part again; ask `job` how it ends.

        Raises:
            NotFound: There is no such part record.
            LoginNeeded, RoleRefused: The station has users; nobody is logged in, or the role may not.
            Refused: A replay is under way (`JOB_UNDER_WAY`).
        """
        return parsed(Job, self._request("POST", f"/v1/parts/{seq}/replay", None, HISTORY_TIMEOUT_S))

    def verify(self, shift: int | None = None, *, images: bool = False) -> Job:
        """Begin to check a shift, or everything. Raises as `replay`."""
        command = Verify(shift=shift, images=images)
        return parsed(Job, self._request("POST", "/v1/verify", command, HISTORY_TIMEOUT_S))

    def export(
        self, *, shift: int | None = None, lot: str | None = None, serial: str | None = None, images: bool = True
    ) -> Job:
        """Begin to write a bundle of a shift or a lot, or the proof of a serial. Raises as `replay`.

        Raises:
            RequestInvalid: Not exactly one of them is given.
        """
        if sum(one is not None for one in (shift, lot, serial)) != 1:
            raise RequestInvalid("exactly one of shift, lot and serial is exported", "Name one of them")
        command: BaseModel
        try:
            if shift is not None:
                command = ExportShift(shift=shift, images=images)
            elif lot is not None:
                command = ExportLot(lot=lot, images=images)
            else:
                command = ExportProof(serial=serial or "")
        except ValidationError as error:
            raise RequestInvalid(f"export: {error.errors()[0]['msg']}", "Type or scan it again") from error
        return parsed(Job, self._request("POST", "/v1/export", command, HISTORY_TIMEOUT_S))

    def job(self, number: str) -> Job:
        """A job as it is now. Raises NotFound when it is forgotten."""
        return parsed(Job, self._request("GET", f"/v1/jobs/{number}"))

    def jobs(self) -> tuple[Job, ...]:
        """The jobs of this run of the api, newest first."""
        return parsed(JobList, self._request("GET", "/v1/jobs")).jobs

    def stop_job(self, number: str) -> Job:
        """End a job. Raises as `replay`."""
        return parsed(Job, self._request("DELETE", f"/v1/jobs/{number}"))

    def exports(self) -> tuple[ExportedFile, ...]:
        """The files that were exported, newest first."""
        return parsed(ExportList, self._request("GET", "/v1/exports")).exports

    def download(self, name: str, target: BinaryIO) -> None:
        """Write an exported file into `target`. Raises as `replay`."""
        self._download(f"/v1/exports/{quote(name, safe='')}", target)


def _said(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()
