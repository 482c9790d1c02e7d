# SPDX-License-Identifier: AGPL-3.0-or-later
"""Roles, and the one table of what each of them may ask of the station (docs/access.md is held to it by a test)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """What a person is at this station; each person has exactly one."""

    OPERATOR = "operator"
    TEAM_LEAD = "team-lead"
    QA = "qa"
    MAINTENANCE = "maintenance"
    ADMIN = "admin"
    AUDITOR = "auditor"


_O, _T, _Q, _M, _A = Role.OPERATOR, Role.TEAM_LEAD, Role.QA, Role.MAINTENANCE, Role.ADMIN
_U = Role.AUDITOR

COMMANDS: Mapping[str, frozenset[Role] | None] = {
    "status": None,
    "equipment": None,
    "io-points": None,
    "camera-features": None,
    "login": None,
    "logout": None,
    "machine-login": None,
    "unlock": None,
    "backup-made": None,
    "export-made": None,
    "recipe-list": None,
    "recipe-change": frozenset({_O, _T}),
    "release-activate": frozenset({_Q}),
    "release-rollback": frozenset({_Q}),
    "shift-open": frozenset({_O, _T}),
    "shift-statement": frozenset({_O, _T, _Q}),
    "shift-close": frozenset({_O, _T, _Q}),
    "shift-resume": frozenset({_O, _T, _Q}),
    "take-over-statement": frozenset({_O, _T, _Q}),
    "take-over": frozenset({_O, _T, _Q}),
    "challenge-start": frozenset({_O, _T, _Q}),
    "review": frozenset({_O, _T, _Q}),
    "reset-stop": frozenset({_O, _T, _M}),
    "alarm-acknowledge": frozenset({_O, _T, _Q, _M}),
    "alarm-shelve": frozenset({_T, _Q, _M}),
    "alarm-unshelve": frozenset({_T, _Q, _M}),
    "manual-begin": frozenset({_M}),
    "manual-force": frozenset({_M}),
    "manual-keep": frozenset({_M}),
    "manual-release": frozenset({_M}),
    "manual-end": frozenset({_O, _T, _Q, _M}),
    "bypass-start": frozenset({_T}),
    "bypass-stop": frozenset({_O, _T, _Q, _M}),
    "change-statement": frozenset({_Q}),
    "change-approve": frozenset({_Q}),
    "change-list": frozenset({_Q, _A, _U}),
    "setting-set": frozenset({_A}),
    "replay": frozenset({_T, _Q, _U}),
    "verify": frozenset({_T, _Q, _A, _U}),
    "export": frozenset({_Q, _U}),
    "password": frozenset(Role),
    "key-rotate": frozenset({_A}),
    "key-statement": frozenset({_A, _Q}),
    "hold": frozenset({_Q}),
    "hold-end": frozenset({_Q}),
    "images-erase": frozenset({_Q, _A}),
    "announce": frozenset({_Q, _M, _A}),
    "user-add": frozenset({_A}),
    "user-role": frozenset({_A}),
    "user-disable": frozenset({_A}),
    "user-password": frozenset({_A}),
    "user-badge": frozenset({_A}),
    "user-erase": frozenset({_A}),
    "user-list": frozenset({_A, _U, _Q}),
}
"""Command of the station -> who may give it. None: nobody has to log in (`unlock` asks for the key's passphrase,
`machine-login` is what the OPC UA server tells of its own log-ins, `backup-made` and `export-made` what a job tells
that only reads).

Quality signs the permit of a bypass offline and may not begin one; who administers users judges and releases nothing;
an auditor reads.
"""

UNATTENDED = frozenset({"images-erase"})
"""What a job may do that names nobody: it erases what the rule in force says, and the record
says that nobody did it."""

MACHINE = frozenset({"shift-open"})
"""What a plant system may do that has shown a certificate and a password of the OPC UA server: it is nobody's hand,
so that it signs nothing and resets no stop."""


def may(role: Role, command: str) -> bool:
    """Whether the table allows it; what is not in the table nobody may."""
    allowed = COMMANDS.get(command, frozenset())
    return allowed is None or role in allowed
