# SPDX-License-Identifier: AGPL-3.0-or-later
"""A hung I/O module to the safe state: `python -m benchmarks.bench_remote_io [--json]`.

A real Modbus server that is a module with a watchdog, on loopback, with the default settings of `[remote_io]` and
`[tracking]`. From the moment at which it takes requests and answers none: until Ready is off in the line process, and
until the module's own watchdog has let every output fall.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from inspector.clock import SystemClock
from inspector.config import Config
from inspector.ipc import Hub, RunDirectory
from inspector.line.protocol import PlantConnection, PlantStatus
from inspector.line.remote_io import RemoteIO
from inspector.line.soft_tracking import SoftTracking
from tests.io_module import TIME_MS, IoModule, module_settings, points

HANGS = 20
READY_OFF_WITHIN_MS = 200.0
OUTPUTS_WITHIN_MS = 2.0 * TIME_MS
PATIENCE_S = 60.0


class LineEnd:
    """The line process' end of the wire: beats, and hears whether the module can be used.

    Args:
        folder: For the run folder.
        module: The module.
    """

    def __init__(self, folder: Path, module: IoModule) -> None:
        run = RunDirectory(folder)
        run.create_secret()
        self._hub = Hub(run, "line")
        config = Config.model_validate(
            {
                "station": {"name": "bench"},
                "cameras": [{"name": "cam1", "producer": "simulator", "features": "f"}],
                "detector": {"package": "p"},
                "recipe": "r",
                "line": {"backend": "remote-io", "tracking": "station"},
                "remote_io": {"modules": [module_settings(module.port)], "points": points()},
            }
        )
        self._io = RemoteIO(
            self._hub, config, SoftTracking(config.tracking, config.line.heartbeat_ms, 0), SystemClock()
        )
        self._io.start()
        self.ready = False

    def until(self, condition: Callable[[], bool]) -> float:
        """Beat until something is so; the time of it, seconds."""
        give_up = time.perf_counter() + PATIENCE_S
        while not condition():
            if time.perf_counter() > give_up:
                raise TimeoutError("the module does not come to this")
            self._io.heartbeat(True)
            event = self._hub.receive(0.002)
            found = self._io.understand(event) if event is not None else None
            if isinstance(found, PlantConnection):
                self.ready = False
            elif isinstance(found, PlantStatus):
                self.ready = found.fault is None
        return time.perf_counter()

    def close(self) -> None:
        """End the thread and the connections."""
        self._io.close()
        self._hub.close()


def hang(line: LineEnd, module: IoModule) -> tuple[float, float]:
    """One hang: milliseconds until Ready is off, and until every output is."""
    line.until(lambda: line.ready and module.coils["ready"])
    time.sleep(random.uniform(0.0, 0.05))  # anywhere between two scans
    begin = time.perf_counter()
    module.hangs = True
    ready_off = line.until(lambda: not line.ready)
    outputs_off = line.until(lambda: not any(module.coils.values()))
    module.hangs = False
    return (ready_off - begin) * 1000, (outputs_off - begin) * 1000


def measure(folder: Path) -> dict[str, dict[str, float]]:
    """All hangs."""
    with IoModule() as module:
        line = LineEnd(folder, module)
        try:
            ready, outputs = zip(*(hang(line, module) for _ in range(HANGS)), strict=True)
        finally:
            line.close()
    return {
        name: {"p50": statistics.median(times), "max": max(times)}
        for name, times in (("ready_off_ms", ready), ("outputs_off_ms", outputs))
    }


def main() -> int:
    """Measure and show; 1 when an aim is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of words")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="inspector-bench-") as name:
        result = measure(Path(name))
    ready, outputs = result["ready_off_ms"], result["outputs_off_ms"]
    if arguments.json:
        print(json.dumps(result, indent=2))
    else:
        print(
            f"hung I/O module: Ready off after p50 {ready['p50']:.0f}, max {ready['max']:.0f} ms (aim"
            f" {READY_OFF_WITHIN_MS:.0f}); its outputs fall by its watchdog of {TIME_MS} ms after p50"
            f" {outputs['p50']:.0f}, max {outputs['max']:.0f} ms"
        )
    return 0 if ready["max"] <= READY_OFF_WITHIN_MS and outputs["max"] <= OUTPUTS_WITHIN_MS else 1


if __name__ == "__main__":
    raise SystemExit(main())
