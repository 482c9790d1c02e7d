# SPDX-License-Identifier: AGPL-3.0-or-later
"""Erased images and legal holds: each erasure against the document in force at inspection, its age, and the holds."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from inspector.evidence.verify.begin import Begin
from inspector.evidence.verify.chain import Rules, Seen
from inspector.evidence.verify.files import Files
from inspector.evidence.verify.images import ImageChecker, image_key
from inspector.evidence.verify.json import Each, Malformed, Maybe, Whole, Words, compiled, read_json
from inspector.evidence.verify.report import VerificationReport
from inspector.evidence.verify.schema import Fields, inner, objects, read_record, whole, word

MAX_SENTENCES = 20
_DAY_US = 86_400_000_000
_LONGEST_DOCUMENT = 65_000
_RULE = {
    "class": Maybe({"pass", "not-pass", "challenge"}),
    "recipe": Maybe(Words(200, 1)),
    "customer": Maybe(Words(200, 1)),
    "keep_days": Maybe(Whole(1, 36_500)),
}
_SHAPE = compiled({"format": {"inspector-retention/1"}, "name": Words(200, 1), "rules": Each(_RULE, 100)})


@dataclass(frozen=True, slots=True)
class _Shift:
    """What the shift-open record before a part says about it."""

    lot: str
    recipe: str
    customer: object
    digest: str
    seq: int


@dataclass(frozen=True, slots=True)
class _Hold:
    seq: int
    name: str
    scope: Fields


class Lookup(Protocol):
    """Where a record can be looked up again."""

    def bytes_of(self, seq: int) -> bytes | None:
        """Bytes of a record that has come; None if there are none."""
        ...


class RetentionChecker:
    """Follows stored images of shifts with a retention document until they are erased.

    Args:
        files: Where the documents are.
        report: Takes the findings.
        lookup: To look a part record up again.
        images: Told which images need no file any more.
        begin: Where the records begin.
    """

    def __init__(
        self, files: Files, report: VerificationReport, lookup: Lookup, images: ImageChecker, begin: Begin
    ) -> None:
        self._files = files
        self._report = report
        self._lookup = lookup
        self._begin = begin
        self._here: set[bytes] = set()
        self._images = images
        self._shift: _Shift | None = None
        self._shift_number = 0
        self._shifts: dict[int, _Shift] = {}
        self._stored: dict[bytes, int] = {}
        self._read: dict[str, list[Fields] | None] = {}
        self._holds: dict[str, _Hold] = {}
        self._erased: dict[str, int] = {}
        self._later = 0
        self._names: dict[str, str] = {}
        self.rules: Rules = {
            "shift-open": self._open,
            "image-erased": self._erase,
            "hold": self._hold,
            "hold-end": self._end,
        }
        self.named: dict[str, str] = {}
        """Hashes of retention documents that records name."""

    def stored(self, fields: Fields, part_seq: int) -> None:
        """An image-stored record that fits its part.

        Args:
            fields: The record.
            part_seq: Number of the part record, which is of the same shift.
        """
        if not self._begin.is_first:
            self._here.add(image_key(fields))
        opened = self._shift
        if opened is not None and fields["shift"] == self._shift_number and part_seq > opened.seq:
            self._stored[image_key(fields)] = part_seq

    def _open(self, fields: Fields, seen: Seen) -> None:
        self._shift, self._shift_number = None, whole(fields, "shift")
        retention = fields.get("retention")
        if not isinstance(retention, dict):
            return
        digest = word(retention, "digest")
        recipe = word(inner(fields, "recipe"), "name")
        self._shift = _Shift(word(fields, "lot"), recipe, fields.get("customer"), digest, seen.seq)
        self._shifts[self._shift_number] = self._shift
        self._names[digest] = word(retention, "name")
        self.named[digest] = "retention rules"

    # Erasures

    def _erase(self, fields: Fields, seen: Seen) -> None:
        key = image_key(fields)
        if key not in self._stored and key not in self._here and self._begin.is_before("erasures"):
            self._here.add(key)
            return
        gone = self._gone(fields, seen.seq)
        if gone is None:
            return
        part, lot = gone
        for hold in self._holds.values():
            if _covers(hold.scope, part, lot):
                message = f"legal hold {hold.name!r} of record {hold.seq} covers its part"
                self._report.tamper("HOLD-01", f"record {seen.seq}", message, seen.seq)

    def erased_after(self, fields: Fields, seq: int) -> None:
        """An image-erased record of a shift behind all that are here; holds may have ended in between.

        Args:
            fields: The record, which has to be of an image that is here.
            seq: Its number.
        """
        if self._gone(fields, seq) is not None:
            self._later += 1

    def _gone(self, fields: Fields, seq: int) -> tuple[Fields, str] | None:
        """The part whose image is erased, and its lot; None if there is no such image."""
        part_seq = self._stored.pop(image_key(fields), None)
        part = None if part_seq is None else self._part(part_seq)
        shift = None if part is None else self._shifts.get(whole(part, "shift"))
        if part is None or shift is None or _digest_of(part, fields) != fields["image_digest"]:
            message = "it erases no image that is stored and kept under retention rules"
            self._report.tamper("IMAGE-04", f"record {seq}", message, seq)
            return None
        self._images.erased(fields, seq)
        self._report.count("images erased by rule")
        self._erased[shift.digest] = self._erased.get(shift.digest, 0) + 1
        self._check_rule(fields, part, shift, seq)
        return part, shift.lot

    def _part(self, seq: int) -> Fields | None:
        data = self._lookup.bytes_of(seq)
        try:
            return None if data is None else read_record(data)
        except Malformed:
            return None

    def _check_rule(self, fields: Fields, part: Fields, shift: _Shift, seq: int) -> None:
        place = f"record {seq}"
        if fields["rule"] != shift.digest:
            message = "it names another rule than the shift-open record of its part"
            self._report.tamper("IMAGE-05", place, message, seq)
            return
        rules = self._document(shift.digest, seq)
        if rules is None:
            return
        days = [rule["keep_days"] for rule in rules if _fits(rule, part, shift)]
        known = [day for day in days if isinstance(day, int)]
        if not days or len(known) < len(days):
            self._report.tamper("IMAGE-06", place, "its rules keep this image for ever", seq)
            return
        age_us = whole(fields, "t_us") - whole(part, "t_us")
        if age_us < max(known) * _DAY_US:
            message = f"the image was {age_us / _DAY_US:.2f} days old, its rules keep it for {max(known)} days"
            self._report.tamper("IMAGE-06", place, message, seq)

    def _document(self, digest: str, seq: int) -> list[Fields] | None:
        """The rules of a document; None if it cannot be used, which is said once."""
        if digest not in self._read:
            self._read[digest] = self._read_document(digest, seq)
        return self._read[digest]

    def _read_document(self, digest: str, seq: int) -> list[Fields] | None:
        place = f"record {seq}"
        try:
            data = self._files.read(f"documents/{digest}", _LONGEST_DOCUMENT)
        except OSError as error:
            self._report.unchecked("IMAGE-05", place, f"its rules cannot be read: {error.strerror}", seq)
            return None
        if data is None:
            self._report.unchecked("IMAGE-05", place, f"its rules, document {digest}, are missing", seq)
            return None
        try:
            fields = read_json(data)
        except Malformed as error:
            self._report.tamper("IMAGE-05", place, f"document {digest} holds no retention rules: {error.message}", seq)
            return None
        wrong = _SHAPE(fields)
        if wrong or hashlib.sha256(data).hexdigest() != digest:
            message = f"document {digest} holds no retention rules: {wrong or 'it does not have this hash'}"
            self._report.tamper("IMAGE-05", place, message, seq)
            return None
        return objects(fields, "rules")

    # Holds

    def _hold(self, fields: Fields, seen: Seen) -> None:
        self._report.count("legal holds")
        name = word(fields, "name")
        if any(hold.name == name for hold in self._holds.values()):
            message = f"a hold {name!r} is in force already"
            self._report.tamper("HOLD-02", f"record {seen.seq}", message, seen.seq)
        self._holds[seen.digest.hex()] = _Hold(seen.seq, name, inner(fields, "scope"))

    def _end(self, fields: Fields, seen: Seen) -> None:
        if self._holds.pop(word(fields, "hold"), None) is None and not self._begin.is_before("ends of legal holds"):
            self._report.tamper("HOLD-02", f"record {seen.seq}", "it ends no hold that is in force", seen.seq)

    @property
    def shifts(self) -> Collection[int]:
        """Shifts whose images may be erased by rules."""
        return self._shifts

    def finish(self) -> None:
        """After the last record: say what was erased under which rules, and which holds are in force."""
        for digest, number in list(self._erased.items())[:MAX_SENTENCES]:
            images = "1 image" if number == 1 else f"{number} images"
            self._report.say(f"{images} erased by rule {self._names[digest]!r} ({digest[:16]})")
        if self._erased and not self._begin.is_first:
            self._report.skip("legal holds from before the first record here are not known")
        if self._later:
            self._report.skip(f"legal holds were not held against {self._later} erasures after the last record here")
        for hold in list(self._holds.values())[:MAX_SENTENCES]:
            self._report.say(f"legal hold {hold.name!r} (record {hold.seq}) is in force")


def _digest_of(part: Fields, fields: Fields) -> object:
    """Digest of the image of the view that an erasure names."""
    if part["type"] != "part":
        return None
    for view in objects(part, "views"):
        if view["camera"] == fields["camera"] and view["image"] is not None:
            return inner(view, "image")["digest"]
    return None


def _class_of(part: Fields) -> str:
    if part["purpose"] == "challenge":
        return "challenge"
    return "pass" if part["verdict"] == "PASS" else "not-pass"


def _fits(rule: Fields, part: Fields, shift: _Shift) -> bool:
    """Whether a rule speaks of a part; where the customer is not known, every customer's rule does."""
    if rule["class"] not in (None, _class_of(part)) or rule["recipe"] not in (None, shift.recipe):
        return False
    return shift.customer is None or rule["customer"] in (None, shift.customer)


def _covers(scope: Fields, part: Fields, lot: str) -> bool:
    """Whether a hold covers a part: each of its words that is not null has to fit."""
    serial, t_us = part["serial"], whole(part, "t_us")
    text = serial["text"] if isinstance(serial, dict) else None
    defects = {one["class"] for view in objects(part, "views") for one in objects(view, "detections")}
    begin, end = scope["from_us"], scope["to_us"]
    return (
        scope["lot"] in (None, lot)
        and scope["serial"] in (None, text)
        and (not isinstance(begin, int) or t_us >= begin)
        and (not isinstance(end, int) or t_us <= end)
        and (scope["defect"] is None or scope["defect"] in defects)
    )
