# SPDX-License-Identifier: AGPL-3.0-or-later
"""Records one by one: bytes against hash, number, link, form, columns and clocks."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from inspector.evidence.verify.begin import ZEROS
from inspector.evidence.verify.json import Malformed
from inspector.evidence.verify.report import VerificationReport
from inspector.evidence.verify.schema import Fields, read_record
from inspector.evidence.verify.store import Row


@dataclass(slots=True)
class Seen:
    """A record after its own checks. Nobody changes it; frozen it would take three times as long to make.

    Attributes:
        seq: Its number in the database.
        digest: Hash of its bytes as they are.
        fields: Its content, or None if it could not be read.
    """

    seq: int
    digest: bytes
    fields: Fields | None


Rule = Callable[[Fields, Seen], None]

Rules = Mapping[str, Rule]
"""What a checker does with a readable record, by type; other types do not concern it."""


class ChainChecker:
    """Follows the chain from its first record.

    Args:
        report: Takes the findings.
        first: Number of that record.
    """

    def __init__(self, report: VerificationReport, first: int = 1) -> None:
        self._report = report
        self._first = first
        self.last: Seen | None = None
        self._last_good = True
        self._suspect: Seen | None = None
        self._clocks = (0, 0, "")
        self._count = 0

    def feed(self, row: Row) -> Seen | None:
        """Check the next row; None if it holds no bytes to go on with."""
        last, data = self.last, row.data
        expected = last.seq + 1 if last else self._first
        seq = row.seq if isinstance(row.seq, int) else expected
        self._count += 1
        if seq != expected:
            self._report_gap(expected, seq)
        if not isinstance(data, bytes):
            self._report.tamper("STORE-02", f"record {seq}", "its bytes column does not hold bytes", seq)
            self.last, self._last_good = Seen(seq, b"", None), False
            return None
        digest = hashlib.sha256(b"\x00" + data).digest()
        good = digest == row.digest
        if not good:
            message = "its bytes do not have the hash stored beside them"
            self._report.tamper("CHAIN-02", f"record {seq}", message, seq)
        fields = self._read(row, data, seq, report_format=good)
        seen = Seen(seq, digest, fields)
        if fields is not None:
            if self._suspect is not None or last is None or fields["prev"] != last.digest.hex():
                self._check_link(fields, seen, comparable=seq == expected == fields["seq"] and good and self._last_good)
            self._check_clocks(fields, seq)
        self.last, self._last_good = seen, good and fields is not None
        return seen

    def _report_gap(self, expected: int, seq: int) -> None:
        missing = f"record {expected}" if seq == expected + 1 else f"records {expected} to {seq - 1}"
        message = f"{missing} missing" if seq > expected else f"record {seq} comes where {expected} belongs"
        self._report.tamper("CHAIN-03", f"record {min(seq, expected)}", message, min(seq, expected))

    def _read(self, row: Row, data: bytes, seq: int, *, report_format: bool) -> Fields | None:
        try:
            fields = read_record(data, row.kind)
        except Malformed as error:
            if report_format:
                self._report.tamper(error.rule, f"record {seq}", error.message, seq)
            return None
        if fields["seq"] != row.seq:
            message = f"its bytes say that it is record {fields['seq']}"
            self._report.tamper("CHAIN-03", f"record {seq}", message, seq)
        if fields["type"] != row.kind or fields["shift"] != row.shift:
            message = "the type or shift stored beside it is not the one in its bytes"
            self._report.tamper("STORE-02", f"record {seq}", message, seq)
        station = fields["station"]
        if station != self._report.station:
            self._check_station(station, seq)
        return fields

    def _check_station(self, station: str, seq: int) -> None:
        """The first record says whose the history is."""
        if self._report.station:
            self._report.tamper("FORMAT-03", f"record {seq}", f"it is of another station, {station}", seq)
        else:
            self._report.station = station

    def _check_link(self, fields: Fields, seen: Seen, *, comparable: bool) -> None:
        """The first record, one that does not name the one before, and one after such a record."""
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
        t_us, mono_us, boot = fields["t_us"], fields["mono_us"], fields["boot"]
        last_t_us, last_mono_us, last_boot = self._clocks
        if t_us < last_t_us:
            if fields.get("state") == "clock-step":
                self._report.count("clock steps, recorded")
            else:
                back_s = (last_t_us - t_us) / 1e6
                self._report.warn("TIME-01", f"record {seq}", f"the wall clock went back by {back_s:.1f} s", seq)
        if mono_us < last_mono_us and boot == last_boot:
            self._report.warn("TIME-02", f"record {seq}", "the monotonic clock went back", seq)
        self._clocks = t_us, mono_us, boot

    def finish(self) -> None:
        """Settle what waited for a next record."""
        if self._count:
            self._report.count("records", self._count)
        if self._suspect is not None:
            self._settle(self._suspect, followed=True)
