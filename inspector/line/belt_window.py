# SPDX-License-Identifier: AGPL-3.0-or-later
"""The parts between sensor and lanes by their place on the belt: when the gate may open, which part a lane saw."""

from __future__ import annotations

from dataclasses import dataclass

from inspector.config import TrackingSettings
from inspector.part import Confirmed


@dataclass(slots=True)
class _Followed:
    plc_count: int
    edge_mm: float
    granted: bool = False
    barred: bool = False  # it is rejected whatever the station says
    entered: bool = False  # it has been in the reject window: what the gate was told is told
    seen: bool = False  # by a lane sensor
    tail_mm: float = 0.0  # how far it reaches back beyond what a part may


@dataclass(frozen=True, slots=True)
class Forgotten:
    """The parts whose places were forgotten, each list oldest first.

    Attributes:
        waiting: Had not reached the reject window: no gate opens for them.
        rejected: Are rejected now, or were, and no lane sensor has seen them.
        accepted: Had the gate open for them, and no lane sensor has seen them.
    """

    waiting: list[int]
    rejected: list[int]
    accepted: list[int]


class BeltWindow:
    """All parts whose place is known, oldest first.

    The gate is told to open for one reason only: a granted part is inside the reject window, and no other part is.

    Args:
        settings: `[tracking]`.
    """

    def __init__(self, settings: TrackingSettings) -> None:
        self._settings = settings
        self._opens_mm = settings.gate_mm - settings.window_before_mm
        self._closes_mm = settings.gate_mm + settings.window_after_mm
        self._last_mm = max(self._closes_mm, settings.good_lane_mm, settings.reject_lane_mm) + settings.lane_window_mm
        self._parts: list[_Followed] = []

    def __len__(self) -> int:
        """Parts followed."""
        return len(self._parts)

    @property
    def length_mm(self) -> float:
        """Travel after which a part has left the line."""
        return self._last_mm

    def add(self, plc_count: int, edge_mm: float) -> list[int]:
        """A part came under the sensor.

        Args:
            plc_count: Its count.
            edge_mm: Position of the belt at its edge.

        Returns:
            The parts that are too close to each other to be told apart: they are barred now.
        """
        part = _Followed(plc_count, edge_mm)
        close = [other for other in self._parts if edge_mm - other.edge_mm < self._settings.pitch_mm]
        self._parts.append(part)
        if not close:
            return []
        return [found for other in (*close, part) if (found := self._bar(other)) is not None]

    def bar(self, plc_count: int, tail_mm: float = 0.0) -> list[int]:
        """A part must not be accepted.

        Args:
            plc_count: The part.
            tail_mm: How far it reaches back beyond the length of a part; the lane sensors see it for longer.

        Returns:
            Its count if that has an effect: it has not reached the reject window.
        """
        for part in self._parts:
            if part.plc_count == plc_count:
                part.tail_mm = max(part.tail_mm, tail_mm)
                return [plc_count] if self._bar(part) is not None else []
        return []

    def grant(self, plc_count: int) -> bool:
        """Accept a part; False when it is too late for that, or it is barred or not here."""
        for part in self._parts:
            if part.plc_count == plc_count and not part.entered and not part.barred:
                part.granted = True
                return True
        return False

    def move(self, mm: float) -> bool:
        """Move to a position of the belt.

        Returns:
            Whether the gate has to open.
        """
        self._parts = [part for part in self._parts if mm - part.edge_mm <= self._last_mm + part.tail_mm]
        inside = [part for part in self._parts if self._opens_mm <= mm - part.edge_mm <= self._closes_mm]
        for part in inside:
            part.entered = True
        return bool(inside) and all(part.granted for part in inside)

    def lane(self, lane: Confirmed, mm: float) -> int | None:
        """Which part a lane sensor saw; None when none can be there."""
        place = self._settings.good_lane_mm if lane is Confirmed.GOOD_LANE else self._settings.reject_lane_mm
        reach = self._settings.lane_window_mm
        here = [part for part in self._parts if place - reach <= mm - part.edge_mm <= place + reach + part.tail_mm]
        # The second of two parts without a gap has no count of its own; both are rejected.
        here = [part for part in here if not part.seen] or [
            part for part in here if part.tail_mm and lane is Confirmed.REJECT_LANE
        ]
        if not here:
            return None
        found = min(here, key=lambda part: abs(mm - part.edge_mm - place))
        found.seen = True
        return found.plc_count

    def forget(self) -> Forgotten:
        """Forget all places."""
        parts, self._parts = self._parts, []
        accepted = [part for part in parts if part.entered and part.granted]
        return Forgotten(
            waiting=[part.plc_count for part in parts if not part.entered],
            rejected=[part.plc_count for part in parts if part not in accepted and not part.seen],
            accepted=[part.plc_count for part in accepted if not part.seen],
        )

    def _bar(self, part: _Followed) -> int | None:
        if part.entered or part.barred:
            return None
        part.granted, part.barred = False, True
        return part.plc_count
