# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reading a station directory for verification: SQLite as it lies there, without changing or trusting it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from inspector.evidence.verify.json import Malformed
from inspector.evidence.verify.schema import read_record, word
from inspector.evidence.verify.wal import look_at_wal

DATABASE = "records.sqlite"
TABLES = ("record", "part_key", "outcome_key", "gap_key", "seal", "head")
_LOOKUP = "SELECT part_seq, seq FROM {} WHERE line_boot = ? AND part_seq >= ? ORDER BY part_seq LIMIT ?"
_LOOKUPS = {table: _LOOKUP.format(table) for table in ("part_key", "outcome_key", "gap_key")}
_SIZES = {
    "part_key": "SELECT count(*) FROM part_key",
    "outcome_key": "SELECT count(*) FROM outcome_key",
    "gap_key": "SELECT count(*) FROM gap_key",
}
_LONGEST_VALUE = 1_000_000
# Causes that lie with the auditor's machine and say nothing about the evidence.
_NOT_DAMAGE = frozenset(
    [
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_INTERRUPT,
    ]
)


class CannotRead(Exception):
    """The database cannot be opened or read for a reason outside of it."""


class CannotOpen(CannotRead):
    """SQLite may not create the files that it needs beside the database."""


class Damaged(Exception):
    """The database is not what a station leaves behind."""


@dataclass(slots=True)
class Row:
    """One stored record; each column may hold anything. Not frozen: that takes three times as long to make."""

    seq: object
    kind: object
    shift: object
    data: object
    digest: object


@dataclass(frozen=True, slots=True)
class SignedRow:
    """One stored seal or head (`count` is None for a seal); each column may hold anything."""

    shift: object
    count: object
    data: object
    signature: object


def text(value: object) -> object:
    """A text column as str; columns come as bytes, so that damaged UTF-8 cannot stop the reading."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


@contextmanager
def _translated(doing: str) -> Iterator[None]:
    """Sort the errors of SQLite into damage and mere inability."""
    try:
        yield
    except UnicodeDecodeError as error:  # damaged text in the database became part of a message of SQLite
        raise Damaged(f"{doing}: {error.object[:80]!r}") from error
    except sqlite3.Error as error:
        code: object = getattr(error, "sqlite_errorcode", None)
        message = f"{doing}: {error}"
        if isinstance(code, int) and code & 0xFF == sqlite3.SQLITE_CANTOPEN:
            raise CannotOpen(f"{message}; copy the station directory to where you may write") from error
        if isinstance(code, int) and code & 0xFF in _NOT_DAMAGE:
            raise CannotRead(message) from error
        raise Damaged(message) from error


class StationReader:
    """Read-only view of one station's database, all of it in one snapshot.

    Args:
        directory: Station directory.

    Raises:
        CannotRead: There is no database, or it is locked, or may not be read.
        Damaged: It is no SQLite database, or has other tables.
    """

    def __init__(self, directory: Path) -> None:
        self._path = directory / DATABASE
        if not self._path.is_file():
            raise CannotRead(f"{self._path} does not exist")
        # Without a write-ahead log nobody has it open, and `immutable` leaves the directory untouched, even
        # one on read-only media; with one, the log holds the newest records and must be read too.
        self._immutable = not self._wal.exists()
        try:
            self.wal = look_at_wal(self._wal)
        except OSError as error:
            raise CannotRead(f"{self._wal} cannot be read: {error.strerror}") from error
        self._before = self._state()
        try:
            self._open()
        except CannotOpen:
            # A program that only reads leaves an empty log behind; on read-only media SQLite cannot open that.
            if self._immutable or self._wal.stat().st_size > 0:
                raise
            self._immutable = True
            self._open()

    def _open(self) -> None:
        uri = f"{self._path.absolute().as_uri()}?{'immutable=1' if self._immutable else 'mode=ro'}"
        with _translated("the database does not open"):
            self._db = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=2)
        try:
            with _translated("the database does not open"):
                self._tables = self._prepare()
        except (CannotRead, Damaged):
            self._db.close()
            raise

    @property
    def _wal(self) -> Path:
        return self._path.with_name(DATABASE + "-wal")

    def _state(self) -> tuple[int, int, int]:
        status = self._path.stat()
        return status.st_size, status.st_mtime_ns, self._wal.stat().st_size if self._wal.exists() else 0

    def _prepare(self) -> set[str]:
        self._db.text_factory = bytes
        self._db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)
        for pragma in ("query_only=ON", "trusted_schema=OFF", "cell_size_check=ON"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.execute("BEGIN")
        # A view or a virtual table in the place of a table could answer each query as it likes.
        real = {
            str(text(name))
            for name, sql in self._db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
            if str(text(sql)).upper().startswith("CREATE TABLE")
        }
        missing = [table for table in TABLES if table not in real]
        if missing:
            raise Damaged(f"the database has no table {missing[0]}")
        return real

    def __enter__(self) -> StationReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()

    def records(self) -> Iterator[Row]:
        """All records in the order of their numbers.

        Raises:
            Damaged: A page cannot be read; what came before it is good to use.
            CannotRead: The machine cannot read on.
        """
        with _translated("a page of the record table cannot be read"), closing(self._db.cursor()) as cursor:
            cursor.execute("SELECT seq, type, shift, bytes, hash FROM record ORDER BY seq")
            for seq, kind, shift, data, digest in cursor:
                yield Row(seq, kind.decode("utf-8", "replace") if type(kind) is bytes else kind, shift, data, digest)

    def bytes_of(self, seq: int) -> bytes | None:
        """Bytes of one record; None if there are none.

        Raises:
            Damaged: A page cannot be read.
            CannotRead: The machine cannot read on.
        """
        with _translated("a page of the record table cannot be read"):
            row = self._db.execute("SELECT bytes FROM record WHERE seq = ?", (seq,)).fetchone()
        return row[0] if row is not None and isinstance(row[0], bytes) else None

    def erased_after(self, seq: int) -> set[str]:
        """Digests of images that a running station has erased since this reading began, as it says itself.

        Raises:
            Damaged: A page cannot be read.
            CannotRead: The machine cannot read on.
        """
        found: set[str] = set()
        if self._immutable:
            return found
        uri = f"{self._path.absolute().as_uri()}?mode=ro"
        with (
            _translated("the newest records cannot be read"),
            closing(sqlite3.connect(uri, uri=True, timeout=2)) as later,
        ):
            later.text_factory = bytes
            for (data,) in later.execute("SELECT bytes FROM record WHERE seq > ? AND type = 'image-erased'", (seq,)):
                try:
                    found.add(word(read_record(data), "image_digest"))
                except (Malformed, TypeError):
                    continue  # the next verification says so
        return found

    def record_count(self) -> int:
        """Number of records, for a progress bar.

        Raises:
            Damaged: A page cannot be read.
            CannotRead: The machine cannot read.
        """
        with _translated("a page of the record table cannot be read"):
            row: tuple[int] = self._db.execute("SELECT coalesce(max(seq), 0) FROM record").fetchone()
        return row[0]

    def signed(self) -> Iterator[SignedRow]:
        """All heads, then all seals, then seals that wait for their signature.

        Raises:
            Damaged: A page cannot be read.
            CannotRead: The machine cannot read on.
        """
        queries = [
            "SELECT shift, count, bytes, signature FROM head ORDER BY shift, count",
            "SELECT shift, NULL, bytes, signature FROM seal ORDER BY shift",
        ]
        if "seal_unsigned" in self._tables:
            queries.append(
                "SELECT shift, NULL, bytes, NULL FROM seal_unsigned"
                " WHERE shift NOT IN (SELECT shift FROM seal) ORDER BY shift"
            )
        with _translated("a page of the seals or heads cannot be read"):
            for query in queries:
                for shift, count, data, signature in self._db.execute(query):
                    yield SignedRow(shift, count, data, signature)

    def unsigned_that_differ(self) -> list[object]:
        """Shifts whose seal is not the one that waited for its signature.

        Raises:
            Damaged: A page cannot be read.
            CannotRead: The machine cannot read.
        """
        if "seal_unsigned" not in self._tables:
            return []
        query = (
            "SELECT seal.shift FROM seal_unsigned JOIN seal USING (shift) WHERE seal_unsigned.bytes IS NOT seal.bytes"
        )
        with _translated("a page of the seals cannot be read"):
            return [row[0] for row in self._db.execute(query)]

    def openings(self) -> Iterator[tuple[object, object, object]]:
        """Commitment, salt and staff id of the people who were not erased.

        Raises:
            Damaged: A page cannot be read.
            CannotRead: The machine cannot read on.
        """
        if "operator" not in self._tables:
            return
        with _translated("a page of table operator cannot be read"):
            for commitment, salt, staff_id in self._db.execute("SELECT commitment, salt, staff_id FROM operator"):
                yield text(commitment), salt, staff_id

    def key_rows(self, table: str, line_boot: str, number: int, count: int) -> dict[object, object]:
        """Record numbers that a key table names for the keys of one boot from a number on, by the number in the key.

        Raises:
            Damaged: A page cannot be read.
            CannotRead: The machine cannot read.
        """
        with _translated(f"a page of table {table} cannot be read"):
            return dict(self._db.execute(_LOOKUPS[table], (line_boot, number, count)))

    def key_count(self, table: str) -> int:
        """Number of rows of a key table.

        Raises:
            Damaged: A page cannot be read.
            CannotRead: The machine cannot read.
        """
        with _translated(f"a page of table {table} cannot be read"):
            row: tuple[int] = self._db.execute(_SIZES[table]).fetchone()
        return row[0]

    def damage(self) -> str | None:
        """What SQLite's own check says about the pages, or None if it is content.

        Raises:
            CannotRead: The machine cannot read.
        """
        try:
            with _translated("the pages cannot be checked"):
                answer = text(self._db.execute("PRAGMA integrity_check(1)").fetchone()[0])
        except Damaged as error:
            return str(error)
        return None if answer == "ok" else str(answer)

    def changed_meanwhile(self) -> bool:
        """Whether somebody wrote to a database that nobody had open when reading began."""
        return self._immutable and self._state() != self._before
