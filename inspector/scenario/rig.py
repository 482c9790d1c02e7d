# SPDX-License-Identifier: AGPL-3.0-or-later
"""The composition: plant, camera, line process and station process, and a person at the command line."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

from inspector.evidence.keys import SigningKey
from inspector.ipc import EventKind, Message
from inspector.scenario.backends import handshake_backend, remote_io_backend
from inspector.scenario.belt import Part
from inspector.scenario.camera import Head
from inspector.scenario.computer import Disk, Inference, StationProcess
from inspector.scenario.handshake_plant import HandshakePlant
from inspector.scenario.kinds import PlantKind
from inspector.scenario.line_settings import CAMERA, station_config
from inspector.scenario.machine import Machine
from inspector.scenario.network import Network
from inspector.scenario.plant import Plant, Travel
from inspector.scenario.processes import Backend, CameraProcess, Line, World
from inspector.scenario.raw_plant import RawPlant
from inspector.scenario.schedule import Schedule

STATUS_MS = 100.0
FEATURES = '# The drawn camera has this one feature.\n[[features]]\nPixelFormat = "Mono8"\n'
TOLD_OTHERWISE = ("STATION_NOT_READY", "STATION_AWAY", "TRACKING_LOST")
"""Reasons of the line that the station has under a code of its own."""


class Person:
    """Somebody at the command line, who also keeps an eye on the status.

    Attributes:
        status: The last status document.
        seen: Codes of every reason that the station, or the line, ever gave.
    """

    def __init__(self, schedule: Schedule, network: Network) -> None:
        self._schedule = schedule
        self._numbers = itertools.count(1)
        self._answers: dict[str, Message] = {}
        self.status: Message = {}
        self.line_reasons: list[str] = []
        self.seen: set[str] = set()
        self.hub = network.hub("control:person", self._read, lambda _seconds: None)
        self.hub.connect("station")
        self._look()

    def ask(self, command: str, **arguments: str) -> str:
        """Send a request; the answer comes under the returned id."""
        number = str(next(self._numbers))
        request = {"type": "request", "id": number, "command": command, "arguments": arguments, "actor": "person"}
        return number if self.hub.send("station", request) else ""

    def answer(self, number: str) -> Message | None:
        """The answer, when it has come."""
        return self._answers.get(number)

    @property
    def codes(self) -> set[str]:
        """Why the station, or the line, is not Ready now."""
        return {str(reason["code"]) for reason in self.status.get("reasons", [])} | set(self.line_reasons)

    def _look(self) -> None:
        self.ask("status")
        self._schedule.after_ms(STATUS_MS, self._look)

    def _read(self) -> None:
        while (event := self.hub.receive(0)) is not None:
            if event.kind is EventKind.LOST:
                self.status = {}
            elif event.kind is EventKind.MESSAGE and event.message.get("type") == "response":
                self._response(event.message)

    def _response(self, message: Message) -> None:
        result = message.get("result")
        if isinstance(result, dict) and "reasons" in result:
            self.status = result
            self.seen |= self.codes
            return
        self._answers[str(message["id"])] = message

    def heard(self, sender: str, message: Message) -> None:
        """A message on the way from the line to the station."""
        if sender == "line" and message.get("type") == "line-state":
            own = [str(reason["code"]) for reason in message["reasons"]]
            self.line_reasons = [code for code in own if code not in TOLD_OTHERWISE]


class Rig:
    """Everything that a scenario runs on.

    Args:
        folder: An empty folder for the files of all processes.
        seed: Seed of everything that is drawn by lot.
        real: Real time.
        kind: What the line is connected to.
    """

    def __init__(self, folder: Path, seed: int, *, real: bool = False, kind: PlantKind = "plc") -> None:
        self.schedule = Schedule(real=real)
        self.network = Network(self.schedule)
        self.seed = seed
        self.key = SigningKey.generate()
        self.disk = Disk(seed)
        self.inference = Inference(seed)
        self.config = station_config(kind)
        self.world = World(self.schedule, self.network, folder, self.config, self.disk.free_bytes)
        self.machine, backend = self._connect(kind)
        self.head = Head(self.schedule)
        self.machine.expose = self.head.expose
        self.station = StationProcess(
            self.world, _station_folder(folder, self.key), self.key, self.disk, self.inference
        )
        self.line = Line(self.world, "line", _folder(folder / "line"), backend)
        self.camera = CameraProcess(self.world, CAMERA, _camera_folder(folder), self.head)
        self.person = Person(self.schedule, self.network)
        self.network.observe = self.person.heard
        self.calmed = False
        self._undo: list[Callable[[], None]] = []
        self.gate_disobeys = False
        self.counter_unknown = False

    def _connect(self, kind: PlantKind) -> tuple[Machine, Backend | None]:
        """What the line is connected to; a disturbance finds it under the name of what it needs."""
        if kind == "remote-io":
            self.raw = RawPlant(self.schedule, self.config.tracking, self.seed)
            return self.raw, remote_io_backend({"in": self.raw.inputs, "out": self.raw.outputs})
        if kind == "handshake":
            self.handshake = HandshakePlant(self.schedule, self.network, Travel(), self.seed)
            self.plant: Plant = self.handshake
            return self.handshake, handshake_backend(self.handshake.registers)
        self.plant = Plant(self.schedule, self.network, Travel(), self.seed)
        return self.plant, None

    # For disturbances

    def when_fed(self, hit: Callable[[Part], bool], action: Callable[[Part], None]) -> None:
        """Do something when certain parts are put on the belt."""
        before = self.machine.on_feed

        def on_feed(part: Part) -> None:
            before(part)
            if hit(part):
                action(part)

        self.machine.on_feed = on_feed

    def once(self, hit: Callable[[Part], bool], action: Callable[[], None]) -> None:
        """Do something once: at the first part that is hit."""
        done: list[Part] = []

        def act(part: Part) -> None:
            if not done:
                done.append(part)
                action()

        self.when_fed(hit, act)

    def for_ms(self, ms: float, begin: Callable[[], None], end: Callable[[], None]) -> None:
        """Something lasts for a while, or until the scenario calms down."""
        ended: list[bool] = []

        def finish() -> None:
            if not ended:
                ended.append(True)
                end()

        begin()
        self.schedule.after_ms(ms, finish)
        self._undo.append(finish)

    def once_for_ms(
        self, hit: Callable[[Part], bool], ms: float, begin: Callable[[], None], end: Callable[[], None]
    ) -> None:
        """From the first part on that is hit, something lasts for a while."""
        self.once(hit, lambda: self.for_ms(ms, begin, end))

    def switch_for_ms(self, hit: Callable[[Part], bool], ms: float, switch: Callable[[bool], None]) -> None:
        """From the first part on that is hit, something is on for a while."""
        self.once_for_ms(hit, ms, lambda: switch(True), lambda: switch(False))

    def later(self, undo: Callable[[], None]) -> None:
        """What somebody mends when the scenario calms down."""
        self._undo.append(undo)

    def calm(self) -> None:
        """Everything is mended."""
        self.calmed = True
        self.machine.mend()
        while self._undo:
            self._undo.pop()()

    def processes(self) -> tuple[StationProcess, Line, CameraProcess]:
        """The processes of the station."""
        return self.station, self.line, self.camera

    # The course of a scenario

    def start(self) -> None:
        """Start all processes."""
        for process in self.processes():
            process.start()

    def stop(self) -> None:
        """End all processes in order."""
        for process in (self.line, self.camera, self.station):
            process.stop()
        self.person.hub.close()

    def command(self, command: str, within_ms: float = 60_000.0, **arguments: str) -> Message | None:
        """Ask until there is an answer; None when none comes."""
        give_up_ns = self.schedule.clock.monotonic_ns() + int(within_ms * 1e6)
        while self.schedule.clock.monotonic_ns() < give_up_ns:
            # A thread that sleeps on simulated time would hold up a command that waits for it.
            self.schedule.run(lambda: self.schedule.real or self.schedule.asleep == 0, 1_000.0)
            number = self.person.ask(command, **arguments)
            if number and self.schedule.run(lambda n=number: self.person.answer(n) is not None, 30_000.0):  # type: ignore[misc]
                return self.person.answer(number)
            self.schedule.run(lambda: False, 100.0)
        return None


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def _station_folder(folder: Path, key: SigningKey) -> Path:
    station = _folder(folder / "station")
    for name in ("keys", "run"):
        (station / name).mkdir()
    (station / "keys" / "station.pub").write_text(key.public_key.hex() + "\n", encoding="ascii")
    return station


def _camera_folder(folder: Path) -> Path:
    camera = _folder(folder / "camera")
    (camera / "camera.toml").write_text(FEATURES, encoding="utf-8")
    return camera
