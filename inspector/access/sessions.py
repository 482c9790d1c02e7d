# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who is logged in: sessions with an idle time-out, one per person. They live in memory: a restart ends all of them."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from inspector.access.roles import Role
from inspector.clock import Clock
from inspector.errors import LoginNeeded

TOKEN_BYTES = 32


@dataclass
class Session:
    """One person at one screen or program.

    Attributes:
        user: Staff id.
        role: Role at log-in.
        method: How the person was identified.
        source: Where: "api", "control" (the command line).
        login: Hash of the `login` record.
        used_ns: When it was last used, monotonic.
    """

    user: str
    role: Role
    method: str
    source: str
    login: str
    used_ns: int


class Sessions:
    """All sessions.

    Args:
        clock: Time.
        idle_min: Minutes without a command after which a session is over.
    """

    def __init__(self, clock: Clock, idle_min: int) -> None:
        self._clock = clock
        self._idle_ns = idle_min * 60_000_000_000
        self._sessions: dict[str, Session] = {}

    @property
    def idle_s(self) -> int:
        """Seconds without a command after which a session is over."""
        return self._idle_ns // 1_000_000_000

    def now_ns(self) -> int:
        """The time that sessions go by."""
        return self._clock.monotonic_ns()

    def begin(self, session: Session) -> str:
        """A session begins; returns its token, which nobody can guess and only its hash is kept of."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        self._sessions[_key(token)] = session
        return token

    def use(self, token: object) -> Session:
        """The session of a token; it is not idle.

        Raises:
            LoginNeeded: There is none, or it is over.
        """
        now_ns = self._clock.monotonic_ns()
        session = self._sessions.get(_key(token)) if isinstance(token, str) else None
        if session is None or now_ns - session.used_ns >= self._idle_ns:
            raise LoginNeeded("nobody is logged in here, or the time without a command was too long", "Log in")
        session.used_ns = now_ns
        return session

    def lasts(self, login: str) -> bool:
        """Whether the session that a log-in began is not over."""
        return any(one.login == login for one in self._sessions.values())

    def end(self, token: object) -> Session | None:
        """A session ends; None if there was none."""
        return self._sessions.pop(_key(token), None) if isinstance(token, str) else None

    def take_idle(self) -> list[Session]:
        """Sessions that are over because nobody used them; each is told of once."""
        now_ns = self._clock.monotonic_ns()
        return self._take(lambda one: now_ns - one.used_ns >= self._idle_ns)

    def take_of(self, user: str) -> list[Session]:
        """End all sessions of a person."""
        return self._take(lambda one: one.user == user)

    def take_all(self) -> list[Session]:
        """End all sessions."""
        return self._take(lambda _one: True)

    def people(self) -> list[tuple[str, Role]]:
        """Who is logged in."""
        return sorted({(one.user, one.role) for one in self._sessions.values()})

    def _take(self, over: Callable[[Session], bool]) -> list[Session]:
        found = {key: one for key, one in self._sessions.items() if over(one)}
        for key in found:
            del self._sessions[key]
        return list(found.values())


def _key(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
