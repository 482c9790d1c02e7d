# SPDX-License-Identifier: AGPL-3.0-or-later
"""Records one by one: bytes against hash, number, link, form, columns and clocks."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from inspector.evidence.report import VerificationReport
from inspector.evidence.verify_documents import ZEROS
from inspector.evidence.verify_json import Malformed
from inspector.evidence.verify_schema import Fields, read_record, whole, word
from inspector.evidence.verify_store import Row


@dataclass(frozen=True, slots=True)
class Seen:
    """A record after its own checks.

    Attributes:
        seq: Its number in the database.
        digest: Hash of its bytes as they are.
        fields: Its content, or None if it could not be read.
    """

    seq: int
    digest: bytes
    fields: Fields | None


class ChainChecker:
    """Follows the chain from record 1.

    Args:
        report: Takes the findings.
    """

    def __init__(self, report: VerificationReport) -> None:
        self._report = report
        self.last: Seen | None = None
        self._last_good = True
        self._suspect: Seen | None = None
        self._clocks: tuple[int, int, str] | None = None

    def feed(self, row: Row) -> Seen | None:
        """Check the next row; None if it holds no bytes to go on with."""
        expected = self.last.seq + 1 if self.last else 1
        seq = row.seq if isinstance(row.seq, int) else expected
        place = f"record {seq}"
        self._report.count("records")
        gap = seq != expected
        if gap:
            self._report_gap(expected, seq)
        if not isinstance(row.data, bytes):
            self._report.tamper("STORE-02", place, "its bytes column does not hold bytes", seq)
            self.last, self._last_good = Seen(seq, b"", None), False
            return None
        seen = Seen(seq, hashlib.sha256(b"\x00" + row.data).digest(), None)
        good = seen.digest == row.digest
        if not good:
            self._report.tamper("CHAIN-02", place, "its bytes do not have the hash stored beside them", seq)
        fields = self._read(row, seen, report_format=good)
        if fields is not None:
            self._check_link(fields, seen, comparable=not gap and good and self._last_good and fields["seq"] == seq)
            self._check_clocks(fields, seq)
            seen = Seen(seq, seen.digest, fields)
        self.last, self._last_good = seen, good and fields is not None
        return seen

    def _report_gap(self, expected: int, seq: int) -> None:
        missing = f"record {expected}" if seq == expected + 1 else f"records {expected} to {seq - 1}"
        message = f"{missing} missing" if seq > expected else f"record {seq} comes where {expected} belongs"
        self._report.tamper("CHAIN-03", f"record {min(seq, expected)}", message, min(seq, expected))

    def _read(self, row: Row, seen: Seen, *, report_format: bool) -> Fields | None:
        place = f"record {seen.seq}"
        if not isinstance(row.data, bytes):
            return None
        try:
            fields = read_record(row.data)
        except Malformed as error:
            if report_format:
                self._report.tamper(error.rule, place, error.message, seen.seq)
            return None
        if fields["seq"] != row.seq:
            self._report.tamper("CHAIN-03", place, f"its bytes say that it is record {fields['seq']}", seen.seq)
        if (fields["type"], fields["shift"]) != (row.kind, row.shift):
            self._report.tamper(
                "STORE-02", place, "the type or shift stored beside it is not the one in its bytes", seen.seq
            )
        station = word(fields, "station")
        self._report.station = self._report.station or station
        if station != self._report.station:
            self._report.tamper("FORMAT-03", place, f"it is of another station, {station}", seen.seq)
        return fields

    def _check_link(self, fields: Fields, seen: Seen, *, comparable: bool) -> None:
        if self._suspect is not None:
            self._settle(self._suspect, followed=fields["prev"] == self._suspect.digest.hex())
        if seen.seq == 1:
            if fields["prev"] != ZEROS:
                self._report.tamper("CHAIN-01", "record 1", "it names a record before the first", 1)
        elif comparable and self.last is not None and fields["prev"] != self.last.digest.hex():
            self._suspect = seen

    def _settle(self, suspect: Seen, *, followed: bool) -> None:
        """Say which side of a broken link was changed: a record that others still point at was not."""
        self._suspect = None
        if followed:
            self._report.tamper(
                "CHAIN-01",
                f"record {suspect.seq - 1}",
                f"it is not the record that record {suspect.seq} names as the one before",
                suspect.seq - 1,
            )
        else:
            self._report.tamper(
                "CHAIN-01",
                f"record {suspect.seq}",
                f"the record that it names as the one before is not record {suspect.seq - 1}",
                suspect.seq,
            )

    def _check_clocks(self, fields: Fields, seq: int) -> None:
        now = (whole(fields, "t_us"), whole(fields, "mono_us"), word(fields, "boot"))
        if self._clocks is not None:
            t_us, mono_us, boot = self._clocks
            if now[0] < t_us and fields.get("state") == "clock-step":
                self._report.count("clock steps, recorded")
            elif now[0] < t_us:
                self._report.warn(
                    "TIME-01",
                    f"record {seq}",
                    f"the wall clock went back by {(t_us - now[0]) / 1e6:.1f} s",
                    seq,
                )
            if now[2] == boot and now[1] < mono_us:
                self._report.warn("TIME-02", f"record {seq}", "the monotonic clock went back", seq)
        self._clocks = now

    def finish(self) -> None:
        """Settle what waited for a next record."""
        if self._suspect is not None:
            self._settle(self._suspect, followed=True)
