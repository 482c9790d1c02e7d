# SPDX-License-Identifier: AGPL-3.0-or-later
"""The line process's memory: `STATION/line.sqlite`.

A trigger exists when it is committed here, and a part is accepted only after its grant is committed here. What
the station has not acknowledged stays and is sent again: a crash of either process loses nothing and doubles
nothing.
"""

from __future__ import annotations

import logging
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from inspector.errors import AlreadyRunning, JournalDamaged, JournalFailed
from inspector.line.entries import PLC, Entry, Gap, Outcome
from inspector.line.wire import EntryKind
from inspector.part import Commanded, Confirmed, PartKey, Trigger

log = logging.getLogger(__name__)

SCHEMA = 2
UPGRADES = {1: "ALTER TABLE trigger ADD COLUMN serial TEXT"}
"""What makes a journal of an older schema one of the next."""
APPLICATION = 0x494E4C4E  # "INLN", so that a file of another program is not taken for a journal
KEEP_PARTS = 10_000
DAMAGE_ADVICE = (
    "Keep line.sqlite with its -wal and -shm files for the investigation, move them aside and start again: the new"
    " journal records every edge up to the plant's counter as a gap"
)
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


@dataclass(frozen=True, slots=True)
class InFlight:
    """A trigger whose outcome is not journaled yet.

    Attributes:
        trigger: The trigger, not live any more.
        granted: Whether the grant was journaled.
    """

    trigger: Trigger
    granted: bool


class Journal:
    """The journal of one station, opened by one line process at a time. Used from one thread.

    Every method that writes raises `JournalFailed` when the write is not durable (then nothing of it is kept), and
    `JournalDamaged` when the file turns out to be broken.

    Args:
        path: The file; made when missing.
        started_us: UTC of this start.

    Raises:
        JournalDamaged: The file is not a journal, or a check of its pages fails.
        JournalFailed: It cannot be opened or written.
        AlreadyRunning: Another line process holds it.
    """

    def __init__(self, path: Path, started_us: int) -> None:
        self.line_boot = secrets.token_hex(8)
        self._path = path
        self._part_seq = 0
        self._acknowledged: list[tuple[EntryKind, PartKey]] = []
        try:
            # One process, one connection: the exclusive lock refuses a second line process on this station.
            self._db = sqlite3.connect(path, timeout=0.5, isolation_level=None)
            try:
                self._prepare()
                with self._transaction():
                    row = self._db.execute(
                        "INSERT INTO boot (line_boot, started_us) VALUES (?, ?)", (self.line_boot, started_us)
                    )
                self._boot = row.lastrowid or 0
                self.last_plc_count = self._read_counter()
            except BaseException:
                self._db.close()
                raise
        except sqlite3.Error as error:
            raise self._explained(error, "opened") from error

    def _prepare(self) -> None:
        for pragma in ("locking_mode=EXCLUSIVE", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            self._db.execute(f"PRAGMA {pragma}")
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        application = self._db.execute("PRAGMA application_id").fetchone()[0]
        if (version, application) == (0, 0) and not self._db.execute("SELECT 1 FROM sqlite_schema").fetchone():
            script = resources.files("inspector.line").joinpath("journal.sql").read_text("utf-8")
            self._db.executescript(
                f"BEGIN IMMEDIATE; {script}PRAGMA application_id={APPLICATION}; PRAGMA user_version={SCHEMA}; COMMIT;"
            )
        elif application != APPLICATION:
            raise JournalDamaged(f"{self._path} is not a journal of the line", DAMAGE_ADVICE)
        else:
            self._upgrade(version)
        verdict = self._db.execute("PRAGMA quick_check(1)").fetchone()[0]
        if verdict != "ok":
            raise JournalDamaged(f"{self._path} is damaged: {verdict}", DAMAGE_ADVICE)

    def _upgrade(self, version: int) -> None:
        while version in UPGRADES:
            self._db.executescript(f"BEGIN IMMEDIATE; {UPGRADES[version]}; PRAGMA user_version={version + 1}; COMMIT;")
            version += 1
        if version != SCHEMA:
            raise JournalDamaged(
                f"{self._path} has schema {version}, this program reads {SCHEMA}", "Start the program that wrote it"
            )

    def trigger(
        self,
        plc_count: int,
        t_edge_ns: int,
        t_edge_us: int,
        decide_by_ns: int,
        live: bool = True,
        serial: str | None = None,
    ) -> Trigger:
        """Accept an edge: journal it under the next key."""
        key = PartKey(self.line_boot, self._part_seq + 1)
        with self._transaction():
            self._db.execute(
                "INSERT INTO trigger (boot, part_seq, plc_count, t_edge_ns, t_edge_us, decide_by_ns, serial)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (self._boot, key.part_seq, plc_count, t_edge_ns, t_edge_us, decide_by_ns, serial),
            )
            self._set_counter(plc_count)
        self._part_seq, self.last_plc_count = key.part_seq, plc_count
        return Trigger(key, plc_count, t_edge_ns, t_edge_us, decide_by_ns, live, serial)

    def gap(self, first_plc_count: int, count: int, reason: str, up_to: int, source: str = PLC) -> Gap:
        """Journal edges that nobody journaled; the plant's counter is accounted for up to `up_to` then."""
        key = PartKey(self.line_boot, self._part_seq + 1)
        with self._transaction():
            self._db.execute(
                "INSERT INTO gap (boot, part_seq, first_plc_count, count, source, reason) VALUES (?, ?, ?, ?, ?, ?)",
                (self._boot, key.part_seq, first_plc_count, count, source, reason),
            )
            self._set_counter(up_to)
        self._part_seq, self.last_plc_count = key.part_seq, up_to
        return Gap(key, first_plc_count, count, source, reason)

    def start_counter(self, plc_count: int) -> None:
        """Note the plant's count at the first contact, when there is nothing to account for before it."""
        with self._transaction():
            self._set_counter(plc_count)
        self.last_plc_count = plc_count

    def grant(self, key: PartKey, t_ns: int) -> None:
        """Journal that the plant will be told to accept; only then may it be told."""
        self._set_granted(key, t_ns)

    def withdraw(self, key: PartKey) -> None:
        """Journal that a grant was not handed to the plant after all."""
        self._set_granted(key, None)

    def outcome(self, outcome: Outcome) -> None:
        """Journal the end of a part."""
        with self._transaction():
            self._db.execute(
                "INSERT INTO outcome (boot, part_seq, commanded, confirmed, reason)"
                " SELECT boot, ?, ?, ?, ? FROM boot WHERE line_boot = ?",
                (
                    outcome.key.part_seq,
                    str(outcome.commanded),
                    str(outcome.confirmed),
                    outcome.reason,
                    outcome.key.line_boot,
                ),
            )

    def acknowledge(self, kind: EntryKind, key: PartKey) -> None:
        """The station has recorded an entry. Written with the next transaction: losing it only costs a resend."""
        self._acknowledged.append((kind, key))

    def flush(self) -> None:
        """Write what is acknowledged and forget old parts; also the proof that the journal can be written."""
        with self._transaction():
            self._set_counter(self.last_plc_count)
            self._prune()

    def unacknowledged(self) -> list[Entry]:
        """Everything that the station has not recorded yet, triggers and gaps first; triggers are not live."""
        with self._explaining("read"):
            self.flush()
            triggers: list[tuple[int, int, Entry]] = [
                (boot, seq, Trigger(PartKey(name, seq), plc, ns, us, by_ns, live=False, serial=serial))
                for boot, name, seq, plc, ns, us, by_ns, serial in self._db.execute(
                    "SELECT boot, line_boot, part_seq, plc_count, t_edge_ns, t_edge_us, decide_by_ns, serial"
                    " FROM trigger JOIN boot USING (boot) WHERE NOT acknowledged"
                )
            ]
            gaps: list[tuple[int, int, Entry]] = [
                (boot, seq, Gap(PartKey(name, seq), first, count, source, reason))
                for boot, name, seq, first, count, source, reason in self._db.execute(
                    "SELECT boot, line_boot, part_seq, first_plc_count, count, source, reason"
                    " FROM gap JOIN boot USING (boot) WHERE NOT acknowledged"
                )
            ]
            outcomes: list[Entry] = [
                Outcome(PartKey(name, seq), Commanded(commanded), Confirmed(confirmed), reason)
                for name, seq, commanded, confirmed, reason in self._db.execute(
                    "SELECT line_boot, part_seq, commanded, confirmed, reason"
                    " FROM outcome JOIN boot USING (boot) WHERE NOT acknowledged ORDER BY boot, part_seq"
                )
            ]
        edges = sorted(triggers + gaps, key=lambda row: row[:2])
        return [entry for _, _, entry in edges] + outcomes

    def in_flight(self) -> list[InFlight]:
        """Triggers without an outcome, oldest first."""
        with self._explaining("read"):
            rows = self._db.execute(
                "SELECT line_boot, part_seq, plc_count, t_edge_ns, t_edge_us, decide_by_ns, granted_ns IS NOT NULL"
                " FROM trigger JOIN boot USING (boot) LEFT JOIN outcome USING (boot, part_seq)"
                " WHERE outcome.commanded IS NULL ORDER BY boot, part_seq"
            ).fetchall()
        return [
            InFlight(Trigger(PartKey(name, seq), plc, ns, us, by_ns, live=False), bool(granted))
            for name, seq, plc, ns, us, by_ns, granted in rows
        ]

    def close(self) -> None:
        """Write what is acknowledged and close."""
        try:
            self.flush()
        except JournalFailed as error:
            log.error("%s", error)
        self._db.close()

    def _read_counter(self) -> int | None:
        row = self._db.execute("SELECT plc_count FROM counter").fetchone()
        value = row[0] if row else None
        return value if isinstance(value, int) else None

    def _set_counter(self, plc_count: int | None) -> None:
        self._db.execute("UPDATE counter SET plc_count = ?", (plc_count,))

    def _set_granted(self, key: PartKey, t_ns: int | None) -> None:
        with self._transaction():
            self._db.execute(
                "UPDATE trigger SET granted_ns = ? WHERE part_seq = ?"
                " AND boot = (SELECT boot FROM boot WHERE line_boot = ?)",
                (t_ns, key.part_seq, key.line_boot),
            )

    def _write_acknowledged(self) -> None:
        for kind, key in self._acknowledged:
            self._db.execute(
                f"UPDATE {kind} SET acknowledged = 1 WHERE part_seq = ?"  # noqa: S608 - a name of our own enum
                " AND boot = (SELECT boot FROM boot WHERE line_boot = ?)",
                (key.part_seq, key.line_boot),
            )

    def _prune(self) -> None:
        """Forget finished parts beyond the last `KEEP_PARTS`; the counter stays for ever."""
        total = self._db.execute("SELECT count(*) FROM trigger").fetchone()[0]
        if total <= KEEP_PARTS + KEEP_PARTS // 10:
            return
        edge = self._db.execute(
            "SELECT boot, part_seq FROM trigger ORDER BY boot DESC, part_seq DESC LIMIT 1 OFFSET ?", (KEEP_PARTS,)
        ).fetchone()
        finished = self._db.execute(
            "SELECT boot, part_seq FROM trigger JOIN outcome USING (boot, part_seq)"
            " WHERE trigger.acknowledged AND outcome.acknowledged AND (boot, part_seq) <= (?, ?)",
            edge,
        ).fetchall()
        self._db.executemany("DELETE FROM outcome WHERE boot = ? AND part_seq = ?", finished)
        self._db.executemany("DELETE FROM trigger WHERE boot = ? AND part_seq = ?", finished)
        self._db.execute("DELETE FROM gap WHERE acknowledged AND (boot, part_seq) <= (?, ?)", edge)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """All or nothing, durable at the end; takes the waiting acknowledgements with it."""
        with self._explaining("written"):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                self._write_acknowledged()
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
            self._acknowledged.clear()

    @contextmanager
    def _explaining(self, what: str) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise self._explained(error, what) from error

    def _explained(self, error: sqlite3.Error, what: str) -> JournalDamaged | JournalFailed | AlreadyRunning:
        code = getattr(error, "sqlite_errorcode", None)
        primary = code & 0xFF if isinstance(code, int) else None
        if primary in _DAMAGED:
            return JournalDamaged(f"{self._path} is damaged: {error}", DAMAGE_ADVICE)
        if primary == sqlite3.SQLITE_BUSY and what == "opened":
            return AlreadyRunning(f"another line process holds {self._path}", "Stop that one first")
        return JournalFailed(f"{self._path} cannot be {what}: {error}", "Check disk space, owner and disk")
