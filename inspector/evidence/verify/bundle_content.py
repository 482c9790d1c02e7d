# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a bundle says about itself, and what lies in it, against its records (rule BUNDLE-02)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from datetime import UTC, datetime

from inspector.evidence.verify.begin import ZEROS
from inspector.evidence.verify.bundle_source import Manifest
from inspector.evidence.verify.chain import Seen
from inspector.evidence.verify.container import NEEDED, Container
from inspector.evidence.verify.documents import Statements
from inspector.evidence.verify.report import VerificationReport
from inspector.evidence.verify.schema import Fields, inner, objects, word

LONGEST_DOCUMENT = 16 * 1024 * 1024
_SHOWN = 5
_TIME = r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)"
_TIMES = re.compile(f"{_TIME}/{_TIME}")


class ContentChecker:
    """Follows what the records name.

    Args:
        container: The file.
        manifest: What it says about itself.
        report: Takes the findings.
    """

    def __init__(self, container: Container, manifest: Manifest, report: VerificationReport) -> None:
        self._container = container
        self._manifest = manifest
        self._report = report
        self._documents = set(container.names("documents"))
        self._lists = set(container.names("challenge"))
        self._used = bytearray(container.image_count)
        self._last_image = -1
        self._disordered = False
        self._count = 0
        self._first: Seen | None = None
        self._last: Seen | None = None
        self._times: dict[int, tuple[int, int]] = {}
        self._lots: dict[int, set[str]] = {}
        self._receipts: set[tuple[str, str]] = set()

    def watch(self, seen: Seen) -> None:
        """Take one record, readable or not."""
        self._count += 1
        self._last = seen
        if self._first is None:
            self._first = seen
        fields = seen.fields
        if fields is None:
            return
        shift, t_us = fields["shift"], fields["t_us"]
        begun = self._times.get(shift)
        self._times[shift] = (t_us if begun is None else begun[0], t_us)
        kind = fields["type"]
        if kind == "image-stored":
            self._image(fields["image_digest"])
        elif kind == "challenge" and fields["passed_since"] is not None:
            self._lists.discard(word(inner(fields, "passed_since"), "file"))
        elif kind == "receipt":
            self._receipts.add((fields["seal"], fields["ledger"]["origin"]))
        elif kind == "shift-open":
            self._lots.setdefault(shift, set()).add(fields["lot"])
        if self._documents:
            self._documents.difference_update(_named(fields))

    def _image(self, digest: str) -> None:
        place = self._container.image_place(digest)
        if place is None or self._used[place]:
            return
        self._used[place] = 1
        self._disordered = self._disordered or place < self._last_image
        self._last_image = place

    def is_carried(self, document: str, origin: str) -> bool:
        """Whether a record is the receipt of a document by this ledger."""
        return (document, origin) in self._receipts

    def finish(self, statements: Statements, unnamed: Set[str]) -> None:
        """After the last record.

        Args:
            statements: Seals and heads.
            unnamed: Documents that need no record here: statements about the keys of the station.
        """
        self._check_members(unnamed)
        self._check_range()
        self._check_before(statements)
        complaint = self._scope()
        if complaint:
            self._wrong(complaint)

    def _wrong(self, message: str, place: str = "bundle.json") -> None:
        self._report.tamper("BUNDLE-02", place, message)

    def _check_members(self, unnamed: Set[str]) -> None:
        for name in self._container.strangers[:_SHOWN]:
            self._wrong("a bundle has no such member", f"member {name}")
        for name in NEEDED:
            if self._container.member(name) is None:
                self._wrong("it is missing", f"member {name}")
        documents = self._documents - unnamed
        strangers = [f"documents/{name}" for name in documents] + [f"challenge/{name}" for name in self._lists]
        for name in sorted(strangers)[:_SHOWN]:
            self._wrong("no record names it", f"member {name}")
        for name in self._container.names("documents"):
            member = self._container.member(f"documents/{name}")
            if member is not None and member.size > LONGEST_DOCUMENT:
                self._wrong(f"it is longer than {LONGEST_DOCUMENT} bytes", f"member {member.name}")
        self._check_images()

    def _check_images(self) -> None:
        if not self._manifest.images and self._used:
            self._wrong("it says that image files were left out, and they are here")
            return
        unused = self._used.count(0)
        if unused:
            more = f", and {unused - 1} more" if unused > 1 else ""
            name = self._container.image_name(self._used.index(0))
            self._wrong(f"no record names it{more}", f"member {name}")
        if self._disordered:
            self._wrong("they are in another order than the records name them", "images")

    def _check_range(self) -> None:
        told, first, last = self._manifest, self._first, self._last
        if self._count != told.count:
            self._wrong(f"it says that there are {told.count} records, there are {self._count}")
        if first is not None and first.seq != told.first:
            self._wrong(f"it says that the first record is {told.first}, it is {first.seq}")
        if last is not None and last.seq != told.last:
            self._wrong(f"it says that the last record is {told.last}, it is {last.seq}")
        for seen, shift, which in ((first, told.first_shift, "first"), (last, told.last_shift, "last")):
            if seen is not None and seen.fields is not None and seen.fields["shift"] != shift:
                self._wrong(f"it says that the {which} record is of shift {shift}, it is of {seen.fields['shift']}")
        if self._report.station and self._report.station != told.station:
            self._wrong(f"it says that the station is {told.station}, the records say {self._report.station}")

    def _check_before(self, statements: Statements) -> None:
        """What ties the bundle to what came before it."""
        told, first = self._manifest, self._first
        named = None if first is None or first.fields is None else first.fields["prev"]
        if told.first != 1 and named not in (None, told.prev):
            self._wrong("its prev is not that of the first record")
        starts = (told.first == 1, told.first_shift == 1)
        if len({*starts, told.prev == ZEROS, told.prev_seal == ZEROS}) != 1:
            self._wrong("first, first_shift, prev and prev_seal do not say the same about what came before")
        documents = [statements.seals.get(told.first_shift), *statements.heads.get(told.first_shift, [])[:1]]
        if any(one is not None and one.fields["prev_seal"] != told.prev_seal for one in documents):
            self._wrong(f"its prev_seal is not that of shift {told.first_shift}")

    def _scope(self) -> str:
        """What is wrong with the choice that it says was made; empty if nothing is."""
        told = self._manifest
        ends = (told.first_shift, told.last_shift)
        if told.kind == "all":
            wrong = told.value != "" or told.first != 1
        elif told.kind == "shift":
            wrong = ends != (told.first_shift, told.first_shift) or told.value != str(told.first_shift)
        elif told.kind == "lot":
            wrong = any(told.value not in self._lots.get(shift, ()) for shift in ends)
        else:
            span = _span(told.value)
            times = [self._times[shift] for shift in ends if shift in self._times]
            wrong = span is None or any(min(two) > span[1] or max(two) < span[0] for two in times)
        return f"its scope, {told.kind} {told.value!a}, is not that of its records" if wrong else ""


def _span(text: str) -> tuple[int, int] | None:
    """Two times in microseconds, or None if they are none."""
    found = _TIMES.fullmatch(text)
    if found is None:
        return None
    try:
        begin, end = (
            int(datetime.strptime(one, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()) for one in found.groups()
        )
    except ValueError:
        return None
    return (begin * 1_000_000, end * 1_000_000) if begin <= end else None


def _named(fields: Fields) -> Iterator[str]:
    """Hashes of the documents that a record names."""
    kind = fields["type"]
    if kind == "shift-open":
        yield word(inner(fields, "recipe"), "digest")
        yield word(inner(fields, "model"), "digest")
        if "retention" in fields:
            yield word(inner(fields, "retention"), "digest")
        for camera in objects(fields, "cameras"):
            yield word(camera, "settings_digest")
    elif kind == "part":
        yield fields["recipe_digest"]
        yield fields["model_digest"]
    for of, name in (
        ("challenge-start", "set"),
        ("bypass-start", "permit"),
        ("key-rotate", "statement"),
        ("key-statement", "statement"),
    ):
        if kind == of:
            yield word(fields, name)
    if kind == "signature" and "statement" in fields:
        yield word(fields, "statement")
    elif kind == "setup":
        for name in ("settings", "program", "recipe", "model"):
            yield word(fields, name)
    elif kind == "change" and "release" in fields:
        for name in ("document", "proposal", "approval", "report"):
            yield word(inner(fields, "release"), name)
