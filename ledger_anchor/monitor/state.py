# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a monitor keeps between two looks: how far it has read, who had come how far, and what it found."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from inspector.errors import StoreError
from inspector.evidence.merkle import CompactRange
from ledger_anchor.log.admission import Claim
from ledger_anchor.monitor.finding import Finding
from ledger_anchor.monitor.follow import Progress

_SCHEMA = """
CREATE TABLE IF NOT EXISTS read_to (one INTEGER PRIMARY KEY CHECK (one = 1), note BLOB, size INTEGER, time_s INTEGER,
    nodes TEXT) STRICT;
CREATE TABLE IF NOT EXISTS progress (station TEXT PRIMARY KEY, document TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS seal (station TEXT, shift INTEGER, digest TEXT, entry INTEGER,
    PRIMARY KEY (station, shift, digest)) STRICT;
CREATE TABLE IF NOT EXISTS finding (number INTEGER PRIMARY KEY, rule TEXT, station TEXT, place TEXT, message TEXT,
    found_s INTEGER, told INTEGER NOT NULL DEFAULT 0, UNIQUE (rule, station, place, message)) STRICT;
"""


@dataclass(frozen=True, slots=True)
class ReadTo:
    """How far the log was read.

    Attributes:
        note: Its checkpoint then, with all signatures.
        size: Entries.
        time_s: When the witnesses saw that checkpoint, or the monitor if there are none; seconds since 1970.
        tree: Tree of the entries.
    """

    note: bytes
    size: int
    time_s: int
    tree: CompactRange


class MonitorState:
    """A file with everything in it.

    Args:
        path: Made if it is not there.

    Raises:
        StoreError: It cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._database = sqlite3.connect(path, isolation_level=None)
            self._database.execute("PRAGMA synchronous = FULL")
            self._database.executescript(_SCHEMA)
        except sqlite3.Error as error:
            raise StoreError(f"{path} cannot be opened: {error}", "Check the folder") from error

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    @contextmanager
    def together(self) -> Iterator[None]:
        """All that is written in this block, or nothing of it.

        Raises:
            StoreError: The file cannot be written.
        """
        try:
            self._database.execute("BEGIN IMMEDIATE")
            yield
            self._database.execute("COMMIT")
        except sqlite3.Error as error:
            raise StoreError(f"The state of the monitor cannot be used: {error}", "Check the disk") from error
        finally:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")

    def read_to(self) -> ReadTo | None:
        """How far the log was read, or None."""
        row = self._database.execute("SELECT note, size, time_s, nodes FROM read_to").fetchone()
        if row is None:
            return None
        nodes = [bytes.fromhex(node) for node in json.loads(row[3])]
        return ReadTo(row[0], row[1], row[2], CompactRange(row[1], nodes))

    def write_read_to(self, read: ReadTo) -> None:
        """The log was read to there."""
        nodes = json.dumps([node.hex() for node in read.tree.peaks])
        row = (read.note, read.size, read.time_s, nodes)
        self._database.execute("INSERT OR REPLACE INTO read_to VALUES (1, ?, ?, ?, ?)", row)

    def progress(self) -> dict[str, Progress]:
        """How far each station had come."""
        rows = self._database.execute("SELECT station, document FROM progress")
        return {station: Progress(**json.loads(document)) for station, document in rows}

    def write_progress(self, progress: dict[str, Progress]) -> None:
        """How far they have come now."""
        rows = [(station, json.dumps(one.document())) for station, one in progress.items()]
        self._database.executemany("INSERT OR REPLACE INTO progress VALUES (?, ?)", rows)

    def add_seal(self, claim: Claim, entry: int) -> None:
        """A seal is in the log."""
        row = (claim.station, claim.shift, claim.digest, entry)
        self._database.execute("INSERT OR IGNORE INTO seal VALUES (?, ?, ?, ?)", row)

    def seals(self, station: str) -> dict[int, set[str]]:
        """Hashes of the seals of a station in the log, by shift."""
        found: dict[int, set[str]] = {}
        for shift, digest in self._database.execute("SELECT shift, digest FROM seal WHERE station = ?", (station,)):
            found.setdefault(shift, set()).add(digest)
        return found

    def add_findings(self, findings: Iterable[Finding], now_s: int) -> list[Finding]:
        """Keep findings; gives those that are new."""
        fresh = []
        for one in findings:
            row = (one.rule, one.station, one.place, one.message, now_s)
            added = self._database.execute(
                "INSERT OR IGNORE INTO finding (rule, station, place, message, found_s) VALUES (?, ?, ?, ?, ?)", row
            )
            if added.rowcount:
                fresh.append(one)
        return fresh

    def untold(self) -> list[tuple[int, Finding]]:
        """Findings that nobody was told of yet, oldest first, with their numbers."""
        query = "SELECT number, rule, place, message, station FROM finding WHERE told = 0 ORDER BY number"
        return [(row[0], Finding(*row[1:])) for row in self._database.execute(query)]

    def findings(self) -> list[Finding]:
        """All findings, oldest first."""
        query = "SELECT rule, place, message, station FROM finding ORDER BY number"
        return [Finding(*row) for row in self._database.execute(query)]

    def told(self, numbers: Iterable[int]) -> None:
        """People were told of these."""
        self._database.executemany("UPDATE finding SET told = 1 WHERE number = ?", [(number,) for number in numbers])
