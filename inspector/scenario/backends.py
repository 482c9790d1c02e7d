# SPDX-License-Identifier: AGPL-3.0-or-later
"""The line process' own backends for devices, with simulated devices at their other end."""

from __future__ import annotations

from typing import cast

from inspector.child import Child
from inspector.clock import Clock
from inspector.ipc import Connections
from inspector.line.journal import Journal
from inspector.line.modbus_io import ModbusIO
from inspector.line.process import NewIO
from inspector.line.protocol import LineIO
from inspector.scenario.io_thread import SleepingThread
from inspector.scenario.network import SimulatedHub
from inspector.scenario.processes import Backend
from inspector.scenario.registers import RegisterLink, Registers


def handshake_backend(registers: Registers) -> Backend:
    """`ModbusIO` on the registers of a simulated PLC."""

    def backend(thread: SleepingThread) -> NewIO:
        def new_io(child: Child, hub: Connections, clock: Clock, _journal: Journal) -> LineIO:
            modbus = child.config.modbus
            pause_s, timeout_s = modbus.poll_ms / 1000, modbus.timeout_ms / 1000
            own = cast(SimulatedHub, hub)
            link = RegisterLink(registers, thread, pause_s, timeout_s, lambda: own.dead)
            return ModbusIO(hub, modbus, child.config.line, clock, link, thread)

        return new_io

    return backend
