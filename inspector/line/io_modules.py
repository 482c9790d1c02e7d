# SPDX-License-Identifier: AGPL-3.0-or-later
"""The connections to all I/O modules of a line, as one: either every module answers, or none counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Protocol

from inspector.config.remote_io import PASS, ModuleSettings, RegisterSettings, RemoteIoSettings
from inspector.errors import LineLost
from inspector.line.io_points import Cell, Span, output_levels
from inspector.line.io_watchdog import watchdog_complaint, watchdog_time_ms
from inspector.line.modbus import ModbusLink, Table
from inspector.line.wire import Reason

ADVICE = "Check the module, its power, its cable, and [remote_io] in station.toml"
RESET = "Look at the module's power and network, clear the belt, then reset the stop"
HEARTBEATS = 3
"""Outputs are written so often within the watchdog's time."""


class ModuleLink(Protocol):
    """One connection to a module. Its methods raise `LineLost` when the module does not answer in time."""

    @property
    def connected(self) -> bool:
        """Whether the connection has been made and has not broken."""
        ...

    def open(self) -> None:
        """Connect."""
        ...

    def read_table(self, table: Table, address: int, count: int) -> list[int]:
        """Values of one of the four tables."""
        ...

    def write_coil(self, address: int, on: bool) -> None:
        """Switch one bit."""
        ...

    def close(self) -> None:
        """End the connection."""
        ...


class IoModules:
    """All modules; to be used by one thread. Every method raises `LineLost` when a module does not answer in time.

    Args:
        settings: `[remote_io]`.
        hold_ms: Longest time for which an output may hold while the station is silent.
        new_link: Makes the connection to one module; not given: Modbus TCP.

    Attributes:
        pass_written: Whether the PASS output may be on by what was written last.
    """

    def __init__(
        self,
        settings: RemoteIoSettings,
        hold_ms: int,
        new_link: Callable[[ModuleSettings], ModuleLink] | None = None,
    ) -> None:
        self._settings = settings
        self._hold_ms = hold_ms
        make = new_link or partial(_modbus_link, settings.timeout_ms / 1000)
        self._links = {module.name: make(module) for module in settings.modules}
        self._pass = next(point for point in settings.points if point.name == PASS)
        self._events: dict[str, int] = {}
        self.pass_written = False

    def open(self) -> None:
        """Connect to all."""
        for link in self._links.values():
            link.open()

    def close(self) -> None:
        """End all connections."""
        for link in self._links.values():
            link.close()

    def off(self) -> None:
        """Switch every output off, in each module that answers; the watchdogs of the others see to it."""
        silent = {name for name, link in self._links.items() if not link.connected}
        for (module, address), level in output_levels(self._settings, {}).items():
            if module in silent:
                continue
            try:
                self._links[module].write_coil(address, level)
            except LineLost:
                silent.add(module)
        if self._pass.module not in silent:
            self.pass_written = False

    def read(self, spans: Iterable[Span]) -> dict[Cell, int]:
        """The values of all cells."""
        values: dict[Cell, int] = {}
        for span in spans:
            found = self._links[span.module].read_table(span.table, span.first, span.count)
            for offset, value in enumerate(found):
                values[span.module, span.table, span.first + offset] = value
        return values

    def write(self, on: Mapping[str, bool]) -> None:
        """Write all outputs.

        Args:
            on: The outputs that are on, by name.
        """
        passes = on.get(PASS, False)
        self.pass_written |= passes  # it may be on although no answer comes
        for (module, address), level in output_levels(self._settings, on).items():
            self._links[module].write_coil(address, level)
        self.pass_written = passes

    def write_pass(self, on: bool) -> None:
        """Write the PASS output alone."""
        self.pass_written |= on
        self._links[self._pass.module].write_coil(self._pass.address, on)
        self.pass_written = on

    def passes(self) -> bool:
        """What the PASS output is, as the module says."""
        return bool(self._links[self._pass.module].read_table("coil", self._pass.address, 1)[0])

    def refusal(self) -> Reason | None:
        """Why automatic mode is refused: a watchdog that is off, wrong, or unproven."""
        for module in self._settings.modules:
            outputs = self._settings.outputs_of(module.name)
            complaint = watchdog_complaint(module, outputs, partial(self._one, module.name), self._hold_ms)
            if complaint is not None:
                return complaint
        return None

    def heartbeat_ms(self, period_ms: int) -> int:
        """How often outputs have to be written: a third of the shortest watchdog's time, or sooner."""
        times = [self._hold_ms]
        for module in self._settings.modules:
            time_ms = watchdog_time_ms(module, partial(self._one, module.name))
            times += [time_ms] if time_ms else []
        return max(1, min(period_ms, min(times) // HEARTBEATS))

    def begin_events(self) -> None:
        """What the watchdogs have counted so far is of before this connection."""
        self._events = self._read_events()

    def tripped(self) -> Reason | None:
        """Whether a watchdog has tripped, or the PASS output is not what it was set to."""
        for name, count in self._read_events().items():
            if count != self._events[name]:
                self._events[name] = count
                message = f"The watchdog of the I/O module {name} has tripped: its outputs fell while nobody saw it"
                return Reason("IO_WATCHDOG_TRIPPED", message, RESET)
        if self.passes() is not self.pass_written:
            now = "on" if not self.pass_written else "off"
            message = f"The PASS output is {now}, and the station has set it otherwise: the module has started again?"
            return Reason("IO_OUTPUT_WRONG", message, RESET)
        return None

    def _read_events(self) -> dict[str, int]:
        cells = {module.name: module.watchdog.events for module in self._settings.modules}
        return {name: self._one(name, cell) for name, cell in cells.items() if cell is not None}

    def _one(self, module: str, cell: RegisterSettings) -> int:
        return self._links[module].read_table(cell.kind, cell.address, 1)[0]


def _modbus_link(timeout_s: float, module: ModuleSettings) -> ModuleLink:
    return ModbusLink(module.host, module.port, module.unit_id, timeout_s, f"the I/O module {module.name}", ADVICE)
