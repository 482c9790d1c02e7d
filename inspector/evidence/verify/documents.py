# SPDX-License-Identifier: AGPL-3.0-or-later
"""Seals and heads of a station directory: form, signature, order among themselves."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from inspector.evidence.merkle import leaf_hash
from inspector.evidence.verify.begin import Begin
from inspector.evidence.verify.json import Malformed
from inspector.evidence.verify.report import VerificationReport
from inspector.evidence.verify.schema import Fields, read_document, whole, word
from inspector.evidence.verify.store import SignedRow


@dataclass(frozen=True, slots=True)
class Statement:
    """One readable seal or head.

    Attributes:
        kind: "seal" or "head".
        shift: Its shift.
        first: Number of the first record it covers.
        count: How many records it covers.
        fields: All of it.
        digest: SHA-256 of the document without its signature.
        data: Its bytes.
        signature: Of the station's key, not checked here; None while it is not signed.
        leaf: Leaf hash of document and signature in a log; None while it is not signed.
    """

    kind: str
    shift: int
    first: int
    count: int
    fields: Fields
    digest: str
    data: bytes
    signature: bytes | None
    leaf: bytes | None

    @property
    def entry_digest(self) -> bytes:
        """SHA-256 of document and signature, 32 bytes: what a time stamp is of."""
        return hashlib.sha256(self.data + (self.signature or b"")).digest()

    @property
    def last(self) -> int:
        """Number of the last record it covers."""
        return self.first + self.count - 1

    @property
    def place(self) -> str:
        """Its name in findings."""
        if self.kind == "seal":
            return f"seal of shift {self.shift}"
        return f"head of shift {self.shift} at record {self.last}"


class Statements:
    """All seals and heads of a station.

    Args:
        report: Takes the findings.
        begin: Where the records begin.
    """

    def __init__(self, report: VerificationReport, begin: Begin) -> None:
        self._report = report
        self._begin = begin
        self.seals: dict[int, Statement] = {}
        self.heads: dict[int, list[Statement]] = {}
        self.by_digest: dict[str, Statement] = {}
        self._broken: set[int] = set()
        self._unsigned: list[Statement] = []

    def load(self, rows: Iterable[SignedRow]) -> None:
        """Read and check each document, then their order.

        Raises:
            Damaged: A page cannot be read.
            CannotRead: The machine cannot read on.
        """
        for row in rows:
            self._take(row)
        self._check_order()
        self._check_unsigned()

    def _take(self, row: SignedRow) -> None:
        kind = "seal" if row.count is None else "head"
        place = f"{kind} of shift {row.shift}" + ("" if row.count is None else f" at count {row.count}")
        self._report.count(f"{kind}s")
        signed = row.signature is not None
        if not isinstance(row.data, bytes) or (signed and not isinstance(row.signature, bytes)):
            self._report.tamper("STORE-02", place, "a column holds something else than bytes")
            self._mark_broken(row)
            return
        try:
            fields = read_document(row.data)
        except Malformed as error:
            self._report.tamper(error.rule, place, error.message)
            self._mark_broken(row)
            return
        statement = self._statement(row.data, row.signature, fields)
        if (kind, row.shift) != (statement.kind, statement.shift) or row.count not in (None, statement.count):
            self._report.tamper(
                "STORE-02",
                place,
                f"the columns beside it do not fit: it is the {statement.place}",
                statement.last,
            )
        self.by_digest[statement.digest] = statement
        if statement.kind == "seal":
            self.seals.setdefault(statement.shift, statement)
        else:
            self.heads.setdefault(statement.shift, []).append(statement)
        if not signed:
            self._unsigned.append(statement)

    def all(self) -> Iterator[Statement]:
        """Every readable head and seal."""
        for heads in self.heads.values():
            yield from heads
        yield from self.seals.values()

    def _mark_broken(self, row: SignedRow) -> None:
        if row.count is None and isinstance(row.shift, int):
            self._broken.add(row.shift)

    def _statement(self, data: bytes, signature: object, fields: Fields) -> Statement:
        signed = signature if isinstance(signature, bytes) else None
        return Statement(
            word(fields, "type"),
            whole(fields, "shift"),
            whole(fields, "first"),
            whole(fields, "count"),
            fields,
            hashlib.sha256(data).hexdigest(),
            data,
            signed,
            None if signed is None else leaf_hash(data + signed),
        )

    def _check_order(self) -> None:
        """Shifts count up from the first, each seal names the one before and begins where that one ended."""
        known = set(self.seals) | self._broken
        for shift in range(self._begin.shift, max(known, default=0) + 1):
            if shift not in known:
                self._report.tamper("SEAL-06", f"seal of shift {shift}", "it is missing, a later one is there")
                continue
            seal = self.seals.get(shift)
            before = self.seals.get(shift - 1)
            if seal is None or (shift > self._begin.shift and before is None):
                continue
            first = before.last + 1 if before else self._begin.seq
            if seal.first != first:
                self._report.tamper(
                    "SEAL-03",
                    seal.place,
                    f"it begins at record {seal.first}, not {first}",
                    min(first, seal.first),
                )
            self.check_previous(seal.fields, seal.place, shift, seal.last)
        for shift, heads in self.heads.items():
            for head in heads:
                self.check_previous(head.fields, head.place, shift, head.last)

    def check_previous(self, fields: Fields, place: str, shift: int, order: int) -> None:
        """Check a `prev_seal` field of a document or record of a shift."""
        before = self.previous(shift)
        if before is not None and fields["prev_seal"] != before:
            self._report.tamper(
                "SEAL-04", place, f"it does not name the seal of shift {shift - 1} as the one before", order
            )

    def previous(self, shift: int) -> str | None:
        """Hash of the seal before that of a shift, hex; None when it is missing."""
        before = self.seals.get(shift - 1)
        if before is not None:
            return before.digest
        return None if shift > self._begin.shift else self._begin.prev_seal

    def check_station(self) -> None:
        """After the records, which say whose they are: no document here is of another station."""
        for statement in self.all():
            station = word(statement.fields, "station")
            if self._report.station and station != self._report.station:
                message = f"it is of another station, {station}"
                self._report.tamper("FORMAT-03", statement.place, message, statement.last)

    def _check_unsigned(self) -> None:
        """A seal may wait for a locked key, but only the newest ones can."""
        newest = max((shift for shift, seal in self.seals.items() if seal.leaf), default=0)
        for statement in self._unsigned:
            if statement.shift < newest:
                self._report.tamper(
                    "SEAL-01", statement.place, "it has no signature, a later seal has one", statement.last
                )
            else:
                self._report.unchecked(
                    "SEAL-01",
                    statement.place,
                    "it is not signed yet: the key was locked",
                    statement.last,
                )
