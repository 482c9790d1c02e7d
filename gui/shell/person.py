# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who stands at the screen: one session for all screens, which ends by itself."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from gui.shell.bridge import Bridge
from inspector.api.client import ApiClient
from inspector.api.command_schema import LoggedIn
from inspector.api.schema import Status
from inspector.errors import InspectorError, LoginNeeded

log = logging.getLogger(__name__)

IDLE_S = 300
"""Where the station has no users, nobody says how long a staff number holds."""

Command = Callable[[ApiClient, str | None], object]
"""Gets the client, and the staff id where no session says who it is. Not called in Qt's thread."""


class Person(QObject):
    """Who is logged in here, what they may do, and commands in their name.

    At a station without users a staff number is typed once and goes with every command until log-out or lock.

    Args:
        bridge: The connection to the station.
        now_s: A clock that only goes forward, seconds.
    """

    changed = Signal()
    """Somebody has come, or is gone, or a command of theirs begins or ends."""
    locked = Signal()
    """Nobody has touched anything for too long, or the station has ended the session."""
    wanted = Signal()
    """Something was asked for that needs somebody: the window offers the log-in."""

    reviewed = Signal(object)
    """The station has recorded what was said of a part at this window: a PartEvent with its review."""

    def __init__(self, bridge: Bridge, now_s: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._bridge = bridge
        self._client = bridge.new_client()
        self._now_s = now_s
        self._required = False
        self._found: LoggedIn | None = None
        self._seen = False
        self._busy = 0
        self._touched_s = now_s()
        bridge.status_came.connect(self._on_status)

    @property
    def required(self) -> bool:
        """Whether the station has users: a password is asked for, and roles hold."""
        return self._required

    @property
    def known(self) -> bool:
        """Whether somebody is there."""
        return self._found is not None

    @property
    def user(self) -> str:
        """Staff id; empty when nobody is there."""
        return "" if self._found is None else self._found.user

    @property
    def name(self) -> str:
        """Printed name, or the staff id; empty when nobody is there."""
        return "" if self._found is None else self._found.name or self._found.user

    @property
    def role(self) -> str:
        """Role, as the station names it; empty without users."""
        return "" if self._found is None else self._found.role

    @property
    def busy(self) -> bool:
        """Whether a command of this person waits for its answer."""
        return self._busy > 0

    def may(self, command: str) -> bool:
        """Whether the person who is there may give a command, by its name in docs/access.md."""
        return self._found is not None and (not self._required or command in self._found.may)

    def log_in(self, person: str, secret: str, done: Callable[[InspectorError | None], None]) -> None:
        """Somebody comes; who was there before is logged out.

        Args:
            person: Staff id or number of a badge.
            secret: Password or PIN; not used where the station has no users.
            done: Called with None, or with why not.
        """
        if not self._required:
            self._come(LoggedIn(session="", user=person, role="", idle_s=IDLE_S))
            done(None)
            return

        def answered(answer: object) -> None:
            self._end_command()
            if isinstance(answer, LoggedIn):
                self._come(answer)
                done(None)
            elif isinstance(answer, InspectorError):
                done(answer)

        self.log_out()
        self._begin_command()
        self._bridge.ask(lambda _client: self._client.login(person, secret), answered)

    def log_out(self) -> None:
        """The person goes."""
        found, self._found = self._found, None
        if found is None:
            return
        if found.session:
            session = found.session  # who comes next may be logged in before this one is logged out
            self._bridge.ask(lambda _client: self._client.logout(session), _gone)
        self.changed.emit()

    def lock(self) -> None:
        """As `log_out`, and said to be one that nobody asked for."""
        if self.known:
            self.log_out()
            self.locked.emit()

    def ask(self, command: Command, done: Callable[[object], None]) -> None:
        """Ask the station in this person's name.

        Args:
            command: What to ask.
            done: Called in Qt's thread with the answer, or with the InspectorError: LoginNeeded, and `wanted` is
                said, when nobody is there.
        """
        found = self._found
        if found is None:
            self.wanted.emit()
            done(LoginNeeded("nobody is logged in at this screen", "Log in, then try again"))
            return

        def answered(answer: object) -> None:
            self._end_command()
            if isinstance(answer, LoginNeeded) and self._found is found:
                self._found = None
                self.changed.emit()
                self.locked.emit()
                self.wanted.emit()
            done(answer)

        staff = None if self._required else found.user
        self._begin_command()
        self._bridge.ask(lambda _client: command(self._client, staff), answered)

    def touched(self) -> None:
        """Somebody has touched screen or keys."""
        self._touched_s = self._now_s()

    def look(self) -> None:
        """Lock when nothing was touched for too long; not while a command waits. The window asks every second."""
        idle_s = 0 if self._found is None else self._found.idle_s
        if idle_s and not self.busy and self._now_s() - self._touched_s >= idle_s:
            self.lock()

    def _come(self, found: LoggedIn) -> None:
        self._found, self._seen = found, False
        self.touched()
        self.changed.emit()

    def _begin_command(self) -> None:
        self._busy += 1
        self.changed.emit()

    def _end_command(self) -> None:
        self._busy -= 1
        self.touched()
        self.changed.emit()

    def _on_status(self, status: Status) -> None:
        """The station says who has a session: one that it has ended is over here, too."""
        if status.access.required is not self._required:
            self._required = status.access.required
            self.lock()
            self.changed.emit()
        if not self._required or self._found is None or self.busy:
            return
        there = self.user in {person.user for person in status.access.people}
        if self._seen and not there:
            self.lock()
        self._seen = there


def _gone(answer: object) -> None:
    if isinstance(answer, InspectorError):
        log.info("the session was over already: %s", answer)
