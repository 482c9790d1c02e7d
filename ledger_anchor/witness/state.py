# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a witness must never forget: the newest checkpoint of each log that it cosigned."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from inspector.errors import StoreError

_SCHEMA = """
CREATE TABLE IF NOT EXISTS cosigned (
    origin TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    root BLOB NOT NULL,
    note TEXT NOT NULL
) STRICT
"""
_WAIT_S = 10.0


@dataclass(frozen=True, slots=True)
class Cosigned:
    """The newest checkpoint of a log.

    Attributes:
        size: Number of entries.
        root: RFC 6962 root, 32 bytes.
        note: The checkpoint with the signatures of the log and of this witness.
    """

    size: int
    root: bytes
    note: str


class WitnessState:
    """A file with one row for each log. Used from several threads.

    Args:
        path: Made if it is not there.

    Raises:
        StoreError: It cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        try:
            self._database = sqlite3.connect(path, timeout=_WAIT_S, isolation_level=None, check_same_thread=False)
            # What was answered must survive a power loss: otherwise the witness would sign a fork afterwards.
            self._database.execute("PRAGMA journal_mode = DELETE")
            self._database.execute("PRAGMA synchronous = EXTRA")
            self._database.execute(_SCHEMA)
        except sqlite3.Error as error:
            raise StoreError(f"{path} cannot be opened: {error}", "Check the folder; restore it from a copy") from error

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def newest(self, origin: str) -> Cosigned | None:
        """The newest checkpoint of a log; None when there was none.

        Raises:
            StoreError: The file cannot be read.
        """
        with self._lock, _told():
            return self._read(origin)

    @contextmanager
    def updating(self, origin: str) -> Iterator[Update]:
        """Look and write in one step, also against a second program with the same file.

        What was set is durable when the block is left; an error in it leaves everything as it was.

        Raises:
            StoreError: The file cannot be read or written.
        """
        with self._lock:
            with _told():
                self._database.execute("BEGIN IMMEDIATE")
            try:
                with _told():
                    update = Update(self._read(origin))
                yield update
                with _told():
                    if update.after is not None:
                        row = (origin, update.after.size, update.after.root, update.after.note)
                        self._database.execute("INSERT OR REPLACE INTO cosigned VALUES (?, ?, ?, ?)", row)
                    self._database.execute("COMMIT")
            except BaseException:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                raise

    def _read(self, origin: str) -> Cosigned | None:
        row = self._database.execute("SELECT size, root, note FROM cosigned WHERE origin = ?", (origin,)).fetchone()
        return None if row is None else Cosigned(*row)


class Update:
    """One look and write.

    Attributes:
        before: What is known; None for a log that was never cosigned.
        after: Set it to write.
    """

    def __init__(self, before: Cosigned | None) -> None:
        self.before = before
        self.after: Cosigned | None = None


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(f"The state of the witness cannot be used: {error}", "Check the disk") from error
