# SPDX-License-Identifier: AGPL-3.0-or-later
"""The endpoints for maintenance; roles are checked by the station, with each command."""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI, Path

from inspector.api.commands import OPEN_WITHIN_S, Session, checked, operator
from inspector.api.link import StationLink
from inspector.api.maintenance_schema import (
    CameraFeatures,
    IoPoints,
    ManualBegin,
    ManualDone,
    ManualForce,
    ManualStep,
    OutputForced,
    OutputsHeld,
)

POINTS_WITHIN_S = 3.0
FEATURES_WITHIN_S = 25.0
CameraName = Annotated[str, Path(min_length=1, max_length=64)]


def add_maintenance(app: FastAPI, link: StationLink) -> None:
    """Add them.

    Args:
        app: The application.
        link: Connection to the station.
    """
    _add_questions(app, link)
    _add_manual(app, link)


def _add_questions(app: FastAPI, link: StationLink) -> None:
    @app.get("/v1/line/points")
    async def points() -> IoPoints:
        """Every input and output of the line with its raw value and times; ask as often as somebody looks."""
        return checked(IoPoints.model_validate, await link.call("io-points", {}, "api", POINTS_WITHIN_S))

    @app.get("/v1/cameras/{camera}/features")
    async def features(camera: CameraName) -> CameraFeatures:
        """Every feature of a camera with value, unit, limits, and whether its file says otherwise; takes seconds."""
        answer = await link.call("camera-features", {"camera": camera}, "api", FEATURES_WITHIN_S)
        return checked(CameraFeatures.model_validate, answer)


def _add_manual(app: FastAPI, link: StationLink) -> None:
    async def ask(command: str, body: ManualStep, session: str) -> dict[str, object]:
        return await link.call(command, operator(body.operator), body.operator or "", OPEN_WITHIN_S, session)

    @app.post("/v1/manual/begin")
    async def begin(body: ManualBegin, session: Session = "") -> ManualDone:
        """Switch to manual: between shifts only, and no shift opens until it ends."""
        arguments = {**operator(body.operator), "reason": body.reason}
        answer = await link.call("manual-begin", arguments, body.operator or "", OPEN_WITHIN_S, session)
        return checked(ManualDone.model_validate, answer)

    @app.post("/v1/manual/force")
    async def force(body: ManualForce, session: Session = "") -> OutputForced:
        """Force one output for a time; it falls back earlier when nobody says `keep` for two seconds."""
        arguments = {**operator(body.operator), "output": body.output, "on": body.on, "for_ms": body.for_ms}
        answer = await link.call("manual-force", arguments, body.operator or "", OPEN_WITHIN_S, session)
        return checked(OutputForced.model_validate, answer)

    @app.post("/v1/manual/keep")
    async def keep(body: ManualStep, session: Session = "") -> OutputsHeld:
        """Who holds outputs is still there; nothing is prolonged beyond its time."""
        return checked(OutputsHeld.model_validate, await ask("manual-keep", body, session))

    @app.post("/v1/manual/release")
    async def release(body: ManualStep, session: Session = "") -> OutputsHeld:
        """End all forced outputs; manual mode goes on."""
        return checked(OutputsHeld.model_validate, await ask("manual-release", body, session))

    @app.post("/v1/manual/end")
    async def end(body: ManualStep, session: Session = "") -> ManualDone:
        """End manual mode, also somebody else's: every output falls back."""
        return checked(ManualDone.model_validate, await ask("manual-end", body, session))
