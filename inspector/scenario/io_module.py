# SPDX-License-Identifier: AGPL-3.0-or-later
"""I/O modules as plain data: their tables, their watchdog, and the station's way to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from inspector.clock import Clock
from inspector.config.remote_io import ModuleSettings
from inspector.errors import LineLost
from inspector.line.io_thread import IoThread
from inspector.line.modbus import Table
from inspector.scenario.registers import ADVICE, Wire

ENABLED, TIME, SAFE, EVENTS, COUNTER = 0, 1, 2, 0, 10
"""Holding registers: watchdog on, its time in 10 ms, safe value of PASS. Input registers: trips, encoder, two words."""
TIME_MS = 500


@dataclass(slots=True, eq=False)
class IoModule:
    """One module.

    Attributes:
        clock: Time.
        inputs: Its discrete inputs now.
        words: Its input registers now.
        coils: Its outputs.
        unit_id: The unit identifier that it answers to.
        watchdog: Whether its watchdog is on.
        time_ms: After so much silence the outputs fall.
        trips: How often they did.
        wire: What is between it and the station.
        resets: Connections were reset so often.
        changed: Called when an output was written.
    """

    clock: Clock
    inputs: Callable[[], list[bool]] = lambda: []
    words: Callable[[], dict[int, int]] = lambda: {}
    coils: list[bool] = field(default_factory=lambda: [False] * 4)
    unit_id: int = 1
    watchdog: bool = True
    time_ms: int = TIME_MS
    trips: int = 0
    wire: Wire = field(default_factory=Wire)
    resets: int = 0
    changed: Callable[[], None] = lambda: None
    _heard_ns: int = 0
    _tripped: bool = False

    def reset(self) -> None:
        """Every connection ends."""
        self.resets += 1

    def reboot(self, *, passes: bool) -> None:
        """Power off and on: its outputs have their power-on value, its count of trips is 0.

        Args:
            passes: What the PASS output is after that.
        """
        self.coils, self.trips, self._tripped = [passes, False, False, False], 0, False
        self._heard_ns = self.clock.monotonic_ns()
        self.reset()
        self.changed()

    def trip(self) -> None:
        """The outputs fall."""
        self._tripped, self.trips = True, self.trips + 1
        self.coils = [False] * 4
        self.changed()

    def look_at_watchdog(self) -> None:
        """Let time pass."""
        silent_ns = self.clock.monotonic_ns() - self._heard_ns
        if self.watchdog and not self._tripped and silent_ns > self.time_ms * 1_000_000:
            self.trip()

    def heard(self) -> None:
        """A request came."""
        self._heard_ns, self._tripped = self.clock.monotonic_ns(), False

    def write(self, address: int, on: bool) -> None:
        """An output is switched."""
        if self.coils[address] is not on:
            self.coils[address] = on
            self.changed()

    def values(self, table: Table) -> dict[int, int]:
        """What is in one of its tables."""
        if table == "coil":
            return dict(enumerate(map(int, self.coils)))
        if table == "discrete-input":
            return dict(enumerate(map(int, self.inputs())))
        if table == "holding-register":
            return {ENABLED: int(self.watchdog), TIME: self.time_ms // 10, SAFE: 0}
        return {EVENTS: self.trips, **self.words()}


class ModuleWire:
    """`ModuleLink` to an `IoModule`.

    Args:
        module: It.
        settings: What the station thinks of it.
        thread: The thread that uses the link: it waits for what does not answer.
        timeout_s: Longest wait for an answer.
        dead: Whether the process that it belongs to was killed.
    """

    def __init__(
        self,
        module: IoModule,
        settings: ModuleSettings,
        thread: IoThread,
        timeout_s: float,
        dead: Callable[[], bool],
    ) -> None:
        self._module = module
        self._settings = settings
        self._thread = thread
        self._timeout_s = timeout_s
        self._dead = dead
        self._since = -1

    @property
    def connected(self) -> bool:
        """See `ModuleLink`."""
        return self._since == self._module.resets and not self._module.wire.cut

    def open(self) -> None:
        """See `ModuleLink`."""
        if self._module.wire.cut or self._dead():
            raise LineLost(f"the I/O module {self._settings.name} takes no connection", ADVICE)
        self._since = self._module.resets

    def read_table(self, table: Table, address: int, count: int) -> list[int]:
        """See `ModuleLink`."""
        self._reach()
        values = self._module.values(table)
        return [values[address + offset] for offset in range(count)]

    def write_coil(self, address: int, on: bool) -> None:
        """See `ModuleLink`."""
        self._reach()
        self._module.write(address, on)

    def close(self) -> None:
        """See `ModuleLink`."""
        self._since = -1

    def _reach(self) -> None:
        name = self._settings.name
        if not self.connected or self._dead():
            self._since = -1
            raise LineLost(f"the I/O module {name} has reset the connection", ADVICE)
        if self._module.wire.hung or self._settings.unit_id != self._module.unit_id:
            self._thread.wait(self._timeout_s)
            self._since = -1
            raise LineLost(f"the I/O module {name} does not answer", ADVICE)
        self._module.heard()
