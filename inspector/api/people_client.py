# SPDX-License-Identifier: AGPL-3.0-or-later
"""The commands and questions of a client about users, changes, settings and legal holds."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TypeVar

from pydantic import BaseModel

from inspector.api.answers import parsed
from inspector.api.command_schema import Statement
from inspector.api.people_schema import (
    Announced,
    Announcement,
    ChangesApproval,
    ChangesApproved,
    HoldBegin,
    HoldEnd,
    HoldInfo,
    HoldList,
    HoldRecorded,
    UserAdd,
    UserBadge,
    UserChanged,
    UserDisable,
    UserErase,
    UserInfo,
    UserList,
    UserPassword,
    UserRole,
)
from inspector.api.settings_schema import SettingChange, SettingChanged, SettingList

T = TypeVar("T", bound=BaseModel)


PEOPLE_TIMEOUT_S = 20.0
"""Passwords are hashed slowly on purpose, one after the other."""


class PeopleCalls(ABC):
    """Part of `inspector.api.client.ApiClient`, which sends, in the session of who has logged in.

    Each raises LoginNeeded or RoleRefused where the station has users and this is nobody's, or not this person's, to
    do; the station's own words if it cannot be done; and what the client raises if there is no answer.
    """

    @abstractmethod
    def _request(self, method: str, path: str, command: BaseModel | None = None, timeout_s: float = 5.0) -> bytes:
        """Send a request; the body of its answer."""

    def users(self) -> tuple[UserInfo, ...]:
        """Who works with the station."""
        return parsed(UserList, self._request("GET", "/v1/users", None, PEOPLE_TIMEOUT_S)).users

    def add_user(self, body: UserAdd) -> UserChanged:
        """Add somebody."""
        return self._post(UserChanged, "users/add", body)

    def set_role(self, body: UserRole) -> UserChanged:
        """Give somebody another role."""
        return self._post(UserChanged, "users/role", body)

    def disable_user(self, body: UserDisable) -> UserChanged:
        """Somebody may not log in any more, or may again."""
        return self._post(UserChanged, "users/disable", body)

    def set_password(self, body: UserPassword) -> UserChanged:
        """Another password for somebody else."""
        return self._post(UserChanged, "users/password", body)

    def set_badge(self, body: UserBadge) -> UserChanged:
        """Give somebody a badge with a PIN, or take it away."""
        return self._post(UserChanged, "users/badge", body)

    def erase_name(self, body: UserErase) -> UserChanged:
        """Forget who a staff id is."""
        return self._post(UserChanged, "users/erase-name", body)

    def announce(self, body: Announcement) -> Announced:
        """Say who is going to change what, and why."""
        return self._post(Announced, "changes/announce", body)

    def changes_statement(self) -> Statement:
        """The changes that wait for approval, word for word."""
        return self._post(Statement, "changes/statement", None)

    def approve_changes(self, body: ChangesApproval) -> ChangesApproved:
        """Sign what `changes_statement` has shown."""
        return self._post(ChangesApproved, "changes/approve", body)

    def settings(self) -> SettingList:
        """Every setting; who has changed it, for those who may see names."""
        return parsed(SettingList, self._request("GET", "/v1/settings", None, PEOPLE_TIMEOUT_S))

    def change_setting(self, body: SettingChange) -> SettingChanged:
        """Change a setting between shifts."""
        return self._post(SettingChanged, "settings/set", body)

    def holds(self) -> tuple[HoldInfo, ...]:
        """The legal holds in force."""
        return parsed(HoldList, self._request("GET", "/v1/holds")).holds

    def begin_hold(self, body: HoldBegin) -> HoldRecorded:
        """Begin a legal hold."""
        return self._post(HoldRecorded, "holds/begin", body)

    def end_hold(self, body: HoldEnd) -> HoldRecorded:
        """End a legal hold."""
        return self._post(HoldRecorded, "holds/end", body)

    def _post(self, model: type[T], path: str, body: BaseModel | None) -> T:
        return parsed(model, self._request("POST", f"/v1/{path}", body, PEOPLE_TIMEOUT_S))
