# SPDX-License-Identifier: AGPL-3.0-or-later
"""A belt of plain inputs and a station's tracking on simulated time, with a station that grants what a test says."""

from __future__ import annotations

from collections.abc import Callable

from inspector.clock import SimulatedClock
from inspector.config import PlantSettings, TrackingSettings
from inspector.line.plant.belt import EdgeHappened, LaneReached
from inspector.line.plant.feed import Feed
from inspector.line.plant.raw_belt import RawBelt, Sensed
from inspector.line.protocol import Edge, LaneSeen, LineEvent, PlantStatus, Purged, Uncounted
from inspector.line.soft_tracking import SoftTracking
from inspector.part import Confirmed

SCENES = 5
DECIDE_MS = 300


class SoftLine:
    """Belt and tracking; `connected`, `beats` and the belt's `faults` may be changed between two `wait`.

    Args:
        grants: Which counts are granted, `DECIDE_MS` after their edge was told.
        tracking: `[tracking]`, beside its defaults.
        plant: `[plant]`, beside its defaults.
        count: What the journal of a former start knows.
    """

    def __init__(
        self,
        grants: Callable[[int], bool] = lambda count: True,
        tracking: dict[str, object] | None = None,
        count: int = 0,
        **plant: object,
    ) -> None:
        values: dict[str, object] = {"images": "images", "rate_ppm": 45, "feed": "always", **plant}
        self.plant = PlantSettings.model_validate(values)
        self.settings = TrackingSettings.model_validate(tracking or {})
        self.clock = SimulatedClock()
        feed = Feed(self.plant.seed, SCENES, self.plant.rate_ppm, self.plant.faults)
        self.belt = RawBelt(self.plant, self.settings, self.clock, feed)
        self.tracking = SoftTracking(self.settings, 100, count)
        self.grants = grants
        self.connected = True
        self.beats = True
        self.passed: list[EdgeHappened] = []
        self.lanes: list[LaneReached] = []
        self.edges: list[Edge] = []
        self.seen: list[LaneSeen] = []
        self.purged: list[Purged] = []
        self.uncounted: list[Uncounted] = []
        self.statuses: list[PlantStatus] = []
        self.granted: set[int] = set()
        self.refused: set[int] = set()
        self._due: list[tuple[int, int]] = []

    def wait(self, ms: float) -> None:
        """Let time pass, moment by moment."""
        end_ns = self.clock.monotonic_ns() + int(ms * 1e6)
        while self.clock.monotonic_ns() < end_ns:
            now = self.clock.monotonic_ns()
            if self.beats:
                self.belt.heartbeat(True)
            for event in self.belt.step():
                self._belt_event(event)
            self.hear(self.tracking.tick(now))
            for at_ns, count in [due for due in self._due if due[0] <= now]:
                self._due.remove((at_ns, count))
                (self.granted if self.tracking.grant(count) else self.refused).add(count)
            until = min([self.belt.next_ns(), end_ns, *(at_ns for at_ns, _ in self._due)])
            self.clock.advance_ms(max(until - now, 1) / 1e6)

    def hear(self, events: list[LineEvent]) -> None:
        for event in events:
            if isinstance(event, Edge):
                self.edges.append(event)
                if self.grants(event.plc_count):
                    self._due.append((event.t_edge_ns + DECIDE_MS * 1_000_000, event.plc_count))
            elif isinstance(event, LaneSeen):
                self.seen.append(event)
            elif isinstance(event, Purged):
                self.purged.append(event)
            elif isinstance(event, Uncounted):
                self.uncounted.append(event)
            elif isinstance(event, PlantStatus):
                self.statuses.append(event)

    def _belt_event(self, event: object) -> None:
        if isinstance(event, EdgeHappened):
            self.passed.append(event)
        elif isinstance(event, LaneReached):
            self.lanes.append(event)
        elif isinstance(event, Sensed) and self.connected:
            self.hear(self.tracking.inputs(event.read, self.clock.monotonic_ns()))
            self.belt.output(self.tracking.pass_on)

    # What came of it

    @property
    def purged_counts(self) -> set[int]:
        return {count for event in self.purged for count in event.plc_counts}

    @property
    def in_good_lane(self) -> list[int]:
        """Parts that really went to the good lane, by their true number."""
        return [lane.plc_count for lane in self.lanes if lane.lane is Confirmed.GOOD_LANE]

    def fault_codes(self) -> list[str]:
        """Every fault that was told, once for each time that it came."""
        codes = [status.fault.code if status.fault is not None else "" for status in self.statuses]
        return [code for before, code in zip(["", *codes], codes, strict=False) if code and code != before]
