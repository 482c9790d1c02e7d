# SPDX-License-Identifier: AGPL-3.0-or-later
"""What every kind of plant has: parts on a belt, sensors, and the trigger wire of the camera."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING

from inspector.scenario.belt import Part
from inspector.scenario.pictures import Look, Scene

if TYPE_CHECKING:
    from inspector.scenario.checks import Key


class Sensors:
    """What the sensors report of what is there; disturbances replace the methods of one object.

    Attributes:
        edge: A part is at the part-present sensor: how many edges, each with its delay in ms.
        picture: What the camera sees of a part; None: its trigger wire stays silent.
        lane: What the lane sensors say of a part that reached this lane: one lane, none, or one after the other.
        count: The count that the controller gives to the next edge.
        scan_ms: The controller's cycle: what it hears and what it says waits so long.
        tells_edge: Whether the line hears of this edge.
        silent: The controller says nothing at all.
    """

    def __init__(self) -> None:
        self.edge: Callable[[Part], list[float]] = lambda _part: [0.0]
        self.picture: Callable[[Part, Scene], Scene | None] = lambda _part, scene: scene
        self.lane: Callable[[Part, str], list[str]] = lambda _part, lane: [lane]
        self.count: Callable[[int], int] = lambda last: last + 1
        self.scan_ms = 0.0
        self.tells_edge: Callable[[int], bool] = lambda _count: True
        self.silent = False


class Machine(ABC):
    """A belt with parts.

    Attributes:
        parts: Every part that was ever on the belt.
        plc_count: Edges that the plant has counted.
        counts: Whether it counts at all; else it is the station that does, and nobody knows what it did not see.
        sensors: What they report.
        expose: Called when the trigger wire of the camera rises, with what is to be seen.
        on_feed: Called with each part before it reaches the sensor.
        period: Time between two parts, ms.
    """

    counts = True

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.plc_count = 0
        self.sensors = Sensors()
        self.expose: Callable[[Scene], None] = lambda _scene: None
        self.on_feed: Callable[[Part], None] = lambda _part: None
        self.period = 500.0

    @abstractmethod
    def feed(self, looks: list[Look], rate_ppm: int) -> None:
        """Put parts on the belt, one after the other, whenever the line is ready."""

    @property
    @abstractmethod
    def waiting(self) -> int:
        """Parts that are not on the belt yet."""

    @property
    @abstractmethod
    def ready(self) -> bool:
        """Whether the line allows parts."""

    @property
    def empty(self) -> bool:
        """Whether no part is on the belt."""
        return all(part.lane for part in self.parts)

    def mend(self) -> None:  # noqa: B027 - most need nobody
        """Somebody looks after the controller from now on."""

    def trigger_of(self, part: Part, triggers: dict[Key, tuple[int, int]]) -> Key | None:
        """Key of the trigger under which the line process knows a part; None when it does not.

        Args:
            part: It.
            triggers: Count and time of the edge of each journaled trigger, by key.
        """
        edge = part.edges[-1] if part.edges else None
        found = [key for key, known in triggers.items() if known == edge]
        return found[-1] if found else None
