# SPDX-License-Identifier: AGPL-3.0-or-later
"""Endpoints about settings: everybody reads them, an admin changes some between shifts; the station checks."""

from __future__ import annotations

import asyncio

from fastapi import FastAPI

from inspector.api.commands import OPEN_WITHIN_S, Session, checked
from inspector.api.history import History
from inspector.api.link import StationLink
from inspector.api.model_routes import may_see_names
from inspector.api.settings_document import settings_document
from inspector.api.settings_schema import SettingChange, SettingChanged, SettingList


def add_settings(app: FastAPI, link: StationLink, history: History) -> None:
    """Add them.

    Args:
        app: The application.
        link: Connection to the station.
        history: Records on the disk.
    """

    @app.get("/v1/settings")
    async def settings(session: Session = "") -> SettingList:
        """Every setting with value, default, unit and meaning, which wait for a restart, and since when each holds."""
        names = await may_see_names(link, session)
        return await asyncio.to_thread(settings_document, history.station, names=names)

    @app.post("/v1/settings/set")
    async def change(body: SettingChange, session: Session = "") -> SettingChanged:
        """Change a setting between shifts; it holds from the next start on, and then quality has to approve it."""
        answer = await link.call("setting-set", body.model_dump(), "", OPEN_WITHIN_S, session)
        return checked(SettingChanged.model_validate, answer)
