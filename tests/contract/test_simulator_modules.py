# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the modules of the producer say about themselves, as harvesters and GenApi see them."""

from __future__ import annotations

import pytest
from genicam import genapi
from harvesters.core import Harvester, ImageAcquirer

from inspector.camera.simulator import SimulatorControl
from tests.simulated_camera import (
    HEIGHT,
    WIDTH,
    Shot,
    arm,
    compiled_producer,
)


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


def test_modules_describe_themselves(camera: ImageAcquirer, world: SimulatorControl) -> None:
    system, interface = camera.system.node_map, camera.interface.node_map
    assert (system.TLModelName.value, system.TLFileName.value, system.TLType.value) == (
        "SimCam",
        "simcam.cti",
        "Custom",
    )
    assert (system.GenTLVersionMajor.value, system.GenTLVersionMinor.value) == (1, 6)
    assert system.TLPath.value == str(compiled_producer())
    assert system.InterfaceDisplayName.value == interface.InterfaceDisplayName.value == "Simulated cameras"
    assert (interface.InterfaceTLVersionMajor.value, interface.DeviceTLVersionMajor.value) == (1, 1)
    interface.DeviceUpdateTimeout.value = 50
    assert (interface.DeviceUpdateTimeout.value, system.InterfaceUpdateTimeout.value) == (50, 1000)
    with pytest.raises(genapi.OutOfRangeException):
        interface.DeviceUpdateTimeout.value = -1
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
    assert device.DeviceTimestampFrequency.value == 10**9
    assert device.StreamID.value == stream.StreamID.value
    assert stream.PayloadSize.value == WIDTH * HEIGHT
    arm(camera, "Line0")
    world.pulse(0)
    Shot(camera)
    assert stream.StreamAnnouncedBufferCount.value == camera.num_buffers
    assert (stream.StreamDeliveredFrameCount.value, stream.StreamIsGrabbing.value) == (1, True)
    assert stream.StreamBufferHandlingMode.value == "OldestFirst"
    camera.stop()
