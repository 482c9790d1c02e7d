# SPDX-License-Identifier: AGPL-3.0-or-later
"""What records say about parts, outcomes, gaps and images, and whether it fits together."""

from __future__ import annotations

from dataclasses import dataclass

from inspector.evidence.verify.begin import Begin
from inspector.evidence.verify.chain import Rules, Seen
from inspector.evidence.verify.images import ImageChecker
from inspector.evidence.verify.key_tables import KeyTable
from inspector.evidence.verify.report import VerificationReport
from inspector.evidence.verify.retention import RetentionChecker
from inspector.evidence.verify.schema import Fields
from inspector.evidence.verify.store import StationReader

_MAY_PASS = frozenset(["PASS", "BYPASSED"])


@dataclass(slots=True)
class _Part:
    seq: int
    boot: str
    number: int
    verdict: str


@dataclass(slots=True)
class _Image:
    seq: int
    digest: str


class PartChecker:
    """Follows parts from their record to their outcome and their images.

    Args:
        report: Takes the findings.
        reader: The key tables, to compare with; None where there are none.
        images: Looks at image files.
        retention: Told which images are stored.
        begin: Where the records begin.
    """

    def __init__(
        self,
        report: VerificationReport,
        reader: StationReader | None,
        images: ImageChecker,
        retention: RetentionChecker,
        begin: Begin,
    ) -> None:
        self._begin = begin
        self._retention = retention
        self._report = report
        self._images = images
        self._part_keys = KeyTable(reader, "part_key", from_one=begin.is_first)
        self._outcome_keys = KeyTable(reader, "outcome_key", from_one=begin.is_first)
        self._gap_keys = KeyTable(reader, "gap_key", from_one=begin.is_first)
        self._without_outcome: dict[str, _Part] = {}
        self._without_image: dict[tuple[str, str], _Image] = {}
        self._sealed_seq = 0
        self._cameras: list[str] | None = None
        self.rules: Rules = {
            "shift-open": self._shift_open,
            "part": self._part,
            "outcome": self._outcome,
            "gap": self._gap,
            "image-stored": self._image_stored,
            "image-lost": self._image_lost,
        }

    def _check_key(self, rule: str, keys: KeyTable, seen: Seen, boot: str, number: int) -> None:
        if not keys.seen.add(boot, number):
            message = f"an earlier record has the same key {boot}/{number}"
            self._report.tamper(rule, f"record {seen.seq}", message, seen.seq)
        elif not keys.leads_to(seen.seq, boot, number):
            message = f"table {keys.table} does not lead from its key to it"
            self._report.tamper("STORE-03", f"record {seen.seq}", message, seen.seq)

    def _shift_open(self, fields: Fields, _seen: Seen) -> None:
        self._cameras = sorted([camera["name"] for camera in fields["cameras"]])

    def _check_views(self, views: list[Fields], seen: Seen) -> None:
        """A part passes by the views of all cameras of its shift, or not at all."""
        for view in views:
            if view["verdict"] != "PASS" or view["image"] is None:
                said = view["verdict"] if view["image"] is not None else "no image"
                message = f"the part passed, its view of camera {view['camera']} has {said}"
                self._report.tamper("PART-08", f"record {seen.seq}", message, seen.seq)
        cameras = sorted([view["camera"] for view in views])
        if self._cameras is not None and cameras != self._cameras:
            message = f"the part passed with views of {cameras}, the shift was opened with {self._cameras}"
            self._report.tamper("PART-08", f"record {seen.seq}", message, seen.seq)

    def _part(self, fields: Fields, seen: Seen) -> None:
        self._report.count("parts")
        key, views, digest = fields["key"], fields["views"], seen.digest.hex()
        boot, number = key["line_boot"], key["part_seq"]
        self._check_key("PART-02", self._part_keys, seen, boot, number)
        self._without_outcome[digest] = _Part(seen.seq, boot, number, fields["verdict"])
        if fields["verdict"] == "PASS":
            self._check_views(views, seen)
        for view in views:
            image = view["image"]
            if image is not None:
                self._without_image[digest, view["camera"]] = _Image(seen.seq, image["digest"])

    def _outcome(self, fields: Fields, seen: Seen) -> None:
        self._report.count("outcomes")
        boot, number = fields["key"]["line_boot"], fields["key"]["part_seq"]
        self._check_key("PART-04", self._outcome_keys, seen, boot, number)
        part = self._without_outcome.pop(fields["part"], None)
        if part is None and not self._part_keys.seen.has(boot, number) and self._begin.is_before("outcomes"):
            return
        if part is None:
            message = "it is the outcome of no part, or of one that has its outcome already"
            self._report.tamper("PART-01", f"record {seen.seq}", message, seen.seq)
            return
        if number != part.number or boot != part.boot:
            message = f"its key is not that of part record {part.seq}"
            self._report.tamper("PART-01", f"record {seen.seq}", message, seen.seq)
        if part.verdict in _MAY_PASS:
            return
        place = f"record {seen.seq}"
        if fields["commanded"] == "accept":
            self._report.tamper("PART-03", place, f"the part was accepted, its verdict was {part.verdict}", seen.seq)
        if fields["confirmed"] == "good":
            self._report.warn(
                "PART-06", place, f"a part with verdict {part.verdict} was seen in the good lane", seen.seq
            )

    def _gap(self, fields: Fields, seen: Seen) -> None:
        self._report.count("gaps")
        self._check_key("PART-07", self._gap_keys, seen, fields["key"]["line_boot"], fields["key"]["gap_seq"])

    def _image_of(self, fields: Fields, seen: Seen) -> _Image | None:
        waiting = self._without_image.pop((fields["part"], fields["camera"]), None)
        if waiting is None or waiting.digest != fields["image_digest"]:
            self._report.tamper("IMAGE-03", f"record {seen.seq}", "no part without its image has this image", seen.seq)
            return None
        return waiting

    def _image_stored(self, fields: Fields, seen: Seen) -> None:
        of = self._image_of(fields, seen)
        if of is not None:
            self._retention.stored(fields, of.seq)
        self._images.check(fields, seen.seq)

    def _image_lost(self, fields: Fields, seen: Seen) -> None:
        self._report.count("images lost, recorded")
        self._image_of(fields, seen)

    def end_shift(self, last: int) -> None:
        """At a seal: every image of its parts must be accounted for; an outcome may follow in a later shift.

        Args:
            last: Number of the last record; findings come behind it, since a record that is gone explains them.
        """
        for image in self._without_image.values():
            self._report.tamper(
                "IMAGE-02",
                f"record {image.seq}",
                "its shift is sealed, and nothing says that its image was stored or lost",
                last,
            )
        self._without_image.clear()
        self._sealed_seq = last
        self._cameras = None

    def finish(self) -> None:
        """After the last record: compare the sizes of the key tables.

        Raises:
            Damaged: A page of a key table cannot be read.
            CannotRead: The machine cannot read on.
        """
        if self._without_image:
            self._report.skip(f"{len(self._without_image)} images of the open shift are not stored yet")
        open_parts = 0
        for part in self._without_outcome.values():
            if part.seq <= self._sealed_seq:
                self._report.warn("PART-05", f"record {part.seq}", "the part has no outcome", part.seq)
            else:
                open_parts += 1
        if open_parts:
            self._report.skip(f"{open_parts} parts of the open shift have no outcome yet")
        for keys in (self._part_keys, self._outcome_keys, self._gap_keys):
            rows = keys.row_count()
            if rows != keys.seen.count:
                message = f"it has {rows} rows for {keys.seen.count} keys in the records"
                self._report.tamper("STORE-03", f"table {keys.table}", message)
