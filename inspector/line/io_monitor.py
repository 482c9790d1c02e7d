# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every input and output of a backend with its raw value and times, for the people who mend the line.

The thread that talks to the device writes, whoever asks reads: each point's state is one immutable object, so that
neither waits for the other. What lies between two readings is not seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from inspector.clock import Clock
from inspector.line.forcing import ForcedOutputs, forced_level


@dataclass(frozen=True, slots=True)
class IoPoint:
    """One signal.

    Attributes:
        name: As the settings or the register map call it.
        direction: Seen from the station.
        address: Where it is, in words for a person with a wiring diagram.
        kind: "bit" has a level, "number" a value, "event" neither: only that it happened.
        inverted: The signal is on while the raw bit is 0.
        forceable: A person may force it in manual mode.
    """

    name: str
    direction: Literal["input", "output"]
    address: str
    kind: Literal["bit", "number", "event"] = "bit"
    inverted: bool = False
    forceable: bool = False


@dataclass(frozen=True, slots=True)
class _Seen:
    raw: int | None = None
    since_ns: int | None = None
    edges: int = 0
    edge_ns: int | None = None


class IoMonitor:
    """The points of one backend.

    Args:
        points: All of them, in the order in which they are shown.
    """

    def __init__(self, points: Iterable[IoPoint]) -> None:
        self.points = tuple(points)
        self._seen = {point.name: _Seen() for point in self.points}
        self._forced: ForcedOutputs = {}

    def see(self, t_ns: int, values: Mapping[str, int]) -> None:
        """Raw values that were read or written at this time; names that are not given keep theirs."""
        for name, raw in values.items():
            before = self._seen[name]
            if before.raw == raw:
                continue
            if before.raw is None:  # the first look, or the first one after the device was away
                edge = before.edge_ns
                self._seen[name] = _Seen(raw, t_ns, before.edges, edge)
            else:
                self._seen[name] = _Seen(raw, t_ns, before.edges + 1, t_ns)

    def happened(self, t_ns: int, name: str) -> None:
        """An event: a message or a pulse of which only the moment is known."""
        self._seen[name] = _Seen(None, None, self._seen[name].edges + 1, t_ns)

    def lost(self, direction: Literal["input", "output"] | None = None) -> None:
        """The device is away: nobody knows the values. Counts and last edges stay."""
        for point in self.points:
            if direction in (None, point.direction):
                before = self._seen[point.name]
                self._seen[point.name] = _Seen(None, None, before.edges, before.edge_ns)

    def force(self, forced: ForcedOutputs) -> None:
        """What is forced now."""
        self._forced = forced

    def forceable(self, name: str) -> bool:
        """Whether there is an output of this name that a person may force."""
        return any(point.name == name and point.forceable for point in self.points)

    def document(self, clock: Clock) -> list[dict[str, object]]:
        """All points as they are now; times in UTC."""
        now_ns, now_us = clock.monotonic_ns(), clock.utc_us()

        def utc_us(t_ns: int | None) -> int | None:
            return None if t_ns is None else max(0, now_us - (now_ns - t_ns) // 1000)

        return [
            {
                **self._point(point, utc_us(seen.since_ns), utc_us(seen.edge_ns), seen),
                "forced": forced_level(self._forced, point.name, now_ns) is not None,
            }
            for point, seen in self._now()
        ]

    def _now(self) -> list[tuple[IoPoint, _Seen]]:
        return [(point, self._seen[point.name]) for point in self.points]

    @staticmethod
    def _point(point: IoPoint, since_us: int | None, edge_us: int | None, seen: _Seen) -> dict[str, object]:
        on = None if seen.raw is None or point.kind != "bit" else bool(seen.raw) is not point.inverted
        return {
            "name": point.name,
            "direction": point.direction,
            "address": point.address,
            "kind": point.kind,
            "raw": seen.raw,
            "on": on,
            "since_us": since_us,
            "edges": seen.edges,
            "last_edge_us": edge_us,
            "forceable": point.forceable,
        }
