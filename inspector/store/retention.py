# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which images may be erased: what the rule says that was in force when they were taken, and what a legal hold forbids.

The station decides with it, and `inspector retention` shows with it what would go.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from inspector.errors import EvidenceError, StoreError
from inspector.evidence.retention import HoldScope, Retention, class_of, parse_retention
from inspector.store.documents import DocumentStore
from inspector.store.read import RecordReader, StoredRecord

SLACK_US = 3_600_000_000
"""So much older than the rule says an image is before it goes: a clock that is set back must not make it too early."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Hold:
    """A legal hold in force.

    Attributes:
        name: What people call it; unique among those in force.
        record: Hash of its record, 64 hex digits.
        seq: Number of its record.
        t_us: Since when, UTC, microseconds.
        by: Commitment to who ordered it.
        scope: What it covers.
        reason: Why.
    """

    name: str
    record: str
    seq: int
    t_us: int
    by: str
    scope: HoldScope
    reason: str


@dataclass(frozen=True, slots=True)
class _Shift:
    """What a shift-open record says that matters here."""

    lot: str
    recipe: str
    customer: str | None
    digest: str
    retention: Retention


@dataclass(frozen=True, slots=True)
class KeptImage:
    """One view of one part whose image is stored.

    Attributes:
        part: Hash of the part record.
        camera: Which view.
        rule: Hash of the retention document in force; empty if there was none.
        free_us: From when on it may be erased, UTC, microseconds; None: never.
        holds: Names of the legal holds that cover it.
    """

    part: str
    camera: str
    rule: str
    free_us: int | None
    holds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """About one file.

    Attributes:
        digest: The image.
        size: Bytes of its file.
        images: The views that share it and are not erased.
        kept: Why it stays; empty when it may go.
    """

    digest: str
    size: int
    images: tuple[KeptImage, ...]
    kept: str


def holds_in_force(reader: RecordReader) -> list[Hold]:
    """All holds that have not ended, oldest first.

    Raises:
        StoreError: The records cannot be read.
        EvidenceError: One is damaged.
    """
    found: dict[str, Hold] = {}
    for record in reader.hold_records():
        fields = record.fields
        if record.kind == "hold-end":
            found.pop(str(fields["hold"]), None)
            continue
        scope, t_us = fields["scope"], fields["t_us"]
        if not isinstance(scope, Mapping) or not isinstance(t_us, int):
            raise EvidenceError(f"Record {record.seq} is damaged", "Run `inspector verify`")
        found[record.hash] = Hold(
            str(fields["name"]),
            record.hash,
            record.seq,
            t_us,
            str(fields["by"]),
            HoldScope(**{str(name): value for name, value in scope.items()}),
            str(fields["reason"]),
        )
    return list(found.values())


class Keeping:
    """What is kept and for how long. Use it in the thread that made it; `refresh` when holds may have changed.

    Args:
        reader: The records.
        documents: The documents that they name.
    """

    def __init__(self, reader: RecordReader, documents: DocumentStore) -> None:
        self._reader = reader
        self._documents = documents
        self._shifts: dict[int, _Shift | None] = {}
        self._holds: list[Hold] = []
        self.refresh()

    def refresh(self) -> None:
        """Read again which legal holds are in force."""
        self._holds = holds_in_force(self._reader)

    def due(self, now_us: int) -> Iterator[str]:
        """Digests of images of which at least one part may let go now; each once, in the order of the parts.

        Raises:
            StoreError: The records cannot be read.
            EvidenceError: One is damaged.
        """
        given: set[str] = set()
        for summary in self._reader.shifts():
            shift = self._shift(summary.shift)
            if shift is None or all(rule.keep_days is None for rule in shift.retention.rules):
                continue
            for record in self._reader.parts_among(summary.first, summary.count):
                for digest in self._due_of(record, shift, now_us):
                    if digest not in given:
                        given.add(digest)
                        yield digest

    def _due_of(self, record: StoredRecord, shift: _Shift, now_us: int) -> Iterator[str]:
        fields = record.fields
        free_us = _free_us(fields, shift)
        if free_us is None or now_us < free_us:
            return
        for camera, digest in _images(fields):
            if self._reader.erasure(record.hash, camera) is None:
                yield digest

    def decide(self, digest: str, now_us: int) -> Decision:
        """Whether a file may go: every part that needs it must allow it, and no hold may cover one of them.

        Raises:
            StoreError: The records cannot be read.
            EvidenceError: One is damaged.
        """
        size, images, kept = 0, [], ""
        for record in self._reader.stored_images(digest):  # the newest first: it is most likely to need it
            fields = record.fields
            part, camera, stored = str(fields["part"]), str(fields["camera"]), fields["size"]
            if self._reader.erasure(part, camera) is not None:
                continue
            size = stored if isinstance(stored, int) else 0
            image = self._image(part, camera, record.seq)
            images.append(image)
            kept = _why_kept(image, now_us)
            if kept:
                break
        if not images:
            kept = "no record says that it is stored, or it is erased"
        return Decision(digest, size, tuple(reversed(images)), kept)

    def _image(self, part: str, camera: str, seq: int) -> KeptImage:
        record = self._reader.part_before(part, seq)
        shift = None if record is None else self._shift(record.shift)
        if record is None or shift is None:
            return KeptImage(part, camera, "", None, ())
        fields = record.fields
        lot = shift.lot
        holds = tuple(hold.name for hold in self._holds if hold.scope.covers(fields, lot))
        return KeptImage(part, camera, shift.digest, _free_us(fields, shift), holds)

    def _shift(self, number: int) -> _Shift | None:
        """What is known of a shift, None without a retention document; an open shift's record does not change."""
        if number not in self._shifts:
            record = self._reader.shift_open_of(number)
            if record is None:
                return None
            self._shifts[number] = self._read_shift(record.fields)
        return self._shifts[number]

    def _read_shift(self, fields: Mapping[str, object]) -> _Shift | None:
        named, recipe, customer = fields.get("retention"), fields["recipe"], fields.get("customer")
        if not isinstance(named, Mapping) or not isinstance(recipe, Mapping):
            return None
        digest = str(named["digest"])
        try:
            retention = parse_retention(self._documents.get(digest))
        except (StoreError, EvidenceError) as error:
            log.error("everything of shift %s is kept: %s", fields["shift"], error)
            return None
        return _Shift(
            str(fields["lot"]), str(recipe["name"]), None if customer is None else str(customer), digest, retention
        )


def _free_us(part: Mapping[str, object], shift: _Shift) -> int | None:
    keep_us, t_us = shift.retention.keep_us(class_of(part), shift.recipe, shift.customer), part["t_us"]
    return None if keep_us is None or not isinstance(t_us, int) else t_us + keep_us


def _images(part: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Camera and digest of each image of a part record."""
    views = part["views"]
    for view in views if isinstance(views, list) else ():
        if view["image"] is not None:
            yield str(view["camera"]), str(view["image"]["digest"])


def _why_kept(image: KeptImage, now_us: int) -> str:
    if image.holds:
        return f"legal hold {image.holds[0]}"
    if image.free_us is None:
        return "a part needs it that no rule lets go"
    if now_us < image.free_us:
        return "a part needs it that is not old enough"
    return ""
