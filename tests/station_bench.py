# SPDX-License-Identifier: AGPL-3.0-or-later
"""The station's process without its neighbours: a hub that only notes what is sent, and a detector under control."""

from __future__ import annotations

import argparse
import hashlib
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np

import camera_configs
import data_samples
from inspector.camera.ring import Ring
from inspector.child import Child
from inspector.clock import Clock, SystemClock
from inspector.config import load_config
from inspector.evidence.keys import read_public_key
from inspector.evidence.record import pixel_digest
from inspector.ipc import Event, EventKind, Hub, Message, RunDirectory
from inspector.line.wire import Reason as LineReason
from inspector.part import Frame, GateResult, Judgement, Verdict
from inspector.station.in_force import load_in_force
from inspector.station.judge import Judge, PartResult, View, unjudged
from inspector.station.model import Rules
from inspector.station.releases import Released
from inspector.station.station import Station
from inspector.station_directory import NewStation, create_station
from inspector.store.writer import RecordWriter

FREE_BYTES = 10**12
"""Whatever the disk of this computer has."""
LINE_BOOT = "00000000000000a1"
CAMERA = "camera:cam1"
SHAPE = (32, 48)


class NotingHub:
    """The methods of `Hub`, without sockets."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Message]] = []
        self.connected = ["line", CAMERA]
        self._inbox: queue.Queue[Event] = queue.Queue()

    def listen(self) -> None: ...

    def close(self) -> None: ...

    def peers(self) -> tuple[str, ...]:
        return tuple(self.connected)

    def send(self, peer: str, message: Message) -> bool:
        self.sent.append((peer, message))
        return True

    def post(self, message: Message) -> None:
        self._inbox.put(Event(EventKind.MESSAGE, "self", message))

    def receive(self, timeout_s: float) -> Event | None:
        try:
            return self._inbox.get(timeout=timeout_s)
        except queue.Empty:
            return None

    def of(self, peer: str, kind: str) -> list[Message]:
        return [message for to, message in list(self.sent) if to == peer and message["type"] == kind]


@dataclass(frozen=True)
class BenchChild(Child):
    """The surroundings of a station whose hub is a `NotingHub`."""

    noting: NotingHub = field(default_factory=NotingHub)

    def hub(self, name: str) -> Hub:
        return cast(Hub, self.noting)


class PatientDetector:
    """Stands for model and rules: passes every picture, as soon as it may."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.go.set()
        self.failure: Exception | None = None
        self.verdicts: dict[str, Verdict] = {}

    def look(self, frame: Frame) -> PartResult:
        self.go.wait(20)
        if self.failure is not None:
            raise self.failure
        if frame.bad is not None:
            return unjudged(frame, Verdict.NO_DECISION, f"bad frame: {frame.bad}")
        height, width = frame.pixels.shape[:2]
        digest = pixel_digest(frame.pixel_format.value, frame.pixels.data, height, width)
        verdict = self.verdicts.get(frame.camera, Verdict.PASS)
        words = "nothing found" if verdict is Verdict.PASS else "scripted"
        judgement = Judgement(verdict, words, (), GateResult(120_000, 90_000))
        return PartResult(verdict, words, (View(frame.camera, frame, digest, judgement, verdict, words),))


@dataclass(frozen=True)
class BenchRules(Rules):
    """The demo model's package and recipe, judged by a `PatientDetector`."""

    detector: PatientDetector = field(default_factory=PatientDetector)

    def make_judge(self) -> Judge:
        return cast(Judge, self.detector)


class Bench:
    """A station, and shorthands for what its neighbours say."""

    def __init__(
        self,
        directory: Path,
        stops: Mapping[str, int] | None = None,
        cameras: int = 1,
        clock: Clock | None = None,
        prepare: Callable[[Path], None] = lambda _directory: None,
    ) -> None:
        self.directory = directory
        self.utc_error_ms: float | None = 1.0
        self._clock = clock or SystemClock()
        if not directory.exists():
            new = NewStation(
                name="bench",
                model=data_samples.model_dir(),
                recipe=data_samples.recipe_file(),
                features=camera_configs.path("simulated"),
                images=data_samples.images_dir(),
                passphrase_file="keys/passphrase",
                stops=stops or {},
                serials=("",) * cameras,
            )
            create_station(directory, new, "a passphrase for tests")
            (directory / "keys" / "passphrase").write_text("a passphrase for tests")
            prepare(directory)
        self.detector = PatientDetector()
        self.hub = NotingHub()
        self._rings: dict[str, Ring] = {}
        self.serial: str | None = None
        self.picture = 0
        self.session: str | None = None
        self._sequence = 0
        self._start()

    def _start(self) -> None:
        config = load_config(self.directory)
        run = RunDirectory(self.directory)
        run.create_secret()
        self.child = BenchChild(
            self.directory,
            config,
            run,
            threading.Event(),
            argparse.Namespace(),
            clock=self._clock,
            free_bytes=lambda folder: FREE_BYTES,
            utc_error_ms=lambda: self.utc_error_ms,
            noting=self.hub,
        )
        rules = load_in_force(self.directory, config)
        key = read_public_key((self.directory / config.key.file).with_suffix(".pub"))
        self.writer = RecordWriter(
            self.directory, config.station.name, key, boot="00000000000000b1", clock=self._clock, reserve_mb=1
        )
        self.station = Station(self.child, self.writer, self._bench_rules(rules), self._load)
        self.station._worker.ready.wait(20)

    def _bench_rules(self, rules: Rules) -> BenchRules:
        """The rules from the disk, judged by the detector under control."""
        return BenchRules(
            rules.package,
            rules.recipe,
            rules.config,
            detector=self.detector,
            product=rules.product,
            release=rules.release,
        )

    def _load(self, name: str, release: Released | None) -> Rules:
        return self._bench_rules(Rules.load(self.directory, self.child.config, name, release))

    def unlock_key(self) -> None:
        """As `Station.start` does; a locked key is a warning."""
        self.station._keyring.started()

    def close(self) -> None:
        self.detector.go.set()
        self.station.close()
        for ring in self._rings.values():
            ring.close()

    def hear(self, peer: str, message: Message) -> None:
        """One message of a neighbour."""
        self.station.step(Event(EventKind.MESSAGE, peer, message))

    def lose(self, peer: str) -> None:
        self.station.step(Event(EventKind.LOST, peer, {}))

    def until(self, condition: Callable[[], bool]) -> None:
        """Let the station work until something has come."""
        give_up = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < give_up, "it does not come"
            self.station.step(self.hub.receive(0.01))

    def request(self, command: str, **arguments: Any) -> Message:
        """What the api is answered."""
        before = len(self.hub.of("api", "response"))
        message = {"type": "request", "id": "1", "command": command, "arguments": arguments, "actor": "op"}
        self.hear("api", message if self.session is None else {**message, "session": self.session})
        self.until(lambda: len(self.hub.of("api", "response")) > before)
        return self.hub.of("api", "response")[-1]

    def everybody_is_here(self) -> None:
        """Line and cameras are ready."""
        self.hear("line", {"type": "line-hello", "line_boot": LINE_BOOT, "backend": "plant", "simulated": True})
        self.line_state(0)
        self.hub.connected = ["line"]
        for camera in self.child.config.cameras:
            self.camera_is_here(camera.name)

    def camera_is_here(self, camera: str) -> None:
        """A camera has opened its device, and is ready with its new ring."""
        peer = f"camera:{camera}"
        device = dict.fromkeys(("vendor", "model", "serial", "firmware"), "x") | {
            "producer_sha256": "1" * 64,
            "simulated": True,
        }
        self.hub.connected.append(peer)
        self.hear(
            peer,
            {
                "type": "camera-hello",
                "camera": camera,
                "device": device,
                "settings_digest": hashlib.sha256(b"").hexdigest(),
                "settings_text": "",
                "differences": [],
                "slot_bytes": SHAPE[0] * SHAPE[1],
                "width": SHAPE[1],
                "height": SHAPE[0],
                "pixel_format": "Mono8",
            },
        )
        ring = self.hub.of(peer, "ring")[-1]
        self._rings[camera] = Ring.attach(ring["name"], ring["slots"], ring["slot_bytes"], ring["generation"])
        self.camera_state(camera=camera)

    def line_state(
        self,
        plc_count: int,
        good: int | None = None,
        reject: int | None = None,
        reasons: Sequence[LineReason] = (),
    ) -> None:
        self.hear(
            "line",
            {
                "type": "line-state",
                "ready": not reasons,
                "reasons": [reason.as_message() for reason in reasons],
                "plc_count": plc_count,
                "plant_connected": True,
                "counts": {"infeed": plc_count, "good": good, "reject": reject},
            },
        )

    def camera_state(
        self,
        line_count: int | None = None,
        camera: str = "cam1",
        reason: str = "",
        missed_triggers: int | None = None,
    ) -> None:
        self.hear(
            f"camera:{camera}",
            {
                "type": "camera-state",
                "camera": camera,
                "ready": not reason,
                "reason": reason,
                "line_count": line_count,
                "missed_triggers": missed_triggers,
                "underruns": 0,
                "clock_offset_ns": 0,
            },
        )

    def open_shift(self) -> None:
        answer = self.request("shift-open", lot="L-1", operator="op")
        assert answer["ok"], answer

    def trigger(self, number: int, *, live: bool = True) -> int:
        """Part `number` is announced; its edge time is returned."""
        now_ns = self._clock.monotonic_ns()
        self.hear(
            "line",
            {
                "type": "trigger",
                "key": [LINE_BOOT, number],
                "plc_count": number,
                "t_edge_ns": now_ns,
                "t_edge_us": self._clock.utc_us(),
                "decide_by_ns": now_ns + 700_000_000,
                "live": live,
                "serial": self.serial,
            },
        )
        return now_ns

    def frame(self, number: int, t_edge_ns: int, bad: str | None = None, camera: str = "cam1") -> None:
        """The picture of part `number`."""
        ring = self._rings[camera]
        self._sequence += 1
        slot = self._sequence % ring.slots
        pixels = np.random.default_rng([self.picture or number, *camera.encode()]).integers(20, 235, SHAPE, np.uint8)
        ring.write(slot, self._sequence, pixels)
        self.hear(
            f"camera:{camera}",
            {
                "type": "frame",
                "camera": camera,
                "generation": ring.generation,
                "slot": slot,
                "sequence": self._sequence,
                "frame_id": number,
                "t_camera_ns": t_edge_ns,
                "t_host_ns": t_edge_ns + 1_000_000,
                "width": SHAPE[1],
                "height": SHAPE[0],
                "pixel_format": "Mono8",
                "bad": bad,
            },
        )

    def part(self, number: int, bad: str | None = None) -> None:
        """A part with its pictures."""
        t_edge_ns = self.trigger(number)
        for camera in self._rings:
            self.frame(number, t_edge_ns, bad, camera)

    def outcome(self, number: int, commanded: str = "accept", confirmed: str = "good") -> None:
        self.hear(
            "line",
            {
                "type": "outcome",
                "key": [LINE_BOOT, number],
                "commanded": commanded,
                "confirmed": confirmed,
                "reason": "granted",
            },
        )

    def acks(self, kind: str) -> list[int]:
        """Numbers of the acknowledged entries of this kind."""
        return [message["key"][1] for message in self.hub.of("line", "ack") if message["kind"] == kind]

    def grants(self) -> list[int]:
        return [message["key"][1] for message in self.hub.of("line", "grant")]


def ran_once(directory: Path, prepare: Callable[[Path], None]) -> Path:
    """A station's folder that has its first records, to be copied."""
    bench = Bench(directory, prepare=prepare)
    bench.station.start()
    bench.close()
    return bench.directory


@contextmanager
def run_after_run(directory: Path) -> Iterator[Callable[[], Bench]]:
    """Starts a station with everybody there, and again after the run before has ended."""
    runs: list[Bench] = []

    def started() -> Bench:
        for one in runs:
            one.close()
        runs[:] = [Bench(directory)]
        runs[0].station.start()
        runs[0].everybody_is_here()
        return runs[0]

    try:
        yield started
    finally:
        for one in runs:
            one.close()
