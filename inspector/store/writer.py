# SPDX-License-Identifier: AGPL-3.0-or-later
"""The only writer of records: one thread, one bounded queue, and an answer only after the commit."""

from __future__ import annotations

import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from inspector.clock import Clock, SystemClock
from inspector.errors import CommitFailed, DiskFull, InspectorError, StoreError
from inspector.evidence.seal import SignedDocument
from inspector.store.book import RecordBook
from inspector.store.reserve import Reserve
from inspector.store.results import Appended, Fields, Position, Rotated, SealedShift, Signer
from inspector.store.signing import try_to_sign
from inspector.store.tail import PendingImage

__all__ = ["Appended", "PendingImage", "Position", "RecordWriter", "SealedShift"]

log = logging.getLogger(__name__)

T = TypeVar("T")

QUEUE_SIZE = 1024
"""Records that may wait for the disk; at 50 parts/s this is about ten seconds of parts and outcomes."""

QUEUE_WAIT_S = 2.0
"""How long `append` waits for room before it gives up."""

GROUP_SIZE = 64
"""Waiting records that share one commit."""

RESERVE_NAME = "records.reserve"


@dataclass(frozen=True, slots=True)
class _Append:
    kind: str
    fields: Fields
    future: Future[Appended]


@dataclass(frozen=True, slots=True)
class _Call:
    run: Callable[[], None]
    """Does the work and resolves its future; raises only sqlite3.Error."""
    fail: Callable[[StoreError], None]


class RecordWriter:
    """Appends records in the order in which they were handed over.

    At the start everything since the last seal is read back and checked (`load_tail`).

    Args:
        station: Station directory.
        name: Name of the station, in every record.
        public_key: Raw public key of the station, 32 bytes.
        boot: Identity of this run, 16 hex digits.
        clock: Source of both times in records.
        reserve_mb: Size of the reserve file.
        make_book: Opens the chain and its database.

    Raises:
        StoreError: The database cannot be used.
        EvidenceError: The stored chain contradicts itself; the message names the record.
    """

    def __init__(
        self,
        station: Path,
        name: str,
        public_key: bytes,
        *,
        boot: str,
        clock: Clock | None = None,
        reserve_mb: int = 64,
        make_book: Callable[[Path, str, bytes, str, Clock], RecordBook] = RecordBook,
    ) -> None:
        self._book = make_book(station, name, public_key, boot, clock or SystemClock())
        self._reserve = Reserve(station / RESERVE_NAME, reserve_mb << 20)
        self._full = not self._reserve.ensure()
        self._failure: CommitFailed | None = None
        self._queue: queue.SimpleQueue[_Append | _Call | None] = queue.SimpleQueue()
        self._gate = threading.Lock()
        self._closed = False
        self._taken = 0  # jobs, counted by those who hand them over
        self._finished = 0  # jobs, counted by the writer's thread
        self._head_thread: threading.Thread | None = None
        self._thread = threading.Thread(target=self._run, name="record-writer", daemon=True)
        self._thread.start()

    @property
    def pending_images(self) -> tuple[PendingImage, ...]:
        """Images that were not accounted for when this writer started; each is to become stored or lost."""
        return self._book.pending_images

    @property
    def position(self) -> Position:
        """How far the chain has come, after the last commit."""
        return self._book.position

    @property
    def idle(self) -> bool:
        """Whether everything that was handed over is written, or has failed, and whoever waited for it has heard."""
        return self._taken == self._finished or not self._thread.is_alive()

    @property
    def unlocked(self) -> bool:
        """Whether the key was handed over: heads and seals are signed."""
        return self._book.unlocked

    @property
    def public_key(self) -> bytes:
        """Raw public key that seals are by now, 32 bytes: that of the newest rotation, else the one given."""
        return self._book.public_key

    def append(self, kind: str, fields: Fields) -> Future[Appended]:
        """Append one record.

        The envelope (number, previous hash, salt, times, shift) is added here. Part, outcome, gap and receipt
        records have a key in their fields; the second append under one key resolves to the record that is there and
        writes nothing (`Appended.existing`).

        - The future MUST NOT be resolved before the record is durable: COMMIT in WAL mode with synchronous=FULL.
        - Callers MUST NOT act on a record (grant a part, acknowledge a trigger) before its future has a result.
        - When the future has an exception, the record is not in the chain, and callers MUST treat the part as not
          recorded. After `CommitFailed` it may still turn up at the next start; its key then keeps it single.
        - Records get their numbers in the order of the calls of one thread.
        - Callbacks on the future run in the writer's thread: they MUST be short and MUST NOT wait for the writer.

        Full means that the disk has been slower than the line for a thousand records: `append` then waits up to
        2 s and raises; nothing that was accepted is dropped.

        Args:
            kind: Type of the record.
            fields: Its fields, without the envelope; not to be changed afterwards.

        Returns:
            A future with the place in the chain, or with FormatInvalid (the fields do not fit the schema), DiskFull
            or CommitFailed.

        Raises:
            CommitFailed: The queue stayed full, or the writer is closed.
        """
        future: Future[Appended] = Future()
        future.set_running_or_notify_cancel()  # what was handed over cannot be taken back
        self._put(_Append(kind, fields, future))
        return future

    def seal_shift(self, closed_by: str, reconciliation: Fields) -> Future[SealedShift]:
        """Append shift-close with the counts so far and seal the shift, in one transaction; see `RecordBook`."""
        return self._call(lambda: self._book.seal_shift(closed_by, reconciliation))

    def sign_head(self) -> Future[SignedDocument | None]:
        """Sign how far the open shift has come; see `RecordBook`. Records do not wait for a key that is elsewhere."""
        signer = self._book.signer
        if signer is None or not getattr(signer, "elsewhere", False):
            return self._call(self._book.sign_head)
        result: Future[SignedDocument | None] = Future()
        result.set_running_or_notify_cancel()
        self._head_thread = threading.Thread(
            target=self._sign_elsewhere, args=(result,), name="head-signer", daemon=True
        )
        self._head_thread.start()
        return result

    def _sign_elsewhere(self, result: Future[SignedDocument | None]) -> None:
        """Only the first and the last step need the writer's thread."""
        try:
            pending = self._call(self._book.begin_head).result()
            if pending is None:
                result.set_result(None)
                return
            signature = try_to_sign(pending.signer, pending.data)
            result.set_result(self._call(lambda: self._book.end_head(pending, signature)).result())
        except InspectorError as error:
            result.set_exception(error)

    def unlock(self, signer: Signer) -> Future[int]:
        """Hand over the key; seals that waited for it are signed, the result is their number."""
        return self._call(lambda: self._book.unlock(signer))

    def may_rotate(self) -> Future[Signer]:
        """The key in force, or why it cannot be exchanged now; see `RecordBook.may_rotate_key`."""
        return self._call(self._book.may_rotate_key)

    def rotate_key(self, new: Signer, reason: str, by: str) -> Future[Rotated]:
        """From the next seal on, sign with another key; see `RecordBook`."""
        return self._call(lambda: self._book.rotate_key(new, reason, by))

    def commit_operator(self, staff_id: str) -> Future[str]:
        """A fresh commitment to a person for `opened_by`, `closed_by` and `signer`, 64 hex digits."""
        return self._call(lambda: self._book.commit_operator(staff_id))

    def barrier(self) -> Future[None]:
        """Done when everything that was handed over before is committed, or has failed."""
        return self._call(lambda: None)

    def erase_openings(self, staff_id: str) -> Future[int]:
        """Erase who is behind all commitments to a staff id; see `RecordBook`."""
        return self._call(lambda: self._book.erase_openings(staff_id))

    def close(self) -> None:
        """Write what is queued, then close the database. Safe to call twice."""
        with self._gate:
            first, self._closed = not self._closed, True
        if first:
            self._queue.put(None)
        self._thread.join()
        if self._head_thread is not None:
            self._head_thread.join()

    def _put(self, job: _Append | _Call) -> None:
        with self._gate:
            if self._closed:
                raise CommitFailed("The record writer is closed", "Restart the station")
            self._wait_for_room()
            self._taken += 1
            self._queue.put(job)

    def _wait_for_room(self) -> None:
        give_up_s = time.monotonic() + QUEUE_WAIT_S
        while self._queue.qsize() >= QUEUE_SIZE:
            if time.monotonic() > give_up_s:
                raise CommitFailed(f"{QUEUE_SIZE} records wait for the disk", "Check the disk of the station directory")
            time.sleep(0.005)

    def _call(self, work: Callable[[], T]) -> Future[T]:
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()

        def run() -> None:
            try:
                result = work()
            except InspectorError as error:
                future.set_exception(error)
            else:
                future.set_result(result)

        def fail(error: StoreError) -> None:
            if not future.done():  # the writer may die later, with other work of the same group
                future.set_exception(error)

        self._put(_Call(run, fail))
        return future

    def _run(self) -> None:
        jobs: list[_Append | _Call] = []
        try:
            while self._next_jobs(jobs):
                self._do(jobs)
                self._finished += len(jobs)
            self._book.close()
        except BaseException as error:
            self._failure = CommitFailed(f"The record writer died: {error!r}", "Restart the station")
            with self._gate:  # nothing is taken any more once the queue is emptied below
                self._closed = True
            self._fail(jobs, self._failure)
            self._fail_queued(self._failure)
            raise

    def _next_jobs(self, jobs: list[_Append | _Call]) -> bool:
        """Wait for one job and take those that wait behind it; False at the end."""
        jobs.clear()
        job = self._queue.get()
        while job is not None:
            jobs.append(job)
            if len(jobs) == GROUP_SIZE:
                return True
            try:
                job = self._queue.get_nowait()
            except queue.Empty:
                return True
        if jobs:
            self._queue.put(None)  # nothing else can come any more: `close` shut the gate first
        return bool(jobs)

    def _do(self, jobs: list[_Append | _Call]) -> None:
        group: list[_Append] = []
        for job in jobs:
            if isinstance(job, _Append):
                group.append(job)
                continue
            self._append(group)
            group = []
            self._guard(job.run, job.fail)
        self._append(group)

    def _append(self, group: list[_Append]) -> None:
        accepted: list[_Append] = []
        for job in group:
            if self._full and job.kind == "part":
                job.future.set_exception(_disk_full())
            else:
                accepted.append(job)
        if not accepted:
            return

        def run() -> None:
            results = self._book.append([(job.kind, job.fields) for job in accepted])
            for job, result in zip(accepted, results, strict=True):
                if isinstance(result, Appended):
                    job.future.set_result(result)
                else:
                    job.future.set_exception(result)

        def fail(error: StoreError) -> None:
            for job in accepted:
                job.future.set_exception(error)

        self._guard(run, fail)

    def _guard(self, run: Callable[[], None], fail: Callable[[StoreError], None]) -> None:
        """Run a transaction; on a full disk once more with the reserve; other errors end all writing."""
        if self._failure is not None:
            fail(self._failure)
            return
        try:
            run()
        except sqlite3.Error as error:
            if _code(error) == sqlite3.SQLITE_FULL and self._make_room():
                self._guard(run, fail)
            else:
                fail(self._explain(error))

    def _make_room(self) -> bool:
        self._full = True
        released = self._reserve.release()
        if released:
            log.error("the disk is full: the reserve is released, parts are refused from now on")
        return released

    def _explain(self, error: sqlite3.Error) -> StoreError:
        code = _code(error)
        if code == sqlite3.SQLITE_FULL:
            return _disk_full()
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return CommitFailed(f"Another program holds the record database: {error}", "Close what else has it open")
        # After a failed write or fsync nobody knows what is on the disk: only a fresh start reads it back.
        self._failure = CommitFailed(
            f"The record database failed: {error}", "Check the disk; the station checks the records when it starts"
        )
        log.error("%s", self._failure)
        return self._failure

    def _fail(self, jobs: list[_Append | _Call], error: StoreError) -> None:
        for job in jobs:
            if isinstance(job, _Call):
                job.fail(error)
            elif not job.future.done():
                job.future.set_exception(error)

    def _fail_queued(self, error: StoreError) -> None:
        while True:
            try:
                job = self._queue.get_nowait()
            except queue.Empty:
                return
            if job is not None:
                self._fail([job], error)


def _code(error: sqlite3.Error) -> int:
    """Primary result code (https://sqlite.org/rescode.html): the low byte."""
    return (getattr(error, "sqlite_errorcode", None) or sqlite3.SQLITE_ERROR) & 0xFF


def _disk_full() -> DiskFull:
    return DiskFull("The disk is full: no part can be recorded", "Free space on the disk of the station directory")
