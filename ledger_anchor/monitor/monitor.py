# SPDX-License-Identifier: AGPL-3.0-or-later
"""One look at a log: what is new in it, whether it fits what was there, and whether a station's seals are in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from inspector.errors import EvidenceError, LedgerInconsistent, LedgerUnreachable
from inspector.evidence.log_policy import LogPolicy
from inspector.evidence.merkle import CompactRange
from inspector.evidence.note import Checkpoint, open_checkpoint
from ledger_anchor.log.reader import LogReader
from ledger_anchor.monitor.finding import Finding
from ledger_anchor.monitor.follow import Followed, Follower
from ledger_anchor.monitor.state import MonitorState, ReadTo


@dataclass(frozen=True, slots=True)
class StationSeal:
    """A seal as its station has it.

    Attributes:
        shift: Its shift.
        digest: Its hash, 64 hex digits.
        t_us: When it was made, UTC, microseconds.
    """

    shift: int
    digest: str
    t_us: int


@dataclass(frozen=True, slots=True)
class Look:
    """What a look brought.

    Attributes:
        size: Entries of the log that were read and fit; those of the look before if it could not be read.
        fresh: Findings that were not known before.
    """

    size: int
    fresh: list[Finding]


class Monitor:
    """Looks at one log.

    Args:
        reader: The log.
        policy: Witnesses that must have cosigned it.
        keys: First public key of each station, 64 hex digits.
        late_after_s: An entry has to be in the log within this time.
        state: What was found before.
        time_s: Now, in seconds since 1970.
    """

    def __init__(
        self,
        reader: LogReader,
        policy: LogPolicy,
        keys: Mapping[str, str],
        late_after_s: int,
        state: MonitorState,
        time_s: Callable[[], int],
    ) -> None:
        self._reader = reader
        self._policy = policy
        self._keys = keys
        self._late_after_s = late_after_s
        self._state = state
        self._time_s = time_s

    def look(self, stations: Mapping[str, Iterable[StationSeal]] | None = None) -> Look:
        """Read what is new.

        Args:
            stations: Seals of stations, to be compared with the log.

        Raises:
            StoreError: The state cannot be written; nothing of this look counts.
        """
        before = self._state.read_to()
        findings: list[Finding] = []
        with self._state.together():
            try:
                size = self._read_on(before, findings)
            except LedgerUnreachable as error:
                size = before.size if before else 0
                findings.append(Finding("LOG-AWAY", self._reader.key.name, error.message))
            for station, seals in (stations or {}).items():
                findings.extend(self._compare(station, seals))
            fresh = self._state.add_findings(findings, self._time_s())
        return Look(size, fresh)

    def _read_on(self, before: ReadTo | None, findings: list[Finding]) -> int:
        name, tree = self._reader.key.name, before.tree.copy() if before else CompactRange()
        try:
            note, checkpoint = self._reader.checkpoint()
            times_s = self._policy.accept(note, self._reader.key).times_s
        except (LedgerInconsistent, EvidenceError) as error:
            findings.append(Finding("LOG-KEY", name, error.message))
            return tree.size
        if checkpoint.size < tree.size:
            words = f"it has {checkpoint.size} entries, and had {tree.size}"
            findings.append(Finding("LOG-BACK", name, words))
            return tree.size
        try:
            self._same_as(before, checkpoint)
            entries = list(self._reader.entries(tree.size, checkpoint, tree))
        except LedgerInconsistent as error:
            findings.append(Finding("LOG-FORK", name, error.message))
            return before.size if before else 0
        time_s = min(times_s.values(), default=self._time_s())
        self._follow(before, entries, findings)
        self._state.write_read_to(ReadTo(note, checkpoint.size, time_s, tree))
        return checkpoint.size

    def _same_as(self, before: ReadTo | None, checkpoint: Checkpoint) -> None:
        if before is not None:
            known = open_checkpoint(before.note, self._reader.key)
            self._reader.check_growth(known, checkpoint)

    def _follow(self, before: ReadTo | None, entries: list[bytes], findings: list[Finding]) -> None:
        follower = Follower(self._keys, self._state.progress())
        start = before.size if before else 0
        for index, leaf in enumerate(entries, start):
            for found in follower.entry(index, leaf):
                if isinstance(found, Finding):
                    findings.append(found)
                    continue
                findings.extend(self._late(before, index, found))
                if found.claim.kind == "seal":
                    self._state.add_seal(found.claim, index)
        self._state.write_progress(follower.progress)

    def _late(self, before: ReadTo | None, index: int, followed: Followed) -> list[Finding]:
        """Late for certain: it was too old already when the checkpoint before, in which it is not, was signed."""
        if before is None or followed.t_us is None:
            return []
        waited_s = before.time_s - followed.t_us // 1_000_000
        if waited_s <= self._late_after_s:
            return []
        claim = followed.claim
        words = f"the {claim.kind} of shift {claim.shift} was {waited_s} s old and not in the log yet"
        return [Finding("LATE", f"entry {index}", words, claim.station)]

    def _compare(self, station: str, seals: Iterable[StationSeal]) -> Iterable[Finding]:
        known, now_s = self._state.seals(station), self._time_s()
        for seal in seals:
            place = f"shift {seal.shift}"
            there = known.get(seal.shift, set())
            if there - {seal.digest}:
                yield Finding("OTHER", place, "the log holds another seal of it than the station", station)
            elif not there and now_s - seal.t_us // 1_000_000 > self._late_after_s:
                yield Finding("MISSING", place, "its seal is not in the log", station)
