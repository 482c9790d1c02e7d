# SPDX-License-Identifier: AGPL-3.0-or-later
"""Counts of the last hour and of the lot, and whether the reject rate is a normal one; the records are their memory.

The open shift's own counts are `inspector.station.statistics`; none of these is evidence, seals count from the records.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter, deque
from pathlib import Path

from inspector.clock import Clock
from inspector.errors import InspectorError
from inspector.part import Verdict
from inspector.station.model import Rules
from inspector.station.shift import Shift, ShiftState
from inspector.store.queries.fields import mapping, whole
from inspector.store.queries.p_prime import ENOUGH_PARTS, ENOUGH_SUBGROUPS, Baseline, Subgroup, baseline, usable
from inspector.store.queries.reader import AuditReader, RulesInForce
from inspector.store.queries.spans import HOUR_S, MINUTE_S, Spans, hours_before, minutes_since, subgroup

log = logging.getLogger(__name__)

MINUTES = HOUR_S // MINUTE_S
KEPT_HOURS = 60
"""What is normal is told from so many hours with these rules, the newest: about a week of two shifts."""


class LastHour:
    """Parts by verdict, minute by minute. Minutes are numbered since 1970, UTC.

    The hour is the one that ends now, not the one on the clock: figures that go back to nothing at every full hour say
    nothing for a while after it.
    """

    def __init__(self) -> None:
        self._minutes: Spans = {}

    def fill(self, minutes: Spans) -> None:
        """Take up what the records say of minutes before."""
        for minute, counts in minutes.items():
            self._minutes.setdefault(minute, Counter()).update(counts)

    def part(self, verdict: str, t_us: int) -> None:
        """One more."""
        self._minutes.setdefault(_minute(t_us), Counter())[verdict] += 1

    def counts(self, now_us: int) -> Counter[str]:
        """Of the last hour."""
        first = _minute(now_us) - MINUTES
        return sum((counts for minute, counts in self._minutes.items() if minute > first), Counter())

    def of_clock_hour(self, hour: int) -> Subgroup:
        """Of an hour on the clock, numbered since 1970; it must not be over for long."""
        inside = range(hour * MINUTES, (hour + 1) * MINUTES)
        return subgroup(sum((counts for minute, counts in self._minutes.items() if minute in inside), Counter()))

    def forget(self, now_us: int) -> None:
        """Drop what is older; also what lies ahead, after the clock was set back."""
        now = _minute(now_us)
        kept = range(now - MINUTES, now + 1)
        self._minutes = {minute: counts for minute, counts in self._minutes.items() if minute in kept}


class History:
    """The hours that tell what is normal, read in a thread of its own because there may be millions of parts.

    Args:
        station: Station directory.
        rules: What judges now: another model or recipe has another normal rate.
    """

    def __init__(self, station: Path, rules: RulesInForce) -> None:
        self._station = station
        self._rules = rules
        self._stop = threading.Event()
        self._read: list[Subgroup] | None = None
        self._thread: threading.Thread | None = None
        self._hours: deque[Subgroup] = deque(maxlen=KEPT_HOURS)
        self.complete = False
        self.baseline: Baseline | None = None

    @property
    def hours(self) -> int:
        """How many hours with enough parts there are."""
        return len(self._hours)

    def start(self, before_us: int) -> None:
        """Read the hours that were over then."""
        args = (before_us // 1_000_000,)
        self._thread = threading.Thread(target=self._load, args=args, name="reject-history")
        self._thread.start()

    def add(self, hour: Subgroup) -> None:
        """An hour is over."""
        if usable([hour]):
            self._hours.append(hour)
            self.baseline = baseline(list(self._hours))

    def take(self) -> None:
        """Take up what was read, once it is; hours that ended meanwhile come behind it."""
        read = self._read
        if read is not None and not self.complete:
            self._hours = deque([*read, *self._hours], maxlen=KEPT_HOURS)
            self.baseline = baseline(list(self._hours))
            self.complete = True

    def close(self) -> None:
        """Give up reading."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _load(self, before_s: int) -> None:
        try:
            with AuditReader(self._station) as reader:
                found = hours_before(reader, before_s, self._rules, KEPT_HOURS, lambda: not self._stop.is_set())
        except InspectorError as error:
            log.warning("what is a normal reject rate cannot be told from the records: %s", error)
            found = []
        self._read = found


class Production:
    """What screens show of the last hour and of the lot. Used on the main thread of the station.

    Args:
        station: Station directory.
        clock: Time.
        rules: What judges now.
    """

    def __init__(self, station: Path, clock: Clock, rules: Rules) -> None:
        self._station = station
        self._clock = clock
        self._rules = RulesInForce(rules.package.digest, rules.recipe.digest)
        self._all = LastHour()
        self._judged_by_rules = LastHour()
        self._history = History(station, self._rules)
        self._hour = 0
        self._minute = 0
        self._lot: tuple[str, int] | None = None
        self._lot_before: Counter[str] | None = None
        self._shifts_before = 0
        self.worst_us = 0

    def started(self) -> None:
        """Take up what the records say; where they cannot be read, the hour begins now."""
        self._read_hour(self._all)
        self._read_history()

    def exchange(self, rules: Rules) -> None:
        """Other rules judge from now on: what is normal is theirs."""
        self._history.close()
        self._rules = RulesInForce(rules.package.digest, rules.recipe.digest)
        self._judged_by_rules = LastHour()
        self._history = History(self._station, self._rules)
        self._read_history()

    def close(self) -> None:
        """End the thread."""
        self._history.close()

    def part(self, verdict: Verdict, t_us: int, latency_us: int | None) -> None:
        """A production part has its record, of this time; `latency_us` is None when nothing was judged."""
        self._all.part(verdict.value, t_us)
        self._judged_by_rules.part(verdict.value, t_us)
        self.worst_us = max(self.worst_us, latency_us or 0)

    def tick(self) -> None:
        """Once per heartbeat: hours end, old minutes go."""
        self._history.take()
        now_us = self._clock.utc_us()
        if _minute(now_us) == self._minute:
            return
        self._minute = _minute(now_us)
        hour = self._minute // MINUTES
        if hour != self._hour:
            before, self._hour = self._hour, hour
            if hour > before:
                self._history.add(self._judged_by_rules.of_clock_hour(before))
        self._all.forget(now_us)
        self._judged_by_rules.forget(now_us)

    def document(self, shift: Shift, in_shift: Counter[str]) -> dict[str, object]:
        """The field `production` of the status document.

        Args:
            shift: The present shift.
            in_shift: Its parts by verdict.
        """
        now_us = self._clock.utc_us()
        return {
            "hour": _by_verdict(self._all.counts(now_us)),
            "lot": self._lot_document(shift, in_shift),
            "reject_rate": self._rate_document(subgroup(self._judged_by_rules.counts(now_us))),
        }

    def _read_history(self) -> None:
        self._hour = self._clock.utc_us() // 1_000_000 // HOUR_S
        self._read_hour(self._judged_by_rules, self._rules)
        self._history.start(self._hour * HOUR_S * 1_000_000)

    def _read_hour(self, hour: LastHour, rules: RulesInForce | None = None) -> None:
        try:
            with AuditReader(self._station) as reader:
                minutes = minutes_since(reader, self._clock.utc_us() // 1_000_000 - HOUR_S, rules)
        except InspectorError as error:
            log.warning("the counts of the last hour begin now, they cannot be told from the records: %s", error)
        else:
            hour.fill(minutes)

    def _lot_document(self, shift: Shift, in_shift: Counter[str]) -> dict[str, object] | None:
        if shift.state is ShiftState.NONE:
            return None
        if self._lot != (shift.lot, shift.number):
            self._read_lot(shift)
        if self._lot_before is None:
            return None
        counts = self._lot_before + in_shift
        return {"lot": shift.lot, "shifts": self._shifts_before + 1, "counts": _by_verdict(counts)}

    def _read_lot(self, shift: Shift) -> None:
        """The closed shifts of a lot do not change any more: their seals are read once, also where that fails."""
        self._lot, self._lot_before = (shift.lot, shift.number), None
        try:
            with AuditReader(self._station) as reader:
                before = [number for number in reader.shifts_of_lot(shift.lot) if number < shift.number]
                counts = [_sealed(reader, number) for number in before]
        except InspectorError as error:
            log.warning("what lot %r had in shifts before cannot be told from the records: %s", shift.lot, error)
        else:
            self._shifts_before, self._lot_before = len(before), sum(counts, Counter())

    def _rate_document(self, now: Subgroup) -> dict[str, object]:
        history = self._history
        base = history.baseline
        if base is not None and history.complete and now.parts >= ENOUGH_PARTS:
            low, high = base.limits(now.parts)
            band = {"low_ppm": round(low * 1e6), "mean_ppm": round(base.mean * 1e6), "high_ppm": round(high * 1e6)}
            no_band = None
        else:
            band, no_band = None, self._why_no_band()
        return {
            "parts": now.parts,
            "rejected": now.rejected,
            "band": band,
            "no_band": no_band,
            "hours": history.hours,
            "hours_needed": ENOUGH_SUBGROUPS,
        }

    def _why_no_band(self) -> str:
        if not self._history.complete:
            return "reading"
        if self._history.hours < ENOUGH_SUBGROUPS:
            return "few-hours"
        return "never-moved" if self._history.baseline is None else "few-parts"


def _minute(t_us: int) -> int:
    return t_us // (MINUTE_S * 1_000_000)


def _sealed(reader: AuditReader, number: int) -> Counter[str]:
    """Parts by verdict in a closed shift, as its seal counts them.

    Raises:
        EvidenceError: The seal is damaged.
    """
    seal = reader.seal_of(number)
    if seal is None:
        return Counter()
    verdicts = mapping(seal, "counts", "verdicts")
    return Counter({verdict: whole(verdicts, verdict) for verdict in verdicts})


def _by_verdict(counts: Counter[str]) -> dict[str, int]:
    return {verdict.value: counts[verdict.value] for verdict in Verdict}
