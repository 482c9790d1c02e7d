# SPDX-License-Identifier: AGPL-3.0-or-later
"""Records, seals and heads of a bundle, as a database would give them: with number, type and shift beside the bytes."""

from __future__ import annotations

import hashlib
import re
from array import array
from collections.abc import Iterator

from inspector.evidence.verify.begin import Begin
from inspector.evidence.verify.container import Container
from inspector.evidence.verify.json import Malformed, Whole, Words, compiled, read_json
from inspector.evidence.verify.report import VerificationReport
from inspector.evidence.verify.schema import DIGEST, STATION, Fields, inner, whole, word
from inspector.evidence.verify.store import CannotRead, Row, SignedRow

LONGEST_MANIFEST = 64_000
LONGEST_LINE = 65_200
KINDS = ("shift", "lot", "time", "all")
# Canonical JSON has no blanks, and quotes inside of text are escaped: these cannot be found in a text.
_SEQ = re.compile(rb',"seq":([1-9][0-9]{0,15}),')
_SHIFT = re.compile(rb',"shift":([1-9][0-9]{0,15}),')
_COUNT = re.compile(rb'\{"count":([1-9][0-9]{0,15}),')
_TYPE = re.compile(rb',"type":"([a-z-]{1,40})",')
_SIGNED = re.compile(rb"(-|[0-9a-f]{128}) (\{.*\})", re.DOTALL)
_FITS = compiled(
    {
        "v": Whole(1, 1),
        "type": {"bundle"},
        "station": STATION,
        "scope": {"kind": set(KINDS), "value": Words(200)},
        "first": Whole(1),
        "count": Whole(1),
        "first_shift": Whole(1),
        "last_shift": Whole(1),
        "prev": DIGEST,
        "prev_seal": DIGEST,
        "images": bool,
    }
)


class Manifest:
    """What a bundle says about itself, of the right shape.

    Args:
        data: Bytes of `bundle.json`.

    Raises:
        Malformed: They are longer than 64,000 bytes, or not of the shape of docs/formats.md, section 11.2.
    """

    def __init__(self, data: bytes) -> None:
        if len(data) > LONGEST_MANIFEST:
            raise Malformed("FORMAT-02", f"it is longer than {LONGEST_MANIFEST} bytes")
        fields = read_json(data)
        wrong = _FITS(fields)
        if wrong:
            raise Malformed("FORMAT-02", f"bundle{wrong}")
        scope = inner(fields, "scope")
        self.station = word(fields, "station")
        self.kind, self.value = word(scope, "kind"), word(scope, "value")
        self.first, self.count = whole(fields, "first"), whole(fields, "count")
        self.first_shift, self.last_shift = whole(fields, "first_shift"), whole(fields, "last_shift")
        self.prev, self.prev_seal = word(fields, "prev"), word(fields, "prev_seal")
        self.images = fields["images"] is True

    @property
    def last(self) -> int:
        """Number of the last record."""
        return self.first + self.count - 1


class BundleSource:
    """The records of a bundle.

    Args:
        container: The file.
        manifest: What it says about itself.
        report: Takes what is wrong with the lines.
    """

    tables = None

    def __init__(self, container: Container, manifest: Manifest, report: VerificationReport) -> None:
        self.files = container
        self.begin = Begin(manifest.first, manifest.first_shift, manifest.prev_seal)
        self.last_shift = manifest.last_shift
        self._manifest = manifest
        self._report = report
        self._starts = array("Q")

    def bytes_of(self, seq: int) -> bytes | None:
        """Bytes of a record that has come; None if there are none.

        Raises:
            CannotRead: The file cannot be read.
        """
        place = seq - self._manifest.first
        if not 0 <= place < len(self._starts):
            return None
        try:
            return self.files.line_at("records.jsonl", self._starts[place], LONGEST_LINE)
        except OSError as error:
            raise CannotRead(f"records.jsonl cannot be read: {error.strerror}") from error

    def erased_after(self, seq: int) -> set[str]:
        """Nothing is erased from a bundle."""
        return set()

    def record_count(self) -> int:
        """As the manifest says."""
        return self._manifest.count

    def lines(self, name: str) -> Iterator[bytes]:
        """The lines of a member; of one that is too long its beginning, which then fits nothing.

        Raises:
            CannotRead: The file cannot be read.
        """
        member = self.files.member(name)
        rest = b""
        try:
            for data in self.files.chunks(member) if member is not None else ():
                *whole_lines, rest = (rest + data).split(b"\n")
                for line in whole_lines:
                    yield line[: LONGEST_LINE + 1]
                rest = rest[: LONGEST_LINE + 1]
        except OSError as error:
            raise CannotRead(f"{name} cannot be read: {error.strerror}") from error
        if rest:
            self._report.tamper("BUNDLE-02", name, "its last line does not end with a newline")
            yield rest

    def records(self) -> Iterator[Row]:
        """All records in order.

        Raises:
            CannotRead: The file cannot be read.
        """
        expected, start = self._manifest.first, 0
        for line in self.lines("records.jsonl"):
            self._starts.append(start)
            start += len(line) + 1
            seq = _number(_SEQ, line, expected)
            expected = seq + 1
            kind = _TYPE.search(line)
            shift = _number(_SHIFT, line, 0)
            digest = hashlib.sha256(b"\x00" + line).digest()
            yield Row(seq, kind[1].decode("ascii") if kind else "", shift, line, digest)

    def signed(self) -> Iterator[SignedRow]:
        """All heads, then all seals.

        Raises:
            CannotRead: The file cannot be read.
        """
        yield from self._signed("heads.txt", "head", self.last_shift)
        yield from self._signed("seals.txt", "seal", None)

    def _signed(self, name: str, kind: str, last_shift: int | None) -> Iterator[SignedRow]:
        before = (self.begin.shift, 0) if kind == "head" else (self.begin.shift - 1, 0)
        for number, line in enumerate(self.lines(name), 1):
            place = f"{name}, line {number}"
            found = _SIGNED.fullmatch(line)
            if found is None or len(line) > LONGEST_LINE:
                self._report.tamper("BUNDLE-02", place, "it is not a signature, a blank and an object")
                continue
            data, stated = found[2], _TYPE.search(found[2])
            if stated is not None and stated[1].decode("ascii") != kind:
                self._report.tamper("BUNDLE-02", place, f"it is no {kind}")
                continue
            shift = _number(_SHIFT, data, before[0] + (kind == "seal"))
            count = _number(_COUNT, data, before[1] + 1) if kind == "head" else None
            at = (shift, count or 0)
            if at <= before or (last_shift is not None and shift > last_shift):
                self._report.tamper("BUNDLE-02", place, "it is out of order, or of another shift than the bundle holds")
                continue
            before = at
            yield SignedRow(shift, count, data, None if found[1] == b"-" else bytes.fromhex(found[1].decode("ascii")))


def _number(pattern: re.Pattern[bytes], data: bytes, otherwise: int) -> int:
    found = pattern.search(data)
    return int(found[1]) if found else otherwise


RECEIPT = compiled(
    {
        "seal": DIGEST,
        "ledger": {"kind": Words(200), "origin": Words(200)},
        "index": Whole(),
        "proof": Words(16_000, 1),
    }
)


def read_receipt(line: bytes) -> Fields:
    """Read a line of `receipts.txt`.

    Raises:
        Malformed: FORMAT-01 or FORMAT-02.
    """
    fields = read_json(line)
    wrong = RECEIPT(fields)
    if wrong:
        raise Malformed("FORMAT-02", f"receipt{wrong}")
    return fields
