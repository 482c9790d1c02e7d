# SPDX-License-Identifier: AGPL-3.0-or-later
"""Backs a station up while it inspects: one snapshot of the database, and every file that it names.

What a record names never changes, so that a second backup into the same folder copies only what is new. The list of the
backup is written last, in one step: until then the one before stays as complete as it was.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

from filelock import FileLock, Timeout

from inspector.config import Config, load_config
from inspector.config.flat import flatten
from inspector.durable import make_directory, sync_directory, write_durable
from inspector.errors import DiskFull, EvidenceError, FormatInvalid, RetentionRefused, StoreError
from inspector.evidence.bundle import named_documents
from inspector.evidence.note import parse_checkpoint, split_note
from inspector.store.backup_files import (
    DATABASES,
    OBJECTS,
    SCRATCH,
    BackupList,
    copy_checked,
    digest_of,
    ledger_files,
    need_digest,
    other_files,
    sync_copies,
    told,
)
from inspector.store.database import DATABASE_NAME, open_for_reading
from inspector.store.keeping_lock import keeping_lock
from inspector.store.read import RecordReader, StoredRecord

Progress = Callable[[str, int, int], None]
"""Called with a stage ("database", "files", "images"), how much of it is done, and how much there is."""

PAGES = 2048
LOCK = "backup.lock"
SECRETS = ("passphrase_file", "password_file", "key_file", "token_file", "keystore_file")
"""Keys of settings that name a credential, in any table."""
_EVERY = 100
_FRESH = 10_000
"""So many images that were looked at in this run are remembered: simulated cameras repeat theirs."""


def back_up(station: Path, folder: Path, *, again: bool = False, progress: Progress | None = None) -> BackupList:
    """Back a station up into a folder, on top of the backup that is there, if any.

    Args:
        station: Station directory; the station may be running.
        folder: The backup; made if it is missing.
        again: Read files that an earlier backup has copied again, and copy those anew that are damaged.
        progress: Called now and then.

    Returns:
        The list of the backup, complete when this returns.

    Raises:
        RetentionRefused: Another backup is being made, or images are being erased.
        ConfigError: It is no station directory.
        DiskFull: No space; a backup that was there before is as it was.
        StoreError: The folder holds something else, or something cannot be read or written.
        EvidenceError: A record is damaged.
    """
    config = load_config(station)
    if folder.resolve().is_relative_to(station.resolve()):
        raise StoreError(f"{folder} lies in the station directory", "Choose a folder on another disk")
    with told(folder):
        make_directory(folder)
    with _alone(folder), keeping_lock(station):
        before = _list_before(folder, config.station.name)
        return _Backup(station, folder, config, before, progress or (lambda *_: None), again=again).make()


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        raise RetentionRefused(f"another backup into {folder} is being made", "Wait until it is done") from None
    try:
        yield
    finally:
        lock.release()


def _list_before(folder: Path, name: str) -> BackupList | None:
    if not (folder / "backup.json").exists():
        strange = [path.name for path in folder.iterdir() if path.name not in (LOCK, *_PARTS)]
        if strange:
            raise StoreError(f"{folder} holds something else ({strange[0]})", "Choose an empty folder")
        return None
    found = BackupList.read(folder)
    if found.station != name:
        raise StoreError(f"{folder} is a backup of station {found.station}", f"Choose another folder for {name}")
    return found


_PARTS = (SCRATCH, DATABASES, OBJECTS, "images", "documents", "challenge")


class _Backup:
    """One run of `back_up`."""

    def __init__(
        self, station: Path, folder: Path, config: Config, before: BackupList | None, progress: Progress, *, again: bool
    ) -> None:
        self._station = station
        self._folder = folder
        self._config = config
        self._before = before
        self._progress = progress
        self._again = again
        self._named: set[str] = set()
        self._fresh: set[str] = set()

    def make(self) -> BackupList:
        checkpoint = self._read_checkpoint()  # before the database: what the log holds by then, the snapshot has
        self._clear()
        made = self._snapshot()
        with RecordReader(self._database(made.database)) as reader:
            self._other_files(made, reader, checkpoint)
            self._named_files(made, reader)
            sync_copies(self._folder)
            made.write(self._folder)
            self._forget_erased(reader)
        self._clear(made)
        return made

    def _database(self, name: str) -> Path:
        return self._folder / DATABASES / name

    def _clear(self, made: BackupList | None = None) -> None:
        """Remove what an interrupted backup has left, or what the list names no more."""
        keep = made or self._before
        wanted = set(keep.files.values()) if keep else set()
        with told(self._folder):
            for path in (self._folder / DATABASES).glob("*"):
                if keep is None or path.name != keep.database:
                    shutil.rmtree(path)
            for path in (self._folder / OBJECTS).glob("*/*") if made else ():
                if path.name not in wanted:
                    path.unlink()
            make_directory(self._folder / SCRATCH)
            for path in (self._folder / SCRATCH).iterdir():
                path.unlink()

    def _snapshot(self) -> BackupList:
        """Copy the database as it is at one moment, beside its writer."""
        made_us = time.time_ns() // 1000
        name = f"{made_us}"
        path = self._database(name) / DATABASE_NAME
        with told(path), closing(open_for_reading(self._station)) as source:
            make_directory(path.parent)
            try:
                source.execute("BEGIN")
                seq, head = _newest(source)  # from here on this connection sees one state, however long it takes
                with closing(sqlite3.connect(path)) as target:
                    source.backup(target, pages=PAGES, progress=self._pages, sleep=0)
                    target.execute("PRAGMA journal_mode = DELETE")
                    if _newest(target) != (seq, head):
                        raise StoreError(f"{path} is not what was copied", "Check the disk, then try again")
            except sqlite3.Error as error:
                raise _explained(error, path) from error
            sync_directory(path.parent)
            digest = digest_of(path) or ""
        with RecordReader(path.parent) as reader:
            sealed = max((one.shift for one in reader.shifts() if one.seal is not None), default=0)
        source_path = str(self._station.resolve())
        program = version("inspector-station")
        return BackupList(self._config.station.name, source_path, made_us, program, name, digest, seq, head, sealed)

    def _pages(self, _status: int, remaining: int, total: int) -> None:
        self._progress("database", total - remaining, total)

    # Files that are no records

    def _read_checkpoint(self) -> bytes | None:
        folder = self._ledger()
        if folder is None:
            return None
        with told(folder):
            path = folder / "checkpoint"
            return path.read_bytes() if path.is_file() else None

    def _ledger(self) -> Path | None:
        """The log, if it lies in the station directory; one elsewhere is a witness and has its own backup."""
        folder = (self._station / self._config.ledger.path).resolve()
        return folder if folder.is_relative_to(self._station.resolve()) else None

    def _other_files(self, made: BackupList, reader: RecordReader, checkpoint: bytes | None) -> None:
        folder = self._ledger()
        with told(self._station):
            self._take(made, list(other_files(self._station, folder, self._secrets())), "")
            if folder is None or not folder.is_dir():
                return
            inside = folder.relative_to(self._station.resolve()).as_posix() + "/"
            self._take_checkpoint(made, reader, f"{inside}checkpoint", checkpoint)
            while not self._take(made, list(ledger_files(folder)), inside):
                continue  # the log has put a wider file in the place of some

    def _take(self, made: BackupList, found: list[tuple[str, Path, bool]], inside: str) -> bool:
        """Copy files under a path; False when one of them was there and is gone."""
        complete = True
        for number, (name, path, secret) in enumerate(found, 1):
            if secret:
                made.left_out.append(inside + name)
                continue
            with told(path):
                digest = digest_of(path)
            if digest is None:
                complete = False
            elif self._object(path, digest):
                made.files[inside + name] = digest
            else:
                raise StoreError(f"{path} changed while it was copied", "Try again")
            self._progress("files", number, len(found))
        return complete

    def _object(self, path: Path, digest: str) -> bool:
        target = self._folder / OBJECTS / digest[:2] / digest
        return self._has(target, digest) or self._copy(path, target, digest)

    def _secrets(self) -> frozenset[Path]:
        named = flatten(self._config.model_dump(mode="json"))
        files = [json.loads(value) for name, value in named.items() if name.rpartition(".")[2] in SECRETS]
        return frozenset((self._station / file).resolve() for file in files if file)

    def _take_checkpoint(self, made: BackupList, reader: RecordReader, name: str, early: bytes | None) -> None:
        """The newest state of the log whose documents and receipts are all in the snapshot.

        The log goes on while the database is copied. What it held before is in the snapshot, and so is what the
        newest receipt in the snapshot proves.
        """
        best = early
        for record in reader.latest(1, kind="receipt"):
            proof = str(record.fields["proof"])
            note = proof.partition("\n\n")[2].encode()
            if _size(note) > _size(best):
                best = note
        if best is None:
            return
        digest = hashlib.sha256(best).hexdigest()
        path = self._folder / OBJECTS / digest[:2] / digest
        with told(path):
            make_directory(path.parent)
            write_durable(path, best, scratch=self._folder / SCRATCH)
        made.files[name] = digest

    # Files that records name

    def _named_files(self, made: BackupList, reader: RecordReader) -> None:
        total = reader.stored_count()
        seen = 0
        for record in reader.naming_files():
            try:
                if record.kind == "image-stored":
                    seen += 1
                    self._image(made, reader, record)
                elif record.kind == "challenge":
                    self._list(made, record)
                else:
                    self._documents(made, record)
            except (KeyError, TypeError) as error:
                raise EvidenceError(f"Record {record.seq} is damaged: {error!r}", "Run `inspector verify`") from error
            if seen % _EVERY == 0:
                self._progress("images", seen, total)
        for path in sorted((self._station / "documents").glob("*")):
            if len(path.name) == 64 and path.name not in self._named:
                self._put(made, path, self._folder / "documents" / path.name, path.name, f"document {path.name}")
        self._progress("images", total, total)

    def _image(self, made: BackupList, reader: RecordReader, record: StoredRecord) -> None:
        fields = record.fields
        if reader.erasure(str(fields["part"]), str(fields["camera"])) is not None:
            return
        digest, expected = need_digest(fields["image_digest"], record.seq), str(fields["file_sha256"])
        inside = Path("images", digest[:2], f"{digest}.png")
        target = self._folder / inside
        made.images += 1
        what = f"image {digest} of record {record.seq}"
        believed = self._before is not None and record.seq <= self._before.seq
        if digest in self._fresh:
            return
        if not believed and len(self._fresh) < _FRESH:
            self._fresh.add(digest)
        size = int(str(fields["size"])) if believed else None
        self._put(made, self._station / inside, target, expected, what, size)

    def _documents(self, made: BackupList, record: StoredRecord) -> None:
        for named in named_documents(record.fields):
            digest = need_digest(named, record.seq)
            if digest in self._named:  # they are named again and again
                continue
            self._named.add(digest)
            source = self._station / "documents" / digest
            self._put(made, source, self._folder / "documents" / digest, digest, f"document {digest}")

    def _list(self, made: BackupList, record: StoredRecord) -> None:
        named = record.fields["passed_since"]
        if isinstance(named, dict):
            inside = Path("challenge", Path(str(named["file"])).name)
            what = f"list {named['file']} of record {record.seq}"
            self._put(made, self._station / inside, self._folder / inside, str(named["sha256"]), what)

    def _put(
        self, made: BackupList, source: Path, target: Path, expected: str, what: str, size: int | None = None
    ) -> None:
        if not self._has(target, expected, size) and not self._copy(source, target, expected):
            made.miss(f"{what} {'was changed' if source.exists() else 'is missing'}")

    def _copy(self, source: Path, target: Path, expected: str) -> bool:
        """Copy a file; False when it is not there, or is not what it should be."""
        return copy_checked(source, target, expected, scratch=self._folder / SCRATCH) is not None

    def _has(self, target: Path, expected: str, size: int | None = None) -> bool:
        """Whether a file is there already; with a size: of a complete backup, where its hash was checked."""
        with told(target):
            if self._again or size is None:
                return digest_of(target) == expected
            return target.is_file() and target.stat().st_size == size

    def _forget_erased(self, reader: RecordReader) -> None:
        """What its rule let go at the station goes here too, once the backup that says so is complete."""
        for record in reader.erasures(-1):
            digest = str(record.fields["image_digest"])
            path = self._folder / "images" / digest[:2] / f"{digest}.png"
            kept = (
                one
                for one in reader.stored_images(digest)
                if reader.erasure(str(one.fields["part"]), str(one.fields["camera"])) is None
            )
            if path.is_file() and next(kept, None) is None:
                with told(path):
                    path.unlink(missing_ok=True)


def _newest(connection: sqlite3.Connection) -> tuple[int, str]:
    row = connection.execute("SELECT seq, hash FROM record ORDER BY seq DESC LIMIT 1").fetchone()
    return (0, "0" * 64) if row is None else (int(row[0]), row[1].hex())


def _explained(error: sqlite3.Error, path: Path) -> StoreError:
    if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL:
        return DiskFull(f"No space for {path}", "Free space there, or choose another disk")
    return StoreError(f"The database cannot be copied to {path}: {error}", "Check both disks")


def _size(note: bytes | None) -> int:
    try:
        return -1 if note is None else parse_checkpoint(split_note(note)[0]).size
    except FormatInvalid:
        return -1
