# SPDX-License-Identifier: AGPL-3.0-or-later
"""Records and images as they lie on the disk; read-only, beside the running station."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from inspector.api.schema import PartEvent, PartRecord
from inspector.errors import EvidenceError, NotFound, StoreError
from inspector.store.read import RecordReader, StoredRecord

IMAGES = "images"
IMAGE_BYTES = 256 << 20


class History:
    """What was recorded. Each call opens the database for itself, so that any thread may ask.

    Args:
        station: Station directory.
    """

    def __init__(self, station: Path) -> None:
        self._station = station

    def latest(self, limit: int) -> tuple[PartEvent, ...]:
        """The latest part records, newest first.

        Raises:
            StoreError: The database cannot be read.
            EvidenceError: A record is damaged.
        """
        with RecordReader(self._station) as reader:
            return tuple(part_of(record) for record in reader.latest(limit, kind="part"))

    def part(self, seq: int) -> PartRecord:
        """One part record, and its outcome when there is one.

        Raises:
            NotFound: There is no part record with this number.
            StoreError: The database cannot be read.
            EvidenceError: The record is damaged.
        """
        with RecordReader(self._station) as reader:
            record = reader.record(seq)
            if record is None or record.kind != "part":
                raise NotFound(f"record {seq} is no part record", "See /v1/parts for their numbers")
            outcome = reader.outcome(*part_of(record).key)
        return PartRecord(
            seq=record.seq,
            shift=record.shift,
            hash=record.hash,
            bytes=record.data.decode("utf-8", "replace"),
            record=record.fields,
            outcome=None if outcome is None else outcome.fields,
        )

    def image(self, digest: str) -> bytes:
        """The PNG file of an image.

        Args:
            digest: Digest of its pixels, 64 lower-case hex digits: the caller has checked that.

        Raises:
            NotFound: It is not stored, or not yet.
            StoreError: It cannot be read.
        """
        path = self._station / IMAGES / digest[:2] / f"{digest}.png"
        try:
            if path.stat().st_size > IMAGE_BYTES:
                raise StoreError(f"{path} is larger than any image of a camera", "Run `inspector verify`")
            return path.read_bytes()
        except FileNotFoundError:
            raise NotFound(f"image {digest} is not stored", "A new image takes a moment to be written") from None
        except OSError as error:
            raise StoreError(f"{path} cannot be read: {error.strerror}", "Check the disk") from error


def part_of(record: StoredRecord) -> PartEvent:
    """A part record as the event that told of it.

    Raises:
        EvidenceError: It is damaged.
    """
    try:
        return PartEvent.model_validate(_event(record.seq, record.fields))
    except (ValidationError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise EvidenceError(f"record {record.seq} is damaged", "Run `inspector verify`") from error


def _event(seq: int, fields: dict[str, object]) -> dict[str, object]:
    key, serial, views = fields["key"], fields["serial"], fields["views"]
    if not isinstance(key, dict) or not isinstance(views, list) or not isinstance(serial, dict | None):
        raise TypeError("key, serial or views")
    view = views[0] if views else None
    image = None if view is None else view["image"]
    return {
        "key": (key["line_boot"], key["part_seq"]),
        "plc_count": fields["plc_count"],
        "seq": seq,
        "t_us": fields["t_us"],
        "verdict": fields["verdict"],
        "reason": fields["reason"],
        "serial": None if serial is None else serial["text"],
        "camera": None if view is None else view["camera"],
        "image": None if image is None else image["digest"],
        "boxes": () if view is None else view["detections"],
    }
