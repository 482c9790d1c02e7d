# SPDX-License-Identifier: AGPL-3.0-or-later
"""A PLC on Modbus TCP that is the client: pymodbus' client and a PLC program that is scanned in the same thread."""

from __future__ import annotations

import contextlib
import queue
import socket
import struct
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from types import TracebackType
from typing import Any, TypeVar

from pymodbus import ModbusException
from pymodbus.client import ModbusTcpClient

from inspector.line.register_map import STATION_BLOCK, block_words
from inspector.scenario.plc_program import PlcProgram
from tests.plc_server import PLC_ADDRESS, STATION_ADDRESS

T = TypeVar("T")


def free_port() -> int:
    """A TCP port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


class PlcClient:
    """The client's thread; everything that touches the program runs in it. Other methods are those of `PlcServer`.

    Args:
        program: The PLC program.
        scan_s: Its scan time.
        port: TCP port of the station.
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
        self.port = port or free_port()
        self.writes: list[tuple[int, list[int]]] = []  # what the station has shown, as it changed
        self._on_scan = on_scan
        self._calls: queue.SimpleQueue[tuple[Callable[[PlcProgram, int], Any], Future[Any]]] = queue.SimpleQueue()
        self._stop, self._answers = threading.Event(), threading.Event()
        self._answers.set()
        self._client = ModbusTcpClient("127.0.0.1", port=self.port, timeout=5, retries=0, reconnect_delay=0)
        self._thread = threading.Thread(target=self._main, name="plc")

    def __enter__(self) -> PlcClient:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def call(self, function: Callable[[PlcProgram, int], T]) -> T:
        """Do something to the program between two scans; it is given the time."""
        future: Future[T] = Future()
        self._calls.put((function, future))
        return future.result(60)

    def hang(self) -> None:
        """Keep the connection and say nothing."""
        self._answers.clear()

    def answer(self) -> None:
        """End of `hang`."""
        self._answers.set()

    def reset(self) -> None:
        """Break the connection, as a switch that loses its power would."""

        def abort(_program: PlcProgram, _now_ns: int) -> None:
            if self._client.socket is not None:
                self._client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._client.close()

        self.call(abort)

    def _main(self) -> None:
        while not self._stop.is_set():
            now_ns = time.perf_counter_ns()
            with contextlib.suppress(queue.Empty):
                while True:
                    function, future = self._calls.get_nowait()
                    future.set_result(function(self.program, now_ns))
            if self._on_scan is not None:
                self._on_scan(now_ns)
            self.program.scan(now_ns)
            if self._answers.is_set():
                self._exchange()
            self._stop.wait(self.scan_s)
        self._client.close()

    def _exchange(self) -> None:
        """Write our block, read the station's; the next scan tries again."""
        try:
            if not self._client.connected and not self._client.connect():
                return
            if self._client.write_registers(PLC_ADDRESS, self.program.words(), device_id=1).isError():
                return
            count = block_words(STATION_BLOCK)
            answer = self._client.read_holding_registers(STATION_ADDRESS, count=count, device_id=1)
        except (ModbusException, OSError):
            self._client.close()
            return
        if not answer.isError():
            words = list(answer.registers)
            if not self.writes or self.writes[-1][1] != words:
                self.writes.append((STATION_ADDRESS, words))
            self.program.written(words)
