# SPDX-License-Identifier: AGPL-3.0-or-later
"""One consistent view of a station's records, for what is taken out of it: the exact bytes, also of damaged records."""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from inspector.errors import EvidenceError, FormatInvalid, StoreError
from inspector.evidence.record import document_hash, read_stored
from inspector.store.database import open_for_reading

ZEROS = "0" * 64
_SEALS = (
    "SELECT shift, bytes, signature FROM seal WHERE shift >= ?1 UNION ALL SELECT shift, bytes, NULL FROM seal_unsigned"
    " WHERE shift >= ?1 AND shift NOT IN (SELECT shift FROM seal) ORDER BY 1"
)


@dataclass(frozen=True, slots=True)
class ShiftRange:
    """The records of one shift.

    Attributes:
        shift: Its number.
        first: Its first record.
        last: Its last record; of an open shift the newest one.
    """

    shift: int
    first: int
    last: int


class Snapshot:
    """A read transaction: what the station writes meanwhile does not show. Use it in the thread that made it.

    While it lasts the station's write-ahead log grows, so read what you need and close it.

    Args:
        station: Station directory.

    Raises:
        StoreError: There is no database, or of another version.
    """

    def __init__(self, station: Path) -> None:
        self._connection = open_for_reading(station)
        try:
            with _told():
                self._connection.execute("BEGIN")
                (self.newest,) = self._connection.execute("SELECT coalesce(max(seq), 0) FROM record").fetchone()
        except StoreError:
            self._connection.close()
            raise

    def __enter__(self) -> Snapshot:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def shifts(self) -> list[ShiftRange]:
        """All shifts with records, oldest first.

        Raises:
            StoreError: The records cannot be read.
            EvidenceError: A seal is damaged.
        """
        ranges: list[ShiftRange] = []
        first = shift = 1
        for sealed, data, _ in self.seals(1):
            fields = _object(data, "A seal")
            begin = _whole(fields, "first", "a seal")
            if begin > first:  # of a seal that is missing
                ranges.append(ShiftRange(shift, first, begin - 1))
            ranges.append(ShiftRange(sealed, begin, begin + _whole(fields, "count", "a seal") - 1))
            first, shift = ranges[-1].last + 1, sealed + 1
        if first <= self.newest:
            ranges.append(ShiftRange(shift, first, self.newest))
        return ranges

    def fields(self, seq: int) -> dict[str, object]:
        """A record as a mapping.

        Raises:
            StoreError: The records cannot be read.
            EvidenceError: There is no such record, or it is damaged.
        """
        return _object(self._bytes(seq), f"Record {seq}")

    def hash(self, seq: int) -> str:
        """Hash of the bytes of a record, 64 hex digits; 64 zeros for record 0.

        Raises:
            StoreError: The records cannot be read.
            EvidenceError: There is no such record.
        """
        return hashlib.sha256(b"\x00" + self._bytes(seq)).hexdigest() if seq else ZEROS

    def seal_hash(self, shift: int) -> str:
        """Document hash of the seal of a shift; 64 zeros for shift 0.

        Raises:
            StoreError: The records cannot be read.
            EvidenceError: There is no such seal.
        """
        for found, data, _ in self.seals(shift):
            if found == shift:
                return document_hash(data)
        if shift:
            raise EvidenceError(f"The seal of shift {shift} is missing", "Run `inspector verify`")
        return ZEROS

    def lot(self, shift: ShiftRange) -> str | None:
        """Lot of a shift, or None if it was not opened; its shift-open record is among its first ones.

        Raises:
            StoreError: The records cannot be read.
        """
        query = "SELECT bytes FROM record WHERE seq BETWEEN ? AND ? AND type = 'shift-open' ORDER BY seq LIMIT 1"
        for (data,) in self._all(query, shift.first, shift.last):
            with contextlib.suppress(EvidenceError):  # a damaged one is of no lot
                return str(_object(data, "A shift-open record").get("lot"))
        return None

    def length(self, first: int, last: int) -> int:
        """Bytes of these records, one more for each.

        Raises:
            StoreError: The records cannot be read.
        """
        query = "SELECT coalesce(sum(length(bytes) + 1), 0) FROM record WHERE seq BETWEEN ? AND ?"
        with _told():
            return int(self._connection.execute(query, (first, last)).fetchone()[0])

    def records(self, first: int, last: int) -> Generator[tuple[str, bytes], None, None]:
        """Type and bytes of these records, in order.

        Raises:
            StoreError: The records cannot be read.
        """
        query = "SELECT type, bytes FROM record WHERE seq BETWEEN ? AND ? ORDER BY seq"
        with _told(), contextlib.closing(self._connection.execute(query, (first, last))) as cursor:
            yield from cursor

    def key_records(self) -> list[bytes]:
        """The key-rotate and key-statement records of all shifts: who checks some shifts needs the way to their key.

        Raises:
            StoreError: The records cannot be read.
        """
        query = "SELECT bytes FROM record WHERE type = ? ORDER BY seq"
        return [data for kind in ("key-rotate", "key-statement") for (data,) in self._all(query, kind)]

    def erased(self) -> Generator[bytes, None, None]:
        """Digests of the images that were erased by rule, 32 bytes each; damaged records say nothing.

        Raises:
            StoreError: The records cannot be read.
        """
        query = "SELECT bytes FROM record JOIN erased_key USING (seq) ORDER BY seq"
        with _told(), contextlib.closing(self._connection.execute(query)) as cursor:
            for (data,) in cursor:
                with contextlib.suppress(FormatInvalid, ValueError):
                    yield bytes.fromhex(str(read_stored(data).get("image_digest")))

    def erasures(self, first: int, last: int) -> Generator[tuple[bytes, bytes], None, None]:
        """Bytes and leaf hash of the image-erased records among these, in order.

        Raises:
            StoreError: The records cannot be read.
        """
        query = "SELECT bytes, hash FROM record WHERE type = 'image-erased' AND seq BETWEEN ? AND ? ORDER BY seq"
        with _told(), contextlib.closing(self._connection.execute(query, (first, last))) as cursor:
            yield from cursor

    def has_erasures(self, from_seq: int) -> bool:
        """Whether there is an image-erased record from this one on.

        Raises:
            StoreError: The records cannot be read.
        """
        query = "SELECT EXISTS (SELECT 1 FROM record WHERE type = 'image-erased' AND seq >= ?)"
        return any(bool(found) for (found,) in self._all(query, from_seq))

    def leaves(self, first: int, last: int) -> Generator[bytes, None, None]:
        """Leaf hashes of these records as the database has them, 32 bytes each, in order.

        Raises:
            StoreError: The records cannot be read.
        """
        query = "SELECT hash FROM record WHERE seq BETWEEN ? AND ? ORDER BY seq"
        with _told(), contextlib.closing(self._connection.execute(query, (first, last))) as cursor:
            for (digest,) in cursor:
                yield digest

    def seals(self, from_shift: int) -> list[tuple[int, bytes, bytes | None]]:
        """Shift, bytes and signature of the seals from this shift on; the signature is None while the key is locked.

        Raises:
            StoreError: The records cannot be read.
        """
        return list(self._all(_SEALS, from_shift))

    def heads(self, first_shift: int, last_shift: int) -> list[tuple[bytes, bytes]]:
        """Bytes and signature of the heads of these shifts, by shift and count.

        Raises:
            StoreError: The records cannot be read.
        """
        query = "SELECT bytes, signature FROM head WHERE shift BETWEEN ? AND ? ORDER BY shift, count"
        return list(self._all(query, first_shift, last_shift))

    def receipts(self, document: str) -> list[int]:
        """Numbers of the receipt records of a seal, head or rotation, by name of the ledger.

        Raises:
            StoreError: The records cannot be read.
        """
        query = "SELECT seq FROM receipt_key WHERE document = ? ORDER BY ledger"
        return [int(seq) for (seq,) in self._all(query, document)]

    def _bytes(self, seq: int) -> bytes:
        for (data,) in self._all("SELECT bytes FROM record WHERE seq = ?", seq):
            return bytes(data)
        raise EvidenceError(f"There is no record {seq}", "Run `inspector verify`")

    def _all(self, query: str, *values: object) -> Iterator[Any]:
        with _told():
            yield from self._connection.execute(query, values)


@contextlib.contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(f"The records cannot be read: {error}", "Run `inspector verify`") from error


def _object(data: bytes, what: str) -> dict[str, object]:
    try:
        return read_stored(data)
    except FormatInvalid as error:
        raise EvidenceError(f"{what} is damaged: {error}", "Run `inspector verify`") from error


def _whole(fields: dict[str, object], name: str, what: str) -> int:
    value = fields.get(name)
    if not isinstance(value, int):
        raise EvidenceError(f"Damaged: {name} of {what} is not an integer", "Run `inspector verify`")
    return value
