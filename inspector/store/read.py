# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reads records beside the running writer: for the station, the api, the anchor, reports and `inspector show`."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Collection, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from inspector.errors import EvidenceError, StoreError
from inspector.evidence.record import document_hash
from inspector.evidence.seal import SignedDocument
from inspector.store.database import open_for_reading
from inspector.store.index import EVENT
from inspector.store.unique import FILE_KEY_DIGITS, FILE_PLACE_BITS

RECEIPT_WITHIN_RECORDS = 20_000
"""So far back the receipt of a head is looked for when nothing is known of any; those of seals are always found."""
IMAGE_WITHIN_RECORDS = 1_000_000
"""An image is stored soon after its part; so far back its part record is looked for, and no further."""

_NAMING = (
    "shift-open",
    "challenge-start",
    "challenge",
    "bypass-start",
    "change",
    "key-rotate",
    "key-statement",
    "image-stored",
)
_COLUMNS = "SELECT seq, type, shift, bytes, hash FROM record "

_SAME_FILE = """
WITH RECURSIVE places (number) AS (
    SELECT (SELECT coalesce(max(seq), 0) FROM record) >> ?1 UNION ALL SELECT number - 1 FROM places WHERE number > 0
)
SELECT record.seq, type, shift, bytes, hash
FROM places CROSS JOIN image_file AS file ON file.place = number AND file.digest = ?2
CROSS JOIN record ON record.seq = file.seq ORDER BY record.seq DESC
"""


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """One record as it is stored, unchecked: checking is the verifier's work.

    Attributes:
        seq: Its number.
        kind: Its type.
        shift: Its shift.
        data: Its bytes.
        hash: Its hash, 64 hex digits.
    """

    seq: int
    kind: str
    shift: int
    data: bytes
    hash: str

    @property
    def fields(self) -> dict[str, object]:
        """The record as a mapping.

        Raises:
            EvidenceError: The bytes are not a JSON object.
        """
        try:
            value: object = json.loads(str(self.data, "utf-8"))
        except ValueError as error:
            raise EvidenceError(f"Record {self.seq} is damaged: {error}", "Run `inspector verify`") from error
        if not isinstance(value, dict):
            raise EvidenceError(f"Record {self.seq} is damaged: not an object", "Run `inspector verify`")
        return value


@dataclass(frozen=True, slots=True)
class ShiftSummary:
    """One shift, closed or open.

    Attributes:
        shift: Its number.
        first: Its first record.
        count: Its records.
        seal: Hash of its seal, 64 hex digits, or None while it is open.
        signed: Whether the seal is signed.
        anchored: Whether a ledger has given a receipt for the seal.
    """

    shift: int
    first: int
    count: int
    seal: str | None
    signed: bool
    anchored: bool


@dataclass(frozen=True, slots=True)
class LedgerState:
    """How far the ledgers have come.

    Attributes:
        sealed: Closed shifts.
        anchored: Closed shifts whose seal has enough receipts.
        oldest_unanchored_us: Time of the oldest seal without them, UTC, microseconds; None if there is none.
        anchored_us: When the last receipt came, of a seal or of a head; None if there was none lately.
    """

    sealed: int
    anchored: int
    oldest_unanchored_us: int | None
    anchored_us: int | None = None


@dataclass(slots=True)
class _Closed:
    """What never changes about a closed shift, and the ledgers that are known to have its seal."""

    shift: int
    first: int
    count: int
    digest: str
    ledgers: set[str] = field(default_factory=set)


_OF_PEOPLE = ("login", "logout", "user-change", "setup", "change", "alarm", "alarm-answer", "signature", "export")
_PEOPLE = f"{EVENT} AND type IN {_OF_PEOPLE}"


class RecordReader:
    """A read-only view of a station's records. Use it in the thread that made it.

    Args:
        station: Station directory.

    Raises:
        StoreError: There is no database, or of another version.
    """

    def __init__(self, station: Path) -> None:
        self._connection = open_for_reading(station)
        self._closed: list[_Closed] = []
        self._receipt_us: int | None = None
        self._receipts_to = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the database."""
        self._connection.close()

    def record(self, seq: int) -> StoredRecord | None:
        """The record with this number, or None."""
        return self._one(_COLUMNS + "WHERE seq = ?", seq)

    def latest(self, limit: int, *, kind: str | None = None, before_seq: int | None = None) -> list[StoredRecord]:
        """The newest records, newest first.

        Args:
            limit: At most this many.
            kind: Only of this type.
            before_seq: Only older than this one, to page on.
        """
        query = _COLUMNS + "WHERE seq < coalesce(?, 9223372036854775807) AND type = coalesce(?, type)"
        return list(self._many(query + " ORDER BY seq DESC LIMIT ?", before_seq, kind, limit))

    def following(self, seq: int, limit: int) -> list[StoredRecord]:
        """The records after this one, oldest first, at most `limit`."""
        return list(self._many(_COLUMNS + "WHERE seq > ? ORDER BY seq LIMIT ?", seq, limit))

    def since_shift_open(self, kind: str) -> list[StoredRecord]:
        """All records of a type since the newest `shift-open` (of an open or a closed shift), oldest first."""
        query = "SELECT seq FROM record WHERE type = 'shift-open' ORDER BY seq DESC LIMIT 1"
        return list(self._many(_COLUMNS + f"WHERE type = ? AND seq > coalesce(({query}), 0) ORDER BY seq", kind))

    def leaf_hashes(self, first: int, count: int) -> list[bytes]:
        """Stored hashes of `count` records from `first` on: the leaves of a shift's tree."""
        query = "SELECT hash FROM record WHERE seq BETWEEN ? AND ? ORDER BY seq"
        with _told():
            return [row[0] for row in self._connection.execute(query, (first, first + count - 1))]

    def part(self, line_boot: str, part_seq: int) -> StoredRecord | None:
        """The part record under this key, or None."""
        query = _COLUMNS + "JOIN part_key USING (seq) WHERE line_boot = ? AND part_seq = ?"
        return self._one(query, line_boot, part_seq)

    def part_hash(self, line_boot: str, part_seq: int) -> str | None:
        """Hash of the part record under this key, 64 hex digits, or None."""
        record = self.part(line_boot, part_seq)
        return None if record is None else record.hash

    def outcome(self, line_boot: str, part_seq: int) -> StoredRecord | None:
        """The outcome record under this key, or None."""
        query = _COLUMNS + "JOIN outcome_key USING (seq) WHERE line_boot = ? AND part_seq = ?"
        return self._one(query, line_boot, part_seq)

    def gaps(self, *, from_seq: int) -> list[StoredRecord]:
        """All gap records from this one on."""
        return list(self._many(_COLUMNS + "JOIN gap_key USING (seq) WHERE seq >= ? ORDER BY seq", from_seq))

    def bypass_records(self, limit: int = -1) -> list[StoredRecord]:
        """The bypass-start and bypass-end records, newest first; all if not told otherwise."""
        query = _COLUMNS + "WHERE type IN ('bypass-start', 'bypass-end') ORDER BY seq DESC LIMIT ?"
        return list(self._many(query, limit))

    def rotations(self) -> list[StoredRecord]:
        """The rotations of the station's key, oldest first."""
        return list(self._many(_COLUMNS + "WHERE type = 'key-rotate' ORDER BY seq"))

    def key_statements(self) -> list[StoredRecord]:
        """What a plant root said of the station's keys, oldest first."""
        return list(self._many(_COLUMNS + "WHERE type = 'key-statement' ORDER BY seq"))

    def naming_files(self) -> Iterator[StoredRecord]:
        """All records that name a file, except parts, in order: the whole table is read."""
        kinds = ", ".join(f"'{kind}'" for kind in _NAMING)
        return self._many(_COLUMNS + f"WHERE type IN ({kinds}) ORDER BY seq")

    def hold_records(self) -> Iterator[StoredRecord]:
        """All hold and hold-end records, oldest first."""
        return self._many(_COLUMNS + "WHERE type IN ('hold', 'hold-end') ORDER BY seq")

    def stored_count(self) -> int:
        """How many image-stored records there are."""
        with _told():
            (count,) = self._connection.execute("SELECT count(*) FROM image_file").fetchone()
        return int(count)

    def erasures(self, limit: int) -> list[StoredRecord]:
        """The newest image-erased records, newest first; all for -1."""
        return list(self._many(_COLUMNS + "WHERE type = 'image-erased' ORDER BY seq DESC LIMIT ?", limit))

    def erasure(self, part: str, camera: str) -> StoredRecord | None:
        """The image-erased record of this view of a part, or None.

        Args:
            part: Hash of the part record, 64 hex digits.
            camera: Name of the camera.
        """
        return self._one(_COLUMNS + "JOIN erased_key USING (seq) WHERE part = ? AND camera = ?", part, camera)

    def stored_images(self, digest: str) -> Iterator[StoredRecord]:
        """The image-stored records of this image, newest first: all of them share one file."""
        for record in self._many(_SAME_FILE, FILE_PLACE_BITS, digest[:FILE_KEY_DIGITS]):
            if record.fields.get("image_digest") == digest:
                yield record

    def part_before(self, digest: str, seq: int) -> StoredRecord | None:
        """The part record with this hash; `seq` is that of its image-stored record, which follows soon."""
        query = _COLUMNS + "WHERE seq < ?1 AND seq >= ?1 - ?2 AND hash = ?3 ORDER BY seq DESC LIMIT 1"
        return self._one(query, seq, IMAGE_WITHIN_RECORDS, bytes.fromhex(digest))

    def shift_open_of(self, shift: int) -> StoredRecord | None:
        """The shift-open record of a shift, or None."""
        query = _COLUMNS + "WHERE seq >= ? AND shift = ? AND type = 'shift-open' ORDER BY seq LIMIT 1"
        closed = self._closed_shifts()
        before = next((one for one in reversed(closed) if one.shift < shift), None)
        return self._one(query, before.first + before.count if before else 1, shift)

    def parts_among(self, first: int, count: int) -> Iterator[StoredRecord]:
        """The part records among these, in order."""
        query = _COLUMNS + "WHERE seq BETWEEN ? AND ? AND type = 'part' ORDER BY seq"
        return self._many(query, first, first + count - 1)

    def challenge_records(self) -> Iterator[StoredRecord]:
        """All challenge-start and challenge records, newest first."""
        return self._many(_COLUMNS + "WHERE type IN ('challenge-start', 'challenge') ORDER BY seq DESC")

    def newest_of_people(self, kind: str) -> StoredRecord | None:
        """The newest record of one of the types that tell of people and changes, or None."""
        return self._one(_COLUMNS + f"WHERE {EVENT} AND type = ? ORDER BY seq DESC LIMIT 1", kind)

    def oldest_of_people(self, kind: str) -> StoredRecord | None:
        """The oldest record of one of these types, or None."""
        return self._one(_COLUMNS + f"WHERE {EVENT} AND type = ? ORDER BY seq LIMIT 1", kind)

    def newest_signature(self, meaning: str) -> StoredRecord | None:
        """The newest signature with this meaning, or None."""
        with contextlib.closing(
            self._many(_COLUMNS + f"WHERE {EVENT} AND type = 'signature' ORDER BY seq DESC")
        ) as found:
            return next((one for one in found if one.fields["meaning"] == meaning), None)

    def by_hash_of_people(self, kind: str, digest: str) -> StoredRecord | None:
        """The record of one of these types with this hash, or None."""
        query = _COLUMNS + f"WHERE {EVENT} AND type = ? AND hash = ? ORDER BY seq DESC LIMIT 1"
        return self._one(query, kind, bytes.fromhex(digest))

    def changes_since(self, seq: int) -> list[StoredRecord]:
        """The change records after this one, oldest first."""
        return list(self._many(_COLUMNS + f"WHERE {EVENT} AND type = 'change' AND seq > ? ORDER BY seq", seq))

    def newest_change(self, what: str, name: str) -> StoredRecord | None:
        """The newest change record of this kind and name, or None."""
        query = _COLUMNS + f"WHERE {EVENT} AND type = 'change' ORDER BY seq DESC"
        with contextlib.closing(self._many(query)) as found:
            return next((one for one in found if (one.fields["what"], one.fields["name"]) == (what, name)), None)

    def changes_of(self, what: str, name: str) -> list[StoredRecord]:
        """All change records of this kind and name, oldest first."""
        return [one for one in self.changes_since(0) if (one.fields["what"], one.fields["name"]) == (what, name)]

    def of_people(self, limit: int) -> list[StoredRecord]:
        """The newest records that tell of people and changes, newest first, at most `limit`."""
        return list(self._many(_COLUMNS + f"WHERE {_PEOPLE} ORDER BY seq DESC LIMIT ?", limit))

    def parts_and_openings(self, first: int, last: int) -> Iterator[StoredRecord]:
        """The part and shift-open records among these, in order."""
        query = _COLUMNS + "WHERE seq BETWEEN ? AND ? AND type IN ('part', 'shift-open') ORDER BY seq"
        return self._many(query, first, last)

    def of_types(self, first: int, last: int, kinds: Sequence[str]) -> Iterator[StoredRecord]:
        """The records of these types among these, in order."""
        marks = ", ".join("?" * len(kinds))
        query = _COLUMNS + f"WHERE seq BETWEEN ? AND ? AND type IN ({marks}) ORDER BY seq"
        return self._many(query, first, last, *kinds)

    def shift_opening(self, first: int, count: int) -> StoredRecord | None:
        """The shift-open record of a shift with this first record and this many, or None."""
        query = _COLUMNS + "WHERE seq BETWEEN ? AND ? AND type = 'shift-open' ORDER BY seq LIMIT 1"
        return self._one(query, first, first + count - 1)

    def receipts(self, document: str) -> list[StoredRecord]:
        """The receipt records of a seal or head, by ledger.

        Args:
            document: Its document hash, 64 hex digits.
        """
        return list(self._many(_COLUMNS + "JOIN receipt_key USING (seq) WHERE document = ? ORDER BY ledger", document))

    def by_serial(self, text: str) -> list[StoredRecord]:
        """All part records with this serial, oldest first."""
        return list(self._many(_COLUMNS + "JOIN serial USING (seq) WHERE text = ? ORDER BY seq", text))

    def by_serial_newest_first(self, text: str, *, from_seq: int) -> Iterator[StoredRecord]:
        """The part records with this serial from this one on, newest first."""
        query = _COLUMNS + "JOIN serial USING (seq) WHERE text = ? AND seq >= ? ORDER BY seq DESC"
        return self._many(query, text, from_seq)

    def first_plc_count(self, *, from_seq: int) -> int | None:
        """The plant's count of the first part from this record on, or None if there is none."""
        record = self._one(_COLUMNS + "WHERE seq >= ? AND type = 'part' ORDER BY seq LIMIT 1", from_seq)
        return None if record is None else _whole(record.fields, "plc_count")

    def last_plc_count(self, *, before_seq: int) -> int | None:
        """The plant's count of the last part before this record, or None if there is none."""
        record = self._one(_COLUMNS + "WHERE seq < ? AND type = 'part' ORDER BY seq DESC LIMIT 1", before_seq)
        return None if record is None else _whole(record.fields, "plc_count")

    def shifts(self) -> list[ShiftSummary]:
        """All shifts, oldest first; the last one is open and may be empty."""
        closed = self._closed_shifts()
        with _told():
            (signed,) = self._connection.execute("SELECT coalesce(max(shift), 0) FROM seal").fetchone()
            (newest,) = self._connection.execute("SELECT coalesce(max(seq), 0) FROM record").fetchone()
        summaries = [
            ShiftSummary(c.shift, c.first, c.count, c.digest, c.shift <= signed, self._has_receipt(c, None))
            for c in closed
        ]
        first = closed[-1].first + closed[-1].count if closed else 1
        return [*summaries, ShiftSummary(len(closed) + 1, first, newest - first + 1, None, False, False)]

    def seal(self, shift: int) -> SignedDocument | None:
        """The signed seal of a shift, or None."""
        with _told():
            row = self._connection.execute("SELECT bytes, signature FROM seal WHERE shift = ?", (shift,)).fetchone()
        return None if row is None else SignedDocument(row[0], row[1])

    def head_digest(self, shift: int, last: int) -> str | None:
        """Document hash of the signed head of a shift that covers records up to this one, or None."""
        with _told():
            rows = self._connection.execute("SELECT bytes FROM head WHERE shift = ? ORDER BY count DESC", (shift,))
            for (data,) in rows:
                head = _document(data)
                covered = _whole(head, "first") + _whole(head, "count") - 1
                if covered <= last:
                    return document_hash(data) if covered == last else None
        return None

    def last_receipt(self, origin: str) -> StoredRecord | None:
        """The newest receipt record of a ledger."""
        newest = "WHERE seq = (SELECT MAX(seq) FROM receipt_key WHERE ledger = ?)"
        return self._one(_COLUMNS + newest, origin)

    def unreceipted_seals(self, origin: str, limit: int = 100) -> list[SignedDocument]:
        """The oldest signed seals without a receipt of this ledger, oldest first."""
        waiting = [closed.shift for closed in self._closed_shifts() if not self._has_receipt(closed, origin)]
        seals = (self.seal(shift) for shift in waiting[:limit])
        return [seal for seal in seals if seal is not None]

    def unreceipted_head(self, origin: str) -> SignedDocument | None:
        """The newest head of the open shift, if it has no receipt of this ledger.

        Older heads are superseded by it. While a seal still waits for its signature there is none, because no
        ledger takes a head before the seal that it follows.
        """
        query = (
            "SELECT bytes, signature FROM head WHERE shift = (SELECT coalesce(max(shift), 0) + 1 FROM seal)"
            " AND shift > (SELECT coalesce(max(shift), 0) FROM seal_unsigned) ORDER BY count DESC LIMIT 1"
        )
        with _told():
            row = self._connection.execute(query).fetchone()
        if row is None:
            return None
        document = SignedDocument(row[0], row[1])
        return None if self._knows(document.digest, origin) else document

    def _knows(self, document: str, origin: str) -> bool:
        with _told():
            query = "SELECT 1 FROM receipt_key WHERE document = ? AND ledger = ?"
            return self._connection.execute(query, (document, origin)).fetchone() is not None

    def unreceipted_rotations(self, origin: str) -> list[StoredRecord]:
        """The rotations of the station's key whose statement has no receipt of this ledger, oldest first."""
        return [rotation for rotation in self.rotations() if not self._knows(str(rotation.fields["statement"]), origin)]

    def ledger_state(self, origins: Collection[str] | None = None, needed: int = 1) -> LedgerState:
        """How far the ledgers have come, unsigned seals included.

        Args:
            origins: Ledgers whose receipts count; None for any.
            needed: So many of them have to hold a seal.
        """
        closed = self._closed_shifts()
        waiting = [shift for shift in closed if not self._has_receipts(shift, origins, needed)]
        oldest_us = None
        if waiting:
            record = self.record(waiting[0].first + waiting[0].count - 1)
            oldest_us = None if record is None else _whole(record.fields, "t_us")
        return LedgerState(len(closed), len(closed) - len(waiting), oldest_us, self._last_receipt_us(closed))

    def _last_receipt_us(self, closed: list[_Closed]) -> int | None:
        """Each time only what is new is looked through."""
        newest = next(iter(self.latest(1)), None)
        if newest is None:
            return None
        if not self._receipts_to:
            anchored = next((one for one in reversed(closed) if one.ledgers), None)
            known = () if anchored is None else self.receipts(anchored.digest)
            self._receipt_us = max((_whole(one.fields, "t_us") for one in known), default=None)
            self._receipts_to = max(0, newest.seq - RECEIPT_WITHIN_RECORDS)
        query = _COLUMNS + "WHERE seq > ? AND type = 'receipt' ORDER BY seq DESC LIMIT 1"
        receipt = self._one(query, self._receipts_to)
        if receipt is not None:
            self._receipt_us = _whole(receipt.fields, "t_us")
        self._receipts_to = newest.seq
        return self._receipt_us

    def staff_id(self, commitment: str) -> str | None:
        """Who is behind a commitment, or None after the opening was erased."""
        with _told():
            row = self._connection.execute(
                "SELECT staff_id FROM operator WHERE commitment = ?", (commitment,)
            ).fetchone()
        return None if row is None else str(row[0])

    def _closed_shifts(self) -> list[_Closed]:
        """Seals never change, so that only new ones are read and hashed."""
        query = (
            "SELECT shift, bytes FROM seal WHERE shift > ?1 UNION ALL SELECT shift, bytes FROM seal_unsigned"
            " WHERE shift > ?1 AND shift > (SELECT coalesce(max(shift), 0) FROM seal) ORDER BY 1"
        )
        with _told():
            rows = self._connection.execute(query, (len(self._closed),)).fetchall()
        for shift, data in rows:
            seal = _document(data)
            self._closed.append(_Closed(shift, _whole(seal, "first"), _whole(seal, "count"), document_hash(data)))
        return self._closed

    def _has_receipt(self, closed: _Closed, origin: str | None) -> bool:
        """Whether a ledger (None: any) has the seal."""
        return self._has_receipts(closed, None if origin is None else (origin,), 1)

    def _has_receipts(self, closed: _Closed, origins: Collection[str] | None, needed: int) -> bool:
        """Whether enough ledgers have the seal; receipts never go away, so only what waits is looked up."""

        def enough() -> bool:
            return len(closed.ledgers if origins is None else closed.ledgers.intersection(origins)) >= needed

        if enough():
            return True
        with _told():
            rows = self._connection.execute("SELECT ledger FROM receipt_key WHERE document = ?", (closed.digest,))
            closed.ledgers.update(str(row[0]) for row in rows)
        return enough()

    def _one(self, query: str, *values: object) -> StoredRecord | None:
        with _told():
            row = self._connection.execute(query, values).fetchone()
        return None if row is None else StoredRecord(row[0], row[1], row[2], row[3], row[4].hex())

    def _rows(self, query: str, *values: object) -> Generator[tuple[Any, ...], None, None]:
        with _told():
            cursor = self._connection.execute(query, values)
            try:
                yield from iter(cursor.fetchone, None)  # of the cursor itself it would close it, too late
            finally:
                with contextlib.suppress(sqlite3.ProgrammingError):  # left half-way, and the reader is closed already
                    cursor.close()

    def _many(self, query: str, *values: object) -> Generator[StoredRecord, None, None]:
        for seq, kind, shift, data, digest in self._rows(query, *values):
            yield StoredRecord(seq, kind, shift, data, digest.hex())


@contextlib.contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(f"The records cannot be read: {error}", "Run `inspector verify`") from error


def _document(data: bytes) -> dict[str, object]:
    try:
        value: object = json.loads(data)
    except ValueError as error:
        raise EvidenceError(f"A seal is damaged: {error}", "Run `inspector verify`") from error
    if not isinstance(value, dict):
        raise EvidenceError("A seal is damaged: not an object", "Run `inspector verify`")
    return value


def _whole(fields: dict[str, object], name: str) -> int:
    value = fields.get(name)
    if not isinstance(value, int):
        raise EvidenceError(f"Damaged: {name} is not an integer", "Run `inspector verify`")
    return value
