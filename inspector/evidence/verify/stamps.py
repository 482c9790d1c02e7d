# SPDX-License-Identifier: AGPL-3.0-or-later
"""Receipts that are RFC 3161 time stamps: each against its document, its authority against the roots of whoever checks.

What contradicts itself - another document, a bad signature, a certificate that may not stamp - no honest station would
have kept: TAMPERED. An authority that is not among those trusted is none: its time stamps count for nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from inspector.errors import EvidenceError, SignatureInvalid
from inspector.evidence.timestamp import TimeStamp, check_stamp
from inspector.evidence.tsa_roots import TsaRoots
from inspector.evidence.verify.documents import Statement
from inspector.evidence.verify.report import VerificationReport
from inspector.evidence.verify.times import compare_times, utc_words

KIND = "rfc3161"


class StampChecker:
    """Checks time stamps as they come.

    Args:
        report: Takes the findings.
        roots: Authorities that are trusted; None if whoever checks named none.
        within_s: A seal must have been stamped within so many seconds of its own time; None for any.

    Attributes:
        before_us: Time before which a document existed, by its hash: the earliest that a trusted authority says.
    """

    def __init__(self, report: VerificationReport, roots: TsaRoots | None, within_s: int | None = None) -> None:
        self._report = report
        self._roots = roots
        self._within_s = within_s
        self._without_roots = 0
        self._not_trusted: list[str] = []
        self.before_us: dict[str, int] = {}

    def check(self, proof: str, entry: bytes, digest: str, place: str, order: int) -> None:
        """Check one.

        Args:
            proof: Of the receipt.
            entry: SHA-256 of what must have been stamped: the document with its signature, 32 bytes.
            digest: Hash of the document, as the receipt names it.
            place: Name of the receipt in findings.
            order: Number of its record.
        """
        self._report.count("time stamps")
        try:
            stamp = check_stamp(proof, entry)
        except EvidenceError as error:
            self._report.tamper("LEDGER-07", place, error.message, order)
            return
        if self._roots is None:
            self._without_roots += 1
            return
        try:
            self._roots.path(stamp)
        except SignatureInvalid as error:
            self._not_trusted.append(error.message)
            return
        self._keep(digest, stamp)

    def _keep(self, digest: str, stamp: TimeStamp) -> None:
        self.before_us[digest] = min(stamp.before_us, self.before_us.get(digest, stamp.before_us))

    def finish(self, seals: Mapping[int, Statement], others: Collection[Statement]) -> None:
        """After the last receipt: what follows from all of them.

        Args:
            seals: The station's seals by shift.
            others: Its heads.
        """
        if self._without_roots:
            self._report.skip(f"{self._without_roots} time stamps: whose they are, since you gave no tsa_roots")
        if self._not_trusted:
            number, why = len(self._not_trusted), self._not_trusted[0]
            self._report.skip(f"{number} time stamps of authorities that you do not trust count for nothing: {why}")
        for statement in (*seals.values(), *others):
            before_us = self.before_us.get(statement.digest)
            if before_us is not None:
                seen = "a time stamp shows that it was there"
                compare_times(self._report, "LEDGER-08", statement, before_us, self._within_s, seen)
        stamped = sorted(shift for shift, seal in seals.items() if seal.digest in self.before_us)
        if stamped:
            last = seals[stamped[-1]]
            self._report.say(
                f"the seal of shift {last.shift}, and all that it and the seals before it cover, existed before "
                f"{utc_words(self.before_us[last.digest])}: time stamp of an authority that you trust"
            )
            self._report.skip("whether certificates of time stamp authorities were revoked")
