# SPDX-License-Identifier: AGPL-3.0-or-later
"""Erasures after a bundle (docs/formats.md, section 11.4): records of later shifts, proven under their seals."""

from __future__ import annotations

from collections.abc import Callable

from inspector.evidence.verify.bundle_source import BundleSource, Manifest
from inspector.evidence.verify.documents import Statements
from inspector.evidence.verify.json import Each, Malformed, Whole, Words, compiled, read_json
from inspector.evidence.verify.report import VerificationReport
from inspector.evidence.verify.schema import DIGEST, Fields, whole
from inspector.evidence.verify.shift_proof import ProvenShift, prove_records

MEMBER = "erasures.jsonl"
_FITS = compiled({"shift": Whole(1), "records": Each(Words(65_000, 1), 20, 1), "hashes": Each(DIGEST, 1_000)})


def read_line(line: bytes) -> Fields:
    """Read a line of `erasures.jsonl`.

    Raises:
        Malformed: FORMAT-01 (also if it is longer than 65,000 bytes) or FORMAT-02.
    """
    fields = read_json(line)
    wrong = _FITS(fields)
    if wrong:
        raise Malformed("FORMAT-02", f"the line{wrong}")
    return fields


class LaterErasures:
    """Reads the member line by line.

    Args:
        source: The bundle.
        manifest: What it says about itself.
        statements: The seals, loaded.
        report: Takes the findings.
    """

    def __init__(
        self, source: BundleSource, manifest: Manifest, statements: Statements, report: VerificationReport
    ) -> None:
        self._source = source
        self._manifest = manifest
        self._statements = statements
        self._report = report
        self._before = 0

    def read(self, erase: Callable[[Fields, int], None]) -> None:
        """Check all lines.

        Args:
            erase: Takes each image-erased record and its number.

        Raises:
            CannotRead: The file cannot be read.
        """
        if not self._source.files.has(MEMBER):
            return
        number = 0
        for number, line in enumerate(self._source.lines(MEMBER), 1):
            self._take(line, f"{MEMBER}, line {number}", erase)
        if not number:
            self._report.tamper("BUNDLE-02", MEMBER, "it is empty; without erasures it is absent")

    def _take(self, line: bytes, place: str, erase: Callable[[Fields, int], None]) -> None:
        try:
            fields = read_line(line)
        except Malformed as error:
            self._report.tamper(error.rule, place, error.message)
            return
        number = whole(fields, "shift")
        seal = self._statements.seals.get(number)
        if seal is None or number <= self._manifest.last_shift:
            self._report.tamper("PROOF-02", place, f"shift {number} has no seal here, or is not after the bundle")
            return
        shift = ProvenShift(number, seal.fields, seal.digest)
        prove_records(shift, fields, self._manifest.station, self._report, f"{place}, record {{}}")
        if shift.records and shift.records[0].seq <= self._before:
            self._report.tamper("BUNDLE-02", place, "it is out of order")
        for record in shift.records:
            self._before = max(self._before, shift.records[0].seq)
            if record.fields["type"] == "image-erased":
                erase(record.fields, record.seq)
            else:
                self._report.tamper("BUNDLE-02", f"record {record.seq}", "it erases no image", record.seq)
