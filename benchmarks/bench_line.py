# SPDX-License-Identifier: AGPL-3.0-or-later
"""How soon the line is safe when something breaks, and what the PLC handshake costs: `python -m benchmarks.bench_line`.

A real Modbus server with a PLC program behind it, in a thread of its own, on loopback.

Handshake: from the PLC program's trigger to the scan in which it takes the result, with an inspection that takes
25 ms, against that inspection and one PLC scan, below which nobody can be.
Hung I/O device: its connection stays open and nothing is answered; from then until Ready is off in the line process,
interleaved with a bare pymodbus client that has the same timeout and does not try again.
Kill: from SIGKILL of one process of a running station until the PLC sees READY off, or no heartbeat for 750 ms.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pymodbus.client import ModbusTcpClient
from pymodbus.exceptions import ModbusException

from inspector.clock import SystemClock
from inspector.config import LineSettings, ModbusSettings
from inspector.ipc import Hub, RunDirectory
from inspector.line.modbus_io import ModbusIO
from inspector.line.protocol import Edge, PlantConnection, PlantStatus
from inspector.line.register_map import StationBit
from inspector.opcua.certificates import create_certificate
from inspector.scenario.plc_program import PlcProgram
from tests.mqtt_peers import free_port
from tests.plc_belt import BeltPlc
from tests.plc_server import PlcServer
from tests.rig import StationRig, until

SCANS_MS = (5, 10, 20)
INSPECTION_MS = 25.0
PARTS = 250
HANGS = 20
TIMEOUT_MS = 50
ROLES = ("station", "line", "camera-cam1", "supervisor")
UNHURT = ("api", "anchor", "mqtt", "opcua")
KILLS = 5
SAFE_WITHIN_MS = 1_000.0
HUNG_WITHIN_MS = 200.0


def p99(values: list[float]) -> float:
    """The 99th percentile."""
    return statistics.quantiles(values, n=100, method="inclusive")[98]


def summary(values: list[float]) -> dict[str, float]:
    """Median, 99th percentile and largest."""
    return {"p50": statistics.median(values), "p99": p99(values), "max": max(values)}


@dataclass
class TimedPlc(PlcProgram):
    """A PLC program that brings parts and takes the time until it has their results.

    Attributes:
        wanted: Parts to bring.
        waits_ms: From trigger to result, one for each part.
    """

    wanted: int = 0
    waits_ms: list[float] = field(default_factory=list)
    _since_ns: int = 0
    _rest_until_ns: int = 0

    def step(self, now_ns: int) -> None:
        """Once per scan, before the program."""
        if self._since_ns or len(self.waits_ms) >= self.wanted or now_ns < self._rest_until_ns:
            return
        if self.station_bits & StationBit.READY and self.station_lives and self.trigger_over and self.part(now_ns):
            self._since_ns = now_ns

    def scan(self, now_ns: int) -> list[tuple[int, StationBit]]:
        """See `PlcProgram`."""
        taken = super().scan(now_ns)
        if taken and self._since_ns:
            self.waits_ms.append((now_ns - self._since_ns) / 1e6)
            # Not in step with the station's polls: a line's parts are not either.
            self._rest_until_ns = now_ns + random.randrange(20_000_000, 60_000_000)
            self._since_ns = 0
        return taken


class LineEnd:
    """The line process' end of the wire: beats, grants each part when its inspection is over, sees Ready drop.

    Args:
        folder: For the run folder.
        port: Of the PLC.
        settings: `[modbus]`, beside host and port.
    """

    def __init__(self, folder: Path, port: int, **settings: int) -> None:
        run = RunDirectory(folder)
        run.create_secret()
        self._hub = Hub(run, "line")
        options = ModbusSettings.model_validate({"port": port, **settings})
        self._io = ModbusIO(self._hub, options, LineSettings(), SystemClock())
        self._stop = threading.Event()
        self.connected = False
        self.lost_ns = 0
        self._thread = threading.Thread(target=self._work, name="line-end")
        self._io.start()
        self._thread.start()

    def close(self) -> None:
        """End the thread and the connection."""
        self._stop.set()
        self._thread.join()
        self._io.close()
        self._hub.close()

    def _work(self) -> None:
        due: list[tuple[float, int]] = []
        while not self._stop.is_set():
            self._io.heartbeat(True)
            event = self._hub.receive(0.002)
            found = self._io.understand(event) if event is not None else None
            now = time.perf_counter()
            if isinstance(found, PlantConnection):
                self.lost_ns = 0 if found.connected else time.perf_counter_ns()
                self.connected = False
            elif isinstance(found, PlantStatus):
                self.connected = found.fault is None
            elif isinstance(found, Edge):
                due.append((now + INSPECTION_MS / 1000, found.plc_count))
            for entry in [one for one in due if one[0] <= now]:
                due.remove(entry)
                self._io.grant(entry[1])


def handshake(folder: Path, scan_ms: int) -> dict[str, Any]:
    """Parts one after the other on a PLC with this scan time."""
    program = TimedPlc(wanted=PARTS)
    with PlcServer(program, scan_ms / 1000, on_scan=program.step) as plc:
        line = LineEnd(folder, plc.port)
        try:
            until(lambda: len(program.waits_ms) >= PARTS, "all results")
        finally:
            line.close()
    mixed = sum(1 for part, verdict in program.results if verdict != StationBit.PASS or not 0 < part <= PARTS)
    floor_ms = INSPECTION_MS + scan_ms
    waits = summary(program.waits_ms)
    return {
        "scan_ms": scan_ms,
        "ms": waits,
        "floor_ms": floor_ms,
        "p50_to_floor": waits["p50"] / floor_ms,
        "p99_to_floor": waits["p99"] / floor_ms,
        "parts": len(program.results),
        "wrong": mixed,
    }


def bare_hang_ms(plc: PlcServer) -> float:
    """From the hang until a bare client with our timeout gives up, milliseconds."""
    client = ModbusTcpClient("127.0.0.1", port=plc.port, timeout=TIMEOUT_MS / 1000, retries=0)
    client.connect()
    client.read_holding_registers(0, count=34, device_id=1)
    begin = time.perf_counter()
    plc.hang()
    try:
        while time.perf_counter() - begin < 10:
            if client.read_holding_registers(0, count=34, device_id=1).isError():
                break
            time.sleep(0.005)
    except ModbusException:
        pass
    passed = time.perf_counter() - begin
    client.close()
    plc.answer()
    return passed * 1000


def our_hang_ms(folder: Path, plc: PlcServer) -> float:
    """From the hang until Ready is off in the line process, milliseconds."""
    line = LineEnd(folder, plc.port, timeout_ms=TIMEOUT_MS)
    try:
        until(lambda: line.connected, "connection")
        time.sleep(random.uniform(0.0, 0.05))  # anywhere between two polls
        begin = time.perf_counter_ns()
        plc.hang()
        until(lambda: line.lost_ns > begin, "Ready off")
        return (line.lost_ns - begin) / 1e6
    finally:
        plc.answer()
        line.close()


def hung_device(folder: Path) -> dict[str, Any]:
    """Both, in turn."""
    ours: list[float] = []
    bare: list[float] = []
    with PlcServer(PlcProgram()) as plc:
        for number in range(HANGS):
            ours.append(our_hang_ms(folder / f"hang-{number}", plc))
            bare.append(bare_hang_ms(plc))
    ratio = statistics.median(a / b for a, b in zip(ours, bare, strict=True))
    return {"timeout_ms": TIMEOUT_MS, "ms": summary(ours), "bare_ms": summary(bare), "to_bare": ratio}


class SafetyWatch:
    """Notes in each scan whether the PLC may let anything through; runs in the PLC's thread.

    Args:
        program: The PLC program.
    """

    def __init__(self, program: PlcProgram) -> None:
        self._program = program
        self.belt: BeltPlc | None = None
        self.unsafe_ns = 0

    def scan(self, now_ns: int) -> None:
        """Once per scan, before the program."""
        if self.belt is not None:
            self.belt.scan(now_ns)
        if self._program.station_lives and self._program.station_bits & StationBit.READY:
            self.unsafe_ns = now_ns


def until_safe_ms(rig: StationRig, watch: SafetyWatch, plc: PlcServer, role: str) -> float:
    """Kill one process; from then until the PLC lets nothing through, milliseconds."""
    rig.wait_ready()
    until(lambda: is_ready(plc), "READY at the PLC")
    time.sleep(random.uniform(0.2, 1.0))  # anywhere between two parts
    begin = time.perf_counter_ns()
    if role == "supervisor":
        assert rig.supervisor is not None
        rig.supervisor.kill()
    else:
        rig.kill(role)
    until(lambda: not is_ready(plc), f"safe state after the kill of {role}")
    safe_ns = watch.unsafe_ns
    if role == "supervisor":
        rig.kill_supervisor()  # waits for its children, which end by themselves
        rig.start()
    return max(0.0, (safe_ns - begin) / 1e6)


def is_ready(plc: PlcServer) -> bool:
    """Whether the PLC may let a part through."""
    return plc.call(lambda program, _now: bool(program.station_lives and program.station_bits & StationBit.READY))


def killed_processes(folder: Path) -> dict[str, Any]:
    """Every process in turn; those that nobody needs for inspection must not cost Ready."""
    program = PlcProgram()
    watch = SafetyWatch(program)
    times: dict[str, list[float]] = {role: [] for role in ROLES}
    rig = StationRig(folder / "station", rate_ppm=300)
    with PlcServer(program, on_scan=watch.scan) as plc:
        settings = rig.directory / "station.toml"
        text = f'\n[line]\nbackend = "modbus"\n[modbus]\nport = {plc.port}\n'
        text += f"[mqtt]\nenabled = true\ntls = false\nport = {free_port()}\n"
        text += "[opcua]\nenabled = true\nport = 0\n"
        settings.write_text(settings.read_text() + text)
        create_certificate(rig.directory, "bench", "127.0.0.1")
        scenes = rig.directory / "run" / "simulator" / "cam1" / "scenes.json"
        with rig:
            until(scenes.exists, "pictures")
            belt = BeltPlc(rig.directory, program)
            plc.call(lambda _program, _now: setattr(watch, "belt", belt))
            rig.open_shift()
            for _ in range(KILLS):
                for role in ROLES:
                    times[role].append(until_safe_ms(rig, watch, plc, role))
            kept = {role: keeps_ready(rig, plc, role) for role in UNHURT}
            plc.call(lambda _program, _now: setattr(watch, "belt", None))
            belt.close()
    return {"ms": {role: summary(values) for role, values in times.items()}, "kills": KILLS, "stays_ready": kept}


def keeps_ready(rig: StationRig, plc: PlcServer, role: str) -> bool:
    """Whether READY stays on at the PLC for two seconds after the kill of a process that inspection does not need."""
    rig.wait_ready()
    until(lambda: is_ready(plc), "READY at the PLC")
    rig.kill(role)
    end = time.monotonic() + 2.0
    while time.monotonic() < end:
        if not is_ready(plc):
            return False
        time.sleep(0.02)
    return True


def show(result: dict[str, Any]) -> None:
    """The figures in words."""
    for one in result["handshake"]:
        print(
            f"handshake, PLC scan {one['scan_ms']:2d} ms: trigger to result p50 {one['ms']['p50']:.0f}, p99"
            f" {one['ms']['p99']:.0f} ms; to inspection + scan ({one['floor_ms']:.0f} ms) {one['p50_to_floor']:.2f},"
            f" {one['p99_to_floor']:.2f}; {one['parts']} parts, {one['wrong']} wrong"
        )
    hung = result["hung"]
    print(
        f"hung I/O device, timeout {hung['timeout_ms']} ms: Ready off after p50 {hung['ms']['p50']:.0f}, max"
        f" {hung['ms']['max']:.0f} ms (aim {HUNG_WITHIN_MS:.0f}); {hung['to_bare']:.2f} x a bare client"
    )
    for role, ms in result["kill"]["ms"].items():
        print(
            f"kill -9 of {role:12s} safe after p50 {ms['p50']:4.0f}, max {ms['max']:4.0f} ms (aim {SAFE_WITHIN_MS:.0f})"
        )
    for role, kept in result["kill"]["stays_ready"].items():
        print(f"kill -9 of {role:12s} {'stays Ready' if kept else 'READY DROPPED'}")


def met(result: dict[str, Any]) -> bool:
    """Whether every aim is met."""
    safe = all(ms["max"] <= SAFE_WITHIN_MS for ms in result["kill"]["ms"].values())
    hung: bool = result["hung"]["ms"]["max"] <= HUNG_WITHIN_MS
    right = all(one["wrong"] == 0 for one in result["handshake"])
    return safe and hung and right and all(result["kill"]["stays_ready"].values())


def main() -> int:
    """Measure and show; 1 when an aim is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of words")
    arguments = parser.parse_args()
    steps: dict[str, Callable[[Path], Any]] = {
        "handshake": lambda folder: [handshake(folder / f"scan-{scan}", scan) for scan in SCANS_MS],
        "hung": hung_device,
        "kill": killed_processes,
    }
    with tempfile.TemporaryDirectory(prefix="inspector-bench-") as name:
        result = {step: measure(Path(name)) for step, measure in steps.items()}
    if arguments.json:
        print(json.dumps(result, indent=2))
    else:
        show(result)
    return 0 if met(result) else 1


if __name__ == "__main__":
    raise SystemExit(main())
