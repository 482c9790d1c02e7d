# SPDX-License-Identifier: AGPL-3.0-or-later
"""One pass over the records of a station directory or a bundle, with everything that checks them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Protocol

from inspector.evidence.verify.begin import Begin
from inspector.evidence.verify.bypass import BypassChecker
from inspector.evidence.verify.chain import ChainChecker, Rule, Rules, Seen
from inspector.evidence.verify.challenge import ChallengeChecker
from inspector.evidence.verify.documents import Statements
from inspector.evidence.verify.files import Files
from inspector.evidence.verify.images import ImageChecker
from inspector.evidence.verify.keys import KeyChecker
from inspector.evidence.verify.parts import PartChecker
from inspector.evidence.verify.people import PeopleChecker
from inspector.evidence.verify.receipts import ReceiptChecker
from inspector.evidence.verify.releases import ReleaseChecker
from inspector.evidence.verify.report import VerificationReport
from inspector.evidence.verify.retention import RetentionChecker
from inspector.evidence.verify.reviews import ReviewChecker
from inspector.evidence.verify.roots import RootChecker
from inspector.evidence.verify.schema import Fields
from inspector.evidence.verify.shifts import ShiftChecker
from inspector.evidence.verify.store import Damaged, Row, SignedRow, StationReader

Progress = Callable[[str, int, int], None]
"""Called with a stage ("records", "ledger"), how much of it is done, and how much there is."""

Erase = Callable[[Fields, int], None]
"""Takes an image-erased record and its number."""

_PROGRESS_EVERY = 1000


class Source(Protocol):
    """Where records, seals and files come from: a station directory or a bundle."""

    @property
    def begin(self) -> Begin:
        """Where the records begin."""
        ...

    @property
    def last_shift(self) -> int | None:
        """Last shift whose records are here; None for all there are."""
        ...

    @property
    def tables(self) -> StationReader | None:
        """Key tables beside the records, or None."""
        ...

    @property
    def files(self) -> Files:
        """What lies beside the records."""
        ...

    def bytes_of(self, seq: int) -> bytes | None:
        """Bytes of a record that has come; raises Damaged or CannotRead."""
        ...

    def erased_after(self, seq: int) -> set[str]:
        """Digests of images that were erased since the reading began, by records behind this one."""
        ...

    def records(self) -> Iterator[Row]:
        """All records in order; raises Damaged or CannotRead."""
        ...

    def signed(self) -> Iterator[SignedRow]:
        """All heads, then all seals; raises Damaged or CannotRead."""
        ...

    def record_count(self) -> int:
        """Number of records, for a progress bar; raises Damaged or CannotRead."""
        ...


class RecordCheck:
    """Everything that looks at each record.

    Args:
        source: Where they come from.
        report: Takes the findings.
        statements: Takes the seals and heads.
        keys: The station's keys.
        roots: What a plant root says of them.
        receipts: Checks receipts.
        authorities: Public keys that may sign permits of a bypass.
        releasers: Public keys that may propose and approve releases.
        check_images: Whether to read the image files.

    Raises:
        Damaged: The seals or heads cannot be read.
        CannotRead: The machine cannot read.
    """

    def __init__(
        self,
        source: Source,
        report: VerificationReport,
        statements: Statements,
        keys: KeyChecker,
        roots: RootChecker,
        receipts: ReceiptChecker,
        *,
        authorities: Sequence[bytes],
        releasers: Sequence[bytes],
        check_images: bool,
    ) -> None:
        begin, files = source.begin, source.files
        statements.load(source.signed())
        self._source = source
        self._report = report
        self._statements = statements
        self._keys = keys
        self._roots = roots
        self._receipts = receipts
        self._images = ImageChecker(files, report, enabled=check_images)
        self._chain = ChainChecker(report, begin.seq)
        self._retention = RetentionChecker(files, report, source, self._images, begin)
        self._parts = PartChecker(report, source.tables, self._images, self._retention, begin)
        self._challenge = ChallengeChecker(files, report, begin)
        self._bypass = BypassChecker(files, report, begin, authorities)
        self._people = PeopleChecker(files, report, begin)
        self._releases = ReleaseChecker(files, report, releasers)
        self._reviews = ReviewChecker(report, source, begin, self._people)
        self._shifts = ShiftChecker(report, statements, self._parts, begin, source.last_shift)
        own = (self._parts.rules, self._retention.rules, self._challenge.rules, self._bypass.rules)
        people = (self._people.rules, self._releases.rules, self._reviews.rules)
        self._rules = _by_type(*own, *people, keys.rules, roots.rules, receipts.rules)

    @property
    def named(self) -> dict[str, str]:
        """Hashes of documents that records name, with a word for what they are."""
        return {**self._people.named, **self._shifts.named, **self._retention.named, **self._releases.named}

    def run(
        self,
        progress: Progress | None,
        watch: Callable[[Seen], None] | None = None,
        later: Callable[[Erase], None] | None = None,
    ) -> bool:
        """All records once, in order; False if they ended early.

        Args:
            progress: Called now and then.
            watch: Called with each record, readable or not.
            later: Called behind the last record; tells of each image that was erased after it, with what it is given.

        Raises:
            CannotRead: The machine cannot read on.
        """
        complete = self._stream(progress, watch)
        self._chain.finish()
        self._roots.finish()
        self._keys.finish(self._statements, self._roots.certified)
        if complete and later is not None:
            later(self._retention.erased_after)
        if complete:
            self._shifts.finish()
            self._parts.finish()
            self._bypass.finish()
            self._releases.finish()
            self._retention.finish()
        self._source.begin.finish(self._report)
        self._images.finish(self._erased_meanwhile, self._may_be_erased_later(), complete=complete)
        return complete

    def _erased_meanwhile(self) -> set[str]:
        return self._source.erased_after(self._chain.last.seq if self._chain.last else 0)

    def _may_be_erased_later(self) -> Collection[int]:
        """Shifts whose images may have been erased behind a bundle, which an honest station does at any time."""
        return () if self._source.last_shift is None else self._retention.shifts

    def finish(self) -> None:
        """After all receipts, also those that no record carries: what revoked keys have signed."""
        self._roots.apply(self._statements, self._keys.rotations, self._receipts.indexes)

    def _stream(self, progress: Progress | None, watch: Callable[[Seen], None] | None) -> bool:
        chain, shifts, rules = self._chain, self._shifts, self._rules
        total = self._source.record_count()
        try:
            for row in self._source.records():
                seen = chain.feed(row)
                if seen is None:
                    continue
                shifts.feed(seen)
                if seen.fields is not None:
                    for rule in rules.get(seen.fields["type"], ()):
                        rule(seen.fields, seen)
                if watch is not None:
                    watch(seen)
                if progress is not None and seen.seq % _PROGRESS_EVERY == 0:
                    progress("records", seen.seq - self._source.begin.seq + 1, total)
        except Damaged as error:
            following = chain.last.seq + 1 if chain.last else self._source.begin.seq
            self._report.tamper("STORE-01", f"record {following}", str(error), following)
            self._report.skip(f"records from {following} on could not be read")
            return False
        if progress is not None:
            progress("records", total, total)
        return True


def _by_type(*checkers: Rules) -> Mapping[object, Sequence[Rule]]:
    """The rules of all checkers, in the order of the checkers."""
    together: dict[object, list[Rule]] = {}
    for rules in checkers:
        for kind, rule in rules.items():
            together.setdefault(kind, []).append(rule)
    return together


def say_limits(report: VerificationReport, statements: Statements, last_seen: int | None = None) -> None:
    """What no verification of this kind says.

    Args:
        report: Takes it.
        statements: Seals and heads.
        last_seen: Number of the last record under a seal or head that enough trusted witnesses have seen.
    """
    if not statements.seals:
        report.skip("there is no seal yet: only the chain and heads hold the records")
    if last_seen is None:
        report.skip("no independent witness: who holds the station key and the log key can rewrite both")
    else:
        report.skip(f"no independent witness of records after {last_seen}")
    report.skip("times are the station's own clock")
