# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who may do what: roles, users of a station with their passwords and badges, log-in, sessions."""

from inspector.access.login import Attempt, LoginDesk, Proof
from inspector.access.roles import COMMANDS, MACHINE, UNATTENDED, Role, may
from inspector.access.sessions import Session, Sessions
from inspector.access.users import USERS_FILE, NewUser, User, UserStore

__all__ = [
    "COMMANDS",
    "MACHINE",
    "UNATTENDED",
    "USERS_FILE",
    "Attempt",
    "LoginDesk",
    "NewUser",
    "Proof",
    "Role",
    "Session",
    "Sessions",
    "User",
    "UserStore",
    "may",
]
