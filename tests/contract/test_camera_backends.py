# SPDX-License-Identifier: AGPL-3.0-or-later
"""What each camera promises, on our simulator and on a producer that others wrote."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from inspector.api.maintenance_schema import CameraFeatures
from inspector.camera.feature_tree import FeatureTree
from inspector.camera.features import FeatureFile, Step, load_features, packaged_configs
from inspector.camera.genicam import GenICamCamera, list_devices
from inspector.camera.protocol import Camera, Grabbed
from inspector.errors import CameraLost, CameraNotFound, FeatureError, PixelFormatRefused
from tests.camera_station import SIZE, SimulatorControl, producer_path, simulator, viky


def features(*steps: tuple[str, object]) -> FeatureFile:
    return FeatureFile("", "", tuple(Step(name, value) for name, value in steps))  # type: ignore[arg-type]


FREE_RUN = {
    "simulator": features(("TriggerMode", "Off"), ("AcquisitionFrameRate", 100.0)),
    "viky": features(("PixelFormat", "Mono8"), ("AcquisitionFrameRate", 50.0)),
}
PRODUCERS = {"simulator": (producer_path, "SIM-0001"), "viky": (viky, "1")}


@dataclass
class Backend:
    name: str
    camera: Camera
    producer: Path


@pytest.fixture(params=["simulator", "viky"])
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Backend]:
    with simulator(tmp_path):
        path, serial = PRODUCERS[request.param]
        camera = GenICamCamera(path(), serial)
        yield Backend(request.param, camera, path())
        camera.close()


def grab(
    camera: Camera, count: int, each: Callable[[], None] = lambda: None
) -> list[tuple[Grabbed, np.ndarray | None]]:
    frames: list[tuple[Grabbed, np.ndarray | None]] = []

    def sink(grabbed: Grabbed, pixels: np.ndarray | None) -> None:
        frames.append((grabbed, None if pixels is None else pixels.copy()))

    each()
    deadline = time.monotonic() + 10
    while len(frames) < count and time.monotonic() < deadline:
        if not camera.poll(sink):
            time.sleep(0.0005)
        elif len(frames) < count:
            each()
    assert len(frames) == count
    return frames


def test_frames_come_in_order_and_are_copied_whole(backend: Backend) -> None:
    before = signal.getsignal(signal.SIGINT)
    identity = backend.camera.open()
    assert signal.getsignal(signal.SIGINT) is before
    assert identity.serial == PRODUCERS[backend.name][1]
    assert identity.model and len(identity.producer_sha256) == 64
    _, form = backend.camera.configure(FREE_RUN[backend.name])
    backend.camera.start()
    frames = grab(backend.camera, 5)
    ids = [grabbed.frame_id for grabbed, _ in frames]
    assert ids == list(range(ids[0], ids[0] + 5))
    for grabbed, pixels in frames:
        assert grabbed.complete and (grabbed.width, grabbed.height) == (form.width, form.height)
        assert pixels is not None and pixels.shape == (form.height, form.width) and pixels.any()
    assert backend.camera.check() is None or backend.name == "simulator"
    backend.camera.stop()


def test_a_start_gives_no_frame_from_before(backend: Backend) -> None:
    backend.camera.open()
    backend.camera.configure(FREE_RUN[backend.name])
    for _ in range(3):
        backend.camera.start()
        started = time.perf_counter_ns()
        time.sleep(0.1)
        grabbed, _ = grab(backend.camera, 1)[0]
        assert grabbed.t_host_ns > started
        assert grabbed.frame_id <= 2
        backend.camera.stop()


def test_it_can_be_opened_again_by_a_new_object(backend: Backend) -> None:
    serial = PRODUCERS[backend.name][1]
    for _ in range(3):
        camera = GenICamCamera(backend.producer, serial)
        camera.open()
        camera.configure(FREE_RUN[backend.name])
        camera.start()
        grab(camera, 1)
        camera.close()
        camera.close()


def expect_refusal(producer: Path, serial: str, text: str) -> None:
    camera = GenICamCamera(producer, serial)
    with pytest.raises(CameraNotFound, match=text):
        camera.open()
    camera.close()


def test_unknown_cameras_and_producers_are_named(backend: Backend, tmp_path: Path) -> None:
    expect_refusal(backend.producer, "4711", "serial 4711")
    expect_refusal(backend.producer, "", "several")
    expect_refusal(tmp_path / "none.cti", "", "no GenTL producer")
    (tmp_path / "text.cti").write_text("this is no library")
    expect_refusal(tmp_path / "text.cti", "", "cannot be loaded")
    assert PRODUCERS[backend.name][1] in [device.serial for device in list_devices(backend.producer)]


def test_features_that_cannot_be_written_are_named(backend: Backend) -> None:
    backend.camera.open()
    with pytest.raises(FeatureError) as caught:
        backend.camera.configure(features(("AcquisitionFrameRat", 1.0)))
    assert "AcquisitionFrameRate" in caught.value.advice
    with pytest.raises(FeatureError, match="refused"):
        backend.camera.configure(features(("AcquisitionFrameRate", 1e9)))
    with pytest.raises(FeatureError, match="read-only"):
        backend.camera.configure(features(("PayloadSize", 1)))
    with pytest.raises(FeatureError, match="no entry"):
        backend.camera.configure(features(("PixelFormat", "Mono17")))


def test_a_format_that_is_not_judged_is_refused() -> None:
    camera = GenICamCamera(viky(), "0")
    camera.open()
    try:
        with pytest.raises(PixelFormatRefused) as caught:
            camera.configure(features(("PixelFormat", "RGBa8")))
    finally:
        camera.close()
    assert "Mono8" in caught.value.advice


@pytest.fixture
def triggered(tmp_path: Path) -> Iterator[tuple[Camera, SimulatorControl, list[np.ndarray]]]:
    with simulator(tmp_path) as (pictures, endpoint):
        camera = GenICamCamera(producer_path(), "SIM-0000", simulated=True)
        assert camera.open().simulated
        differences, _ = camera.configure(load_features(packaged_configs()["simulated"]))
        assert differences == []
        camera.start()
        with SimulatorControl(endpoint) as control:
            yield camera, control, pictures
        camera.close()


def test_each_edge_gives_its_picture(triggered: tuple[Camera, SimulatorControl, list[np.ndarray]]) -> None:
    camera, control, pictures = triggered
    before = camera.check()
    for scene in (3, 0, 5):
        t_edge_ns = control.pulse(0, scene=scene)
        ((grabbed, pixels),) = grab(camera, 1)
        assert np.array_equal(pixels, pictures[scene])
        assert grabbed.t_host_ns > t_edge_ns and grabbed.t_camera_ns > 0
    after = camera.check()
    assert before is not None and after == before + 3


def test_the_camera_clock_is_compared_with_ours(triggered: tuple[Camera, SimulatorControl, list[np.ndarray]]) -> None:
    camera, control, _ = triggered
    offset_ns = camera.clock_offset_ns()
    assert offset_ns is not None
    t_edge_ns = control.pulse(0)
    ((grabbed, _),) = grab(camera, 1)
    precision_ns = 10_000_000
    assert t_edge_ns - precision_ns < grabbed.t_camera_ns - offset_ns < grabbed.t_host_ns + precision_ns


def test_a_camera_without_clock_says_so() -> None:
    camera = GenICamCamera(viky(), "0")
    camera.open()
    assert camera.clock_offset_ns() is None
    camera.close()


def test_incomplete_frames_keep_their_id(triggered: tuple[Camera, SimulatorControl, list[np.ndarray]]) -> None:
    camera, control, _ = triggered
    control.fault(0, "incomplete", n=1)
    frames = grab(camera, 3, lambda: control.pulse(0) and None)
    assert [(grabbed.complete, pixels is None) for grabbed, pixels in frames] == [
        (False, True),
        (True, False),
        (True, False),
    ]
    assert [grabbed.frame_id - frames[0][0].frame_id for grabbed, _ in frames] == [0, 1, 2]


def test_a_lost_device_is_noticed_and_closed(triggered: tuple[Camera, SimulatorControl, list[np.ndarray]]) -> None:
    camera, control, _ = triggered
    control.fault(0, "device-lost")
    with pytest.raises(CameraLost):
        camera.check()
    camera.close()
    again = GenICamCamera(producer_path(), "SIM-0000", simulated=True)
    with pytest.raises((CameraLost, CameraNotFound)):
        again.open()
    control.fault(0, "device-back")
    again.close()
    back = GenICamCamera(producer_path(), "SIM-0000", simulated=True)
    back.open()
    back.close()


@pytest.mark.parametrize("pixel_format", ["Mono8", "BayerRG8", "RGB8"])
def test_pixel_formats(pixel_format: str, tmp_path: Path) -> None:
    shape = (*SIZE, 3) if pixel_format == "RGB8" else SIZE
    with simulator(tmp_path, shape) as (pictures, _):
        camera = GenICamCamera(producer_path(), "SIM-0000", simulated=True)
        camera.open()
        _, form = camera.configure(
            features(("PixelFormat", pixel_format), ("TriggerMode", "On"), ("TriggerSource", "Software"))
        )
        assert form.image_bytes == int(np.prod(shape))
        camera.start()
        camera.nodes().write("TriggerSoftware", True)
        ((grabbed, pixels),) = grab(camera, 1)
        camera.close()
    assert grabbed.pixel_format == pixel_format
    assert pixels is not None and pixels.shape == shape
    if pixel_format != "BayerRG8":
        assert np.array_equal(pixels, pictures[0])


def test_every_feature_can_be_looked_at_in_its_category(backend: Backend) -> None:
    backend.camera.open()
    settings = FREE_RUN[backend.name]
    backend.camera.configure(settings)
    nodes = backend.camera.nodes()
    tree = FeatureTree(nodes, settings)
    while not tree.read_one():
        pass
    found = {str(one["name"]): one for one in tree.document()["features"]}  # type: ignore[attr-defined]
    assert len(found) > 10 and set(found) <= set(nodes.names())
    width = found["Width"]
    assert width["kind"] == "integer" and int(width["value"]) == nodes.read("Width")
    assert width["minimum"] <= int(width["value"]) <= width["maximum"] and width["path"]
    assert found["PixelFormat"]["value"] in found["PixelFormat"]["choices"]
    rate = found["AcquisitionFrameRate"]
    asked = {step.name: step.value for step in settings.steps}
    assert (rate["differs"], float(rate["file_value"])) == (False, asked["AcquisitionFrameRate"])
    assert not found["AcquisitionStart"]["readable"] and found["AcquisitionStart"]["value"] is None
    assert {one["visibility"] for one in found.values()} <= {"beginner", "expert", "guru"}
    CameraFeatures.model_validate({"camera": "cam1", **tree.document(), "settings_digest": "ab" * 32})
