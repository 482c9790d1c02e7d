# SPDX-License-Identifier: AGPL-3.0-or-later
"""The belt: what moves past sensor, gate and lanes. It knows parts, not counts, and nothing of any electronics.

Positions are milliseconds of travel at nominal speed, so that distances and times are the same numbers while the belt
runs as it should.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

from inspector.scenario.pictures import Look
from inspector.scenario.schedule import Schedule, Timer


@dataclass(slots=True, eq=False)
class Part:
    """One physical part.

    Attributes:
        number: From 1, in the order in which they were put on the belt.
        look: What a camera sees.
        start: Position of the belt at which it stood before the sensor, when it last passed it.
        t_ns: When that was.
        edges: Count and time of each of its edges that the controller saw.
        lane: "good", "reject", "removed", or empty while it is on the belt.
        refed: Number of the rejected part that this one is, put on the belt again.
    """

    number: int
    look: Look
    start: float = 0.0
    t_ns: int = 0
    edges: list[tuple[int, int]] = field(default_factory=list)
    lane: str = ""
    refed: int = 0


class Belt:
    """A belt with a speed.

    Args:
        schedule: Time.
    """

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule
        self._speed = 1.0
        self._position = 0.0
        self._since_ns = schedule.now_ns()
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._timer: Timer | None = None

    @property
    def position(self) -> float:
        """How far the belt has moved."""
        passed_ms = (self._schedule.now_ns() - self._since_ns) / 1e6
        return self._position + passed_ms * self._speed

    @property
    def speed(self) -> float:
        """1.0 is the nominal speed; negative runs backwards."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        self._position, self._since_ns = self.position, self._schedule.now_ns()
        self._speed = speed
        self._arm()

    def at(self, position: float, action: Callable[[], None]) -> None:
        """Do something when the belt has come to a position."""
        heapq.heappush(self._due, (position, next(self._numbers), action))
        self._arm()

    def after(self, distance: float, action: Callable[[], None]) -> None:
        """Do something when the belt has moved a distance."""
        self.at(self.position + distance, action)

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._due and self._speed > 0:
            ms = max(0.0, (self._due[0][0] - self.position) / self._speed)
            self._timer = self._schedule.after_ms(ms + 1e-3, self._step)

    def _step(self) -> None:
        self._timer = None
        while self._due and self._speed > 0 and self._due[0][0] <= self.position:
            heapq.heappop(self._due)[2]()
        self._arm()
