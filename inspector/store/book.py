# SPDX-License-Identifier: AGPL-3.0-or-later
"""The chain and its database together, for one thread: every change is one transaction, or did not happen."""

from __future__ import annotations

import contextlib
import logging
import secrets
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from inspector.clock import Clock
from inspector.errors import EvidenceError, KeyLocked, ShiftError, StoreError
from inspector.evidence.chain import Stamp
from inspector.evidence.keys import commit
from inspector.evidence.record import document_hash, parse_strict, record_hash
from inspector.evidence.rotation import Rotation, open_rotation, sign_rotation
from inspector.evidence.seal import SignedDocument, build_head, build_seal
from inspector.store.clock_steps import clock_step
from inspector.store.database import DATABASE_NAME, UNUSABLE, open_for_writing
from inspector.store.documents import DocumentStore
from inspector.store.index import PartIndex
from inspector.store.results import Appended, Fields, Position, Rotated, SealedShift, Signer
from inspector.store.rotations import rotated_key, rotated_since, rotation_fields
from inspector.store.signing import PendingHead, try_to_sign
from inspector.store.tail import PendingImage, check_stored, load_tail, opened_by
from inspector.store.unique import FILE_KEY_DIGITS, FILE_PLACE_BITS, find, note, unique_key

_INSERT = "INSERT INTO record (seq, type, shift, bytes, hash) VALUES (?, ?, ?, ?, ?)"

log = logging.getLogger(__name__)


class RecordBook:
    """See the module. Not safe for use by two threads; `RecordWriter` is.

    Args:
        station: Station directory.
        name: Name of the station, in every record.
        public_key: Raw public key of the station, 32 bytes; named in seals also while the key is locked. When a
            record says that the key was rotated, that record is right, whatever the key files say.
        boot: Identity of this run, 16 hex digits.
        clock: Source of both times in records.

    Raises:
        StoreError: The database cannot be used.
        EvidenceError: The stored chain contradicts itself; the message names the record.
    """

    def __init__(self, station: Path, name: str, public_key: bytes, boot: str, clock: Clock) -> None:
        self._boot = boot
        self._clock = clock
        self._signer: Signer | None = None
        self._documents = DocumentStore(station)
        self._connection = open_for_writing(station)
        self._index = PartIndex(self._connection)
        try:
            self.public_key = rotated_key(self._connection) or public_key
            tail = load_tail(self._connection, name)
            self._unsigned = len(self._waiting_seals())
        except sqlite3.Error as error:
            self._connection.close()
            raise StoreError(f"{station / DATABASE_NAME} cannot be read: {error}", UNUSABLE) from error
        except BaseException:
            self._connection.close()
            raise
        self.pending_images: tuple[PendingImage, ...] = tuple(tail.images.values())
        self._chain = tail.chain
        self._prev_seal = tail.prev_seal
        self._head_count = tail.head_count
        self._fresh = tail.chain.span.count > tail.head_count
        self._last_t_us, self._last_mono_us = tail.last_t_us, 0
        self._opened = tail.opened
        self._checked_seq = tail.chain.seq
        self._checked = tail.chain.span.tree.copy()
        self._settle()

    @property
    def signer(self) -> Signer | None:
        """The key that was handed over and still signs, as far as is known; any thread may ask."""
        return self._signer

    @property
    def unlocked(self) -> bool:
        """Whether there is one."""
        return self._signer is not None

    @property
    def position(self) -> Position:
        """How far the chain has come, after the last commit; any thread may ask."""
        mark, prev_seal, opened, unsigned = self._settled
        span = mark.span
        counts = span.counts.as_dict()
        return Position(mark.seq, mark.prev, span.shift, span.first, span.count, counts, prev_seal, opened, unsigned)

    def close(self) -> None:
        """Close the database; the write-ahead log is merged into it, also while others read.

        SQLite merges by itself only when the last connection that may write is also the last of all.
        """
        try:
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error as error:
            log.warning("the write-ahead log stays beside the database: %s", error)  # it is as good there
        self._connection.close()

    def append(self, records: Sequence[tuple[str, Fields]]) -> list[Appended | EvidenceError]:
        """Append several records in one transaction.

        Returns:
            For each its place in the chain, or why its fields were refused (the others are written all the same).

        Raises:
            sqlite3.Error: Nothing was written and the chain has not moved.
        """
        results: list[Appended | EvidenceError] = []
        with self._transaction():
            for kind, fields in records:
                try:
                    results.append(self._append(kind, fields))
                except EvidenceError as error:
                    results.append(error)
        return results

    def seal_shift(self, closed_by: str, reconciliation: Fields) -> SealedShift:
        """Append the shift-close record and make the seal, both in one transaction.

        What is sealed is read back from the stored bytes first, so that no damaged record is ever signed.

        Args:
            closed_by: Commitment to the person, 64 hex digits.
            reconciliation: As in the shift-close record.

        Raises:
            ShiftError: No shift is open.
            EvidenceError: A stored record is damaged, or the fields do not fit the schema.
            sqlite3.Error: Nothing was written.
        """
        opened = self._opened
        if opened is None:
            raise ShiftError("No shift is open", "Open one first")
        with self._transaction():
            close = self._append_close(closed_by, reconciliation)
            check_stored(self._connection, self._chain)
            data = build_seal(
                self._chain.station,
                self._chain.span,
                self._chain.prev,
                close.t_us,
                self._prev_seal,
                self.public_key,
                opened.simulated,
                t_open_us=opened.t_us,
                t_close_us=close.t_us,
                independent=reconciliation.get("independent"),
            )
            shift = self._chain.shift
            signature = self._insert_seal(shift, data)
            self._chain.start_shift()
            self._opened = None
        self._prev_seal = document_hash(data)
        self._head_count = 0
        self._unsigned += signature is None
        self._checked_seq, self._checked = self._chain.seq, self._chain.span.tree.copy()
        self._settle()
        return SealedShift(shift, close, data, signature)

    def sign_head(self) -> SignedDocument | None:
        """Sign how far the open shift has come; None when no shift is open or nothing was added since.

        Raises:
            KeyLocked: The key is locked, or does not answer.
            EvidenceError: A record that was stored since the last head is damaged.
            sqlite3.Error: Nothing was written.
        """
        pending = self.begin_head()
        return None if pending is None else self.end_head(pending, try_to_sign(pending.signer, pending.data))

    def begin_head(self) -> PendingHead | None:
        """What a head would say now, for whoever signs it; None when no shift is open or nothing was added since.

        The receipt of a head is nothing new: otherwise each head would call for another one.

        Raises:
            KeyLocked: The key is locked.
            EvidenceError: A record that was stored since the last head is damaged.
        """
        span, opened = self._chain.span, self._opened
        if opened is None or not self._fresh:
            return None
        if self._signer is None:
            raise KeyLocked("The head cannot be signed", "Unlock the key")
        self._check_since_last_head()
        t_us = max(self._clock.utc_us(), self._last_t_us)
        data = build_head(
            self._chain.station, span, self._chain.prev, t_us, self._prev_seal, self.public_key, opened.simulated
        )
        self._fresh = False
        return PendingHead(span.shift, span.count, data, self._signer)

    def end_head(self, pending: PendingHead, signature: bytes | None) -> SignedDocument | None:
        """Keep a head that was signed; None if its shift was sealed meanwhile, which says all that it would.

        Args:
            pending: From `begin_head`.
            signature: None if the key did not sign it: it counts as locked then.

        Raises:
            KeyLocked: It was not signed.
            sqlite3.Error: Nothing was written.
        """
        if signature is None:
            self._fresh = True
            self._lose(pending.signer)
            raise KeyLocked("The head could not be signed", "Check the key")
        if pending.shift != self._chain.shift:
            return None
        try:
            with self._transaction():
                self._connection.execute(
                    "INSERT INTO head (shift, count, bytes, signature) VALUES (?, ?, ?, ?)",
                    (pending.shift, pending.count, pending.data, signature),
                )
        except sqlite3.Error:
            self._fresh = True
            raise
        self._head_count = pending.count
        return SignedDocument(pending.data, signature)

    def unlock(self, signer: Signer) -> int:
        """Take the key, and sign the seals that waited for it; returns how many.

        Raises:
            EvidenceError: It is not the key of this station.
            KeyLocked: It does not sign; it was not taken.
            sqlite3.Error: Nothing was written, and the key was not taken.
        """
        if signer.public_key != self.public_key:
            raise EvidenceError("This is not the key of this station", "Compare with keys/station.pub")
        waiting = self._waiting_seals()
        with self._transaction():
            for shift, data in waiting:
                signature = try_to_sign(signer, data)
                if signature is None:
                    raise KeyLocked("The key does not sign", "Check it, then unlock it again")
                self._connection.execute("INSERT INTO seal VALUES (?, ?, ?)", (shift, data, signature))
        self._signer, self._unsigned = signer, 0
        self._settle()
        return len(waiting)

    def rotate_key(self, new: Signer, reason: str, by: str) -> Rotated:
        """From the next seal on, sign with another key; the one that is in force signs for that.

        The statement is durable before the record is; the record is the moment of the change. What a crash leaves
        before it is a document that nothing names, and after it the new key is in force.

        Args:
            new: The new key, unlocked.
            reason: Why, one line.
            by: Commitment to the person, 64 hex digits.

        Raises:
            ShiftError: A shift is open, or the key was rotated since the last seal.
            KeyLocked: The key in force is locked, or a seal waits for it.
            EvidenceError: The reason does not fit, or a key cannot sign.
            StoreError: The statement cannot be kept.
            sqlite3.Error: Nothing was written; the key stays.
        """
        chain, signer = self._chain, self.may_rotate_key()
        rotation = Rotation(chain.station, self.public_key, new.public_key, chain.shift, reason)
        document = sign_rotation(rotation, signer, new)
        open_rotation(document)  # a token that signs nonsense must not take the station's last good key with it
        fields = rotation_fields(rotation, self._documents.put(document), by)
        with self._transaction():
            appended = self._insert("key-rotate", fields)
        self._signer, self.public_key = new, new.public_key
        return Rotated(appended, document, rotation)

    def may_rotate_key(self) -> Signer:
        """The key in force, if another one may take its place now.

        Raises:
            ShiftError: A shift is open, or the key was rotated since the last seal.
            KeyLocked: The key in force is locked, or a seal waits for it.
        """
        if self._opened is not None:
            message = f"Shift {self._chain.shift} is open, and one key signs all of a shift"
            raise ShiftError(message, "Close it first")
        if self._signer is None or self._unsigned:
            raise KeyLocked("The key in force must sign for the new one", "Unlock it first")
        if rotated_since(self._connection, self._chain.span.first):
            raise ShiftError("The key was rotated since the last seal", "Open and close a shift with it first")
        return self._signer

    def commit_operator(self, staff_id: str) -> str:
        """A fresh commitment to a person, 64 hex digits; its opening goes to the erasable table.

        Raises:
            sqlite3.Error: Nothing was written.
        """
        salt = secrets.token_bytes(16)
        commitment = commit(salt, staff_id)
        with self._transaction():
            self._connection.execute("INSERT INTO operator VALUES (?, ?, ?)", (commitment, salt, staff_id))
        return commitment

    def erase_openings(self, staff_id: str) -> int:
        """Erase who is behind all commitments to a staff id; the records stay as they are.

        The freed bytes are overwritten, in the database and in its write-ahead log.

        Returns:
            How many there were.

        Raises:
            sqlite3.Error: Nothing was erased.
        """
        self._connection.execute("PRAGMA secure_delete = ON")
        with self._transaction():
            erased = self._connection.execute("DELETE FROM operator WHERE staff_id = ?", (staff_id,)).rowcount
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return erased

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        before = self._last_t_us, self._last_mono_us, self._opened
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            self._chain.restore(self._settled[0])
            self._last_t_us, self._last_mono_us, self._opened = before
            self._index.forget()
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        self._settle()

    def _settle(self) -> None:
        """What is committed now: the state to go back to, and the one to show."""
        self._settled = (self._chain.mark(), self._prev_seal, self._opened, self._unsigned)

    def _waiting_seals(self) -> list[tuple[int, bytes]]:
        return self._connection.execute(
            "SELECT shift, bytes FROM seal_unsigned"
            " WHERE shift > (SELECT coalesce(max(shift), 0) FROM seal) ORDER BY shift"
        ).fetchall()

    def _append(self, kind: str, fields: Fields) -> Appended:
        key = unique_key(kind, fields)
        if key is not None:
            seq = find(self._connection, kind, key)
            if seq is not None:
                return self._existing(seq)
        appended = self._insert(kind, fields)
        if key is not None:
            note(self._connection, kind, key, appended.seq)
        self._index.note(kind, appended.seq, appended.t_us, fields)
        serial = fields.get("serial")
        if isinstance(serial, Mapping):
            self._connection.execute("INSERT INTO serial VALUES (?, ?)", (str(serial["text"]), appended.seq))
        if kind == "image-stored":
            name = str(fields["image_digest"])[:FILE_KEY_DIGITS]
            row = (appended.seq >> FILE_PLACE_BITS, name, appended.seq)
            self._connection.execute("INSERT INTO image_file VALUES (?, ?, ?)", row)
        return appended

    def _insert(self, kind: str, fields: Fields) -> Appended:
        t_us, mono_us = self._clock.utc_us(), self._clock.monotonic_ns() // 1000
        step = clock_step(self._last_t_us, self._last_mono_us, t_us, mono_us)
        if step:
            self._last_t_us, self._last_mono_us = t_us, mono_us
            self._insert("state", {"state": "clock-step", "reasons": [step]})
            t_us, mono_us = self._clock.utc_us(), self._clock.monotonic_ns() // 1000  # not before that of the step
        self._last_mono_us = mono_us
        stamp = Stamp(t_us, mono_us, self._boot)
        entry = self._chain.append(kind, fields, stamp)
        self._connection.execute(_INSERT, (entry.seq, entry.kind, entry.shift, entry.data, entry.digest))
        self._last_t_us = t_us
        self._fresh = self._fresh or kind != "receipt"
        if kind == "shift-open":
            self._opened = opened_by({**fields, "t_us": t_us})
        return Appended(entry.seq, entry.digest.hex(), t_us)

    def _existing(self, seq: int) -> Appended:
        data, digest = self._connection.execute("SELECT bytes, hash FROM record WHERE seq = ?", (seq,)).fetchone()
        t_us = parse_strict(data)["t_us"]
        return Appended(seq, digest.hex(), t_us if isinstance(t_us, int) else 0, existing=True)

    def _append_close(self, closed_by: str, reconciliation: Fields) -> Appended:
        counts = self._chain.span.counts.as_dict()
        fields = {"closed_by": closed_by, "counts": counts, "reconciliation": reconciliation}
        return self._insert("shift-close", fields)

    def _insert_seal(self, shift: int, data: bytes) -> bytes | None:
        signature = None if self._signer is None else try_to_sign(self._signer, data)
        if signature is None:
            self._lose(self._signer)
            self._connection.execute("INSERT INTO seal_unsigned VALUES (?, ?)", (shift, data))
        else:
            self._connection.execute("INSERT INTO seal VALUES (?, ?, ?)", (shift, data, signature))
        return signature

    def _lose(self, signer: Signer | None) -> None:
        """A key that does not sign counts as locked; another one that was handed over meanwhile stays."""
        if self._signer is signer:
            self._signer = None

    def _check_since_last_head(self) -> None:
        tree = self._checked.copy()
        rows = self._connection.execute("SELECT bytes FROM record WHERE seq > ? ORDER BY seq", (self._checked_seq,))
        for (data,) in rows:
            tree.append(record_hash(data))
        seq = self._checked_seq + tree.size - self._checked.size
        if (seq, tree.root()) != (self._chain.seq, self._chain.span.tree.root()):
            raise EvidenceError(
                f"Records {self._checked_seq + 1} to {self._chain.seq} in the database are not those that were written",
                "Run `inspector verify`; no head is signed",
            )
        self._checked, self._checked_seq = tree, seq
