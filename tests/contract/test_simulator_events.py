# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the simulated camera tells by itself, as harvesters and GenApi see it."""

from __future__ import annotations

from genicam import genapi
from harvesters.core import ImageAcquirer

from inspector.camera.simulator import SimulatorControl
from tests.simulated_camera import Shot, arm


def test_a_missed_trigger_is_an_event_of_the_camera(camera: ImageAcquirer, world: SimulatorControl) -> None:
    nodes = camera.remote_device.node_map
    assert nodes.EventSelector.symbolics == ("ExposureEnd", "FrameTriggerMissed", "Line0RisingEdge")
    nodes.EventSelector.value = "FrameTriggerMissed"
    assert nodes.EventNotification.value == "Off"
    nodes.EventNotification.value = "On"
    monitor = camera._module_event_monitor_dict[camera.remote_device]
    arm(camera, "Line0", ExposureTime=200_000.0)
    first_ns = world.pulse(0)
    while world.counters(0)["missed"] == 0:
        missed_ns = world.pulse(0)
    Shot(camera, timeout_s=60)
    camera.stop()
    monitor.update_event_data(60_000)
    adapter = genapi.EventAdapterGeneric(nodes.pointer)
    adapter.deliver_message(monitor.optional_data, monitor.event_id)
    assert nodes.EventFrameTriggerMissed.value == int(monitor.event_id, 16)
    assert first_ns < missed_ns <= nodes.EventFrameTriggerMissedTimestamp.value
    assert nodes.EventFrameTriggerMissedFrameID.value >= 1
    del adapter  # before the node map that it points to
