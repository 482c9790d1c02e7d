# SPDX-License-Identifier: AGPL-3.0-or-later
"""Changes settings for somebody, between shifts; they hold from the next start on, and quality approves them."""

from __future__ import annotations

from pathlib import Path

from inspector.child import Child
from inspector.config.edit import FILE, differing, flat_settings, prepare, write
from inspector.config.flat import Flat
from inspector.config.load import load_config
from inspector.errors import ConfigError, LoginNeeded, SettingRefused
from inspector.evidence.record import clean_text
from inspector.station.people import PeopleKeeper, Person
from inspector.station.readiness import Reason
from inspector.station.shift import Shift, ShiftState
from inspector.store.queries.approvals import value_words
from inspector.store.writer import RecordWriter

LOOK_NS = 1_000_000_000
LONGEST_WHY = 300
NAMED = 3
ADVICE = "end the station and start it again, then open the shift"


class SettingsDesk:
    """Compares `station.toml` with what the station was started with, and changes it for an admin.

    A process that restarts by itself would read the new file while the others still work with the old one. So no shift
    opens before the station has been started again; a shift that is open goes on.

    Args:
        child: Station directory, settings in force, time.
        writer: The record writer.
        people: Whether people have to log in.
    """

    def __init__(self, child: Child, writer: RecordWriter, people: PeopleKeeper) -> None:
        self._station: Path = child.station
        self._clock = child.clock
        self._writer = writer
        self._people = people
        self._in_force: Flat = flat_settings(child.config)
        self._seen: tuple[int, int] | None = None
        self._of_a_file = (child.station / FILE).is_file()
        """A scenario has its settings from elsewhere: there is nothing that could change behind its back."""
        self._look_ns = 0
        self._waiting: list[str] = []
        self._trouble = ""

    def set(self, person: Person, name: str, text: str, why: str, shift: Shift) -> dict[str, object]:
        """Write one setting into the file, after the record that says who does it and why.

        Args:
            person: Who asks.
            name: Path of the setting.
            text: Its new value, as typed.
            why: The reason, for the record.
            shift: The present shift.

        Raises:
            LoginNeeded: The station has no users.
            ShiftError: A shift is open.
            SettingRefused: There is no such setting, it is not changed this way, or not to this value; or no reason.
            ConfigError: The file cannot be read.
            StoreError: It cannot be recorded or written.
        """
        if not self._people.required:
            message = "settings are changed by an admin who has logged in, and this station has no users"
            raise LoginNeeded(message, "See `inspector user add`, or change station.toml on the station's computer")
        shift.require(ShiftState.NONE)
        reason = clean_text(why.strip(), LONGEST_WHY)
        if not reason:
            raise SettingRefused("why must be given", "Say it in a few words, for the record")
        edit = prepare(self._station, name, text)
        by = self._writer.commit_operator(person.user).result()
        words = clean_text(value_words(name, edit.new, reason))
        fields = {"what": "setting", "name": "announced", "old": None, "new": None, "by": by, "why": words}
        appended = self._writer.append("change", fields).result()
        write(self._station, edit)
        self._look_ns = 0
        self._look()
        return {"seq": appended.seq, "name": name, "old": edit.old, "new": edit.new, "waiting": len(self._waiting)}

    def reasons(self) -> list[Reason]:
        """Why no shift opens; asked with every heartbeat."""
        if not self._of_a_file:
            return []
        if self._clock.monotonic_ns() >= self._look_ns:
            self._look()
        if self._trouble:
            return [Reason("SETTINGS_WAIT", self._trouble, "mend station.toml, then start the station again")]
        if not self._waiting:
            return []
        count, more = len(self._waiting), " ..." if len(self._waiting) > NAMED else ""
        names = ", ".join(self._waiting[:NAMED]) + more
        one, several = (
            f"1 changed setting waits for a restart: {names}",
            f"{count} changed settings wait for a restart: {names}",
        )
        return [Reason("SETTINGS_WAIT", one if count == 1 else several, ADVICE)]

    def _look(self) -> None:
        """Read the file when it is another one than before."""
        self._look_ns = self._clock.monotonic_ns() + LOOK_NS
        try:
            found = (self._station / FILE).stat()
        except OSError as error:
            self._seen, self._waiting, self._trouble = None, [], f"{FILE} cannot be read: {error.strerror}"
            return
        seen = (found.st_mtime_ns, found.st_size)
        if seen == self._seen:
            return
        self._seen = seen
        try:
            self._waiting, self._trouble = differing(self._in_force, flat_settings(load_config(self._station))), ""
        except ConfigError as error:
            self._waiting, self._trouble = [], error.message
