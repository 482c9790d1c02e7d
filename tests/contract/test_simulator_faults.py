# SPDX-License-Identifier: AGPL-3.0-or-later
"""The simulated camera's faults and its loss as harvesters and GenApi see them."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from genicam import genapi, gentl
from harvesters.core import Harvester, ImageAcquirer

from inspector.camera.simulator import SimulatorControl
from tests.simulated_camera import (
    HEIGHT,
    WIDTH,
    Shot,
    arm,
    control,
    grey,
    harvester,
    no_frame,
    opened,
)


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


def test_a_frozen_frame_repeats_what_was_last_seen_whole(camera: ImageAcquirer, world: SimulatorControl) -> None:
    arm(camera, "Line0")
    world.fault(0, "frozen")
    world.pulse(0, scene=2)
    np.testing.assert_array_equal(Shot(camera).pixels, grey(2))  # there is nothing to repeat
    world.fault(0, "brightness", percent=50)
    world.pulse(0, scene=1)
    seen = Shot(camera).pixels
    for fault in ("incomplete", "lost-frame"):
        world.fault(0, fault)
        world.pulse(0, scene=3)
        assert no_frame(camera)
    world.fault(0, "frozen")
    world.pulse(0, scene=0)
    np.testing.assert_array_equal(Shot(camera).pixels, seen)
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
