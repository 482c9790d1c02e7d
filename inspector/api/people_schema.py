# SPDX-License-Identifier: AGPL-3.0-or-later
"""Documents about users, changes and legal holds, as they cross the api."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from inspector.api.schema import Command, Count, Document, Line, Reason, Secret, Sha256

RoleName = Literal["operator", "team-lead", "qa", "maintenance", "admin", "auditor"]
ChangeKind = Literal["setting", "recipe", "threshold", "model", "program"]
MaybeSecret = Annotated[str, StringConstraints(max_length=200), Field(repr=False)]
"""A password, badge number or PIN, or nothing."""
Moment = Annotated[int, Field(ge=0, le=2**53 - 1)]
"""UTC, microseconds since 1970."""


class UserInfo(Document):
    """Somebody who works with the station; `failures` counts wrong log-ins in a row."""

    user: str
    name: str
    role: str
    badge: bool
    disabled: bool
    failures: Count


class UserList(Document):
    """Everybody, without any secret."""

    users: tuple[UserInfo, ...]


class UserAdd(Command):
    """Body of POST /v1/users/add; the first user of a station is an admin, and adds itself."""

    user: Line
    role: RoleName
    name: Annotated[str, StringConstraints(max_length=100)] = ""
    password: MaybeSecret = ""
    badge: MaybeSecret = ""
    pin: MaybeSecret = ""
    why: Reason


class UserRole(Command):
    """Body of POST /v1/users/role."""

    user: Line
    role: RoleName
    why: Reason


class UserDisable(Command):
    """Body of POST /v1/users/disable; `enable` undoes it."""

    user: Line
    enable: bool = False
    why: Reason


class UserPassword(Command):
    """Body of POST /v1/users/password, for somebody else's; one's own is POST /v1/password."""

    user: Line
    password: Secret
    why: Reason


class UserBadge(Command):
    """Body of POST /v1/users/badge; without badge and PIN it is taken away."""

    user: Line
    badge: MaybeSecret = ""
    pin: MaybeSecret = ""
    why: Reason


class UserErase(Command):
    """Body of POST /v1/users/erase-name: forget who a staff id is."""

    user: Line
    why: Reason


class UserChanged(Document):
    """What was done; `erased` is how many records lead to nobody any more."""

    user: str
    role: str | None = None
    badge: bool | None = None
    disabled: bool | None = None
    erased: Count | None = None


class Announcement(Command):
    """Body of POST /v1/changes/announce: who is going to change what, and why, before the restart."""

    what: ChangeKind
    why: Reason
    operator: Line | None = None


class Announced(Document):
    """The number of the record."""

    seq: int
    what: str


class ChangesApproval(Command):
    """Body of POST /v1/changes/approve: what was shown, and password or PIN once more."""

    statement: Sha256
    secret: Secret


class ChangesApproved(Document):
    """The number of the signature's record, and how many changes it approves."""

    seq: int
    changes: Count


class HoldScope(Command):
    """What a legal hold covers: parts that fit everything that is given, past and future ones."""

    lot: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    serial: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    from_us: Moment | None = None
    to_us: Moment | None = None
    defect: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None = None


class HoldBegin(Command):
    """Body of POST /v1/holds/begin."""

    name: Line
    scope: HoldScope
    reason: Reason
    operator: Line | None = None


class HoldEnd(Command):
    """Body of POST /v1/holds/end."""

    name: Line
    reason: Reason
    operator: Line | None = None


class HoldRecorded(Document):
    """The number of the record."""

    seq: int


class HoldInfo(Document):
    """A legal hold in force: `seq` numbers its record, `t_us` is since when."""

    name: str
    seq: int
    t_us: int
    reason: str
    scope: HoldScope


class HoldList(Document):
    """The holds in force, oldest first."""

    holds: tuple[HoldInfo, ...]
