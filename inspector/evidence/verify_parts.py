# SPDX-License-Identifier: AGPL-3.0-or-later
"""What records say about parts, outcomes, gaps and images, and whether it fits together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from inspector.evidence.report import VerificationReport
from inspector.evidence.verify_chain import Seen
from inspector.evidence.verify_images import ImageChecker
from inspector.evidence.verify_schema import Fields, inner, objects, whole, word
from inspector.evidence.verify_store import StationReader

_MAY_PASS = frozenset(["PASS", "BYPASSED"])


class KeysSeen:
    """Which numbers of each boot have come, kept small: numbers come nearly in order."""

    def __init__(self) -> None:
        self._below: dict[str, int] = {}
        self._above: dict[str, set[int]] = {}
        self.count = 0

    def add(self, boot: str, number: int) -> bool:
        """Note a key; False if it was there already."""
        below = self._below.get(boot, 0)
        above = self._above.setdefault(boot, set())
        if number <= below or number in above:
            return False
        self.count += 1
        above.add(number)
        while below + 1 in above:
            below += 1
            above.remove(below)
        self._below[boot] = below
        return True


@dataclass(frozen=True, slots=True)
class _Part:
    seq: int
    boot: str
    number: int
    verdict: str


@dataclass(frozen=True, slots=True)
class _Image:
    seq: int
    digest: str


class PartChecker:
    """Follows parts from their record to their outcome and their images.

    Args:
        report: Takes the findings.
        reader: The key tables, to compare with.
        images: Looks at image files.
    """

    def __init__(self, report: VerificationReport, reader: StationReader, images: ImageChecker) -> None:
        self._report = report
        self._reader = reader
        self._images = images
        self._seen = {table: KeysSeen() for table in ("part_key", "outcome_key", "gap_key")}
        self._without_outcome: dict[str, _Part] = {}
        self._without_image: dict[tuple[str, str], _Image] = {}
        self._sealed_seq = 0
        self._cameras: list[str] | None = None
        self._rules: dict[str, Callable[[Fields, Seen], None]] = {
            "shift-open": self._shift_open,
            "part": self._part,
            "outcome": self._outcome,
            "gap": self._gap,
            "image-stored": self._image_stored,
            "image-lost": self._image_lost,
        }

    def feed(self, fields: Fields, seen: Seen) -> None:
        """Check one record.

        Raises:
            Damaged: A page of a key table cannot be read.
            CannotRead: The machine cannot read on.
        """
        rule = self._rules.get(word(fields, "type"))
        if rule is not None:
            rule(fields, seen)

    def _key(self, table: str, fields: Fields, seen: Seen) -> tuple[str, int]:
        key = inner(fields, "key")
        boot, number = word(key, "line_boot"), whole(key, "gap_seq" if table == "gap_key" else "part_seq")
        if not self._seen[table].add(boot, number):
            rule = {"part_key": "PART-02", "outcome_key": "PART-04", "gap_key": "PART-07"}[table]
            self._report.tamper(
                rule, f"record {seen.seq}", f"an earlier record has the same key {boot}/{number}", seen.seq
            )
        elif self._reader.key_rows(table, boot, number) != [seen.seq]:
            self._report.tamper(
                "STORE-03", f"record {seen.seq}", f"table {table} does not lead from its key to it", seen.seq
            )
        return boot, number

    def _shift_open(self, fields: Fields, _seen: Seen) -> None:
        self._cameras = sorted(word(camera, "name") for camera in objects(fields, "cameras"))

    def _check_views(self, fields: Fields, seen: Seen) -> None:
        """A part passes by the views of all cameras of its shift, or not at all."""
        views = objects(fields, "views")
        place = f"record {seen.seq}"
        for view in views:
            if view["verdict"] != "PASS" or view["image"] is None:
                said = view["verdict"] if view["image"] is not None else "no image"
                message = f"the part passed, its view of camera {word(view, 'camera')} has {said}"
                self._report.tamper("PART-08", place, message, seen.seq)
        cameras = sorted(word(view, "camera") for view in views)
        if self._cameras is not None and cameras != self._cameras:
            message = f"the part passed with views of {cameras}, the shift was opened with {self._cameras}"
            self._report.tamper("PART-08", place, message, seen.seq)

    def _part(self, fields: Fields, seen: Seen) -> None:
        self._report.count("parts")
        boot, number = self._key("part_key", fields, seen)
        digest = seen.digest.hex()
        self._without_outcome[digest] = _Part(seen.seq, boot, number, word(fields, "verdict"))
        if fields["verdict"] == "PASS":
            self._check_views(fields, seen)
        for view in objects(fields, "views"):
            image = view["image"]
            if isinstance(image, dict):
                found = _Image(seen.seq, word(image, "digest"))
                self._without_image[digest, word(view, "camera")] = found

    def _outcome(self, fields: Fields, seen: Seen) -> None:
        self._report.count("outcomes")
        boot, number = self._key("outcome_key", fields, seen)
        place = f"record {seen.seq}"
        part = self._without_outcome.pop(word(fields, "part"), None)
        if part is None:
            message = "it is the outcome of no part, or of one that has its outcome already"
            self._report.tamper("PART-01", place, message, seen.seq)
            return
        if (boot, number) != (part.boot, part.number):
            self._report.tamper("PART-01", place, f"its key is not that of part record {part.seq}", seen.seq)
        if part.verdict in _MAY_PASS:
            return
        if fields["commanded"] == "accept":
            self._report.tamper("PART-03", place, f"the part was accepted, its verdict was {part.verdict}", seen.seq)
        if fields["confirmed"] == "good":
            self._report.warn(
                "PART-06", place, f"a part with verdict {part.verdict} was seen in the good lane", seen.seq
            )

    def _gap(self, fields: Fields, seen: Seen) -> None:
        self._report.count("gaps")
        self._key("gap_key", fields, seen)

    def _image_of(self, fields: Fields, seen: Seen) -> bool:
        waiting = self._without_image.pop((word(fields, "part"), word(fields, "camera")), None)
        if waiting is None or waiting.digest != fields["image_digest"]:
            self._report.tamper("IMAGE-03", f"record {seen.seq}", "no part without its image has this image", seen.seq)
            return False
        return True

    def _image_stored(self, fields: Fields, seen: Seen) -> None:
        self._image_of(fields, seen)
        self._images.check(word(fields, "image_digest"), word(fields, "file_sha256"), whole(fields, "size"), seen.seq)

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
        for table, seen in self._seen.items():
            rows = self._reader.key_count(table)
            if rows != seen.count:
                self._report.tamper(
                    "STORE-03", f"table {table}", f"it has {rows} rows for {seen.count} keys in the records"
                )
