# SPDX-License-Identifier: AGPL-3.0-or-later
"""The simulated camera's pictures and triggers as harvesters and GenApi see them."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import numpy as np
import pytest
from genicam import genapi
from harvesters.core import ImageAcquirer

from inspector.camera.simulator import SimulatorControl, SimulatorError
from tests.simulated_camera import (
    HEIGHT,
    WIDTH,
    Shot,
    arm,
    compiled_producer,
    control,
    grey,
    harvester,
    no_frame,
    opened,
    picture,
    write_images,
)


def test_software_trigger_plays_the_folder_in_order(camera: ImageAcquirer) -> None:
    arm(camera, "Software")
    for number in range(6):
        before_ns = time.perf_counter_ns()
        camera.remote_device.node_map.TriggerSoftware.execute()
        shot = Shot(camera)
        assert shot.frame_id == number + 1
        assert before_ns <= shot.t_camera_ns <= time.perf_counter_ns()
        np.testing.assert_array_equal(shot.pixels, grey(number % 4))
    camera.stop()


def test_line_trigger_takes_the_scene_it_is_given(camera: ImageAcquirer, world: SimulatorControl) -> None:
    arm(camera, "Line0")
    for scene in (2, 0, 3, 3, 1):
        edge_ns = world.pulse(0, "Line0", scene=scene)
        shot = Shot(camera)
        np.testing.assert_array_equal(shot.pixels, grey(scene))
        assert 0 <= shot.t_camera_ns - edge_ns < 1_000_000_000
    world.pulse(0)
    np.testing.assert_array_equal(Shot(camera).pixels, grey(2))
    camera.stop()


def test_trigger_delay_moves_the_exposure(camera: ImageAcquirer, world: SimulatorControl) -> None:
    arm(camera, "Line0", TriggerDelay=30_000.0)
    edge_ns = world.pulse(0)
    assert 30_000_000 <= Shot(camera).t_camera_ns - edge_ns < 31_000_000
    camera.stop()


@pytest.mark.parametrize(
    ("exposure_us", "gain_db", "factor"), [(500.0, 0.0, 0.5), (2000.0, 0.0, 2.0), (1000.0, 6.0206, 2.0)]
)
def test_exposure_and_gain_act_on_the_image(
    camera: ImageAcquirer, exposure_us: float, gain_db: float, factor: float
) -> None:
    arm(camera, "Software", ExposureTime=exposure_us, Gain=gain_db)
    camera.remote_device.node_map.TriggerSoftware.execute()
    expected = np.clip(grey(0) * factor, 0, 255)
    np.testing.assert_allclose(Shot(camera).pixels, expected, atol=1)
    camera.stop()


@pytest.mark.parametrize("pixel_format", ["Mono8", "BayerRG8", "RGB8"])
@pytest.mark.parametrize("colour", [False, True])
def test_pixel_formats(
    tmp_path: Path, endpoint: Path, monkeypatch: pytest.MonkeyPatch, pixel_format: str, colour: bool
) -> None:
    monkeypatch.setenv("INSPECTOR_SIMULATOR_IMAGES", str(write_images(tmp_path / "colour", colour)))
    with harvester() as subject, opened(subject) as camera:
        nodes = camera.remote_device.node_map
        nodes.PixelFormat.value = pixel_format
        assert nodes.PayloadSize.value == WIDTH * HEIGHT * (3 if pixel_format == "RGB8" else 1)
        arm(camera, "Software")
        nodes.TriggerSoftware.execute()
        shot = Shot(camera)
        assert shot.pixel_format == pixel_format
        source = picture(0) if colour else np.repeat(grey(0)[..., None], 3, axis=2)
        if pixel_format == "RGB8":
            np.testing.assert_array_equal(shot.pixels, source)
        elif pixel_format == "BayerRG8":
            np.testing.assert_array_equal(shot.pixels[0::2, 0::2], source[0::2, 0::2, 0])
            np.testing.assert_array_equal(shot.pixels[0::2, 1::2], source[0::2, 1::2, 1])
            np.testing.assert_array_equal(shot.pixels[1::2, 0::2], source[1::2, 0::2, 1])
            np.testing.assert_array_equal(shot.pixels[1::2, 1::2], source[1::2, 1::2, 2])
        else:
            luma = source @ np.array([0.299, 0.587, 0.114])
            np.testing.assert_allclose(shot.pixels, luma, atol=1.5)
        camera.stop()


def test_region_of_interest(camera: ImageAcquirer) -> None:
    nodes = camera.remote_device.node_map
    assert (nodes.SensorWidth.value, nodes.SensorHeight.value) == (WIDTH, HEIGHT)
    arm(camera, "Software", Width=20, Height=10, OffsetX=8, OffsetY=4)
    assert (nodes.WidthMax.value, nodes.HeightMax.value) == (WIDTH, HEIGHT)
    assert (nodes.Width.max, nodes.Height.max) == (WIDTH - 8, HEIGHT - 4)
    assert (nodes.OffsetX.max, nodes.OffsetY.max) == (WIDTH - 20, HEIGHT - 10)
    nodes.TriggerSoftware.execute()
    np.testing.assert_array_equal(Shot(camera).pixels, grey(0)[4:14, 8:28])
    for name in ("Width", "Height", "OffsetX", "OffsetY"):
        with pytest.raises(genapi.AccessException, match="not writable"):
            getattr(nodes, name).value = 2
    camera.stop()
    nodes.Width.value = 30
    assert nodes.PayloadSize.value == 300
    for name, beyond in (("Width", WIDTH - 6), ("Height", HEIGHT - 2), ("OffsetX", WIDTH), ("OffsetX", 3)):
        with pytest.raises(genapi.OutOfRangeException):
            getattr(nodes, name).value = beyond
    nodes.OffsetX.value = WIDTH - 30
    assert nodes.Width.max == 30


def test_acquisition_modes(camera: ImageAcquirer) -> None:
    nodes = camera.remote_device.node_map
    nodes.AcquisitionFrameRate.value = 500.0
    nodes.AcquisitionMode.value = "MultiFrame"
    nodes.AcquisitionFrameCount.value = 2
    camera.start()
    assert [Shot(camera).frame_id for _ in range(2)] == [1, 2]
    assert no_frame(camera)
    camera.stop()
    nodes.AcquisitionMode.value = "Continuous"
    nodes.AcquisitionFrameRateEnable.value = True
    nodes.AcquisitionFrameRate.value = 50.0
    camera.start()
    shots = [Shot(camera) for _ in range(5)]
    period_ns = (shots[4].t_camera_ns - shots[0].t_camera_ns) / (shots[4].frame_id - shots[0].frame_id)
    assert period_ns >= 19_000_000
    camera.stop()


def test_timestamp_is_the_clock_of_the_machine(camera: ImageAcquirer) -> None:
    nodes = camera.remote_device.node_map
    before_ns = time.perf_counter_ns()
    nodes.TimestampLatch.execute()
    assert before_ns <= nodes.TimestampLatchValue.value <= time.perf_counter_ns()


def test_user_set_restores_the_defaults(camera: ImageAcquirer) -> None:
    nodes = camera.remote_device.node_map
    nodes.TriggerMode.value = "On"
    nodes.Gain.value = 3.0
    nodes.UserSetLoad.execute()
    assert (nodes.TriggerMode.value, nodes.Gain.value) == ("Off", 0.0)


def test_two_cameras_have_their_own_images_and_triggers(
    tmp_path: Path, endpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INSPECTOR_SIMULATOR_IMAGES_1", str(write_images(tmp_path / "second", colour=True)))
    with harvester() as subject, opened(subject, 0) as first, opened(subject, 1) as second, control(endpoint) as world:
        second.remote_device.node_map.PixelFormat.value = "RGB8"
        arm(first)
        arm(second)
        world.pulse(1, scene=2)
        np.testing.assert_array_equal(Shot(second).pixels, picture(2))
        assert no_frame(first)
        world.pulse(0, scene=3)
        np.testing.assert_array_equal(Shot(first).pixels, grey(3))
        assert (world.counters(0)["exposures"], world.counters(1)["exposures"]) == (1, 1)
        first.stop()
        second.stop()


def test_pattern_without_a_folder(endpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INSPECTOR_SIMULATOR_IMAGES")
    with harvester() as subject, opened(subject) as camera:
        arm(camera, "Software")
        camera.remote_device.node_map.TriggerSoftware.execute()
        shot = Shot(camera)
        assert shot.pixels.shape == (480, 640)
        assert len(np.unique(shot.pixels)) > 100
        camera.stop()


def test_commands_are_refused_with_a_reason(camera: ImageAcquirer, world: SimulatorControl) -> None:
    with pytest.raises(SimulatorError, match="number of a camera"):
        world.pulse(7)
    with pytest.raises(SimulatorError, match="input line Line0"):
        world.pulse(0, "Line1")
    with pytest.raises(SimulatorError, match="no such fault"):
        world.fault(0, "gremlins")
    assert world.counters(0)["exposures"] == 0


def run_example(number: int, replaced: str, replacement: Path) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "simulator.md").read_text(encoding="utf-8")
    example = page.split("```python\n")[number].partition("```")[0]
    assert replaced in example
    handler = signal.getsignal(signal.SIGINT)
    try:
        exec(example.replace(replaced, replacement.as_posix()).replace("timeout=2", "timeout=60"), {})
    finally:
        signal.signal(signal.SIGINT, handler)


def test_example_of_the_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INSPECTOR_SIMULATOR_IMAGES", "")
    run_example(1, "/path/to/pgm-files", write_images(tmp_path / "images"))
    assert capsys.readouterr().out == f"1 {grey(0).mean()}\n"


def test_example_without_the_station(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INSPECTOR_SIMULATOR_IMAGES", raising=False)
    run_example(2, "simcam.cti", compiled_producer())
    assert capsys.readouterr().out == "1 1000.0\n"
