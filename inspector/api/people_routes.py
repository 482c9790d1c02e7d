# SPDX-License-Identifier: AGPL-3.0-or-later
"""The endpoints about users, changes and legal holds; roles are checked by the station, with each command."""

from __future__ import annotations

from typing import TypeVar

from fastapi import FastAPI
from pydantic import BaseModel

from inspector.api.command_schema import Statement
from inspector.api.commands import OPEN_WITHIN_S, Session, checked, operator
from inspector.api.history import History
from inspector.api.link import StationLink
from inspector.api.people_schema import (
    Announced,
    Announcement,
    ChangesApproval,
    ChangesApproved,
    HoldBegin,
    HoldEnd,
    HoldList,
    HoldRecorded,
    UserAdd,
    UserBadge,
    UserChanged,
    UserDisable,
    UserErase,
    UserList,
    UserPassword,
    UserRole,
)

T = TypeVar("T", bound=BaseModel)


def add_people(app: FastAPI, link: StationLink, history: History) -> None:
    """Add them.

    Args:
        app: The application.
        link: Connection to the station.
        history: Records on the disk.
    """
    desk = _Desk(link)
    _add_users(app, desk)
    _add_changes(app, desk)
    _add_holds(app, desk, history)


class _Desk:
    """Asks the station in the session of somebody."""

    def __init__(self, link: StationLink) -> None:
        self._link = link

    async def ask(self, model: type[T], command: str, arguments: dict[str, object], session: str) -> T:
        answer = await self._link.call(command, arguments, "", OPEN_WITHIN_S, session)
        return checked(model.model_validate, answer)


def _add_users(app: FastAPI, desk: _Desk) -> None:
    @app.get("/v1/users")
    async def users(session: Session = "") -> UserList:
        """Who works with the station, in which role: for admin, qa and auditor."""
        return await desk.ask(UserList, "user-list", {}, session)

    @app.post("/v1/users/add")
    async def add(body: UserAdd, session: Session = "") -> UserChanged:
        """Add somebody; the first one has to be an admin, and from then on the station asks who is there."""
        return await desk.ask(UserChanged, "user-add", body.model_dump(), session)

    @app.post("/v1/users/role")
    async def role(body: UserRole, session: Session = "") -> UserChanged:
        """Give somebody another role."""
        return await desk.ask(UserChanged, "user-role", body.model_dump(), session)

    @app.post("/v1/users/disable")
    async def disable(body: UserDisable, session: Session = "") -> UserChanged:
        """Somebody may not log in any more, or may again."""
        arguments = {**body.model_dump(), "enable": "yes" if body.enable else ""}
        return await desk.ask(UserChanged, "user-disable", arguments, session)

    @app.post("/v1/users/password")
    async def password(body: UserPassword, session: Session = "") -> UserChanged:
        """Another password for somebody else, which also ends a lock."""
        return await desk.ask(UserChanged, "user-password", body.model_dump(), session)

    @app.post("/v1/users/badge")
    async def badge(body: UserBadge, session: Session = "") -> UserChanged:
        """Give somebody a badge with a PIN, or take it away."""
        return await desk.ask(UserChanged, "user-badge", body.model_dump(), session)

    @app.post("/v1/users/erase-name")
    async def erase_name(body: UserErase, session: Session = "") -> UserChanged:
        """Forget who a staff id is; records and their chain stay as they are."""
        return await desk.ask(UserChanged, "user-erase", body.model_dump(), session)


def _add_changes(app: FastAPI, desk: _Desk) -> None:
    @app.post("/v1/changes/announce")
    async def announce(body: Announcement, session: Session = "") -> Announced:
        """Say before a restart who is going to change what, and why."""
        arguments = {"what": body.what, "why": body.why, **operator(body.operator)}
        return await desk.ask(Announced, "announce", arguments, session)

    @app.post("/v1/changes/statement")
    async def statement(session: Session = "") -> Statement:
        """The changes that wait for the approval of quality, word for word."""
        return await desk.ask(Statement, "change-statement", {}, session)

    @app.post("/v1/changes/approve")
    async def approve(body: ChangesApproval, session: Session = "") -> ChangesApproved:
        """Sign what `statement` has shown; password or PIN once more."""
        return await desk.ask(ChangesApproved, "change-approve", body.model_dump(), session)


def _add_holds(app: FastAPI, desk: _Desk, history: History) -> None:
    @app.get("/v1/holds")
    def holds() -> HoldList:
        """The legal holds in force."""
        return HoldList(holds=history.holds())

    @app.post("/v1/holds/begin")
    async def begin(body: HoldBegin, session: Session = "") -> HoldRecorded:
        """No image that it covers is erased, whatever the rules say."""
        scope = body.scope.model_dump(exclude_none=True)
        arguments = {"name": body.name, "scope": scope, "reason": body.reason, **operator(body.operator)}
        return await desk.ask(HoldRecorded, "hold", arguments, session)

    @app.post("/v1/holds/end")
    async def end(body: HoldEnd, session: Session = "") -> HoldRecorded:
        """End a legal hold."""
        arguments = {"name": body.name, "reason": body.reason, **operator(body.operator)}
        return await desk.ask(HoldRecorded, "hold-end", arguments, session)
