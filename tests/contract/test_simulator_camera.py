# SPDX-License-Identifier: AGPL-3.0-or-later
"""The simulated camera as harvesters and GenApi see it."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from genicam import genapi, gentl
from harvesters.core import Harvester, ImageAcquirer

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
    opened,
    picture,
    write_images,
)


@pytest.fixture
def endpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "endpoint.json"
    monkeypatch.setenv("INSPECTOR_SIMULATOR_ENDPOINT", str(path))
    monkeypatch.setenv("INSPECTOR_SIMULATOR_IMAGES", str(write_images(tmp_path / "images")))
    monkeypatch.delenv("INSPECTOR_SIMULATOR_IMAGES_1", raising=False)
    return path


@pytest.fixture
def cameras(endpoint: Path) -> Iterator[Harvester]:
    with harvester() as subject:
        yield subject
    assert not endpoint.exists()


@pytest.fixture
def camera(cameras: Harvester) -> Iterator[ImageAcquirer]:
    with opened(cameras) as acquirer:
        yield acquirer


@pytest.fixture
def world(camera: ImageAcquirer, endpoint: Path) -> Iterator[SimulatorControl]:
    with control(endpoint) as client:
        yield client


def no_frame(camera: ImageAcquirer, wait_s: float = 0.05) -> bool:
    with pytest.raises(gentl.TimeoutException):
        camera.fetch(timeout=wait_s)
    return True


def test_identity(cameras: Harvester, camera: ImageAcquirer) -> None:
    assert [info.serial_number for info in cameras.device_info_list] == ["SIM-0000", "SIM-0001"]
    nodes = camera.remote_device.node_map
    assert "SIMULATED" in nodes.DeviceVendorName.value
    assert nodes.DeviceModelName.value == "SimCam"
    assert nodes.DeviceSerialNumber.value == "SIM-0000"
    assert nodes.DeviceFirmwareVersion.value == "1.0.0"
    assert 0 < nodes.DeviceTemperature.value < 100
    nodes.DeviceUserID.value = "left of the belt"
    assert nodes.DeviceUserID.value == "left of the belt"
    assert camera.device.node_map.DeviceSerialNumber.value == "SIM-0000"
    assert camera.system.node_map.TLVendorName.value == nodes.DeviceVendorName.value
    assert camera.interface.node_map.InterfaceID.value == "SimInterface"
    assert camera.data_streams[0].node_map.StreamID.value == "Stream0"


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


@pytest.mark.parametrize(
    ("activation", "high", "low"), [("RisingEdge", 1, 0), ("FallingEdge", 0, 1), ("AnyEdge", 1, 1)]
)
def test_activation_chooses_the_edge(
    camera: ImageAcquirer, world: SimulatorControl, activation: str, high: int, low: int
) -> None:
    arm(camera, "Line0", TriggerActivation=activation, ExposureTime=10.0)
    world.set_line(0, "Line0", True)
    assert world.counters(0)["triggers"] == high
    assert world.outputs(0)["Line0"] is True
    time.sleep(0.001)
    world.set_line(0, "Line0", False)
    assert world.counters(0)["triggers"] == high + low
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


def test_trigger_during_an_exposure_is_missed_and_counted(camera: ImageAcquirer, world: SimulatorControl) -> None:
    nodes = camera.remote_device.node_map
    for selector, source in (("Counter0", "Line0"), ("Counter1", "FrameTriggerMissed")):
        nodes.CounterSelector.value = selector
        nodes.CounterEventSource.value = source
    arm(camera, "Line0", ExposureTime=200_000.0)
    for _ in range(3):
        world.pulse(0)
    assert Shot(camera).frame_id == 1
    values = {}
    for selector in ("Counter0", "Counter1"):
        nodes.CounterSelector.value = selector
        values[selector] = nodes.CounterValue.value
    assert values == {"Counter0": 3, "Counter1": 2}
    counts = world.counters(0)
    assert (counts["line0_edges"], counts["triggers"], counts["missed"]) == (3, 1, 2)
    nodes.CounterReset.execute()
    assert nodes.CounterValue.value == 0
    camera.stop()


@pytest.mark.parametrize("source", ["FrameTrigger", "FrameStart", "FrameEnd"])
def test_counter_sources(camera: ImageAcquirer, source: str) -> None:
    nodes = camera.remote_device.node_map
    arm(camera, "Software", CounterEventSource=source)
    for _ in range(3):
        nodes.TriggerSoftware.execute()
        Shot(camera)
    assert nodes.CounterValue.value == 3
    nodes.CounterEventSource.value = "Off"
    nodes.TriggerSoftware.execute()
    Shot(camera)
    assert nodes.CounterValue.value == 3
    camera.stop()


def test_chunk_data_belongs_to_its_frame(camera: ImageAcquirer, world: SimulatorControl) -> None:
    nodes = camera.remote_device.node_map
    nodes.ChunkModeActive.value = True
    for name in nodes.ChunkSelector.symbolics:
        nodes.ChunkSelector.value = name
        assert nodes.ChunkEnable.value is False
        nodes.ChunkEnable.value = True
    assert nodes.PayloadSize.value == WIDTH * HEIGHT + 48
    for selector, source in (("Counter0", "Line0"), ("Counter1", "FrameTriggerMissed")):
        nodes.CounterSelector.value = selector
        nodes.CounterEventSource.value = source
    arm(camera, "Line0", ExposureTime=2000.0)
    with pytest.raises(genapi.AccessException):
        nodes.ChunkModeActive.value = False
    for number in (1, 2, 3):
        world.pulse(0, scene=number)
        with camera.fetch(timeout=60) as buffer:
            np.testing.assert_array_equal(
                buffer.payload.components[0].data.reshape(HEIGHT, WIDTH), np.minimum(grey(number) * 2.0, 255)
            )
            assert nodes.ChunkFrameID.value == buffer.frame_id == number
            assert nodes.ChunkTimestamp.value == buffer.timestamp_ns
            assert nodes.ChunkExposureTime.value == 2000.0
            assert nodes.ChunkLineStatusAll.value == 1
            counts = []
            for selector in ("Counter0", "Counter1"):
                nodes.ChunkCounterSelector.value = selector
                counts.append(nodes.ChunkCounterValue.value)
            assert counts == [number, 0]
    camera.stop()
    nodes.ChunkSelector.value = "FrameID"
    nodes.ChunkEnable.value = False
    camera.start()
    world.pulse(0)
    with camera.fetch(timeout=60):
        assert nodes.ChunkLineStatusAll.value == 1
        with pytest.raises(genapi.AccessException):
            _ = nodes.ChunkFrameID.value
    camera.stop()


def test_user_output_drives_the_line(camera: ImageAcquirer, world: SimulatorControl) -> None:
    nodes = camera.remote_device.node_map
    nodes.UserOutputSelector.value = "UserOutput0"
    nodes.UserOutputValue.value = True
    assert world.outputs(0) == {"UserOutput0": True, "UserOutput1": False, "Line0": False, "Line1": True}
    nodes.LineSelector.value = "Line1"
    assert (nodes.LineMode.value, nodes.LineStatus.value, nodes.LineStatusAll.value) == ("Output", True, 2)
    nodes.LineInverter.value = True
    assert world.outputs(0)["Line1"] is False
    nodes.LineInverter.value = False
    nodes.LineSource.value = "UserOutput1"
    assert world.outputs(0)["Line1"] is False
    nodes.UserOutputValueAll.value = 2
    assert world.outputs(0) == {"UserOutput0": False, "UserOutput1": True, "Line0": False, "Line1": True}
    assert world.outputs(1)["UserOutput1"] is False
    nodes.LineSelector.value = "Line0"
    assert nodes.LineMode.value == "Input"


def test_line_features_follow_the_selected_line(camera: ImageAcquirer, world: SimulatorControl) -> None:
    nodes = camera.remote_device.node_map
    assert nodes.LineSelector.symbolics == ("Line0", "Line1")
    assert nodes.LineFormat.value == "OptoCoupled"
    with pytest.raises(genapi.AccessException):
        _ = nodes.LineSource.value  # an input has none
    nodes.LineInverter.value = True
    assert (nodes.LineStatus.value, nodes.LineStatusAll.value) == (True, 1)
    nodes.LineSelector.value = "Line1"
    assert (nodes.LineInverter.value, nodes.LineStatus.value) == (False, False)
    assert "FrameActive" in nodes.LineSource.symbolics
    arm(camera, "Line0", ExposureTime=1_000_000.0)
    assert world.counters(0)["exposures"] == 0
    for source, level in (("AcquisitionActive", True), ("FrameTriggerWait", True), ("FrameActive", False)):
        nodes.LineSource.value = source
        assert nodes.LineStatus.value is level
    world.set_line(0, "Line0", True)
    assert world.counters(0)["exposures"] == 0  # inverted: this was a falling edge
    nodes.LineSelector.value = "Line0"
    nodes.LineInverter.value = False  # and this is a rising one
    assert nodes.LineStatusAll.value == 0b11
    assert world.counters(0)["exposures"] == 1
    Shot(camera, timeout_s=60)
    assert nodes.LineStatusAll.value == 0b01
    camera.stop()


def test_status_tells_when_a_trigger_is_welcome(camera: ImageAcquirer) -> None:
    nodes = camera.remote_device.node_map
    nodes.AcquisitionStatusSelector.value = "FrameTriggerWait"
    assert nodes.AcquisitionStatus.value is False
    arm(camera, "Software", ExposureTime=200_000.0)
    assert nodes.AcquisitionStatus.value is True
    nodes.TriggerSoftware.execute()
    assert nodes.AcquisitionStatus.value is False
    nodes.AcquisitionStatusSelector.value = "ExposureActive"
    assert nodes.AcquisitionStatus.value is True
    Shot(camera)
    camera.stop()


def test_timestamp_is_the_clock_of_the_machine(camera: ImageAcquirer) -> None:
    nodes = camera.remote_device.node_map
    before_ns = time.perf_counter_ns()
    nodes.TimestampLatch.execute()
    assert before_ns <= nodes.TimestampLatchValue.value <= time.perf_counter_ns()


def test_faults(camera: ImageAcquirer, world: SimulatorControl) -> None:
    arm(camera, "Line0")
    world.fault(0, "lost-frame", n=2)
    world.pulse(0, scene=0)
    time.sleep(0.002)
    world.pulse(0, scene=0)
    assert no_frame(camera)
    world.pulse(0, scene=1)
    assert Shot(camera).frame_id == 3
    world.fault(0, "duplicate-id")
    world.pulse(0, scene=2)
    assert Shot(camera).frame_id == 3
    world.fault(0, "frozen")
    world.pulse(0, scene=3)
    shot = Shot(camera)
    assert shot.frame_id == 5
    np.testing.assert_array_equal(shot.pixels, grey(2))
    world.fault(0, "dark")
    world.pulse(0, scene=3)
    assert Shot(camera).pixels.max() <= 3
    world.fault(0, "late", ms=80)
    edge_ns = world.pulse(0)
    shot = Shot(camera)
    assert time.perf_counter_ns() - edge_ns >= 80_000_000
    assert shot.t_camera_ns - edge_ns < 1_000_000_000
    world.fault(0, "wrong-size")
    world.pulse(0)
    assert Shot(camera).pixels.shape == (HEIGHT // 2, WIDTH)
    world.pulse(0)
    assert Shot(camera).pixels.shape == (HEIGHT, WIDTH)
    counts = world.counters(0)
    assert (counts["exposures"], counts["delivered"], counts["lost"]) == (9, 7, 2)
    camera.stop()


def test_light_focus_and_buffers_fail_for_single_frames(camera: ImageAcquirer, world: SimulatorControl) -> None:
    arm(camera, "Line0")
    for percent in (30, 100):
        world.fault(0, "brightness", percent=percent)
        world.pulse(0, scene=1)
        np.testing.assert_allclose(Shot(camera).pixels, grey(1) * (1 - percent / 100), atol=1)
    world.fault(0, "defocus", radius=5)
    world.pulse(0, scene=2)
    blurred = Shot(camera).pixels.astype(int)
    np.testing.assert_array_equal(blurred[5:-5, 5:-5], grey(2)[5:-5, 5:-5])  # the mean of a slope is its middle
    assert abs(blurred[0, 0] - grey(2)[:6, :6].mean()) <= 1  # each direction is rounded
    assert abs(blurred[-1, -1] - grey(2)[-6:, -6:].mean()) <= 1
    world.fault(0, "underrun", n=2)
    for number in (1, 2):
        world.pulse(0)
        while world.counters(0)["dropped"] < number:
            time.sleep(0.001)
        assert no_frame(camera)
    assert camera.data_streams[0].module.num_underrun == 2
    world.pulse(0, scene=3)
    shot = Shot(camera)
    assert shot.frame_id == 6
    np.testing.assert_array_equal(shot.pixels, grey(3))
    camera.stop()


def test_incomplete_frame_is_not_handed_out(camera: ImageAcquirer, world: SimulatorControl) -> None:
    arm(camera, "Line0")
    world.fault(0, "incomplete")
    world.pulse(0)
    assert no_frame(camera)
    world.pulse(0)
    assert Shot(camera).frame_id == 2
    camera.stop()


def test_underrun_is_counted_and_keeps_its_frame_id(camera: ImageAcquirer, world: SimulatorControl) -> None:
    arm(camera, "Line0", ExposureTime=10.0)
    held = []
    for _ in range(camera.num_buffers):
        world.pulse(0)
        held.append(camera.fetch(timeout=5))
    world.pulse(0)
    assert no_frame(camera)
    assert camera.data_streams[0].module.num_underrun == 1
    last = held[-1].frame_id
    for buffer in held:
        buffer.queue()
    world.pulse(0)
    assert Shot(camera).frame_id == last + 2
    camera.stop()


def test_lost_device_answers_nothing_until_it_is_opened_again(
    cameras: Harvester, camera: ImageAcquirer, world: SimulatorControl
) -> None:
    arm(camera, "Line0", ExposureTime=2000.0)
    world.fault(0, "device-lost")
    assert world.status()["SimCam-0"] == "lost"
    with pytest.raises(gentl.IoException):
        _ = camera.remote_device.node_map.Width.value
    world.pulse(0)
    assert no_frame(camera)
    assert camera.device.module.access_status == gentl.DEVICE_ACCESS_STATUS_LIST.DEVICE_ACCESS_STATUS_NOACCESS
    world.fault(0, "device-back")
    with pytest.raises(gentl.IoException):
        _ = camera.remote_device.node_map.Width.value
    with pytest.raises(gentl.IoException):
        camera.stop()
    camera.destroy()
    cameras.update()
    with opened(cameras) as again:
        assert again.remote_device.node_map.ExposureTime.value == 1000.0
        arm(again, "Line0")
        world.pulse(0)
        assert Shot(again).frame_id == 1
        again.stop()


def test_loss_is_an_event_of_the_device(camera: ImageAcquirer, world: SimulatorControl) -> None:
    nodes = camera.device.node_map
    assert nodes.EventSelector.value == "DeviceLost"
    assert nodes.EventNotification.value == "On"
    assert nodes.DeviceAccessStatus.value == "OpenReadWrite"
    monitor = camera._module_event_monitor_dict[camera.device]
    with pytest.raises(gentl.TimeoutException):
        monitor.update_event_data(1)
    before_ns = time.perf_counter_ns()
    world.fault(0, "device-lost")
    monitor.update_event_data(60_000)
    data = monitor.optional_data
    adapter = genapi.EventAdapterGeneric(nodes.pointer)
    adapter.deliver_message(data, monitor.event_id)
    identifier, t_lost_ns = nodes.EventDeviceLost.value, nodes.EventDeviceLostTimestamp.value
    del adapter  # before the node map that it points to
    assert identifier == int(monitor.event_id, 16)
    assert before_ns <= t_lost_ns <= time.perf_counter_ns()
    assert nodes.DeviceAccessStatus.value == "NoAccess"
    world.fault(0, "device-back")


def test_modules_describe_themselves(camera: ImageAcquirer, world: SimulatorControl) -> None:
    system, interface = camera.system.node_map, camera.interface.node_map
    assert (system.TLModelName.value, system.TLFileName.value, system.TLType.value) == (
        "SimCam",
        "simcam.cti",
        "Custom",
    )
    assert (system.GenTLVersionMajor.value, system.GenTLVersionMinor.value) == (1, 6)
    assert system.InterfaceID.value == interface.InterfaceID.value == "SimInterface"
    assert interface.DeviceCount.value == 2
    camera.remote_device.node_map.DeviceUserID.value = "left"
    seen = []
    for number in range(2):
        interface.DeviceSelector.value = number
        seen.append((interface.DeviceSerialNumber.value, interface.DeviceUserID.value))
    assert seen == [("SIM-0000", "left"), ("SIM-0001", "")]
    assert interface.DeviceAccessStatus.value == "ReadWrite"
    world.fault(1, "device-lost")
    assert interface.DeviceCount.value == 2
    interface.DeviceUpdateList.execute()
    assert (interface.DeviceCount.value, interface.DeviceID.value) == (1, "")
    assert interface.DeviceAccessStatus.value == "NoAccess"
    world.fault(1, "device-back")
    device, stream = camera.device.node_map, camera.data_streams[0].node_map
    assert (device.DeviceUserID.value, device.DeviceType.value) == ("left", "Custom")
    assert device.StreamID.value == stream.StreamID.value
    assert stream.PayloadSize.value == WIDTH * HEIGHT
    arm(camera, "Line0")
    world.pulse(0)
    Shot(camera)
    assert stream.StreamAnnouncedBufferCount.value == camera.num_buffers
    assert (stream.StreamDeliveredFrameCount.value, stream.StreamIsGrabbing.value) == (1, True)
    assert stream.StreamBufferHandlingMode.value == "OldestFirst"
    camera.stop()


def test_lost_device_stays_lost_for_the_next_process(endpoint: Path) -> None:
    with harvester() as subject, control(endpoint) as world:
        world.fault(1, "device-lost")
        subject.update()
        assert [info.serial_number for info in subject.device_info_list] == ["SIM-0000"]
    with harvester() as subject, control(endpoint) as world:
        assert [info.serial_number for info in subject.device_info_list] == ["SIM-0000"]
        world.fault(1, "device-back")
        subject.update()
        assert len(subject.device_info_list) == 2
    assert not list(endpoint.parent.glob("endpoint.json*"))


def test_lost_device_comes_back_by_itself(endpoint: Path) -> None:
    with harvester() as subject, control(endpoint) as world:
        world.fault(0, "device-lost", ms=40)
        assert world.status()["SimCam-0"] == "lost"
        while world.status()["SimCam-0"] == "lost":
            time.sleep(0.01)
        subject.update()
        assert len(subject.device_info_list) == 2


def test_device_reset_loses_the_connection_and_restores_the_defaults(
    cameras: Harvester, camera: ImageAcquirer, world: SimulatorControl
) -> None:
    nodes = camera.remote_device.node_map
    nodes.ExposureTime.value = 5000.0
    nodes.DeviceReset.execute()
    with pytest.raises(gentl.IoException):
        _ = nodes.ExposureTime.value
    camera.destroy()
    while world.status()["SimCam-0"] == "lost":
        time.sleep(0.02)
    cameras.update()
    with opened(cameras) as again:
        assert again.remote_device.node_map.ExposureTime.value == 1000.0


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
