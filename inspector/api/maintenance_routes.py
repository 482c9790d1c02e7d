# SPDX-License-Identifier: AGPL-3.0-or-later
"""The endpoints for maintenance; roles are checked by the station, with each command."""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI, Path

from inspector.api.commands import checked
from inspector.api.link import StationLink
from inspector.api.maintenance_schema import CameraFeatures, IoPoints

POINTS_WITHIN_S = 3.0
FEATURES_WITHIN_S = 25.0
CameraName = Annotated[str, Path(min_length=1, max_length=64)]


def add_maintenance(app: FastAPI, link: StationLink) -> None:
    """Add them.

    Args:
        app: The application.
        link: Connection to the station.
    """

    @app.get("/v1/line/points")
    async def points() -> IoPoints:
        """Every input and output of the line with its raw value and times; ask as often as somebody looks."""
        return checked(IoPoints.model_validate, await link.call("io-points", {}, "api", POINTS_WITHIN_S))

    @app.get("/v1/cameras/{camera}/features")
    async def features(camera: CameraName) -> CameraFeatures:
        """Every feature of a camera with value, unit, limits, and whether its file says otherwise; takes seconds."""
        answer = await link.call("camera-features", {"camera": camera}, "api", FEATURES_WITHIN_S)
        return checked(CameraFeatures.model_validate, answer)
