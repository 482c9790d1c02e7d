# SPDX-License-Identifier: AGPL-3.0-or-later
"""The views of a part, one per camera: collected by part, never by time alone, and fused into one result. No I/O.

A part is judged when a result of every camera is there. What no camera has shown at the deadline counts as missing, so
that a camera that stays away never leaves a part to the cameras that are left.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from inspector.evidence.record import clean_text
from inspector.part import WORST_FIRST, PartKey, Trigger, Verdict
from inspector.station.judge import Hold, PartResult, View, not_seen
from inspector.station.serials import Reading

DECISIVE = (Verdict.FAIL, Verdict.ERROR, Verdict.UNTRACKED)
"""One view with this verdict gives it to the part; the first of these that occurs."""
SHARED = (Verdict.PASS, Verdict.MISSING_IMAGE, Verdict.LATE)
"""The part has one of these only if all its views have it; what is left is NO_DECISION."""
NO_PICTURE = "no picture before the deadline"
NO_SERIAL = Reading(None, "no serial before the deadline")


def fuse(results: Mapping[str, PartResult]) -> PartResult:
    """One result from those of all cameras.

    Any FAIL fails the part. A view that is missing, late, bad or not matched never lets it pass. The only PASS is that
    of all views. With one camera the result is that camera's own.

    Args:
        results: What was made of each camera's view, by camera, in the order of the settings; never empty.
    """
    if len(results) == 1:
        return next(iter(results.values()))
    verdicts = {result.verdict for result in results.values()}
    verdict = next(
        (one for one in (*DECISIVE, *SHARED) if one in verdicts and (one in DECISIVE or len(verdicts) == 1)),
        Verdict.NO_DECISION,
    )
    views = tuple(chain.from_iterable(result.views for result in results.values()))
    serial = next((result.serial for result in results.values() if result.serial is not None), None)
    return PartResult(verdict, _reason(results), views, serial)


def with_reading(result: PartResult, reading: Reading) -> PartResult:
    """The result of all views with the serial that came from elsewhere; without a good one no part passes."""
    result = replace(result, serial=reading.serial)
    return result if reading.complaint is None else held_for_serial(result, reading.complaint)


def held_for_serial(result: PartResult, complaint: str) -> PartResult:
    """The same result, but its serial is not one to pass with; what is wrong with the part itself is told first."""
    result = replace(result, hold=Hold.SERIAL if result.hold is Hold.NONE else result.hold)
    if result.verdict is Verdict.PASS:
        return replace(result, verdict=Verdict.NO_DECISION, reason=complaint)
    return replace(result, reason=clean_text(f"{result.reason}; {complaint}"))


def _reason(results: Mapping[str, PartResult]) -> str:
    """What is wrong in each view, the worst first, with the name of its camera."""
    wrong = [(camera, result) for camera, result in results.items() if result.verdict is not Verdict.PASS]
    if not wrong:
        return next(iter(results.values())).reason
    wrong.sort(key=lambda one: WORST_FIRST.index(one[1].verdict))
    return "; ".join(f"{camera}: {result.reason}" for camera, result in wrong)


def worst_view(result: PartResult) -> View | None:
    """The view that explains the verdict, to be shown; None when the part has no view."""
    return min(result.views, key=lambda view: WORST_FIRST.index(view.verdict), default=None)


@dataclass(slots=True)
class _Open:
    """A part that waits for views.

    Attributes:
        trigger: Its trigger.
        results: Results that are there, by camera.
        judging: Cameras whose picture the judge has.
        reading: What was read as its serial, where that does not come from a picture.
    """

    trigger: Trigger
    results: dict[str, PartResult] = field(default_factory=dict)
    judging: set[str] = field(default_factory=set)
    reading: Reading | None = None


class ViewCollector:
    """Collects the views of parts until each part has all of them. May be used from any thread.

    Args:
        cameras: Names of all cameras, in the order of the settings.
        complete: Called once for each part, in the thread that brought what was missing.
        read_elsewhere: Whether a part is complete only with the reading of its serial, which is in no picture.
    """

    def __init__(
        self,
        cameras: Sequence[str],
        complete: Callable[[Trigger, PartResult], None],
        *,
        read_elsewhere: bool = False,
    ) -> None:
        self._cameras = tuple(cameras)
        self._complete = complete
        self._read_elsewhere = read_elsewhere
        self._lock = threading.Lock()
        self._open: dict[PartKey, _Open] = {}

    def exchange(self, *, read_elsewhere: bool) -> None:
        """Other rules are in force, and no part waits."""
        with self._lock:
            self._read_elsewhere = read_elsewhere

    def expect(self, trigger: Trigger) -> None:
        """A part is to be judged: every camera has to show it."""
        with self._lock:
            self._open.setdefault(trigger.key, _Open(trigger))

    def begin(self, key: PartKey, camera: str) -> bool:
        """The judge is to get this view; False when nobody waits for it (any more)."""
        with self._lock:
            part = self._open.get(key)
            if part is None or camera in part.results or camera in part.judging:
                return False
            part.judging.add(camera)
            return True

    def add(self, key: PartKey, camera: str, result: PartResult) -> None:
        """A view has its result; only the first one of each camera counts."""
        self._add(key, {camera: result})

    def add_reading(self, key: PartKey, reading: Reading) -> None:
        """The serial of a part was read, or cannot be; only the first one counts."""
        self._add(key, {}, reading)

    def close_due(self, now_ns: int) -> None:
        """What is neither there nor with the judge at the deadline of its part is missing.

        Args:
            now_ns: The present time (`perf_counter_ns`).
        """
        with self._lock:
            due = [part for part in self._open.values() if part.trigger.decide_by_ns <= now_ns]
            missing = [(part.trigger.key, set(self._cameras) - part.judging) for part in due]
        for key, cameras in missing:
            self._add(key, {name: not_seen(Verdict.MISSING_IMAGE, NO_PICTURE, name) for name in cameras}, NO_SERIAL)

    def give_up(self, key: PartKey, reason: str) -> None:
        """The views that are not there by now do not come: they are errors."""
        self._add(key, {name: not_seen(Verdict.ERROR, reason, name) for name in self._cameras}, NO_SERIAL)

    def waiting(self) -> frozenset[PartKey]:
        """Parts that are not complete."""
        with self._lock:
            return frozenset(self._open)

    def _add(self, key: PartKey, results: Mapping[str, PartResult], reading: Reading | None = None) -> None:
        with self._lock:
            part = self._open.get(key)
            if part is None:
                return
            for camera, result in results.items():
                part.results.setdefault(camera, result)
            if self._read_elsewhere:
                part.reading = part.reading or reading
            if len(part.results) < len(self._cameras) or (self._read_elsewhere and part.reading is None):
                return
            del self._open[key]
        result = fuse({name: part.results[name] for name in self._cameras})
        self._complete(part.trigger, result if part.reading is None else with_reading(result, part.reading))
