# SPDX-License-Identifier: AGPL-3.0-or-later
"""Challenge parts: the run in which they are shown, and the gate that it opens. Pure; time is given by the caller.

A challenge is passed when every registered part was shown as often as its set asks, each was judged as what it is -
FAIL for the class that it shows, or PASS - and each was seen in the reject lane: also a good one, because it is no
product (IATF 16949 10.2.4; EU GMP Annex 1, 8.32).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

MAX_RESULTS = 200
"""Results that one record can hold."""


class GateState(StrEnum):
    """What the challenges so far allow."""

    OFF = "off"
    PASSED = "passed"
    DUE = "due"
    OVERDUE = "overdue"
    REQUIRED = "required"
    FAILED = "failed"

    @property
    def closed(self) -> bool:
        """Whether nothing may pass."""
        return self in (GateState.OVERDUE, GateState.REQUIRED, GateState.FAILED)


@dataclass
class ChallengeGate:
    """When a challenge is due, and what a failed one forbids.

    Attributes:
        required: Nothing passes in a shift before a challenge was passed in it.
        interval_ns: A challenge is due this long after the last one passed; 0 never.
        grace_ns: So long after it is due nothing passes any more.
        failure: Why the last challenge failed; empty after one that passed.
        passed_ns: When the last challenge passed; None when none did.
        passed_shift: In which shift.
    """

    required: bool
    interval_ns: int
    grace_ns: int
    failure: str = ""
    passed_ns: int | None = None
    passed_shift: int = 0

    def passed(self, shift: int, now_ns: int) -> None:
        """A challenge was passed: the latch of a failed one opens too."""
        self.failure, self.passed_ns, self.passed_shift = "", now_ns, shift

    @property
    def due_ns(self) -> int | None:
        """When the next one is due after the last that was passed; None when nothing says when."""
        return None if self.passed_ns is None or not self.interval_ns else self.passed_ns + self.interval_ns

    def state(self, now_ns: int, shift: int, opened_ns: int) -> GateState:
        """What holds now.

        Args:
            now_ns: Now.
            shift: Number of the open shift, or of the next one while none is open.
            opened_ns: When it was opened: the interval counts from here while no challenge was ever passed.
        """
        if self.failure:
            return GateState.FAILED
        if self.required and (self.passed_ns is None or self.passed_shift != shift):
            return GateState.REQUIRED
        if self.interval_ns:
            late_ns = now_ns - (opened_ns if self.passed_ns is None else self.passed_ns) - self.interval_ns
            if late_ns >= 0:
                return GateState.OVERDUE if late_ns >= self.grace_ns else GateState.DUE
        return GateState.PASSED


@dataclass(slots=True)
class Shown:
    """One presentation of a challenge part.

    Attributes:
        part: Hash of its part record, hex.
        serial: Its code.
        defect: The class that it has to be rejected for; None for a good part.
        found: It was judged FAIL for this class, or as good.
        rejected: It was seen in the reject lane; None while its outcome is not known.
    """

    part: str
    serial: str
    defect: str | None
    found: bool
    rejected: bool | None = None

    @property
    def name(self) -> str:
        """For people."""
        return f"test part {self.serial} ({self.defect or 'good'})"

    @property
    def complaint(self) -> str:
        """What went wrong with it, empty when nothing did yet."""
        if not self.found:
            return f"{self.name} was not {'found' if self.defect else 'judged good'}"
        if self.rejected is False:
            return f"{self.name} was not seen in the reject lane"
        return ""


@dataclass(frozen=True, slots=True)
class Conclusion:
    """How a run ended.

    Attributes:
        passed: Whether it was passed.
        reason: In words.
        shown: All presentations.
        missing: Serials that were not shown as often as they had to be.
    """

    passed: bool
    reason: str
    shown: tuple[Shown, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass
class ChallengeRun:
    """One challenge in progress.

    Attributes:
        wanted: The class that each registered part shows, None for a good one, by its serial.
        presentations: How often each has to be shown.
        started_ns: A part whose edge came before this does not count.
        limit_ns: How long the run may take.
    """

    wanted: Mapping[str, str | None]
    presentations: int
    started_ns: int
    limit_ns: int
    shown: list[Shown] = field(default_factory=list)

    def part(self, part: str, serial: str, *, found: bool) -> None:
        """A registered part was judged and recorded; every presentation counts, also one too many."""
        if serial in self.wanted and len(self.shown) < MAX_RESULTS:
            self.shown.append(Shown(part, serial, self.wanted[serial], found))

    def outcome(self, part: str, *, rejected: bool) -> None:
        """The plant has told where it went."""
        for one in self.shown:
            if one.part == part and one.rejected is None:
                one.rejected = rejected

    @property
    def failing(self) -> str:
        """Why the run cannot be passed any more; empty while it can."""
        return next((complaint for one in self.shown if (complaint := one.complaint)), "")

    def missing(self) -> list[str]:
        """Serials that have not been shown often enough, in the order of the set."""
        times = Counter(one.serial for one in self.shown)
        return [serial for serial in self.wanted if times[serial] < self.presentations]

    def conclusion(self, now_ns: int) -> Conclusion | None:
        """How the run ended; None while it goes on. A run that cannot be passed still waits for parts on the belt."""
        missing = tuple(self.missing())
        late = now_ns - self.started_ns >= self.limit_ns
        if any(one.rejected is None for one in self.shown) and not late:
            return None
        if late:
            for one in self.shown:
                one.rejected = bool(one.rejected)
        reason = self.failing
        if not reason and missing and late:
            reason = f"test parts not shown in time: {', '.join(missing)}"
        elif not reason and missing and len(self.shown) >= MAX_RESULTS:
            reason = f"{MAX_RESULTS} presentations, and still not shown: {', '.join(missing)}"
        if reason:
            return Conclusion(False, reason, tuple(self.shown), missing)
        if missing:
            return None
        return Conclusion(True, "every test part was judged as what it is, and rejected", tuple(self.shown))

    @property
    def steps(self) -> tuple[int, int]:
        """Presentations that count so far, and all that are asked for."""
        times = Counter(one.serial for one in self.shown)
        done = sum(min(times[serial], self.presentations) for serial in self.wanted)
        return done, len(self.wanted) * self.presentations

    def table(self) -> list[dict[str, object]]:
        """What became of each registered part so far, in the order of the set."""
        return [part_row(serial, defect, self.presentations, self.shown) for serial, defect in self.wanted.items()]

    def words(self) -> str:
        """What the operator has to do next."""
        missing = self.missing()
        if not missing:
            return "Wait until the test parts have reached the reject lane"
        done, total = self.steps
        return f"Show test part {done + 1} of {total}: {(self.wanted[missing[0]] or 'good').upper()} ({missing[0]})"


def part_row(serial: str, defect: str | None, presentations: int, shown: Sequence[Shown] = ()) -> dict[str, object]:
    """A registered part for screens: `found` and `rejected` are null while nothing, or not all, is known.

    Args:
        serial: Its code.
        defect: The class that it shows, None for a good one.
        presentations: How often it has to be shown.
        shown: Presentations of all parts.
    """
    own = [one for one in shown if one.serial == serial]
    seen = [one.rejected for one in own]
    rejected = None if not seen or (None in seen and False not in seen) else all(seen)
    return {
        "serial": serial,
        "class": defect,
        "shown": len(own),
        "wanted": presentations,
        "found": all(one.found for one in own) if own else None,
        "rejected": rejected,
    }
