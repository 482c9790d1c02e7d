# SPDX-License-Identifier: AGPL-3.0-or-later
"""The camera process with a simulated camera; the test plays the station and disturbs the camera."""

from __future__ import annotations

import itertools
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from inspector.camera.features import packaged_configs
from inspector.camera.frame import FrameMeta
from inspector.camera.ring import Ring
from inspector.camera.watch import CHECK_S
from inspector.ipc import EventKind, Hub, Message, RunDirectory
from tests.camera_station import SIZE, SimulatorControl, viky, write_pictures

PATIENCE_S = 20.0
SLOTS = 4
SETTINGS = """
recipe = "recipe.toml"
[station]
name = "rig"
[[cameras]]
name = "cam1"
producer = "{producer}"
features = "camera.toml"
trigger = "{trigger}"
[detector]
package = "model"
[plant]
images = "images"
"""


class Rig:
    """A station directory, the camera process, and the station's side of the messages."""

    def __init__(self, folder: Path, producer: str = "simulator", features: str = "", trigger: str = "line") -> None:
        self.folder = folder
        (folder / "station.toml").write_text(SETTINGS.format(producer=producer, trigger=trigger), "utf-8")
        text = features or packaged_configs()["simulated"].read_text("utf-8")
        (folder / "camera.toml").write_text(text, "utf-8")
        self.pictures = write_pictures(folder / "run" / "simulator" / "cam1")
        self.run = RunDirectory(folder)
        self.run.create_secret()
        self.hub = self.station_hub()
        self.control = SimulatorControl(folder / "run" / "simulator-cam1.json")
        self.process: subprocess.Popen[bytes] | None = None
        self.messages: list[Message] = []
        self.rings: list[Ring] = []
        self.connected = False
        self.releases = True

    def station_hub(self) -> Hub:
        hub = Hub(self.run, "station")
        hub.listen()
        return hub

    def start(self) -> subprocess.Popen[bytes]:
        with (self.folder / "camera.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "inspector.camera.process", "--station", str(self.folder), "--camera", "cam1"],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
            )
        return self.process

    def work(self, until: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not until():
            assert time.monotonic() < deadline, f"{what}; {self.messages[-4:]}; {self.log()}"
            self.once()

    def work_alone(self, until: Callable[[], bool], what: str) -> None:
        """Wait while there is no station."""
        deadline = time.monotonic() + PATIENCE_S
        while not until():
            assert time.monotonic() < deadline, f"{what}; {self.log()}"
            time.sleep(0.01)

    def once(self) -> None:
        event = self.hub.receive(0.01)
        if event is None:
            return
        self.connected = event.kind is not EventKind.LOST
        if event.kind is not EventKind.MESSAGE:
            return
        message = event.message
        self.messages.append(message)
        if message["type"] == "camera-hello":
            self.answer_with_ring(message)

    def answer_with_ring(self, hello: Message) -> None:
        ring = Ring.create(SLOTS, hello["slot_bytes"], len(self.rings) + 1)
        self.rings.append(ring)
        answer = {"type": "ring", "name": ring.name, "slots": SLOTS, "slot_bytes": ring.slot_bytes}
        self.hub.send("camera:cam1", answer | {"generation": ring.generation})

    def of(self, kind: str) -> list[Message]:
        return [message for message in self.messages if message["type"] == kind]

    @property
    def state(self) -> Message:
        return (self.of("camera-state") or [{"ready": False, "reason": ""}])[-1]

    def ready(self) -> None:
        self.work(lambda: bool(self.state["ready"]), "the camera did not become ready")

    def frames(self) -> list[FrameMeta]:
        return [FrameMeta.from_message(message) for message in self.of("frame")]

    def shoot(self, scene: int | None = None) -> FrameMeta:
        """One edge, its frame; the slot is released."""
        count = len(self.frames())
        self.control.pulse(0, scene=scene)
        self.work(lambda: len(self.frames()) > count, "no frame")
        meta = self.frames()[-1]
        if self.releases:
            self.release(meta)
        return meta

    def release(self, meta: FrameMeta) -> None:
        self.hub.send("camera:cam1", {"type": "release", "slot": meta.slot, "sequence": meta.sequence})

    def pixels(self, meta: FrameMeta) -> np.ndarray:
        assert meta.slot is not None and meta.sequence is not None
        return self.rings[meta.generation - 1].view(meta.slot, meta.sequence, meta.shape)

    def log(self) -> str:
        return (self.folder / "camera.log").read_text("utf-8", "replace")[-2000:]

    def end(self) -> int:
        """Close its standard input and wait."""
        assert self.process is not None and self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(PATIENCE_S)

    def close(self) -> None:
        self.control.close()
        if self.process is not None:
            if self.process.stdin is not None:
                self.process.stdin.close()
            self.process.kill()
            self.process.wait()
        self.hub.close()
        for ring in self.rings:
            ring.close()
            ring.unlink()


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path)
    yield rig
    rig.close()


def test_each_edge_gives_its_picture_in_the_ring_and_the_end_is_orderly(rig: Rig) -> None:
    process = rig.start()
    rig.ready()
    (hello,) = rig.of("camera-hello")
    assert (hello["width"], hello["height"], hello["pixel_format"]) == (SIZE[1], SIZE[0], "Mono8")
    assert hello["device"]["simulated"] and hello["device"]["serial"] == "SIM-0000"
    assert len(hello["settings_digest"]) == 64 and hello["differences"] == []
    for scene in (2, 0, 4, 1, 3, 5, 0, 1):
        meta = rig.shoot(scene)
        assert meta.bad is None
        assert np.array_equal(rig.pixels(meta), rig.pictures[scene])
    ids = [meta.frame_id for meta in rig.frames()]
    assert ids == list(range(ids[0], ids[0] + 8))
    rig.work(lambda: rig.state["line_count"] == 8, "the edges were not counted")
    children = psutil.Process(process.pid).children(recursive=True)
    assert children == []
    assert rig.end() == 0


@pytest.mark.parametrize(
    ("fault", "bad"),
    [("incomplete", "incomplete"), ("frozen", "frozen"), ("dark", "dark"), ("wrong-size", "wrong size")],
)
def test_bad_frames_are_recognised(rig: Rig, fault: str, bad: str) -> None:
    rig.start()
    rig.ready()
    assert rig.shoot(0).bad is None
    rig.control.fault(0, fault, n=1)
    assert rig.shoot(1).bad == bad
    assert rig.shoot(2).bad is None


def test_a_frame_id_that_came_before_is_bad(rig: Rig) -> None:
    rig.start()
    rig.ready()
    first = rig.shoot(0)
    rig.control.fault(0, "duplicate-id", n=1)
    second = rig.shoot(1)
    assert (second.bad, second.frame_id) == ("duplicate", first.frame_id)


def test_a_lost_frame_leaves_a_hole_in_the_ids(rig: Rig) -> None:
    rig.start()
    rig.ready()
    first = rig.shoot(0)
    rig.control.fault(0, "lost-frame", n=1)
    rig.control.pulse(0)
    time.sleep(0.05)  # the exposure must be over before the next edge
    assert rig.shoot(1).frame_id == first.frame_id + 2


def test_without_a_free_slot_frames_are_bad_and_nothing_is_overwritten(rig: Rig) -> None:
    rig.start()
    rig.ready()
    rig.releases = False
    held = [rig.shoot(scene) for scene in range(SLOTS)]
    assert rig.shoot(4).bad == "no free slot"
    for scene, meta in enumerate(held):
        assert np.array_equal(rig.pixels(meta), rig.pictures[scene])
    rig.work(lambda: rig.state["underruns"] == 1, "the lost frame was not counted")
    rig.release(held[0])
    rig.hub.send("camera:cam1", {"type": "release", "slot": "x", "sequence": None})
    scenes = itertools.cycle((5, 4))  # the same one again would be a frozen picture
    rig.work(lambda: rig.shoot(next(scenes)).bad is None, "the slot did not become free")


def test_a_lost_camera_is_noticed_and_taken_up_when_it_is_back(rig: Rig) -> None:
    process = rig.start()
    rig.ready()
    rig.shoot(0)
    assert CHECK_S <= 0.5  # asked twice within the second that the station allows
    rig.control.fault(0, "device-lost")
    rig.work(lambda: not rig.state["ready"], "the loss was not noticed")
    assert rig.state["reason"]
    rig.work(lambda: "lists no camera with serial SIM-0000" in rig.state["reason"], "it did not look for the camera")
    rig.control.fault(0, "device-back")
    rig.work(lambda: len(rig.rings) == 2, "the camera did not come back")
    rig.ready()
    meta = rig.shoot(3)
    assert meta.generation == 2
    assert np.array_equal(rig.pixels(meta), rig.pictures[3])
    assert process.poll() is None


def test_a_new_station_gets_a_new_hello_and_no_old_frame(rig: Rig) -> None:
    rig.start()
    rig.ready()
    rig.shoot(0)
    rig.hub.close()
    for _ in range(3):
        rig.control.pulse(0)
    rig.messages.clear()
    rig.hub = rig.station_hub()
    rig.work(lambda: len(rig.rings) == 2, "no second hello")
    rig.work(lambda: any(state["ready"] for state in rig.of("camera-state")), "not ready again")
    assert rig.frames() == []
    meta = rig.shoot(2)
    assert meta.generation == 2
    assert np.array_equal(rig.pixels(meta), rig.pictures[2])


def test_a_killed_process_leaves_nothing_and_another_takes_over(rig: Rig) -> None:
    process = rig.start()
    rig.ready()
    process.kill()
    process.wait()
    rig.work(lambda: not rig.connected, "the end was not noticed")
    assert rig.process is not None and rig.process.stdin is not None
    rig.process.stdin.close()
    rig.messages.clear()
    rig.start()
    rig.ready()
    assert np.array_equal(rig.pixels(rig.shoot(1)), rig.pictures[1])


@pytest.mark.parametrize(
    ("features", "message"),
    [
        ("[[features]]\nExposureTim = 1.0\n", "ExposureTime"),
        ('[[features]]\nPixelFormat = "Mono16"\n', "no entry"),
        ("[[features]\n", "TOML"),
    ],
)
def test_wrong_features_end_the_process_and_people_are_told(tmp_path: Path, features: str, message: str) -> None:
    rig = Rig(tmp_path, features=features)
    try:
        process = rig.start()
        rig.work(lambda: message in rig.state["reason"], "nobody was told")
        assert process.wait(PATIENCE_S) == 3
        assert message in rig.log().splitlines()[-1]
    finally:
        rig.close()


def test_a_missing_producer_is_reported_and_waited_for(tmp_path: Path) -> None:
    rig = Rig(tmp_path, producer="vendor.cti")
    try:
        rig.start()
        rig.work(lambda: "vendor.cti" in rig.state["reason"], "nobody was told")
        assert not rig.state["ready"]
        assert rig.end() == 0
    finally:
        rig.close()


SOFTWARE = '[[features]]\nTriggerMode = "On"\nTriggerSource = "Software"\n'


def test_a_camera_on_the_desk_is_triggered_by_the_station(tmp_path: Path) -> None:
    rig = Rig(tmp_path, features=SOFTWARE, trigger="software")
    try:
        rig.hub.send("camera:cam1", {"type": "trigger"})
        rig.start()
        rig.ready()
        for scene in range(3):
            rig.hub.send("camera:cam1", {"type": "trigger"})
            rig.work(lambda: len(rig.frames()) == scene + 1, "no frame")  # noqa: B023 - called within this turn
            meta = rig.frames()[-1]
            assert np.array_equal(rig.pixels(meta), rig.pictures[scene])
            rig.release(meta)
    finally:
        rig.close()


def test_a_camera_without_software_trigger_cannot_be_used_on_the_desk(tmp_path: Path) -> None:
    rig = Rig(tmp_path, producer=str(viky()), features='[[features]]\nPixelFormat = "Mono8"\n', trigger="software")
    try:
        toml = tmp_path / "station.toml"
        toml.write_text(toml.read_text("utf-8").replace("features =", 'serial = "0"\nfeatures ='), "utf-8")
        assert rig.start().wait(PATIENCE_S) == 3
        assert "by software" in rig.log().splitlines()[-1]
    finally:
        rig.close()


def changed(simulated: str, **values: str) -> str:
    """The packaged features file with other values."""
    for name, value in values.items():
        lines = [f"{name} = {value}" if line.startswith(f"{name} =") else line for line in simulated.splitlines()]
        simulated = "\n".join(lines)
    return simulated


@pytest.mark.parametrize("in_chunks", ["true", "false"])
def test_a_missed_trigger_is_counted_by_edges_and_frame_ids(tmp_path: Path, in_chunks: str) -> None:
    """With chunk data the next frame tells it; without, the next pause of the belt."""
    text = packaged_configs()["simulated"].read_text("utf-8")
    rig = Rig(tmp_path, features=changed(text, ExposureTime="200000.0", ChunkModeActive=in_chunks))
    try:
        rig.start()
        rig.ready()
        for scene in range(2):
            assert rig.shoot(scene).frame_id == scene + 1
        rig.work(lambda: rig.state["missed_triggers"] == 0, "edges and frames were not compared")
        assert rig.state["reason"] == ""
        rig.control.pulse(0)
        while rig.control.counters(0)["missed"] == 0:
            rig.control.pulse(0)  # during the exposure
            time.sleep(0.002)
        missed = rig.control.counters(0)["missed"]
        rig.work(lambda: len(rig.frames()) == rig.control.counters(0)["exposures"], "no frame")
        if in_chunks == "true":
            rig.shoot(0)
        rig.work(lambda: rig.state["missed_triggers"] == missed, "the missed trigger was not counted")
        assert rig.state["ready"]
        assert rig.state["reason"].startswith(f"missed triggers {missed}:")
        assert f"missed triggers {missed}" in rig.log()
    finally:
        rig.close()


def test_lamps_show_what_the_station_says_and_are_read_back(rig: Rig) -> None:
    def shown() -> set[str]:
        return {line for line, level in rig.control.outputs(0).items() if level and line in ("Line2", "Line3")}

    rig.start()
    rig.ready()
    rig.work(lambda: shown() == {"Line3"}, "alone, it does not warn")
    rig.hub.send("camera:cam1", {"type": "lamps", "ready": True, "warning": False})
    rig.work(lambda: shown() == {"Line2"}, "the green lamp is not on")
    rig.control.set_line(0, "Line2", False)
    rig.work(lambda: not rig.state["ready"], "the short circuit was not noticed")
    assert rig.state["reason"] == "lamp ready: Line2 does not follow UserOutput0, which is on"
    rig.control.set_line(0, "Line2", None)
    rig.ready()
    assert rig.shoot(1).bad is None
    assert rig.control.strobe(0, "Line1") == {"pulses": 1, "delay_ns": 0, "length_ns": 1_000_000}
    rig.hub.close()
    rig.work_alone(lambda: shown() == {"Line3"}, "without a station it does not warn")
    rig.hub = rig.station_hub()
