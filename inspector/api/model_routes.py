# SPDX-License-Identifier: AGPL-3.0-or-later
"""Endpoints about model and recipe. Who it was, only those see whom the station lets see it."""

from __future__ import annotations

import asyncio
import threading

from fastapi import FastAPI

from inspector.api.commands import ASK_WITHIN_S, Session
from inspector.api.history import History
from inspector.api.link import StationLink
from inspector.api.model_schema import Judged, Models
from inspector.errors import Overloaded, Refused, StationAway, StationTimeout

NAMES = "change-list"
"""Command of the table of roles."""


async def may_see_names(link: StationLink, session: str) -> bool:
    """Whether this session may see who has made and approved changes; while the station is away nobody may."""
    try:
        await link.call(NAMES, {}, "", ASK_WITHIN_S, session)
    except (Refused, StationAway, StationTimeout):
        return False
    return True


def add_models(app: FastAPI, link: StationLink, history: History) -> None:
    """Add them.

    Args:
        app: The application.
        link: Connection to the station.
        history: Records and documents on the disk.
    """
    place = threading.Lock()

    @app.get("/v1/models")
    async def models(session: Session = "") -> Models:
        """Model and recipe that judge now, since when and by whose change, and what was changed before."""
        names = await may_see_names(link, session)
        return await asyncio.to_thread(history.setup.models, names=names)

    @app.get("/v1/models/judged")
    def judged() -> Judged:
        """How many parts of which lots and shifts each model and recipe has judged."""
        if not place.acquire(blocking=False):
            raise Overloaded("parts are being counted for somebody else", "Try again in a few seconds")
        try:
            return history.setup.judged()
        finally:
            place.release()
