# SPDX-License-Identifier: AGPL-3.0-or-later
"""A Modbus TCP I/O module with a watchdog, on pymodbus' server, with a simulated belt wired to it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any

from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from inspector.clock import SystemClock
from inspector.config import PlantSettings, TrackingSettings
from inspector.line.input_watch import InputsRead
from inspector.line.plant.belt import BeltEvent
from inspector.line.plant.feed import Feed
from inspector.line.plant.raw_belt import RawBelt, Sensed

INPUTS = ("part", "good_lane", "reject_lane", "running", "estop_ok", "bin_full", "air_ok")
"""Discrete inputs, in the order of their addresses; the last two are wired normally closed."""
OUTPUTS = ("pass", "ready", "heartbeat", "warning")
"""Coils."""
ENABLED, TIME, SAFE, EVENTS = 0, 1, 2, 0
"""Holding registers: watchdog on, its time in 10 ms, the first safe value. Input register: trips."""
COUNTER = 10
"""Input registers of the encoder, the high word first."""
TIME_MS = 500
HELD_UP_S = 0.02


def points(**changes: dict[str, Any]) -> list[dict[str, Any]]:
    """The map of this module, as `[[remote_io.points]]`; `changes` by name of the point, with `_` for `-`."""
    named = [("part", 0), ("good-lane", 1), ("reject-lane", 2), ("running", 3), ("estop-ok", 4), ("bin-full", 5)]
    found: list[dict[str, Any]] = [
        {"name": name, "module": "io1", "kind": "discrete-input", "address": address} for name, address in named
    ]
    found.append({"name": "air-low", "module": "io1", "kind": "discrete-input", "address": 6, "contact": "nc"})
    found.append({"name": "encoder", "module": "io1", "kind": "input-register", "address": COUNTER})
    for address, name in enumerate(OUTPUTS):
        safe = {"kind": "holding-register", "address": SAFE + address}
        found.append({"name": name, "module": "io1", "kind": "coil", "address": address, "safe": safe})
    for point in found:
        point.update(changes.get(str(point["name"]).replace("-", "_"), {}))
    return found


def module_settings(port: int, **watchdog: Any) -> dict[str, Any]:
    """This module, as `[[remote_io.modules]]`; `watchdog` replaces what it says of its watchdog."""
    known: dict[str, Any] = {
        "enabled": {"kind": "holding-register", "address": ENABLED},
        "time": {"kind": "holding-register", "address": TIME},
        "time_unit_ms": 10,
        "events": {"kind": "input-register", "address": EVENTS},
    }
    return {"name": "io1", "host": "127.0.0.1", "port": port, "watchdog": {**known, **watchdog}}


class IoModule:
    """The module's thread, which also moves the belt. Times are those of a real belt: real time.

    Args:
        port: TCP port; 0 takes a free one.
        time_ms: Time of its watchdog.

    Attributes:
        coils: The outputs as they are.
        hangs: Requests are taken and not answered.
        watchdog: Whether it is on.
        power_on: The PASS output after a reboot.
        events: Trips of the watchdog.
        safe: Safe value of each output.
        passes: How often the PASS output went on.
        pass_ms: How long it was on at most.
        belt_events: What happened on the belt.
    """

    def __init__(self, port: int = 0, time_ms: int = TIME_MS) -> None:
        self.port = port
        self.coils = dict.fromkeys(OUTPUTS, False)
        self.hangs = False
        self.watchdog = True
        self.time_ms = time_ms
        self.power_on = False
        self.events = 0
        self.safe = dict.fromkeys(OUTPUTS, False)
        self.passes = 0
        self.pass_ms = 0.0
        self.heartbeats = 0
        self.writes = 0
        self.belt_events: list[BeltEvent] = []
        settings = PlantSettings(images="images", rate_ppm=45)
        self.belt = RawBelt(settings, TrackingSettings(), SystemClock(), Feed(settings.seed, 5, settings.rate_ppm, 0))
        self._listener: Callable[[BeltEvent], None] = self.belt_events.append
        self._read: InputsRead | None = None
        self._counted = 0
        self._heard_s = self._stepped_s = time.monotonic()
        self._pass_since_s = 0.0
        self._tripped = False
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()), name="io-module")

    def __enter__(self) -> IoModule:
        self._thread.start()
        assert self._started.wait(60), "the module did not start"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.hangs = False
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def wire(self, belt: RawBelt, listener: Callable[[BeltEvent], None]) -> None:
        """Another belt, and who hears of what happens on it; the listener is called in the module's thread."""

        async def change() -> None:
            self._counted = self._encoder()  # the encoder is the module's, and counts on
            self.belt, self._listener, self._read = belt, listener, None

        asyncio.run_coroutine_threadsafe(change(), self._loop).result(60)

    def break_connections(self) -> None:
        """A TCP reset."""
        asyncio.run_coroutine_threadsafe(self._abort(), self._loop).result(60)

    def reboot(self) -> None:
        """Power off and on: outputs at their power-on value, counters at zero."""

        async def restart() -> None:
            self.events, self._tripped, self._heard_s = 0, False, time.monotonic()
            self._switch({**dict.fromkeys(OUTPUTS, False), "pass": self.power_on})
            await self._abort()

        asyncio.run_coroutine_threadsafe(restart(), self._loop).result(60)

    async def _abort(self) -> None:
        for connection in list(self._server.active_connections.values()):
            if connection.transport is not None:
                connection.transport.abort()

    async def _main(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()

        bits = [SimData(0, count=16, values=False, datatype=DataType.BITS)]
        words = [SimData(0, count=20, values=0, datatype=DataType.REGISTERS)]
        device = SimDevice(1, (bits, bits, words, words), action=self._request)
        self._server = ModbusTcpServer(device, address=("127.0.0.1", self.port))
        await self._server.serve_forever(background=True)
        self.port = self._server.transport.sockets[0].getsockname()[1]
        self._started.set()
        try:
            while not self._stop.is_set():
                self._step()
                await asyncio.sleep(0.001)
        finally:
            await self._server.shutdown()
            await asyncio.sleep(0)

    def _step(self) -> None:
        """Belt and watchdog."""
        now_s = time.monotonic()
        # A simulator that was held up has held up its watchdog too.
        self._heard_s += max(0.0, now_s - self._stepped_s - HELD_UP_S)
        self._stepped_s = now_s
        if self.watchdog and now_s - self._heard_s > self.time_ms / 1000 and not self._tripped:
            self._tripped = True
            self.events += 1
            self._switch(dict(self.safe))
        if not self._tripped:
            self.belt.heartbeat(self.coils["ready"])
        for event in self.belt.step():
            if isinstance(event, Sensed):
                self._read = event.read
            else:
                self._listener(event)
        self.belt.output(self.coils["pass"])
        if self.coils["pass"]:
            self.pass_ms = max(self.pass_ms, 1000 * (now_s - self._pass_since_s))

    def _switch(self, coils: dict[str, bool]) -> None:
        if coils["pass"] and not self.coils["pass"]:
            self.passes += 1
            self._pass_since_s = time.monotonic()
        self.heartbeats += coils["heartbeat"] is not self.coils["heartbeat"]
        self.coils = coils

    def _encoder(self) -> int:
        count = self._read.encoder_count if self._read is not None else None
        return (self._counted + (count or 0)) % (1 << 32)

    def _levels(self) -> dict[str, bool]:
        read = self._read
        if read is None:
            return dict.fromkeys(INPUTS, False) | {"estop_ok": True, "air_ok": True}
        return {
            "part": read.part,
            "good_lane": read.good_lane,
            "reject_lane": read.reject_lane,
            "running": bool(read.running),
            "estop_ok": not read.emergency_stop,
            "bin_full": read.bin_full,
            "air_ok": not read.air_low,
        }

    async def _request(
        self,
        function: int,
        start: int,
        address: int,
        count: int,
        registers: list[int],
        values: list[int] | list[bool] | None,
    ) -> ExcCodes | None:
        while self.hangs:
            await asyncio.sleep(0.005)
        self._heard_s, self._tripped = time.monotonic(), False
        if function in (5, 15) and values is not None:
            self.writes += 1
            changed = dict(zip(OUTPUTS[address : address + len(values)], map(bool, values), strict=False))
            self._switch({**self.coils, **changed})
        elif function in (1, 5, 15):
            registers[0] = sum(self.coils[name] << bit for bit, name in enumerate(OUTPUTS))
        elif function == 2:
            levels = self._levels()
            registers[0] = sum(levels[name] << bit for bit, name in enumerate(INPUTS))
        elif function == 3:
            held = [int(self.watchdog), self.time_ms // 10, *(int(self.safe[name]) for name in OUTPUTS)]
            registers[: len(held)] = held
        elif function == 4:
            encoder = self._encoder()
            registers[EVENTS] = self.events
            registers[COUNTER : COUNTER + 2] = [encoder >> 16, encoder & 0xFFFF]
        else:
            return ExcCodes.ILLEGAL_FUNCTION
        return None
