# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who is logged in, and may they? Log-in, sessions and users of the running station; every attempt is a record."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from inspector.access import (
    COMMANDS,
    MACHINE,
    UNATTENDED,
    Attempt,
    LoginDesk,
    Proof,
    Role,
    Session,
    Sessions,
    UserStore,
    may,
)
from inspector.access.login import LONGEST_PERSON
from inspector.child import Child
from inspector.errors import (
    ConfigError,
    FormatInvalid,
    InspectorError,
    LoginNeeded,
    LoginRefused,
    RoleRefused,
    ShiftError,
)
from inspector.evidence.record import clean_text
from inspector.ipc import Connections
from inspector.station.alarms import AlarmBoard, AlarmCode
from inspector.station.recorder import Recorder
from inspector.station.slow_desk import SlowDesk
from inspector.station.user_desk import UserDesk
from inspector.store.queries.approvals import ANNOUNCED
from inspector.store.read import RecordReader
from inspector.store.writer import RecordWriter

log = logging.getLogger(__name__)

ANNOUNCED_KINDS = ("setting", "recipe", "threshold", "model", "program")
Answer = Callable[[object], None]
"""Takes the result of a command, or the InspectorError why it was refused."""


@dataclass(frozen=True)
class Person:
    """Who gives a command.

    Attributes:
        user: Staff id, or what was typed at a station without users.
        role: None at a station without users, and for a plant system.
        method: How the person was identified; empty as `role`.
        login: Hash of the record of the log-in; empty as `role`.
    """

    user: str
    role: Role | None = None
    method: str = ""
    login: str = ""


class PeopleKeeper:
    """Used on the main thread; what takes long is done at the desk.

    A station without users takes staff ids as typed, and says so in what is signed. With the first user that ends, and
    nothing turns it back: neither a setting, nor an empty file, because the records tell of the users.

    Args:
        child: Station directory, settings, time.
        writer: The record writer.
        recorder: The station's pen.
        hub: For the desk's results.
        alarms: Takes repeated failures.
    """

    def __init__(
        self, child: Child, writer: RecordWriter, recorder: Recorder, hub: Connections, alarms: AlarmBoard
    ) -> None:
        settings = child.config.access
        self._writer = writer
        self._recorder = recorder
        self._alarms = alarms
        self._desk = SlowDesk(hub)
        self._sessions = Sessions(child.clock, settings.idle_min)
        self._store: UserStore | None = None
        self._trouble = ""
        try:
            self._store = UserStore(child.station, settings.password_least)
        except ConfigError as error:
            self._trouble = str(error)
        with RecordReader(child.station) as reader:
            self._had_users = reader.newest_of_people("user-change") is not None
        if self._store is not None:
            self._login = LoginDesk(self._store, child.clock, settings.lock_after, settings.lock_min)
            self._users = UserDesk(self._store, writer)
            if self._had_users and not self._store.admins():
                self._trouble = "the station has had users, and there is no admin any more"

    @property
    def required(self) -> bool:
        """Whether people have to log in."""
        return bool(self._had_users or self._trouble or (self._store is not None and len(self._store)))

    @property
    def digest(self) -> str | None:
        """Digest of all users, for the setup record; None if there are none."""
        return None if self._store is None else self._store.digest() or None

    def started(self) -> None:
        """Say so if nobody can log in. Inspection goes on."""
        if self._trouble:
            action = "put back your copy of access/users.json, or add a new first admin while the station is stopped"
            self._alarms.raise_alarm(AlarmCode.USERS_LOST, self._trouble, action)

    def tick(self) -> None:
        """Once per heartbeat: end idle sessions; an alarm ends with the lock."""
        for session in self._sessions.take_idle():
            self._ended(session, "idle")
        if self._store is not None and self.required and not self._login.any_locked():
            self._alarms.clear(AlarmCode.LOGIN_FAILURES)

    def document(self) -> dict[str, object]:
        """Log-in in the status document."""
        people = [{"user": user, "role": role.value} for user, role in self._sessions.people()]
        return {"required": self.required, "people": people}

    def still_here(self, person: Person) -> bool:
        """Whether a person who was named by a session still has it; one who was only typed stays."""
        return not person.login or self._sessions.lasts(person.login)

    def close(self) -> None:
        """End the desk's thread."""
        self._desk.close()

    # Who may

    def authorise(self, command: str, typed: str, token: object, peer: str) -> Person:
        """Who gives this command.

        Args:
            command: One of `COMMANDS`.
            typed: The staff id in its arguments, may be empty.
            token: That of the session, if any.
            peer: The connection.

        Raises:
            LoginNeeded: Nobody is logged in there.
            RoleRefused: The role may not, or somebody else's staff id was typed.
        """
        if not self.required or COMMANDS.get(command, frozenset()) is None:
            return Person(typed)
        if command in UNATTENDED and token is None and not typed.strip():
            return Person("")
        if peer == "opcua" and token is None:
            if command not in MACHINE:
                raise RoleRefused(f"{command} needs a person: this station has users", "Do it at the station's screen")
            return Person(typed)
        session = self._sessions.use(token)
        if not may(session.role, command):
            allowed = ", ".join(sorted(COMMANDS.get(command) or ())) or "nobody"
            raise RoleRefused(f"{session.role} may not do this: {command} is for {allowed}", "Ask one of them")
        if typed.strip() not in ("", session.user):
            raise RoleRefused("another person is logged in here than the one who was named", "Log in yourself")
        return Person(session.user, session.role, session.method, session.login)

    # Log-in

    def login(self, person: str, secret: str, peer: str, answer: Answer) -> None:
        """Check somebody; the answer has the token of the session.

        Raises:
            LoginRefused: The station has no users.
            Overloaded: Too many wait.
        """
        if not self.required or self._store is None:
            raise LoginRefused("this station has no users that could log in", "See `inspector user add`")
        source = peer.split(":")[0]

        def checked(result: object) -> None:
            answer(self._begin(result, source) if isinstance(result, Attempt) else result)

        self._desk.ask(lambda: self._login.attempt(Proof(person[: LONGEST_PERSON + 1], secret)), checked)

    def confirm(self, person: Person, secret: str, peer: str, done: Answer) -> None:
        """Ask a person who is logged in once more; `done` gets the person, or LoginRefused."""
        source = peer.split(":")[0]

        def checked(result: object) -> None:
            if not isinstance(result, Attempt):
                done(result)
            elif result.result == "ok":
                done(person)
            else:
                self._note(result, source)
                done(_refusal(result))

        self._desk.ask(lambda: self._login.confirm(person.user, person.method, secret), checked)

    def logout(self, token: object) -> dict[str, object]:
        """End a session.

        Raises:
            LoginNeeded: There is none.
        """
        session = self._sessions.end(token)
        if session is None:
            raise LoginNeeded("nobody is logged in here", "There is nothing to end")
        self._ended(session, "logout")
        return {"user": session.user}

    def machine_login(self, user: str, result: str) -> dict[str, object]:
        """The OPC UA server says who has logged in there, or tried to.

        Raises:
            FormatInvalid: It says something else.
        """
        if result not in ("ok", "failed", "locked"):
            raise FormatInvalid("this is no result of a log-in", "Update the OPC UA process or the station")
        person = self._writer.commit_operator(f"opcua:{user}").result() if result == "ok" else None
        fields = {"person": person, "result": result, "method": "opc-ua", "source": "opcua"}
        self._recorder.people("login", fields)
        return {}

    def _begin(self, attempt: Attempt, source: str) -> object:
        appended = self._note(attempt, source)
        if attempt.result != "ok" or attempt.user is None:
            return _refusal(attempt)
        user = attempt.user
        for other in self._sessions.take_of(user.user):
            self._ended(other, "elsewhere")
        session = Session(user.user, user.role, attempt.method, source, appended, self._sessions.now_ns())
        token = self._sessions.begin(session)
        return {
            "session": token,
            "user": user.user,
            "name": user.name,
            "role": user.role.value,
            "idle_s": self._sessions.idle_s,
            "may": sorted(name for name in COMMANDS if may(user.role, name)),
        }

    def _note(self, attempt: Attempt, source: str) -> str:
        """The record of an attempt, and the alarm if it was one too many; returns the record's hash."""
        person = None if attempt.user is None else self._writer.commit_operator(attempt.user.user).result()
        fields = {"person": person, "result": attempt.result, "method": attempt.method, "source": source}
        appended = self._writer.append("login", fields).result()
        if attempt.locked_now:
            whose = "for ids that do not exist" if attempt.user is None else "for one account"
            cause = f"{attempt.failures} log-ins in a row failed {whose}: it is locked"
            self._alarms.raise_alarm(
                AlarmCode.LOGIN_FAILURES, cause, "find out who tried; an admin may set another password"
            )
        return appended.hash

    def _ended(self, session: Session, why: str) -> None:
        self._recorder.people("logout", {"login": session.login, "why": why})

    # Changes

    def announce(self, person: Person, what: str, why: str) -> dict[str, object]:
        """Say before a change who makes it and why; what the next start finds then names this.

        Raises:
            ShiftError: It says nothing, or nobody says it.
        """
        if what not in ANNOUNCED_KINDS or not why.strip() or not person.user.strip():
            kinds = ", ".join(ANNOUNCED_KINDS)
            raise ShiftError("who changes what and why must be given", f"What is one of {kinds}")
        by = self._writer.commit_operator(person.user.strip()).result()
        reason = clean_text(why.strip())
        fields = {"what": what, "name": ANNOUNCED, "old": None, "new": None, "by": by, "why": reason}
        return {"seq": self._writer.append("change", fields).result().seq, "what": what}

    # Users

    def change_users(
        self, command: str, texts: Mapping[str, str], person: Person, peer: str, secret: str, answer: Answer
    ) -> None:
        """Carry out a user command at the desk.

        Args:
            command: See `UserDesk.carry_out`.
            texts: Its arguments.
            person: Who asks; at a station without users the first admin adds itself.
            peer: The connection.
            secret: For one's own password: the old one.
            answer: Takes the result.

        Raises:
            ShiftError: The users cannot be changed now.
            Overloaded: Too many wait.
        """
        if self._trouble or self._store is None:
            raise ShiftError(f"users cannot be changed: {self._trouble}", "Stop the station first")
        by = person.user if self.required else None

        def done(result: object) -> None:
            if not isinstance(result, InspectorError):
                self._had_users = True
                self._end_sessions(command, texts.get("user", ""))
            answer(result)

        def work() -> dict[str, object]:
            result = self._users.carry_out(command, texts, by)
            self._login.release(str(result["user"]))
            return result

        def go_on(confirmed: object) -> None:
            if isinstance(confirmed, InspectorError):
                answer(confirmed)
            else:
                self._desk.ask(work, done)

        if command == "password":
            self.confirm(person, secret, peer, go_on)
        else:
            self._desk.ask(work, done)

    def list_users(self) -> dict[str, object]:
        """Everybody, without secrets.

        Raises:
            ShiftError: The users cannot be read.
        """
        if self._store is None:
            raise ShiftError(f"the users cannot be read: {self._trouble}", "See the alarms")
        return self._users.list()

    def _end_sessions(self, command: str, user: str) -> None:
        if command not in ("user-add", "password"):
            for session in self._sessions.take_of(user):
                self._ended(session, "user-changed")


def _refusal(attempt: Attempt) -> LoginRefused:
    """The same words whether there is such a person or not."""
    if attempt.result == "locked":
        return LoginRefused("there were too many wrong attempts: not looked at", "Wait, or ask an admin")
    return LoginRefused("staff id and password, or badge and PIN, do not fit", "Try again")
