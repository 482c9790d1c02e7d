# SPDX-License-Identifier: AGPL-3.0-or-later
"""The capture loop around a camera and a station that misbehave."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from inspector.camera import process, watch
from inspector.camera.features import FeatureFile
from inspector.camera.process import EXIT_RESTART, Capture
from inspector.camera.protocol import DeviceIdentity, Grabbed, Sink, StreamFormat
from inspector.camera.ring import Ring
from inspector.clock import SystemClock
from inspector.config import CameraSettings
from inspector.errors import CameraLost, CameraNotFound, FeatureError
from inspector.ipc import Event, EventKind, Message
from inspector.part import PixelFormat


class FakeCamera:
    """A camera that fails where the test says."""

    def __init__(self, fails: str = "", frames: int = 0) -> None:
        self.fails = fails
        self.frames = frames
        self.calls: list[str] = []

    def _call(self, name: str) -> None:
        self.calls.append(name)
        if name == self.fails:
            raise CameraLost(f"{name} failed")

    def open(self) -> DeviceIdentity:
        if self.fails == "missing":
            raise CameraNotFound("no camera")
        self._call("open")
        return DeviceIdentity("v", "m", "s", "f", "00", False)

    def configure(self, features: FeatureFile) -> tuple[list[str], StreamFormat]:
        self._call("configure")
        return ["Gain: asked for 1, the camera took 2"], StreamFormat(4, 3, PixelFormat.MONO8)

    def start(self) -> None:
        self._call("start")

    def poll(self, sink: Sink) -> bool:
        self._call("poll")
        if not self.frames:
            return False
        self.frames -= 1
        sink(Grabbed(len(self.calls), 1, 2, 4, 3, "Mono8", True), np.full((3, 4), 50 + self.frames, np.uint8))
        return True

    def check(self) -> int | None:
        self._call("check")
        return 7

    def clock_offset_ns(self) -> int | None:
        self._call("clock_offset_ns")
        return 5

    def trigger(self) -> None:
        self._call("trigger")
        raise FeatureError("not waiting for a trigger")

    def underruns(self) -> int:
        return 0

    def stop(self) -> None:
        self._call("stop")

    def close(self) -> None:
        self.calls.append("close")


class FakeHub:
    """The station's end: it answers each hello with a ring."""

    def __init__(self) -> None:
        self.events: deque[Event] = deque([Event(EventKind.CONNECTED, "station", {})])
        self.sent: list[Message] = []
        self.rings: list[Ring] = []
        self.turns = 0

    def receive(self, timeout_s: float) -> Event | None:
        self.turns += 1
        return self.events.popleft() if self.events else None

    def send(self, peer: str, message: Message) -> bool:
        self.sent.append(message)
        if message["type"] == "camera-hello":
            ring = Ring.create(2, message["slot_bytes"], len(self.rings) + 1)
            self.rings.append(ring)
            values = {"name": ring.name, "slots": 2, "slot_bytes": ring.slot_bytes, "generation": ring.generation}
            self.say({"type": "ring"} | values)
        return True

    def say(self, message: Message) -> None:
        self.events.append(Event(EventKind.MESSAGE, "station", message))

    def peers(self) -> tuple[str, ...]:
        return ("station",)

    def of(self, kind: str) -> list[Message]:
        return [message for message in self.sent if message["type"] == kind]


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    for module, name in ((process, "RETRY_S"), (process, "POLL_S"), (watch, "CHECK_S")):
        monkeypatch.setattr(module, name, 0.0)
    hub = FakeHub()
    yield hub
    for ring in hub.rings:
        ring.close()
        ring.unlink()


def run(hub: FakeHub, folder: Path, cameras: list[FakeCamera], until: Callable[[], bool]) -> None:
    features = folder / "camera.toml"
    features.write_text("[[features]]\nGain = 1\n", "utf-8")
    settings = CameraSettings(name="cam1", producer="p.cti", features="camera.toml")
    waiting = iter(cameras)
    capture = Capture(settings, features, hub, lambda: next(waiting), SystemClock())  # type: ignore[arg-type]
    capture.run(lambda: not until() and hub.turns <= 2000)
    assert hub.turns <= 2000, "it did not happen"


def test_frames_reach_the_station_and_the_end_closes_everything(hub: FakeHub, tmp_path: Path) -> None:
    camera = FakeCamera(frames=2)
    run(hub, tmp_path, [camera], lambda: len(hub.of("frame")) == 2 and "check" in camera.calls[-2:])
    assert [(frame["sequence"], frame["bad"]) for frame in hub.of("frame")] == [(1, None), (2, None)]
    assert hub.of("camera-hello")[0]["differences"] == ["Gain: asked for 1, the camera took 2"]
    assert camera.calls[-2:] == ["stop", "close"]


def test_a_refused_software_trigger_costs_its_part_only(hub: FakeHub, tmp_path: Path) -> None:
    camera = FakeCamera(frames=1)

    def station_triggers() -> bool:
        if "poll" in camera.calls and "trigger" not in camera.calls and not hub.events:
            hub.say({"type": "trigger"})
        return "trigger" in camera.calls and "poll" in camera.calls[-2:]

    run(hub, tmp_path, [camera], station_triggers)
    assert camera.calls.count("open") == 1


@pytest.mark.parametrize("fails", ["open", "configure", "clock_offset_ns", "start", "poll", "check", "missing"])
def test_after_any_loss_a_new_object_takes_over(hub: FakeHub, tmp_path: Path, fails: str) -> None:
    lost, good = FakeCamera(fails), FakeCamera(frames=1)
    run(hub, tmp_path, [lost, good], lambda: len(hub.of("frame")) == 1)
    assert lost.calls[-1] == "close"
    reasons = [state["reason"] for state in hub.of("camera-state") if not state["ready"]]
    assert any("failed" in reason or "no camera" in reason for reason in reasons)
    assert hub.of("frame")[0]["generation"] == len(hub.rings)


def test_a_camera_that_cannot_be_stopped_is_opened_anew(hub: FakeHub, tmp_path: Path) -> None:
    lost, good = FakeCamera("stop"), FakeCamera(frames=1)

    def station_goes() -> bool:
        if "poll" in lost.calls and "stop" not in lost.calls and not hub.events:
            hub.events.append(Event(EventKind.LOST, "station", {}))
            hub.events.append(Event(EventKind.CONNECTED, "station", {}))
        return len(hub.of("frame")) == 1

    run(hub, tmp_path, [lost, good], station_goes)
    assert good.calls[:2] == ["open", "configure"]


def test_after_many_openings_a_fresh_process_goes_on(hub: FakeHub, tmp_path: Path) -> None:
    cameras = [FakeCamera("missing") for _ in range(200)]
    with pytest.raises(SystemExit) as ended:
        run(hub, tmp_path, cameras, lambda: False)
    assert ended.value.code == EXIT_RESTART
    assert not any("close" not in camera.calls for camera in cameras[:100])


def test_an_unusable_ring_is_asked_for_again(hub: FakeHub, tmp_path: Path) -> None:
    hub.say({"type": "ring", "name": "inspector-ring-0000000000000000", "slots": 1})
    camera = FakeCamera(frames=1)
    run(hub, tmp_path, [camera], lambda: len(hub.of("frame")) == 1)


def test_a_camera_that_opens_while_the_station_connects_is_introduced_once(hub: FakeHub, tmp_path: Path) -> None:
    connected = hub.events.popleft()

    class SlowCamera(FakeCamera):
        def configure(self, features: FeatureFile) -> tuple[list[str], StreamFormat]:
            hub.events.append(connected)
            return super().configure(features)

    camera = SlowCamera(frames=1)
    run(hub, tmp_path, [camera], lambda: len(hub.of("frame")) == 1 and "check" in camera.calls[-2:])
    assert len(hub.of("camera-hello")) == len(hub.rings) == camera.calls.count("start") == 1
