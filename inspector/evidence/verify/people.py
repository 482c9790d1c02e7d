# SPDX-License-Identifier: AGPL-3.0-or-later
"""What records say about people and changes: sessions, signatures, and that nothing was changed in silence."""

from __future__ import annotations

import hashlib
import re

from inspector.evidence.verify.begin import Begin
from inspector.evidence.verify.chain import Rules, Seen
from inspector.evidence.verify.files import Files
from inspector.evidence.verify.report import VerificationReport
from inspector.evidence.verify.schema import Fields, inner, whole, word

_LONGEST_STATEMENT = 65_000
_ANNOUNCED = "announced"
_TYPED = "staff id as typed"
_STATEMENT = re.compile(
    r"inspector/statement/v1\n"
    r"station (?P<station>[A-Za-z0-9._-]{1,64})\n"
    r"shift (?P<shift>[1-9][0-9]{0,15})\n"
    r"record (?P<seq>[1-9][0-9]{0,15}) (?P<hash>[0-9a-f]{64})\n"
    r"meaning (?P<meaning>[^\n]+)\n"
    r"(?:[^\n]+\n)*"
)
_SAID_BY = {
    "settings": frozenset(["setting"]),
    "program": frozenset(["program"]),
    "recipe": frozenset(["recipe", "threshold"]),
    "model": frozenset(["model", "threshold"]),
    "users": frozenset(["user"]),
}
"""Field of a setup record -> kinds of change records that account for another value of it."""


class PeopleChecker:
    """Follows log-ins, signatures and changes.

    Args:
        files: Where the statements are that were signed.
        report: Takes the findings.
        begin: Where the records begin.

    Attributes:
        rules: What it does with each type of record.
        named: Hashes of the documents that setup records name, with a word for what they are.
        asks_who: Whether a person has logged in, or tried to: from then on nobody's word is taken for who it is.
    """

    def __init__(self, files: Files, report: VerificationReport, begin: Begin) -> None:
        self._files = files
        self._begin = begin
        self._report = report
        self._boot = ""
        self._sessions: set[str] = set()
        self._has_users = False
        self.asks_who = False
        self._setup: dict[str, object] | None = None
        self._changed: set[str] = set()
        self.named: dict[str, str] = {}
        self.rules: Rules = {
            "login": self._login,
            "logout": self._logout,
            "signature": self._signature,
            "user-change": self._user_change,
            "change": self._change,
            "setup": self._take_setup,
            "shift-open": self._shift_open,
            "alarm": self._alarm,
        }

    def _login(self, fields: Fields, seen: Seen) -> None:
        self._report.count(f"log-ins, {fields['result']}")
        boot = word(fields, "boot")
        if boot != self._boot:
            self._boot, self._sessions = boot, set()  # no session outlives the process
        if fields["method"] != "opc-ua":
            self.asks_who = True
        if fields["result"] == "ok":
            self._sessions.add(seen.digest.hex())

    def is_logged_in(self, fields: Fields) -> bool:
        """Whether the session that a record names in `login` is open."""
        return word(fields, "boot") == self._boot and word(fields, "login") in self._sessions

    def _logout(self, fields: Fields, seen: Seen) -> None:
        if not self.is_logged_in(fields) and not self._begin.is_before("sessions"):
            self._tamper("ACCESS-01", seen.seq, "it ends no session")
        self._sessions.discard(word(fields, "login"))

    def _user_change(self, fields: Fields, _seen: Seen) -> None:
        self._report.count("changes of users")
        self._has_users = True
        if self._setup is not None:
            self._setup["users"] = fields["store"]

    def _change(self, fields: Fields, _seen: Seen) -> None:
        if word(fields, "name") != _ANNOUNCED:  # that is only what somebody is going to do
            self._report.count("changes")
            self._changed.add(word(fields, "what"))

    def _alarm(self, _fields: Fields, _seen: Seen) -> None:
        self._report.count("alarms")

    def _take_setup(self, fields: Fields, seen: Seen) -> None:
        now = {name: fields[name] for name in _SAID_BY}
        self.named |= {str(fields[name]): name for name in ("settings", "program", "recipe", "model")}
        if self._setup is not None:
            silent = [
                name for name, kinds in _SAID_BY.items() if now[name] != self._setup[name] and not kinds & self._changed
            ]
            if silent:
                message = f"{', '.join(silent)}: not as before, and no change record says so"
                self._tamper("CHANGE-01", seen.seq, message)
        self._setup, self._changed = now, set()

    def _shift_open(self, fields: Fields, seen: Seen) -> None:
        if self._setup is None:
            return
        for name in ("recipe", "model"):
            if inner(fields, name)["digest"] != self._setup[name]:
                self._tamper("CHANGE-02", seen.seq, f"its {name} is not that of the last setup record")

    def _signature(self, fields: Fields, seen: Seen) -> None:
        self._report.count("signatures of people")
        typed = word(fields, "method").startswith(_TYPED)
        if typed:
            self._report.skip("who signed: staff ids were taken as typed, and nobody was asked to show who it was")
        if typed and self._has_users:
            self._tamper("ACCESS-02", seen.seq, "it was signed without log-in at a station that has users")
        digest = fields.get("statement")
        if isinstance(digest, str):
            self._statement(digest, fields, seen.seq)

    def _statement(self, digest: str, fields: Fields, seq: int) -> None:
        try:
            data = self._files.read(f"documents/{digest}", _LONGEST_STATEMENT)
        except OSError as error:
            message = f"the statement that was signed cannot be read: {error.strerror}"
            self._report.unchecked("ACCESS-03", f"record {seq}", message, seq)
            return
        if data is None:
            message = f"the statement that was signed, {digest}, is missing"
            self._report.unchecked("ACCESS-03", f"record {seq}", message, seq)
            return
        found = _STATEMENT.fullmatch(data.decode("utf-8", "replace"))
        if hashlib.sha256(data).hexdigest() != digest:
            self._tamper("ACCESS-03", seq, "the statement that was signed does not have the hash that it names")
        elif found is None:
            self._tamper("ACCESS-03", seq, "the statement that was signed is malformed")
        elif (found["station"], int(found["shift"]), found["hash"], found["meaning"]) != (
            word(fields, "station"),
            whole(fields, "shift"),
            word(fields, "target"),
            word(fields, "meaning"),
        ):
            self._tamper("ACCESS-03", seq, "it is not for the station, shift, record or meaning of its statement")

    def _tamper(self, rule: str, seq: int, message: str) -> None:
        self._report.tamper(rule, f"record {seq}", message, seq)
