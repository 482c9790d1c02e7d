# SPDX-License-Identifier: AGPL-3.0-or-later
"""The rules that stop the line: what may happen once or twice, but not again and again. Counts only, no I/O.

One bad part is rejected and the line goes on. Many of them, or a sign that pictures or rejects cannot be trusted, mean
that something has to be mended by a person: Ready drops, and stays off until somebody resets the stop.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import StrEnum

from inspector.config import StopSettings
from inspector.part import Commanded, Confirmed, PartKey, Trigger, Verdict
from inspector.station.judge import PartResult
from inspector.station.readiness import Reason

LET_THROUGH = (Verdict.PASS, Verdict.BYPASSED)
NOT_JUDGED = (Verdict.MISSING_IMAGE, Verdict.UNTRACKED)
REPEATED = ("frozen", "duplicate")
"""What the camera process says of a frame that is the one before once more."""
TRACKING_FAULTS = ("TRACKING_LOST", "ENCODER_JUMPED", "IO_WATCHDOG_TRIPPED", "IO_OUTPUT_WRONG")
"""What the line process says of parts that it cannot follow any more, and keeps saying until it is reset."""
THEN_RESET = "then reset the stop"


class StopCode(StrEnum):
    """The rules; names for programs."""

    REJECTS_IN_ROW = "STOP_REJECTS_IN_ROW"
    REJECT_RATE = "STOP_REJECT_RATE"
    LATE = "STOP_LATE"
    MISSING_IMAGES = "STOP_MISSING_IMAGES"
    FROZEN_IMAGE = "STOP_FROZEN_IMAGE"
    IMAGE_GATE = "STOP_IMAGE_GATE"
    REJECT_UNCONFIRMED = "STOP_REJECT_UNCONFIRMED"
    TRACKING = "STOP_TRACKING"


ADVICE = {
    StopCode.REJECTS_IN_ROW: "look at the last rejects and mend the cause",
    StopCode.REJECT_RATE: "look at the last rejects and mend the cause",
    StopCode.LATE: "end other programs on this computer or slow the line down",
    StopCode.MISSING_IMAGES: "check the camera's cable, power and trigger",
    StopCode.FROZEN_IMAGE: "switch the camera off and on, see that the picture changes",
    StopCode.IMAGE_GATE: "check the lamp, the lens and where the part lies",
    StopCode.TRACKING: "clear the belt, check gate, sensors and encoder",
    StopCode.REJECT_UNCONFIRMED: "check gate and sensors, set aside all parts since the last confirmed",
}


@dataclass(frozen=True, slots=True)
class PartFacts:
    """What the rules look at in one recorded part.

    Attributes:
        rejected: Its verdict, or the time of its verdict, lets it go to the reject lane.
        late: The verdict came after the deadline.
        missing: There was no usable picture, from one camera at least.
        gate_failed: The image gate, or the camera's own look at brightness, refused a picture.
    """

    rejected: bool = False
    late: bool = False
    missing: bool = False
    gate_failed: bool = False


def facts_of(trigger: Trigger, result: PartResult, latency_us: int | None) -> PartFacts:
    """The facts of a part whose record is committed.

    Args:
        trigger: The part.
        result: The station's judgement.
        latency_us: From the edge to the commit; None when the part was announced again.
    """
    allowed_us = (trigger.decide_by_ns - trigger.t_edge_ns) // 1000
    verdicts = {result.verdict, *(view.verdict for view in result.views)}
    after_deadline = latency_us is not None and latency_us >= allowed_us and verdicts.isdisjoint(NOT_JUDGED)
    late = Verdict.LATE in verdicts or after_deadline
    gate_failed = any(
        (view.judgement is not None and bool(view.judgement.gate.failed))
        or (view.frame is not None and view.frame.bad == "dark")
        for view in result.views
    )
    return PartFacts(
        rejected=late or result.verdict not in LET_THROUGH,
        late=late,
        missing=Verdict.MISSING_IMAGE in verdicts,
        gate_failed=gate_failed,
    )


class InRow:
    """Counts how often something happened without anything else in between.

    Args:
        limit: How often is too often; 0 never is.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.count = 0

    def see(self, happened: bool) -> bool:
        """One more; True when it is too often."""
        self.count = self.count + 1 if happened else 0
        return 0 < self.limit <= self.count


class InWindow:
    """Counts how often something happened among the last ones.

    Args:
        limit: How often is too often.
        window: Of how many.
    """

    def __init__(self, limit: int, window: int) -> None:
        self.limit = limit
        self.count = 0
        self._last: deque[bool] = deque(maxlen=window)

    def see(self, happened: bool) -> bool:
        """One more; True when it is too often."""
        if len(self._last) == self._last.maxlen:
            self.count -= self._last[0]
        self._last.append(happened)
        self.count += happened
        return happened and self.count >= self.limit


class StopRules:
    """Looks at parts, frames and outcomes, and says which rule is broken.

    The counts are of this shift and of this run of the station, since the last reset.

    Args:
        settings: `[stops]`.
    """

    def __init__(self, settings: StopSettings) -> None:
        self._settings = settings
        self.reset()

    def reset(self) -> None:
        """Count from the beginning."""
        settings = self._settings
        self._rejects_in_row = InRow(settings.rejects_in_row)
        self._rejects = InWindow(settings.rejects, settings.rejects_window)
        self._late = InWindow(settings.late_parts, settings.late_window)
        self._missing = InRow(settings.missing_images)
        self._frozen: dict[str, InRow] = {}
        self._gate = InRow(settings.gate_failures)
        self._unconfirmed = InRow(settings.unconfirmed_rejects)
        self._confirmed: PartKey | None = None

    @property
    def rejects_in_row(self) -> InRow:
        """How many parts in a row were rejected, and how many are too many."""
        return self._rejects_in_row

    def part(self, facts: PartFacts) -> list[Reason]:
        """A part has its record; one that the station was there to judge."""
        settings = self._settings
        broken = []
        if self._rejects_in_row.see(facts.rejected):
            broken.append(_stop(StopCode.REJECTS_IN_ROW, f"{self._rejects_in_row.count} parts in a row were rejected"))
        if self._rejects.see(facts.rejected):
            text = f"{self._rejects.count} of the last {settings.rejects_window} parts were rejected"
            broken.append(_stop(StopCode.REJECT_RATE, text))
        if self._late.see(facts.late):
            text = f"{self._late.count} of the last {settings.late_window} verdicts came too late"
            broken.append(_stop(StopCode.LATE, text))
        if self._missing.see(facts.missing):
            broken.append(_stop(StopCode.MISSING_IMAGES, f"{self._missing.count} parts in a row had no picture"))
        if self._gate.see(facts.gate_failed):
            text = f"{self._gate.count} pictures in a row were too bad to judge"
            broken.append(_stop(StopCode.IMAGE_GATE, text))
        return broken

    def frame(self, camera: str, bad: str | None) -> list[Reason]:
        """A frame has come from this camera; `bad` is what the camera process says of it."""
        frozen = self._frozen.setdefault(camera, InRow(self._settings.frozen_images))
        if not frozen.see(bad in REPEATED):
            return []
        what = "frame number" if bad == "duplicate" else "picture"
        return [_stop(StopCode.FROZEN_IMAGE, f"camera {camera} delivered the same {what} again")]

    def outcome(self, key: PartKey, commanded: Commanded, confirmed: Confirmed) -> list[Reason]:
        """A part has left the line, or was lost sight of. Says nothing of parts that were let through."""
        if commanded is not Commanded.REJECT:
            return []
        if confirmed is Confirmed.REJECT_LANE:
            self._confirmed = key
        if not self._unconfirmed.see(confirmed is not Confirmed.REJECT_LANE):
            return []
        where = "was seen in the good lane" if confirmed is Confirmed.GOOD_LANE else "was seen in no lane"
        since = (
            "no reject was confirmed before" if self._confirmed is None else f"last confirmed: {_name(self._confirmed)}"
        )
        return [_stop(StopCode.REJECT_UNCONFIRMED, f"rejected {_name(key)} {where} ({since})")]


def tracking_stops(line_reasons: object) -> list[Reason]:
    """The stops in the reasons of a `line-state` message."""
    if not isinstance(line_reasons, list):
        return []
    return [
        _stop(StopCode.TRACKING, str(reason.get("message", "")))
        for reason in line_reasons
        if isinstance(reason, dict) and reason.get("code") in TRACKING_FAULTS
    ]


def ejected(commanded: Commanded, confirmed: Confirmed) -> bool:
    """Whether a part that was let through ended in the reject lane: counted and told, but no danger."""
    return commanded is Commanded.ACCEPT and confirmed is Confirmed.REJECT_LANE


def stop_of(text: str) -> Reason:
    """The stop that a `state` record tells of (`Reason.recorded`), also one of another version."""
    code, _, message = text.partition(": ")
    known = code in set(StopCode)
    return _stop(StopCode(code), message) if known else Reason("STOP", text, f"mend the cause, {THEN_RESET}")


def _stop(code: StopCode, message: str) -> Reason:
    return Reason(code.value, message, f"{ADVICE[code]}, {THEN_RESET}")


def _name(key: PartKey) -> str:
    return f"part {key.part_seq}"
