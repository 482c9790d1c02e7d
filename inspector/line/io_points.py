# SPDX-License-Identifier: AGPL-3.0-or-later
"""From the values in I/O modules to what the sensors say, and from what the outputs shall be to values. No I/O here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from inspector.config import TrackingSettings
from inspector.config.remote_io import ENCODER, PASS, PointSettings, RemoteIoSettings
from inspector.line.input_watch import InputsRead
from inspector.line.io_monitor import IoPoint
from inspector.line.modbus import Table
from inspector.line.part_filter import Debouncer

FORCEABLE = (PASS, "warning")
"""What people may force: a lamp, and the gate of a belt that stands. Never Ready, nor the heartbeat."""

Cell = tuple[str, Table, int]
"""Module, table, address."""


@dataclass(frozen=True, slots=True)
class Span:
    """What one request reads.

    Attributes:
        module: Name of the module.
        table: Its table.
        first: First address.
        count: How many.
    """

    module: str
    table: Table
    first: int
    count: int


def cells_of(point: PointSettings, encoder_words: int) -> list[Cell]:
    """The cells of one point; the encoder's counter has `encoder_words`."""
    words = encoder_words if point.name == ENCODER else 1
    return [(point.module, point.kind, point.address + word) for word in range(words)]


def spans_of(points: Iterable[PointSettings], encoder_words: int) -> list[Span]:
    """What has to be read for these points: one span of each table of each module."""
    cells: dict[tuple[str, Table], list[int]] = {}
    for point in points:
        cells.setdefault((point.module, point.kind), []).extend(cell[2] for cell in cells_of(point, encoder_words))
    return [Span(module, table, min(used), max(used) - min(used) + 1) for (module, table), used in cells.items()]


def counted(words: Sequence[int], high_first: bool) -> int:
    """The value of a counter in these registers."""
    count = 0
    for word in words if high_first else reversed(words):
        count = count << 16 | word
    return count


class InputMap:
    """All inputs of the map.

    Args:
        settings: `[remote_io]`.
        tracking: `[tracking]`.

    Attributes:
        spans: What has to be read for one reading.
    """

    def __init__(self, settings: RemoteIoSettings, tracking: TrackingSettings) -> None:
        self._points: dict[str, PointSettings] = {point.name: point for point in settings.points if not point.is_output}
        self._debounced = {
            name: Debouncer(point.debounce_ms, point.debounce_ms, level=point.contact == "nc")
            for name, point in self._points.items()
            if point.debounce_ms
        }
        self._words = tracking.encoder_bits // 16
        self._high_first = settings.word_order == "high-first"
        self.spans = spans_of(self._points.values(), self._words)

    def reading(self, t_ns: int, values: Mapping[Cell, int]) -> InputsRead:
        """One reading.

        Args:
            t_ns: When it was read.
            values: What is in the cells of all spans.
        """
        level = {name: self._level(point, t_ns, values) for name, point in self._points.items() if name != ENCODER}
        return InputsRead(
            t_ns=t_ns,
            part=level["part"],
            good_lane=level.get("good-lane", False),
            reject_lane=level["reject-lane"],
            encoder_count=self._count(values),
            running=level.get("running"),
            emergency_stop=not level.get("estop-ok", True),
            bin_full=level.get("bin-full", False),
            air_low=level.get("air-low", False),
        )

    def raw(self, values: Mapping[Cell, int]) -> dict[str, int]:
        """What is in the cells, by signal, before any polarity or debouncing."""
        bits = {name: values[point.module, point.kind, point.address] for name, point in self._points.items()}
        count = self._count(values)
        return bits if count is None else bits | {ENCODER: count}

    def _level(self, point: PointSettings, t_ns: int, values: Mapping[Cell, int]) -> bool:
        level = bool(values[point.module, point.kind, point.address])
        debouncer = self._debounced.get(point.name)
        if debouncer is not None:
            debouncer.read(t_ns, level, 0.0)
            level = debouncer.level
        return level is (point.contact == "no")

    def _count(self, values: Mapping[Cell, int]) -> int | None:
        point = self._points.get(ENCODER)
        if point is None:
            return None
        return counted([values[cell] for cell in cells_of(point, self._words)], self._high_first)


class PassPulse:
    """The PASS output is a pulse: on for one part, never left on.

    A belt that stands while a part is in the window would hold the gate open. After the longest time it stays off
    until it was to be off by itself.

    Args:
        at_most_ms: Longest time.
    """

    def __init__(self, at_most_ms: int) -> None:
        self._at_most_ns = at_most_ms * 1_000_000
        self._since_ns: int | None = None

    def on(self, wanted: bool, now_ns: int) -> bool:
        """Whether the output is on now."""
        if not wanted:
            self._since_ns = None
        elif self._since_ns is None:
            self._since_ns = now_ns
        return self._since_ns is not None and now_ns - self._since_ns < self._at_most_ns


def output_levels(settings: RemoteIoSettings, on: Mapping[str, bool]) -> dict[tuple[str, int], bool]:
    """What to write into which coil of which module; PASS first, so that it falls first."""
    points = sorted((point for point in settings.points if point.is_output), key=lambda point: point.name != PASS)
    return {(point.module, point.address): on.get(point.name, False) is (point.contact == "no") for point in points}


def raw_outputs(settings: RemoteIoSettings, on: Mapping[str, bool]) -> dict[str, int]:
    """What is in the coil of each output, by signal."""
    return {
        point.name: int(on.get(point.name, False) is (point.contact == "no"))
        for point in settings.points
        if point.is_output
    }


def monitor_points(settings: RemoteIoSettings) -> list[IoPoint]:
    """The map as the points of a monitor, in its own order, inputs first."""
    listed = sorted(settings.points, key=lambda point: point.is_output)
    return [
        IoPoint(
            point.name,
            "output" if point.is_output else "input",
            f"{point.module}: {point.kind.replace('-', ' ')} {point.address}",
            "number" if point.name == ENCODER else "bit",
            point.contact == "nc",
            forceable=point.name in FORCEABLE,
        )
        for point in listed
    ]
