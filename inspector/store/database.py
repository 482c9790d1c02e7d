# SPDX-License-Identifier: AGPL-3.0-or-later
"""Opens `records.sqlite`: settings of the connection, identity of the file, migrations."""

from __future__ import annotations

import hashlib
import logging
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from inspector.errors import StoreError
from inspector.store import index

log = logging.getLogger(__name__)

DATABASE_NAME = "records.sqlite"
APPLICATION_ID = 0x494E5350
"""ASCII "INSP" in the header of the file, so that `file` and we tell it from any other database."""

UNUSABLE = "Close what else has it open, then check the disk; if that is sound, keep this file and restore the backup"

BUSY_TIMEOUT_MS = 2_000
"""How long a commit waits for another program that holds the database."""

_FILL: dict[str, Callable[[sqlite3.Connection, index.Progress], None]] = {"0005_part_index.sql": index.fill}
"""What follows a migration in its transaction: tables that are made from the records."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered SQL file."""

    number: int
    name: str
    sql: str

    @property
    def digest(self) -> str:
        """SHA-256 of the text, to notice a file that was edited after it had been applied."""
        return hashlib.sha256(self.sql.encode("utf-8")).hexdigest()


def migrations() -> list[Migration]:
    """All migrations of this version, in order."""
    files = [f for f in resources.files("inspector.store.migrations").iterdir() if f.name.endswith(".sql")]
    found = [Migration(int(f.name[:4]), f.name, f.read_text(encoding="utf-8")) for f in files]
    return sorted(found, key=lambda migration: migration.number)


def open_for_writing(station: Path) -> sqlite3.Connection:
    """Open the database of a station as its writer; it is made when it is not there.

    The connection commits only by explicit BEGIN and COMMIT, and may be handed to another thread.

    Raises:
        StoreError: The file is no database of ours, of a newer version, or cannot be opened.
    """
    path = station / DATABASE_NAME
    try:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    except sqlite3.Error as error:
        raise StoreError(f"{path} cannot be opened: {error}", "Check the station directory") from error
    try:
        _configure(connection)
        _check_identity(connection, path)
        _migrate(connection, path)
    except (sqlite3.Error, OSError) as error:  # OSError: our own files of migrations
        connection.close()
        raise StoreError(f"{path} cannot be used: {error}", UNUSABLE) from error
    except StoreError:
        connection.close()
        raise
    return connection


def open_for_reading(station: Path) -> sqlite3.Connection:
    """Open the database of a station read-only, beside a running writer. Use it in one thread.

    Raises:
        StoreError: It is not there, no database of ours, or of another version.
    """
    path = station / DATABASE_NAME
    if not path.is_file():
        raise StoreError(f"{path} does not exist", "Start the station once with `inspector run`")
    try:
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None)
    except sqlite3.Error as error:
        raise StoreError(f"{path} cannot be opened: {error}", "Check the station directory") from error
    try:
        connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        connection.execute("PRAGMA query_only = ON")
        _check_identity(connection, path)
        version = _number(connection, "PRAGMA user_version")
        if version != migrations()[-1].number:
            raise StoreError(f"{path} has schema {version}", "Start the station once with this version")
    except sqlite3.DatabaseError as error:
        connection.close()
        raise StoreError(f"{path} cannot be read: {error}", "Check the station directory") from error
    except StoreError:
        connection.close()
        raise
    return connection


def _number(connection: sqlite3.Connection, query: str) -> int:
    (value,) = connection.execute(query).fetchone()
    return int(value)


def _configure(connection: sqlite3.Connection) -> None:
    for pragma in (
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        "journal_mode = WAL",
        "synchronous = FULL",  # NORMAL loses the last commits at a power loss, which looks like a cut-off chain
        "recursive_triggers = ON",  # otherwise INSERT OR REPLACE deletes without the delete trigger
        "foreign_keys = ON",
        "trusted_schema = OFF",
        "cell_size_check = ON",
        "journal_size_limit = 67108864",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _check_identity(connection: sqlite3.Connection, path: Path) -> None:
    identity = _number(connection, "PRAGMA application_id")
    empty = _number(connection, "SELECT count(*) FROM sqlite_schema") == 0
    if identity != APPLICATION_ID and not (identity == 0 and empty):
        raise StoreError(f"{path} is not a record database", "Move it away; the station makes a new one")


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    known = migrations()
    version = _number(connection, "PRAGMA user_version")
    if version > known[-1].number:
        raise StoreError(f"{path} has schema {version}, newer than this program", "Install the newer version")
    if version:
        _check_applied(connection, path, known[:version])
    if version == known[-1].number:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS migration (number INTEGER PRIMARY KEY, name TEXT NOT NULL,"
            " sha256 TEXT NOT NULL, applied_us INTEGER NOT NULL) STRICT"
        )
        for migration in known[version:]:
            for statement in _statements(migration.sql):
                connection.execute(statement)
            if migration.name in _FILL:
                _FILL[migration.name](connection, _tell)
            connection.execute(
                "INSERT INTO migration VALUES (?, ?, ?, ?)",
                (migration.number, migration.name, migration.digest, time.time_ns() // 1000),
            )
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {known[-1].number}")
        connection.execute("COMMIT")
    except sqlite3.Error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _tell(done: int, total: int) -> None:
    if total:
        log.info("the records are prepared for recalls and audits, once: %d of %d", done, total)


def _check_applied(connection: sqlite3.Connection, path: Path, expected: list[Migration]) -> None:
    applied = connection.execute("SELECT number, sha256 FROM migration ORDER BY number").fetchall()
    if applied != [(migration.number, migration.digest) for migration in expected]:
        raise StoreError(f"{path} was made with other migrations", "Use the version that made it")


def _statements(sql: str) -> list[str]:
    """Split a script; `executescript` would commit the open transaction first."""
    statements: list[str] = []
    pending = ""
    for line in sql.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            statements.append(pending)
            pending = ""
    return statements
