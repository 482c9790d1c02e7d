# SPDX-License-Identifier: AGPL-3.0-or-later
"""Records and images as they lie on the disk; read-only, beside the running station."""

from __future__ import annotations

import logging
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from inspector.api.history_schema import ChallengeNear, FoundPart, HistoryPage, ImageState, PartRecord, SealState
from inspector.api.model_document import SetupHistory
from inspector.api.part_schema import PartEvent, ReviewInfo
from inspector.api.people_schema import HoldInfo, HoldScope
from inspector.api.trend_document import trends_document
from inspector.api.trend_schema import DefectPositions, Trends
from inspector.errors import EvidenceError, NotFound, RecipeError, StoreError
from inspector.part import WORST_FIRST, Detection, Verdict
from inspector.recipe import Recipe, counted
from inspector.store.challenges import RecordedChallenge
from inspector.store.documents import DocumentStore
from inspector.store.queries.fields import text, whole
from inspector.store.queries.find import PartQuery, find_parts
from inspector.store.queries.reader import AuditReader
from inspector.store.queries.reviews import Review, ReviewReader
from inspector.store.queries.serial import Dossier, everything_about
from inspector.store.queries.trends import TrendQuery, positions_of, trend_of
from inspector.store.read import RecordReader, StoredRecord
from inspector.store.retention import Hold, holds_in_force

log = logging.getLogger(__name__)

IMAGES = "images"
IMAGE_BYTES = 256 << 20


class History:
    """What was recorded. Each call opens the database for itself, so that any thread may ask.

    Args:
        station: Station directory.

    Attributes:
        setup: What it works with: model, recipe.
    """

    def __init__(self, station: Path) -> None:
        self._station = station
        self._documents = DocumentStore(station)
        self._recipes: dict[str, Recipe | None] = {}
        self.setup = SetupHistory(station)

    @property
    def station(self) -> Path:
        """Station directory."""
        return self._station

    def latest(
        self,
        limit: int,
        *,
        rejects: bool = False,
        class_name: str | None = None,
        unreviewed: bool = False,
        before: int | None = None,
    ) -> tuple[PartEvent, ...]:
        """The latest part records, newest first, with what was said of each last.

        Args:
            limit: At most this many.
            rejects: Only production parts that nothing let through.
            class_name: Only parts on which this class was found.
            unreviewed: Only parts that nobody has reviewed.
            before: Only records before this one.

        Raises:
            StoreError: The database cannot be read.
            EvidenceError: A record is damaged.
        """
        with ReviewReader(self._station) as reader:
            found = reader.parts_like(
                limit, rejects=rejects, class_name=class_name, unreviewed=unreviewed, before=before
            )
            return tuple(self._reviewed(reader, record) for record in found)

    def part(self, seq: int) -> PartRecord:
        """One part record, and its outcome when there is one.

        Raises:
            NotFound: There is no part record with this number.
            StoreError: The database cannot be read.
            EvidenceError: The record is damaged.
        """
        with AuditReader(self._station) as reader:
            record = reader.record(seq)
            if record is None or record.kind != "part":
                raise NotFound(f"record {seq} is no part record", "See /v1/parts for their numbers")
            part_of(record)
            return _with_all(reader, everything_about(reader, record))

    def find(self, asked: PartQuery, limit: int, before: int | None) -> HistoryPage:
        """A page of the parts that fit, newest first.

        Raises:
            StoreError: The database cannot be read.
            EvidenceError: A record is damaged, or is not what the lookup tables say.
        """
        with AuditReader(self._station) as reader:
            page = find_parts(reader, asked, limit=limit, before=before)
            parts = tuple(
                FoundPart.model_validate(
                    self._reviewed(reader, record).model_dump(by_alias=True)
                    | {"shift": record.shift, "lot": reader.lot_of(record.shift)}
                )
                for record in page.records
            )
        return HistoryPage(parts=parts, before=page.before)

    def holds(self) -> tuple[HoldInfo, ...]:
        """The legal holds in force, oldest first.

        Raises:
            StoreError: The database cannot be read.
            EvidenceError: A record is damaged.
        """
        with RecordReader(self._station) as reader:
            return tuple(_hold_of(hold) for hold in holds_in_force(reader))

    def _reviewed(self, reader: ReviewReader, record: StoredRecord) -> PartEvent:
        """The part as below, with the newest review."""
        review = reader.newest_review(record.seq)
        return self._marked(record).model_copy(update={"review": None if review is None else _told(review)})

    def trends(self, asked: TrendQuery, by: Literal["hour", "shift"]) -> Trends:
        """How it went. Raises as `find`."""
        with AuditReader(self._station) as reader:
            return trends_document(trend_of(reader, asked, by), by)

    def positions(self, asked: TrendQuery, defect: str | None) -> DefectPositions:
        """Where rejects had findings. Raises as `find`."""
        with AuditReader(self._station) as reader:
            return DefectPositions.model_validate(asdict(positions_of(reader, asked, defect)))

    def _marked(self, record: StoredRecord) -> PartEvent:
        """The part with the findings that its recipe counted, as the event had them; all when the recipe is gone."""
        part = part_of(record)
        recipe = self._recipe(record.fields.get("recipe_digest"))
        if recipe is None:
            return part
        found = [Detection(box.class_name, box.score_ppm, box.box_16) for box in part.boxes]
        kept = set(counted(found, recipe if part.camera is None else recipe.for_camera(part.camera)))
        boxes = tuple(box for box, one in zip(part.boxes, found, strict=True) if one in kept)
        return part.model_copy(update={"boxes": boxes})

    def _recipe(self, digest: object) -> Recipe | None:
        if not isinstance(digest, str):
            return None
        if digest not in self._recipes:
            try:
                self._recipes[digest] = Recipe.parse(self._documents.get(digest), f"recipe {digest}")
            except (StoreError, EvidenceError, RecipeError) as error:
                log.warning("findings are shown unfiltered: %s", error)
                self._recipes[digest] = None
        return self._recipes[digest]

    def _gone(self, digest: str) -> NotFound:
        """Why there is no file: its rule let it go, or it was never there."""
        with RecordReader(self._station) as reader:
            for stored in reader.stored_images(digest):
                record = reader.erasure(str(stored.fields["part"]), str(stored.fields["camera"]))
                if record is not None:
                    words = f"image {digest} was erased by its retention rule, record {record.seq}"
                    return NotFound(words, "Its record keeps its hash, and what was judged")
        return NotFound(f"image {digest} is not stored", "A new image takes a moment to be written")

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
            raise self._gone(digest) from None
        except OSError as error:
            raise StoreError(f"{path} cannot be read: {error.strerror}", "Check the disk") from error


def _with_all(reader: AuditReader, about: Dossier) -> PartRecord:
    """A part record with what other records say of the part."""
    record, summary = about.part, about.summary
    seal = None
    if summary is not None:
        seal = SealState(shift=summary.shift, seal=summary.seal, signed=summary.signed, ledgers=about.ledgers)
    return PartRecord(
        seq=record.seq,
        shift=record.shift,
        hash=record.hash,
        bytes=record.data.decode("utf-8", "replace"),
        record=record.fields,
        outcome=None if about.outcome is None else about.outcome.fields,
        lot=reader.lot_of(record.shift),
        images=tuple(ImageState.model_validate(asdict(fate)) for fate in about.images),
        seal=seal,
        challenge_before=_near(about.before),
        challenge_after=_near(about.after),
        holds=about.holds,
        reviews=tuple(_told(named.review) for named in about.reviews),
    )


def _told(review: Review) -> ReviewInfo:
    try:
        fields = {"seq": review.seq, "t_us": review.t_us, "finding": review.finding, "role": review.role}
        return ReviewInfo.model_validate(fields | {"class": review.class_name})
    except ValidationError as error:
        raise EvidenceError(f"record {review.seq} is damaged", "Run `inspector verify`") from error


def _near(challenge: RecordedChallenge | None) -> ChallengeNear | None:
    if challenge is None or challenge.result is None:
        return None
    result = challenge.result
    return ChallengeNear(record=result.seq, t_us=whole(result.fields, "t_us"), result=text(result.fields, "result"))


def _hold_of(hold: Hold) -> HoldInfo:
    scope = HoldScope(**asdict(hold.scope))
    return HoldInfo(name=hold.name, seq=hold.seq, t_us=hold.t_us, reason=hold.reason, scope=scope)


def part_of(record: StoredRecord) -> PartEvent:
    """A part record as the event that told of it.

    Raises:
        EvidenceError: It is damaged.
    """
    try:
        return PartEvent.model_validate(_event(record.seq, record.fields))
    except (ValidationError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise EvidenceError(f"record {record.seq} is damaged", "Run `inspector verify`") from error


def _event(seq: int, fields: dict[str, object]) -> dict[str, object]:
    key, serial, views = fields["key"], fields["serial"], fields["views"]
    if not isinstance(key, dict) or not isinstance(views, list) or not isinstance(serial, dict | None):
        raise TypeError("key, serial or views")
    view = min(views, key=lambda one: WORST_FIRST.index(Verdict(one["verdict"])), default=None)
    return {
        "key": (key["line_boot"], key["part_seq"]),
        "plc_count": fields["plc_count"],
        "seq": seq,
        "t_us": fields["t_us"],
        "verdict": fields["verdict"],
        "reason": fields["reason"],
        "purpose": fields["purpose"],
        "serial": None if serial is None else serial["text"],
        "camera": None if view is None else view["camera"],
        "image": None if view is None else _digest(view),
        "boxes": () if view is None else view["detections"],
        "views": tuple(
            {
                "camera": one["camera"],
                "verdict": one["verdict"],
                "reason": one["reason"],
                "image": _digest(one),
                "gate": one.get("gate"),
            }
            for one in views
        ),
    }


def _digest(view: dict[str, Any]) -> str | None:
    image = view["image"]
    return None if image is None else str(image["digest"])
