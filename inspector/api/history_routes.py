# SPDX-License-Identifier: AGPL-3.0-or-later
"""Endpoints of what was recorded: parts, records, pictures."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Literal

from fastapi import FastAPI, Path, Query, Response
from pydantic import AwareDatetime, BeforeValidator, StringConstraints

from inspector.api.history import History
from inspector.api.history_schema import HistoryPage, PartRecord
from inspector.api.link import StationLink
from inspector.api.part_schema import PartList
from inspector.api.schema import CameraName, Sha256, Verdict
from inspector.errors import NotFound
from inspector.store.queries.find import MOST, PartQuery
from inspector.store.queries.reader import LAST

Sought = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""A serial, lot or class, whole."""
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)")


def _written_out(value: object) -> object:
    """Only what says its offset: pydantic alone takes a number for seconds since 1970."""
    if isinstance(value, str) and _RFC3339.fullmatch(value) is None:
        raise ValueError("a time is written like 2026-11-21T06:00:00Z")
    return value


Moment = Annotated[AwareDatetime, BeforeValidator(_written_out)]
"""A time with its offset from UTC, as RFC 3339 has it."""
Seq = Annotated[int, Path(ge=1, le=2**53 - 1)]
"""Number of a record."""


def add_history(app: FastAPI, link: StationLink, history: History) -> None:
    """Add them.

    Args:
        app: The application.
        link: Has the latest pictures.
        history: Records and images on the disk.
    """

    @app.get("/v1/parts")
    def parts(
        limit: Annotated[int, Query(ge=1, le=500)] = 50,
        only: Literal["rejects"] | None = None,
        defect: Annotated[Sought | None, Query(alias="class")] = None,
        review: Literal["open"] | None = None,
        before: Annotated[int | None, Query(ge=1, le=2**53 - 1)] = None,
    ) -> PartList:
        """The latest part records, newest first: all, or only rejects, of a class, not reviewed, before a record."""
        found = history.latest(
            limit,
            rejects=only is not None,
            class_name=normal(defect),
            unreviewed=review is not None,
            before=before,
        )
        return PartList(parts=found)

    @app.get("/v1/history")
    def find(
        serial: Sought | None = None,
        lot: Sought | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
        defect: Annotated[Sought | None, Query(alias="class")] = None,
        verdict: Verdict | None = None,
        limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
        before: Annotated[int | None, Query(ge=1, le=2**53 - 1)] = None,
    ) -> HistoryPage:
        """Parts that fit all of what is given, newest first; `before` of the answer asks on."""
        asked = PartQuery(
            normal(serial),
            normal(lot),
            0 if since is None else int(since.timestamp()),
            LAST if until is None else int(until.timestamp()),
            normal(defect),
            None if verdict is None else verdict.value,
        )
        return history.find(asked, limit, before)

    @app.get("/v1/parts/{seq}")
    def part(seq: Seq) -> PartRecord:
        """One part record by its number, with the exact bytes that were hashed, and what belongs to the part."""
        return history.part(seq)

    @app.get("/v1/images/{digest}", response_class=Response, responses={200: {"content": {"image/png": {}}}})
    def image(digest: Sha256) -> Response:
        """A stored image by the digest that its record names; Bayer images are the mosaic that they were."""
        return Response(history.image(digest), media_type="image/png")

    @app.get("/v1/preview/{camera}", response_class=Response, responses={200: {"content": {"image/jpeg": {}}}})
    async def preview(camera: CameraName) -> Response:
        """The latest picture of a camera, small, for people."""
        jpeg = link.preview(camera)
        if jpeg is None:
            raise NotFound(f"no picture of camera {camera} yet", "See the camera's name and state in /v1/status")
        return Response(jpeg, media_type="image/jpeg")


def normal(text: str | None) -> str | None:
    """Records hold text in this form."""
    return None if text is None else unicodedata.normalize("NFC", text)
