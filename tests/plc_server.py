# SPDX-License-Identifier: AGPL-3.0-or-later
"""A PLC on Modbus TCP: pymodbus' server and a PLC program that is scanned in the same thread."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import TypeVar

from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from inspector.scenario.plc_program import PlcProgram

T = TypeVar("T")
PLC_ADDRESS = 0
STATION_ADDRESS = 100
READ, WRITE = 3, 16


class PlcServer:
    """The server's thread; everything that touches the program runs in it.

    Args:
        program: The PLC program.
        scan_s: Its scan time.
        port: TCP port; 0 takes a free one.
        on_scan: Called in each scan before the program, with the time in nanoseconds.
    """

    def __init__(
        self,
        program: PlcProgram,
        scan_s: float = 0.005,
        port: int = 0,
        on_scan: Callable[[int], None] | None = None,
    ) -> None:
        self.program = program
        self.scan_s = scan_s
        self.port = port
        self.unanswered = 0  # requests that came while it hung
        self.writes: list[tuple[int, list[int]]] = []  # of the last connection, as they came
        self._on_scan = on_scan
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()), name="plc")

    def __enter__(self) -> PlcServer:
        self._thread.start()
        assert self._started.wait(60), "the PLC did not start"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(RuntimeError):  # its thread has died, which pytest reports
            self.answer()
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def call(self, function: Callable[[PlcProgram, int], T]) -> T:
        """Do something to the program between two scans; it is given the time."""

        async def between() -> T:
            return function(self.program, time.perf_counter_ns())

        return asyncio.run_coroutine_threadsafe(between(), self._loop).result(60)

    def hang(self) -> None:
        """Take connections and requests, and answer none."""
        self._loop.call_soon_threadsafe(self._answers.clear)

    def answer(self) -> None:
        """End of `hang`."""
        self._loop.call_soon_threadsafe(self._answers.set)

    def reset(self) -> None:
        """Break every connection, as a switch that loses its power would."""

        async def abort() -> None:
            for connection in list(self._server.active_connections.values()):
                if connection.transport is not None:
                    connection.transport.abort()

        asyncio.run_coroutine_threadsafe(abort(), self._loop).result(60)

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop, self._answers = asyncio.Event(), asyncio.Event()
        self._answers.set()
        device = SimDevice(1, [SimData(0, count=200, values=0, datatype=DataType.REGISTERS)], action=self._request)
        self._server = ModbusTcpServer(device, address=("127.0.0.1", self.port))
        await self._server.serve_forever(background=True)
        self.port = self._server.transport.sockets[0].getsockname()[1]
        self._started.set()
        try:
            while not self._stop.is_set():
                now_ns = time.perf_counter_ns()
                if self._on_scan is not None:
                    self._on_scan(now_ns)
                self.program.scan(now_ns)
                await asyncio.sleep(self.scan_s)
        finally:
            await self._server.shutdown()
            await asyncio.sleep(0)

    async def _request(
        self,
        function: int,
        start: int,
        address: int,
        count: int,
        registers: list[int],
        values: list[int] | list[bool] | None,
    ) -> ExcCodes | None:
        self.unanswered += not self._answers.is_set()
        await self._answers.wait()
        if function == READ and address == PLC_ADDRESS:
            words = self.program.words()
            registers[PLC_ADDRESS - start : PLC_ADDRESS - start + len(words)] = words
        elif function == WRITE and address == STATION_ADDRESS and values is not None:
            self.writes.append((address, [int(value) for value in values]))
            self.program.written([int(value) for value in values])
        else:
            return ExcCodes.ILLEGAL_ADDRESS
        return None
