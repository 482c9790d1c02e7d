# SPDX-License-Identifier: AGPL-3.0-or-later
"""Puts a backup in place as a station directory: checked, verified, and compared with whoever knows newer records."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from inspector.config import load_config
from inspector.durable import make_directory, sync_directory, write_durable
from inspector.errors import BackupDamaged, ConfigError, EvidenceError, StoreError
from inspector.evidence.bundle import named_documents
from inspector.evidence.verify.report import VerificationReport
from inspector.evidence.verify.station import verify_station
from inspector.store.backup_files import DATABASES, OBJECTS, BackupList, copy_checked, need_digest, sync_copies, told
from inspector.store.database import DATABASE_NAME
from inspector.store.newest import is_behind, newest_in_log, newest_position
from inspector.store.read import RecordReader, StoredRecord

Progress = Callable[[str, int, int], None]
"""Called with a stage ("files", "images", "verify records", ...), how much of it is done, and how much there is."""

MARK = "restored.json"
"""Stands in a station directory that was restored, until the station has recorded that."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put in place.

    Attributes:
        made: The list of the backup.
        report: What verification found.
        missing: What the records name and the backup does not have as it was recorded.
        old: Who knows newer records, in words; empty if nobody who was asked does.
        asked: Who was asked.
        placed: Whether the station directory was put in place.
    """

    made: BackupList
    report: VerificationReport
    missing: tuple[str, ...]
    old: str
    asked: tuple[str, ...]
    placed: bool


def restore(
    folder: Path,
    station: Path,
    *,
    former: Path | None = None,
    ledger: Path | None = None,
    expected_key: bytes | None = None,
    even_if_damaged: bool = False,
    progress: Progress | None = None,
) -> Restored:
    """Make a station directory from a backup.

    Args:
        folder: The backup.
        station: New directory; must not exist, or be empty.
        former: The directory that the station had, if some of it is left; without it the one that was backed up.
        ledger: Folder of the log, if it lies elsewhere than the backup's settings say.
        expected_key: Raw public key of the station that you know from elsewhere.
        even_if_damaged: Put it in place also when verification finds tampering or damage.
        progress: Called now and then.

    Raises:
        ConfigError: The directory is not empty.
        BackupDamaged: The backup is not complete, or a file is not the one in its list.
        DiskFull: No space; nothing was put in place.
        StoreError: Something cannot be read or written.
        EvidenceError: A record is damaged.
    """
    show = progress or (lambda *_: None)
    made = BackupList.read(folder)
    if station.exists() and (not station.is_dir() or any(station.iterdir())):
        raise ConfigError(f"{station} is not empty", "Choose a new directory; a station is never overwritten")
    stage = station.with_name(f".{station.name}.restoring")
    with told(stage):
        shutil.rmtree(stage, ignore_errors=True)
        make_directory(stage)
    try:
        missing = _fill(folder, stage, made, show)
        report = verify_station(
            stage,
            expected_key=expected_key,
            progress=lambda what, done, total: show(f"verify {what}", done, total),
        )
        asked, old = _compare(stage, made, station, former, ledger)
        placed = report.exit_code != 2 or even_if_damaged
        if placed:
            _place(stage, station, made, old)
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    return Restored(made, report, tuple(missing), old, tuple(asked), placed)


def _fill(folder: Path, stage: Path, made: BackupList, show: Progress) -> list[str]:
    source = folder / DATABASES / made.database / DATABASE_NAME
    _exactly(source, stage / DATABASE_NAME, made.database_sha256)
    for number, (name, digest) in enumerate(made.files.items(), 1):
        _exactly(folder / OBJECTS / digest[:2] / digest, stage / name, digest)
        if name.startswith("keys/") and not name.endswith(".pub"):
            (stage / name).chmod(0o600)
        show("files", number, len(made.files))
    for path in sorted((folder / "documents").glob("*")):
        if len(path.name) == 64:
            _exactly(path, stage / "documents" / path.name, path.name)
    for empty in ("keys", "logs", "run"):
        (stage / empty).mkdir(exist_ok=True)
    with RecordReader(stage) as reader:
        missing = _named(folder, stage, reader, show)
    for left in stage.glob(f"{DATABASE_NAME}-*"):
        left.unlink()  # of our own reading
    return missing


def _named(folder: Path, stage: Path, reader: RecordReader, show: Progress) -> list[str]:
    missing: dict[str, str] = {}
    total, seen = reader.stored_count(), 0
    for record in reader.naming_files():
        try:
            for inside, digest in _files_of(record, reader):
                target = stage / inside
                if inside in missing or target.is_file():
                    continue
                if copy_checked(folder / inside, target, digest) is None:
                    missing[inside] = f"{inside} of record {record.seq}"
        except (KeyError, TypeError) as error:
            raise EvidenceError(f"Record {record.seq} is damaged: {error!r}", "Use another backup") from error
        seen += record.kind == "image-stored"
        if seen % 100 == 0:
            show("images", seen, total)
    return list(missing.values())


def _files_of(record: StoredRecord, reader: RecordReader) -> list[tuple[str, str]]:
    """Files that a record names, with their SHA-256; those that were erased later are not among them."""
    fields = record.fields
    if record.kind == "image-stored":
        digest = need_digest(fields["image_digest"], record.seq)
        if reader.erasure(str(fields["part"]), str(fields["camera"])) is not None:
            return []
        return [(f"images/{digest[:2]}/{digest}.png", str(fields["file_sha256"]))]
    if record.kind == "challenge":
        named = fields["passed_since"]
        return [(f"challenge/{Path(str(named['file'])).name}", str(named["sha256"]))] if isinstance(named, dict) else []
    named = [need_digest(digest, record.seq) for digest in named_documents(fields)]
    return [(f"documents/{digest}", digest) for digest in named]


def _exactly(source: Path, target: Path, digest: str) -> None:
    if copy_checked(source, target, digest) is None:
        state = "is not what its list says" if source.exists() else "is missing"
        raise BackupDamaged(f"{source} {state}", "Use another backup")


def _compare(
    stage: Path, made: BackupList, station: Path, former: Path | None, ledger: Path | None
) -> tuple[list[str], str]:
    """Who was asked for newer records, and what they know; the first who does is named."""
    asked: list[str] = []
    known: list[str] = []
    with RecordReader(stage) as reader:
        for folder in _logs(stage, made, station, former, ledger):
            try:
                newest = newest_in_log(folder, made.station)
            except StoreError:
                continue  # nothing there to ask
            asked.append(f"the log in {folder}")
            if newest is not None and is_behind(reader, newest):
                known.append(f"the log in {folder} holds {newest}")
        before = former or Path(made.source)
        if before.resolve() != station.resolve() and (before / DATABASE_NAME).is_file():
            try:
                seq, head = newest_position(before)
            except StoreError:
                return asked, "; ".join(known)
            asked.append(f"the records in {before}")
            record = reader.record(seq)
            if seq > made.seq:
                known.append(f"{before} has records up to {seq}")
            elif seq and (record is None or record.hash != head):
                known.append(f"{before} has another record {seq}")
    return asked, "; ".join(known)


def _logs(stage: Path, made: BackupList, station: Path, former: Path | None, ledger: Path | None) -> list[Path]:
    """Folders where a log may be that has gone on since the backup."""
    path = load_config(stage).ledger.path
    found = [] if ledger is None else [ledger]
    before = former or Path(made.source)
    for place in (before / path, station / path):
        if Path(path).is_absolute() or not place.resolve().is_relative_to(station.resolve()):
            found.append(place)
    return list(dict.fromkeys(place.resolve() for place in found))


def _place(stage: Path, station: Path, made: BackupList, old: str) -> None:
    mark = {"made_us": made.made_us, "seq": made.seq, "restored_us": time.time_ns() // 1000, "old": old}
    with told(station):
        sync_copies(stage)
        write_durable(stage / MARK, json.dumps(mark, indent=1).encode() + b"\n")
        if station.is_dir():
            station.rmdir()
        stage.rename(station)
        sync_directory(station.parent)
