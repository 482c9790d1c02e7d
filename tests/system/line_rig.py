# SPDX-License-Identifier: AGPL-3.0-or-later
"""A real line process and a real simulated plant, with a station played by the test."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from inspector.config import load_config
from inspector.ipc import EventKind, Hub, Message, RunDirectory
from inspector.line.plant.prepare import prepare_scenes
from inspector.line.plant.truth import PartTruth, read_truth

PATIENCE_S = 20.0
SETTINGS = """
recipe = "recipe.toml"
[station]
name = "rig"
[[cameras]]
name = "cam1"
producer = "simulator"
features = "camera.toml"
[detector]
package = "model"
[line]
tracking = "{tracking}"
decide_by_ms = 400
confirm_by_ms = 1500
heartbeat_ms = 50
heartbeat_lost_ms = 400
[plant]
images = "images"
rate_ppm = {rate_ppm}
parts = {parts}
feed = "{feed}"
decide_at_ms = 500
confirm_at_ms = 600
watchdog_ms = 400
faults = {faults}
part_length_mm = 40
[tracking]
speed_mm_s = 200
max_length_mm = 60
gate_mm = 140
window_before_mm = 20
window_after_mm = 20
good_lane_mm = 190
reject_lane_mm = 190
stall_ms = 300
output_hold_ms = 300
"""


@dataclass
class Station:
    """The station's side of the messages: it acknowledges everything, and grants what `grants` says."""

    hub: Hub
    grants: Callable[[Message], bool]
    ready: bool = True
    acknowledges: bool = True
    messages: list[Message] = field(default_factory=list)
    _next_beat: float = 0.0

    def work(self, until: Callable[[], bool], what: str, patience_s: float = PATIENCE_S) -> None:
        """Play the station until something holds."""
        deadline = time.monotonic() + patience_s
        while not until():
            assert time.monotonic() < deadline, f"{what} did not happen; heard {self.messages[-5:]}"
            self.once()

    def once(self) -> None:
        if time.monotonic() >= self._next_beat:
            self._next_beat = time.monotonic() + 0.05
            self.hub.send("line", {"type": "station-state", "ready": self.ready, "reasons": []})
        event = self.hub.receive(0.02)
        if event is None or event.kind is not EventKind.MESSAGE:
            return
        message = event.message
        self.messages.append(message)
        if message["type"] in ("trigger", "gap", "outcome") and self.acknowledges:
            self.hub.send("line", {"type": "ack", "kind": message["type"], "key": message["key"]})
        if message["type"] == "trigger" and message["live"] and self.grants(message):
            answer = {"type": "grant", "key": message["key"], "decide_by_ns": message["decide_by_ns"]}
            self.hub.send("line", answer)

    def of(self, kind: str) -> list[Message]:
        return [message for message in self.messages if message["type"] == kind]

    @property
    def line_ready(self) -> bool:
        states = self.of("line-state")
        return bool(states) and bool(states[-1]["ready"])


class Rig:
    """A station directory with the processes of the line."""

    def __init__(
        self,
        folder: Path,
        rate_ppm: int = 600,
        parts: int = 0,
        feed: str = "always",
        faults: int = 0,
        tracking: str = "plc",
    ) -> None:
        self.folder = folder
        text = SETTINGS.format(rate_ppm=rate_ppm, parts=parts, feed=feed, faults=faults, tracking=tracking)
        (folder / "station.toml").write_text(text, "utf-8")
        (folder / "camera.toml").write_text('[[features]]\nPixelFormat = "Mono8"\n', "utf-8")
        (folder / "images").mkdir()
        for number in range(4):
            picture = np.full((8, 8), 40 * number, np.uint8)
            (folder / "images" / f"part-{number}.pgm").write_bytes(b"P5\n8 8\n255\n" + picture.tobytes())
            (folder / "images" / f"part-{number}.txt").write_text("" if number % 2 else "0 0.5 0.5 0.1 0.1\n")
        self.run = RunDirectory(folder)
        self.run.create_secret()
        prepare_scenes(folder, load_config(folder))
        self.processes: list[subprocess.Popen[bytes]] = []
        self._hubs: list[Hub] = []

    def start(self, module: str) -> subprocess.Popen[bytes]:
        log = (self.folder / f"{module}.log").open("ab")
        with log:
            process = subprocess.Popen(
                [sys.executable, "-m", module, "--station", str(self.folder)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
            )
        self.processes.append(process)
        return process

    def plant(self) -> subprocess.Popen[bytes]:
        return self.start("inspector.line.plant")

    def line(self) -> subprocess.Popen[bytes]:
        return self.start("inspector.line.process")

    def station(self, grants: Callable[[Message], bool] = lambda message: True) -> Station:
        hub = Hub(self.run, "station")
        hub.listen()
        self._hubs.append(hub)
        return Station(hub, grants)

    def truth(self) -> dict[int, PartTruth]:
        return {part.plc_count: part for part in read_truth(self.run.path)}

    def wait(self, until: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not until():
            assert time.monotonic() < deadline, f"{what} did not happen"
            time.sleep(0.02)

    def end(self) -> list[int]:
        """Close the processes' standard input; their exit codes."""
        codes = []
        for process in self.processes:
            if process.stdin is not None:
                process.stdin.close()
            try:
                codes.append(process.wait(10))
            except subprocess.TimeoutExpired:
                process.kill()
                codes.append(process.wait())
        for hub in self._hubs:
            hub.close()
        return codes

    def log_text(self) -> str:
        return "".join(path.read_text("utf-8", "replace") for path in sorted(self.folder.glob("*.log")))
