# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reviews of parts by people: of which part, and by whom."""

from __future__ import annotations

import hashlib
from typing import Protocol

from inspector.evidence.verify.begin import Begin
from inspector.evidence.verify.chain import Rules, Seen
from inspector.evidence.verify.json import Malformed
from inspector.evidence.verify.people import PeopleChecker
from inspector.evidence.verify.report import VerificationReport
from inspector.evidence.verify.schema import Fields, read_record, whole, word


class Lookup(Protocol):
    """Where a record can be looked up again."""

    def bytes_of(self, seq: int) -> bytes | None:
        """Bytes of a record that has come; None if there are none."""
        ...


class ReviewChecker:
    """Holds each review against the part and the session that it names; it remembers nothing.

    Args:
        report: Takes the findings.
        lookup: To look a part record up again.
        begin: Where the records begin.
        people: Knows who is logged in.
    """

    def __init__(self, report: VerificationReport, lookup: Lookup, begin: Begin, people: PeopleChecker) -> None:
        self._report = report
        self._lookup = lookup
        self._begin = begin
        self._people = people
        self.rules: Rules = {"review": self._review}

    def _review(self, fields: Fields, seen: Seen) -> None:
        self._report.count("reviews")
        self._check_part(fields, seen.seq)
        self._check_person(fields, seen.seq)

    def _check_part(self, fields: Fields, seq: int) -> None:
        of = whole(fields, "record")
        if of < self._begin.seq and self._begin.is_before("reviews"):
            return
        data = self._lookup.bytes_of(of) if of < seq else None
        if data is None or not _is_production_part(data, word(fields, "part")):
            self._report.tamper("REVIEW-01", f"record {seq}", "it is of no production part before it", seq)

    def _check_person(self, fields: Fields, seq: int) -> None:
        if fields["login"] is None:
            if fields["role"] is not None or self._people.asks_who:
                message = "whoever reviewed had not logged in, at a station where people do, or with a role"
                self._report.tamper("REVIEW-02", f"record {seq}", message, seq)
        elif fields["role"] is None:
            self._report.tamper("REVIEW-02", f"record {seq}", "it is of a session without a role", seq)
        elif not self._people.is_logged_in(fields) and not self._begin.is_before("sessions"):
            self._report.tamper("REVIEW-02", f"record {seq}", "it is of no session that is open", seq)


def _is_production_part(data: bytes, digest: str) -> bool:
    if hashlib.sha256(b"\x00" + data).hexdigest() != digest:
        return False
    try:
        fields = read_record(data)
    except Malformed:
        return False
    return word(fields, "type") == "part" and word(fields, "purpose") == "production"
