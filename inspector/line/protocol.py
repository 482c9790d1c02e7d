# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the line process needs from the plant's inputs and outputs, whatever carries them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from inspector.ipc import Event
from inspector.line.forcing import ForcedOutputs
from inspector.line.io_monitor import IoMonitor
from inspector.line.wire import Reason, StationFacts
from inspector.part import Confirmed


@dataclass(frozen=True, slots=True)
class Edge:
    """A part reached the part-present sensor.

    Attributes:
        plc_count: The plant's own count, from 1, never reset.
        t_edge_ns: Time of the edge on the system-wide clock.
        serial: Serial of the part, when the plant's controller knows it.
    """

    plc_count: int
    t_edge_ns: int
    serial: str | None = None


@dataclass(frozen=True, slots=True)
class LaneSeen:
    """A lane sensor saw a part; may arrive again after a reconnect.

    Attributes:
        plc_count: Count of the part.
        lane: GOOD_LANE or REJECT_LANE.
        t_ns: Time on the system-wide clock.
    """

    plc_count: int
    lane: Confirmed
    t_ns: int


@dataclass(frozen=True, slots=True)
class PlantStatus:
    """The plant's heartbeat.

    Attributes:
        plc_count: Count of the last edge that the plant has seen.
        watchdog_tripped: The plant's outputs are in their safe state because it missed our heartbeat.
        fault: What else of the plant's keeps parts from coming.
        pause: The plant wants no more parts for now; those in flight end as usual.
        gate_open: Its gate is open by hand; for people.
        empty: No part is on its belt; for who wants to open the gate by hand.
    """

    plc_count: int
    watchdog_tripped: bool
    fault: Reason | None = None
    pause: Reason | None = None
    gate_open: bool = False
    empty: bool = False


@dataclass(frozen=True, slots=True)
class Purged:
    """Parts that the gate will not open for any more, whatever was granted.

    Attributes:
        plc_counts: The parts.
        reason: Why, for people.
    """

    plc_counts: tuple[int, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Uncounted:
    """Parts may have passed that nobody counted.

    Attributes:
        reason: Why, for people.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class PlantConnection:
    """The connection to the plant was made or lost."""

    connected: bool


LineEvent = Edge | LaneSeen | PlantStatus | PlantConnection | Purged | Uncounted


class LineIO(Protocol):
    """One way to reach the plant.

    A backend puts what it hears into the hub's inbox, so that the line process waits in one place only, and
    `understand` turns it into line events. No method waits for the plant.

    Attributes:
        backend: Name for the records.
        simulated: True when no real machine is behind it.
        monitor: All inputs and outputs as they are now; may be read from any thread.
    """

    backend: str
    simulated: bool
    monitor: IoMonitor

    def start(self) -> None:
        """Begin to connect, and keep connecting whenever the connection is lost."""
        ...

    def understand(self, event: Event) -> LineEvent | None:
        """The line event in this inbox entry; None when it is not from the plant or makes no sense."""
        ...

    def heartbeat(self, ready: bool) -> None:
        """Tell the plant that we live, and whether it may feed parts."""
        ...

    def grant(self, plc_count: int) -> bool:
        """Order the gate to accept this part; False when the plant is certainly not reached."""
        ...

    def reject(self, plc_count: int, judged: bool, defect_class: int = 0) -> None:
        """Tell the plant that this part does not pass; it need not arrive, because reject is the plant's default.

        Args:
            plc_count: The part.
            judged: Whether it was judged and failed; False: there is no decision.
            defect_class: Number of the worst finding's class in the model package, from 1; 0: there is none.
        """
        ...

    def show(self, facts: StationFacts) -> None:
        """What the plant may show; comes with every heartbeat of the station."""
        ...

    def reset_faults(self) -> None:
        """A person has mended what stopped the line."""
        ...

    def force_complaint(self, name: str) -> str:
        """Why an output that may be forced cannot be now, in words; empty when it can."""
        ...

    def force(self, forced: ForcedOutputs) -> None:
        """These outputs are forced from now on, and no others; what keeps the plant safe still goes before."""
        ...

    def close(self) -> None:
        """Stop; the plant's watchdog then sees to the safe state."""
        ...
