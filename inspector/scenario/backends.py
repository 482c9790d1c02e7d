# SPDX-License-Identifier: AGPL-3.0-or-later
"""The line process' own backends for devices, with simulated devices at their other end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from inspector.child import Child
from inspector.clock import Clock
from inspector.config.remote_io import ModuleSettings
from inspector.ipc import Connections
from inspector.line.io_modules import IoModules, ModuleLink
from inspector.line.journal import Journal
from inspector.line.modbus_io import ModbusIO
from inspector.line.process import NewIO, soft_tracking
from inspector.line.protocol import LineIO
from inspector.line.remote_io import RemoteIO
from inspector.scenario.io_module import IoModule, ModuleWire
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


def remote_io_backend(modules: Mapping[str, IoModule]) -> Backend:
    """`RemoteIO` on simulated modules.

    Args:
        modules: They, by name.
    """

    def backend(thread: SleepingThread) -> NewIO:
        def new_io(child: Child, hub: Connections, clock: Clock, journal: Journal) -> LineIO:
            config, own = child.config, cast(SimulatedHub, hub)

            def new_link(settings: ModuleSettings) -> ModuleLink:
                timeout_s = config.remote_io.timeout_ms / 1000
                return ModuleWire(modules[settings.name], settings, thread, timeout_s, lambda: own.dead)

            links = IoModules(config.remote_io, config.tracking.output_hold_ms, new_link)
            return RemoteIO(hub, config, soft_tracking(config, journal), clock, links, thread)

        return new_io

    return backend
