# SPDX-License-Identifier: AGPL-3.0-or-later
"""Shifts: the records between two seals against the heads and the seal that speak for them."""

from __future__ import annotations

from math import inf

from inspector.evidence.merkle import CompactRange
from inspector.evidence.verify.begin import Begin
from inspector.evidence.verify.chain import Rule, Seen
from inspector.evidence.verify.counts import CountChecker
from inspector.evidence.verify.documents import Statement, Statements
from inspector.evidence.verify.parts import PartChecker
from inspector.evidence.verify.report import VerificationReport
from inspector.evidence.verify.schema import OUTCOMES, VERDICTS, Fields, inner, objects, whole, word

NO_SEAL = "0" * 64
_LANES: dict[object, str] = {"good": "good", "reject": "reject_lane", "unknown": "unknown"}


class Tally:
    """The counts of a shift, counted again from its records."""

    def __init__(self) -> None:
        self.verdicts: dict[object, int] = dict.fromkeys(VERDICTS, 0)
        self.outcomes: dict[object, int] = dict.fromkeys(OUTCOMES, 0)
        self.parts = 0
        self.gaps = 0
        self.gap_parts = 0
        self.challenge: set[object] = set()
        self.bounces = 0
        self.unknown = False

    def add(self, fields: Fields, digest: bytes) -> None:
        """Count one record; challenge parts and their outcomes stay out of what is production."""
        kind = fields["type"]
        if kind == "part" and fields["purpose"] == "challenge":
            self.challenge.add(digest.hex())
        elif kind == "part":
            self.parts += 1
            self.verdicts[fields["verdict"]] += 1
        elif kind == "outcome" and fields["part"] not in self.challenge:
            self.outcomes[fields["commanded"]] += 1
            self.outcomes[_LANES[fields["confirmed"]]] += 1
        elif kind == "gap":
            self.gaps += 1
            self.gap_parts += whole(fields, "count")
            self.bounces += whole(fields, "count") if fields["source"] == "sensor" else 0
            self.unknown = self.unknown or fields["count"] == 0

    def fields(self) -> Fields:
        """The `counts` field that a seal must have."""
        challenge: Fields = {"challenge": len(self.challenge)} if self.challenge else {}
        return {
            "verdicts": self.verdicts,
            "outcomes": self.outcomes,
            "parts": self.parts,
            "gaps": self.gaps,
            "gap_parts": self.gap_parts,
            **challenge,
        }


class ShiftChecker:
    """Builds each shift's tree again and compares it with what was signed.

    Args:
        report: Takes the findings.
        statements: Seals and heads.
        parts: Told when a shift ends.
        begin: Where the records begin.
        last_shift: Last shift whose records are here; None for all that are sealed.
    """

    def __init__(
        self,
        report: VerificationReport,
        statements: Statements,
        parts: PartChecker,
        begin: Begin,
        last_shift: int | None = None,
    ) -> None:
        self._report = report
        self._statements = statements
        self._parts = parts
        self._counts = CountChecker(report)
        self._last_shift = inf if last_shift is None else last_shift
        self._shift = 0
        self._last_seq = 0
        self._last_digest = b""
        self.named: dict[str, str] = {}
        """Hashes of documents that records name, with a word for what they are."""
        self._rules: dict[object, Rule] = {
            "shift-open": self._shift_open,
            "challenge-start": self._challenge_start,
            "shift-close": self._shift_close,
            "signature": self._signature,
        }
        self._begin(begin.shift, begin.seq)

    def _begin(self, shift: int, first: int) -> None:
        seal = self._statements.seals.get(shift)
        self._shift = shift
        self._sealed_to: float = inf if seal is None else seal.last
        self._first = first
        self._before: str | None = None
        self._tree = CompactRange()
        self._tally = Tally()
        self._readable = True
        self._opened_us: int | None = None
        self._closed_us: int | None = None
        self._simulated = False
        heads = self._statements.heads.get(shift, [])
        self._heads = sorted(heads, key=lambda head: head.count, reverse=True)

    def feed(self, seen: Seen) -> None:
        """Take one record, readable or not."""
        fields = seen.fields
        shift = None if fields is None else fields["shift"]
        if shift != self._shift or seen.seq > self._sealed_to:
            self._turn(seen.seq, shift)
        if not self._tree.size and fields is not None:
            self._before = word(fields, "prev")
        size = self._tree.append(seen.digest)
        self._last_seq, self._last_digest = seen.seq, seen.digest
        if fields is None:
            self._readable = False
        else:
            self._tally.add(fields, seen.digest)
            rule = self._rules.get(fields["type"])
            if rule is not None:
                rule(fields, seen)
        while self._heads and self._heads[-1].count <= size:
            self._compare(self._heads.pop())

    def _turn(self, seq: int, shift: object) -> None:
        """Begin the next shift where the seal, or without one the record, says that it begins."""
        seal = self._statements.seals.get(self._shift)
        if self._tree.size and seal is not None and seq > seal.last:
            self._end(seal)
            self._begin(self._shift + 1, seq)
        elif seal is None and shift == self._shift + 1:
            self._end(None)
            self._begin(self._shift + 1, seq)
        if shift is not None and shift != self._shift:
            message = f"it carries shift {shift}, the seals put it into shift {self._shift}"
            self._report.tamper("CHAIN-04", f"record {seq}", message, seq)

    def _shift_open(self, fields: Fields, seen: Seen) -> None:
        self._opened_us = whole(fields, "t_us")
        self._statements.check_previous(fields, f"record {seen.seq}", self._shift, seen.seq)
        self._note_sources(fields)

    def _signature(self, fields: Fields, seen: Seen) -> None:
        """Who takes over a shift names its seal and signs its last record."""
        seal = fields.get("takes_over")
        if seal is None:
            return
        self._report.count("hand-overs that were taken over")
        before = self._statements.previous(self._shift)
        if seal == NO_SEAL or (before is not None and seal != before):
            message = f"it takes over another shift than {self._shift - 1}, the one before"
        elif self._before is not None and fields["target"] != self._before:
            message = f"it signs another record than the last one of shift {self._shift - 1}, which it takes over"
        else:
            return
        self._report.tamper("HANDOVER-01", f"record {seen.seq}", message, seen.seq)

    def _challenge_start(self, fields: Fields, _seen: Seen) -> None:
        self.named[word(fields, "set")] = "challenge set"

    def _shift_close(self, fields: Fields, seen: Seen) -> None:
        self._closed_us = whole(fields, "t_us")
        if not self._readable:
            return
        if fields["counts"] != self._tally.fields():
            message = "its counts are not those of the records before it"
            self._report.tamper("SEAL-05", f"record {seen.seq}", message, seen.seq)
        self._counts.close(fields, seen.seq, bounces=self._tally.bounces, unknown=self._tally.unknown)

    def _note_sources(self, fields: Fields) -> None:
        self.named[word(inner(fields, "recipe"), "digest")] = "recipe"
        self.named[word(inner(fields, "model"), "digest")] = "model"
        for camera in objects(fields, "cameras"):
            self.named[word(camera, "settings_digest")] = "camera settings"
            if camera["simulated"]:
                self._simulated = True
                self._report.skip(f"SIMULATED camera {camera['name']}: its images show no real part")
        if inner(fields, "line")["simulated"]:
            self._simulated = True
            self._report.skip("SIMULATED line: triggers and outcomes come from no real plant")

    def _compare(self, statement: Statement) -> None:
        """First record, last record's hash and tree root of a statement against the records."""
        if statement.count != self._tree.size or statement.first != self._first:
            self._report.tamper(
                "SEAL-03",
                statement.place,
                f"it covers records {statement.first} to {statement.last}, here are {self._first} to {self._last_seq}",
                min(statement.last, self._last_seq) + 1,
            )
            return
        if statement.fields["head"] != self._last_digest.hex():
            message = f"record {statement.last} does not have the hash that it states"
            self._report.tamper("SEAL-03", statement.place, message, statement.last)
        if statement.fields["root"] != self._tree.root().hex():
            self._report.tamper(
                "SEAL-02",
                statement.place,
                f"records {statement.first} to {statement.last} do not have the Merkle root that it states",
                statement.last,
            )

    def _end(self, seal: Statement | None) -> None:
        for head in self._heads:
            self._compare(head)
        self._parts.end_shift(self._last_seq)
        if seal is None:
            return
        self._compare(seal)
        if not self._readable:
            return
        if seal.fields["counts"] != self._tally.fields():
            message = "its counts are not those of its records"
            self._report.tamper("SEAL-05", seal.place, message, seal.last)
        if seal.fields["simulated"] is not self._simulated:
            message = "what it says about simulated sources is not what its records say"
            self._report.tamper("SEAL-07", seal.place, message, seal.last)
        if self._closed_us is not None:
            self._counts.seal(seal)
        self._check_times(seal)

    def _check_times(self, seal: Statement) -> None:
        if self._closed_us is None:
            self._report.warn("SEAL-08", seal.place, "no shift-close record is among its records", seal.last)
            return
        times = (seal.fields["t_open_us"], seal.fields["t_close_us"])
        if times != (self._opened_us, self._closed_us) and self._opened_us is not None:
            self._report.tamper(
                "TIME-03", seal.place, "its times are not those of shift-open and shift-close", seal.last
            )

    def finish(self) -> None:
        """After the last record: end a sealed shift, or say how far the open one is covered."""
        self._end_last()
        self._counts.finish()
        self._statements.check_station()

    def _end_last(self) -> None:
        shift, size = self._shift, self._tree.size
        seal = self._statements.seals.get(shift)
        if seal is not None and size:
            self._end(seal)
        elif size:
            heads = self._statements.heads.get(shift, [])
            for head in self._heads:
                self._compare(head)
            covered = max((head.last for head in heads if head.leaf), default=0)
            tail = f"signed up to record {covered} by a head" if covered else "signed by nothing yet"
            self._report.skip(
                f"records {self._first} to {self._last_seq} are of open shift {shift}: not sealed, {tail}"
            )
        seen = shift if size else shift - 1
        for later in sorted(set(self._statements.seals) | set(self._statements.heads)):
            if seen < later <= self._last_shift:
                statement = self._statements.seals.get(later) or self._statements.heads[later][0]
                message = f"it covers records up to {statement.last}, the records end at {self._last_seq}"
                self._report.tamper("SEAL-03", statement.place, message, self._last_seq + 1)
