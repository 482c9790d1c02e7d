# SPDX-License-Identifier: AGPL-3.0-or-later
"""Takes whole shifts out of a station as an audit bundle (docs/formats.md, section 11), beside the running station."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from inspector.durable import writing_durable
from inspector.errors import ConfigError, DiskFull, EvidenceError, StoreError
from inspector.evidence import bundle as form
from inspector.evidence.record import document_hash, read_stored
from inspector.store.bundle_erasures import LaterErasures
from inspector.store.snapshot import ShiftRange, Snapshot

Progress = Callable[[str, int, int], None]
"""Called with a stage ("records", "images"), how much of it is done, and how much there is."""

_NAMES_NOTHING = frozenset(["outcome", "image-lost", "receipt"])
"""Frequent types whose records name no document, list or image: they need not be read."""
_PROGRESS_EVERY = 1000
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Choice:
    """Which shifts a bundle holds.

    Attributes:
        scope: What the manifest says of it.
        words: The same for people.
        fits: Whether a shift belongs to it.
    """

    scope: form.Scope
    words: str
    fits: Callable[[Snapshot, ShiftRange], bool]


def one_shift(number: int) -> Choice:
    """One shift by its number."""
    return Choice(form.Scope("shift", str(number)), f"shift {number}", lambda _, shift: shift.shift == number)


def one_lot(lot: str) -> Choice:
    """From the first to the last shift that was opened for a lot."""
    return Choice(form.Scope("lot", lot), f"lot {lot}", lambda snapshot, shift: snapshot.lot(shift) == lot)


def between(begin: datetime, end: datetime) -> Choice:
    """All shifts that touch a time.

    Args:
        begin: With its offset; fractions of the second are dropped.
        end: With its offset; fractions of the second are dropped.
    """
    times = [int(moment.timestamp()) for moment in (begin, end)]
    value = "/".join(f"{datetime.fromtimestamp(time, UTC):%Y-%m-%dT%H:%M:%SZ}" for time in times)
    first_us, last_us = (time * 1_000_000 for time in times)

    def fits(snapshot: Snapshot, shift: ShiftRange) -> bool:
        moments = [int(str(snapshot.fields(seq).get("t_us"))) for seq in (shift.first, shift.last)]
        return min(moments) <= last_us and first_us <= max(moments)

    return Choice(form.Scope("time", value), f"the time {value}", fits)


def everything() -> Choice:
    """All shifts."""
    return Choice(form.Scope("all", ""), "everything", lambda _, __: True)


@dataclass
class Exported:
    """What a bundle holds, and what it should hold and the station does not have.

    Attributes:
        manifest: As in the bundle.
        size: Bytes of the file.
        images: Image files.
        documents: Documents and lists of passed parts.
        images_erased: Images that records name as stored and that were erased by rule since.
        missing_images: Digests of other images that are missing; at most 1,000, see `images_missing`.
        images_missing: How many.
        missing_documents: Names of documents and lists.
        damaged_shifts: Later shifts whose records do not lead to their seal, so that their erasures are left out.
    """

    manifest: form.Manifest
    size: int = 0
    images: int = 0
    documents: int = 0
    images_erased: int = 0
    missing_images: list[str] = field(default_factory=list)
    images_missing: int = 0
    missing_documents: list[str] = field(default_factory=list)
    damaged_shifts: list[int] = field(default_factory=list)


def export_bundle(
    station: Path,
    choice: Choice,
    output: Path,
    *,
    ledger: Path | None = None,
    images: bool = True,
    force: bool = False,
    progress: Progress | None = None,
) -> Exported:
    """Write a bundle; it has its name only when it is whole.

    Args:
        station: Station directory; may belong to a running station, whose records are read in one snapshot.
        choice: Which shifts.
        output: The file.
        ledger: Folder of the log, where it is not `ledger` in the directory.
        images: Whether to take the image files.
        force: Whether to replace an existing file.
        progress: Called now and then.

    Returns:
        What is in it, and what is missing: a missing image or document does not stop the export, the verifier names it.

    Raises:
        ConfigError: Nothing fits the choice, or the file exists.
        StoreError: The records or files of the station cannot be read, or the bundle cannot be written.
        EvidenceError: What ties the records together is so damaged that no bundle can be made.
        DiskFull: No space for the bundle.
    """
    if output.exists() and not force:
        raise ConfigError(f"{output} exists", "Choose another name, or replace it with --force")
    try:
        with writing_durable(output) as stream, contextlib.closing(form.BundleWriter(stream)) as writer:
            exporter = _Exporter(station, writer, images, progress or (lambda *_: None))
            with Snapshot(station) as snapshot:
                exporter.records(snapshot, choice)
            exporter.files(ledger or station / "ledger")
            writer.finish()
            exporter.done.size = stream.tell()
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(f"No space for {output}", "Free space on this disk, or write to another one") from error
        raise StoreError(f"The bundle {output} cannot be written: {error}", "Check the path and the disk") from error
    return exporter.done


class _Exporter:
    """One export: first what is in the database, then, with the database let go, the files that records name."""

    done: Exported

    def __init__(self, station: Path, writer: form.BundleWriter, images: bool, progress: Progress) -> None:
        self._station = station
        self._writer = writer
        self._with_images = images
        self._progress = progress
        self._images: dict[bytes, None] = {}
        self._parts: set[bytes] | None = None
        self._documents: set[str] = set()
        self._lists: set[str] = set()

    def records(self, snapshot: Snapshot, choice: Choice) -> None:
        """Manifest, records, seals, heads, receipts and later erasures."""
        manifest = self._manifest(snapshot, choice)
        self.done = Exported(manifest)
        self._writer.add(form.MANIFEST, manifest.encode())
        first, last = manifest.first, manifest.first + manifest.count - 1
        if self._with_images and snapshot.has_erasures(last + 1):
            self._parts = set()
        with self._writer.member(form.RECORDS, snapshot.length(first, last)) as member:
            for number, (kind, data) in enumerate(snapshot.records(first, last), 1):
                member.write(data + b"\n")
                if kind not in _NAMES_NOTHING:
                    self._note(data)
                if number % _PROGRESS_EVERY == 0:
                    self._progress("records", number, manifest.count)
        self._progress("records", manifest.count, manifest.count)
        seals = [(data, signature) for _, data, signature in snapshot.seals(manifest.first_shift)]
        heads = snapshot.heads(manifest.first_shift, manifest.last_shift)
        self._writer.add_lines(form.SEALS, (form.signed_line(*seal) for seal in seals))
        self._writer.add_lines(form.HEADS, (form.signed_line(*head) for head in heads))
        rotations = [digest for data in snapshot.key_records() for digest in self._note(data)]
        digests = sorted({*(document_hash(data) for data, _ in (*seals, *heads)), *rotations})
        numbers = (seq for digest in digests for seq in snapshot.receipts(digest) if not first <= seq <= last)
        self._writer.add_lines(form.RECEIPTS, (form.receipt_line(snapshot.fields(seq)) for seq in numbers))
        if self._parts:
            self._later_erasures(snapshot, self._parts, manifest.last_shift)

    def _later_erasures(self, snapshot: Snapshot, parts: set[bytes], last_shift: int) -> None:
        """Years of them may be too long for memory, and their size has to be known first."""
        later = LaterErasures(snapshot, parts)
        with tempfile.SpooledTemporaryFile(max_size=_CHUNK) as spool:
            for line in later.lines(last_shift):
                spool.write(line)
            size = spool.tell()
            spool.seek(0)
            if size:
                with self._writer.member(form.ERASURES, size) as member:
                    while data := spool.read(_CHUNK):
                        member.write(data)
        self.done.damaged_shifts = later.damaged

    def _manifest(self, snapshot: Snapshot, choice: Choice) -> form.Manifest:
        chosen = [shift for shift in snapshot.shifts() if choice.fits(snapshot, shift)]
        if not chosen:
            raise ConfigError(f"there are no records of {choice.words}", "See `inspector show --station DIR --shifts`")
        begin, end = chosen[0], chosen[-1]
        return form.Manifest(
            _station_name(snapshot, begin),
            choice.scope,
            begin.first,
            end.last - begin.first + 1,
            begin.shift,
            end.shift,
            snapshot.hash(begin.first - 1),
            snapshot.seal_hash(begin.shift - 1),
            self._with_images,
        )

    def _note(self, data: bytes) -> list[str]:
        """What a record names, and which documents; a damaged one names nothing."""
        try:
            fields = read_stored(data)
        except EvidenceError:
            return []
        if fields.get("type") == "image-stored":
            with contextlib.suppress(ValueError):  # no digest
                self._images[bytes.fromhex(str(fields.get("image_digest")))] = None
                if self._parts is not None:
                    self._parts.add(bytes.fromhex(str(fields.get("part"))))
            return []
        named = list(form.named_documents(fields))
        self._documents.update(named)
        passed = fields.get("passed_since")
        if isinstance(passed, dict):
            self._lists.add(str(passed.get("file")))
        return named

    def files(self, ledger: Path) -> None:
        """Keys, documents, lists and images."""
        self._take(form.STATION_KEY, self._station / "keys" / "station.pub", form.LONGEST_KEY)
        self._take(form.LOG_KEY, ledger / "log.vkey", form.LONGEST_KEY)
        for digest in sorted(self._documents):
            path = self._station / "documents" / digest
            self._take_named(form.document_name(digest), path, form.LONGEST_DOCUMENT)
        for file in sorted(self._lists):
            self._take_named(form.list_name(file), self._station / "challenge" / file)
        if self._with_images:
            self._take_images()

    def _take_named(self, name: str, path: Path, limit: int | None = None) -> None:
        if self._take(name, path, limit):
            self.done.documents += 1
        else:
            self.done.missing_documents.append(name)

    def _take_images(self) -> None:
        missing: dict[bytes, None] = {}
        for number, digest in enumerate(self._images, 1):
            name = form.image_name(digest.hex())
            if self._take(name, self._station / name):
                self.done.images += 1
            else:
                missing[digest] = None
            if number % _PROGRESS_EVERY == 0 or number == len(self._images):
                self._progress("images", number, len(self._images))
        if missing:
            self._tell_missing(missing)

    def _tell_missing(self, missing: dict[bytes, None]) -> None:
        """Which of these were erased by rule, perhaps only since the records were read."""
        absent = len(missing)
        with Snapshot(self._station) as snapshot:
            for digest in snapshot.erased():
                missing.pop(digest, None)
        self.done.images_erased = absent - len(missing)
        self.done.images_missing = len(missing)
        self.done.missing_images = [digest.hex() for digest, _ in zip(missing, range(_PROGRESS_EVERY), strict=False)]

    def _take(self, name: str, path: Path, limit: int | None = None) -> bool:
        """Copy a file into the bundle; False if there is none, or one that is too large to be what it should be."""
        with _opened(path) as stream:
            size = 0 if stream is None else os.fstat(stream.fileno()).st_size
            if stream is None or (limit is not None and size > limit):
                return False
            with self._writer.member(name, size) as member:
                while data := stream.read(min(_CHUNK, member.left)):
                    member.write(data)
        return True


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[BinaryIO | None]:
    """A regular file, or None if there is no such file."""
    try:
        stream = path.open("rb") if path.is_file() else None
    except FileNotFoundError:  # since a moment
        stream = None
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror}", "Check the permissions and the disk") from error
    if stream is None:
        yield None
        return
    with stream:
        yield stream


def _station_name(snapshot: Snapshot, shift: ShiftRange) -> str:
    """The station, as the first readable record says it."""
    for seq in range(shift.first, shift.last + 1):
        with contextlib.suppress(EvidenceError):
            return str(snapshot.fields(seq).get("station"))
    raise EvidenceError(f"No record of shift {shift.shift} can be read", "Run `inspector verify`")
