# SPDX-License-Identifier: AGPL-3.0-or-later
"""The simulated camera's lines, counters, timer and chunk data as harvesters and GenApi see them."""

from __future__ import annotations

import time

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
    grey,
)


def levels(world: SimulatorControl) -> set[str]:
    """The outputs and lines of camera 0 that are on."""
    return {name for name, level in world.outputs(0).items() if level}


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


def test_an_edge_that_is_told_late_exposed_when_it_was(camera: ImageAcquirer, world: SimulatorControl) -> None:
    arm(camera, "Line0", ExposureTime=1_000.0)
    edge_ns = time.perf_counter_ns()
    time.sleep(0.03)  # the host is held up
    assert world.pulse(0, t_ns=edge_ns) == edge_ns
    assert Shot(camera).t_camera_ns - edge_ns in range(0, 1_000_001)
    world.pulse(0, t_ns=edge_ns + 500_000)
    assert world.counters(0)["missed"] == 1
    for wrong_ns in (time.perf_counter_ns() + 10**9, time.perf_counter_ns() - 2 * 10**9):
        with pytest.raises(SimulatorError, match="of the last second"):
            world.pulse(0, t_ns=wrong_ns)
    camera.stop()
    before_ns = time.perf_counter_ns()
    arm(camera, "Line0", ExposureTime=1_000.0)
    world.pulse(0, t_ns=before_ns)
    assert world.counters(0)["triggers"] == 1
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
    assert levels(world) == {"UserOutput0", "Line1"}
    nodes.LineSelector.value = "Line1"
    assert (nodes.LineMode.value, nodes.LineStatus.value, nodes.LineStatusAll.value) == ("Output", True, 2)
    nodes.LineInverter.value = True
    assert world.outputs(0)["Line1"] is False
    nodes.LineInverter.value = False
    nodes.LineSource.value = "UserOutput1"
    assert world.outputs(0)["Line1"] is False
    nodes.UserOutputValueAll.value = 2
    assert levels(world) == {"UserOutput1", "Line1"}
    assert world.outputs(1)["UserOutput1"] is False
    nodes.LineSelector.value = "Line0"
    assert nodes.LineMode.value == "Input"


def test_line_features_follow_the_selected_line(camera: ImageAcquirer, world: SimulatorControl) -> None:
    nodes = camera.remote_device.node_map
    assert nodes.LineSelector.symbolics == ("Line0", "Line1", "Line2", "Line3")
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


def test_the_debouncer_ignores_edges_that_come_too_soon(camera: ImageAcquirer, world: SimulatorControl) -> None:
    nodes = camera.remote_device.node_map
    nodes.LineSelector.value = "Line1"
    with pytest.raises(genapi.AccessException):
        nodes.LineDebouncerTime.value = 5.0  # an output has none
    nodes.LineSelector.value = "Line0"
    nodes.LineDebouncerTime.value = 1_000_000.0
    assert (nodes.LineDebouncerTime.value, nodes.LineDebouncerTime.unit) == (1_000_000.0, "us")
    nodes.CounterEventSource.value = "Line0"
    arm(camera, "Line0", ExposureTime=10.0)
    pulses = [world.pulse(0) for _ in range(5)]
    at_most = 1 + (time.perf_counter_ns() - pulses[0]) // 1_000_000_000  # one, unless this machine stalls
    counts = world.counters(0)
    assert counts["line0_edges"] == 5
    assert 1 <= counts["Counter0"] == counts["triggers"] <= at_most
    nodes.LineDebouncerTime.value = 0.0
    world.pulse(0)
    assert world.counters(0)["Counter0"] == counts["Counter0"] + 1
    camera.stop()


def test_a_strobe_follows_the_exposure(camera: ImageAcquirer, world: SimulatorControl) -> None:
    nodes = camera.remote_device.node_map
    nodes.LineSelector.value = "Line1"
    nodes.LineSource.value = "ExposureActive"
    arm(camera, "Line0", ExposureTime=3000.0, TriggerDelay=2000.0)
    for number in (1, 2):
        world.pulse(0)
        Shot(camera)
        assert world.strobe(0, "Line1") == {"pulses": number, "delay_ns": 0, "length_ns": 3_000_000}
    assert world.strobe(0, "Line2")["pulses"] == 0
    camera.stop()
    for word in ("Line0", "Line4", "Line11", "UserOutput0"):
        with pytest.raises(SimulatorError, match="output lines"):
            world.strobe(0, word)


@pytest.mark.parametrize(("source", "delay_us"), [("ExposureStart", 250), ("FrameTrigger", 250 - 700)])
def test_a_timer_makes_a_strobe_of_its_own_length(
    camera: ImageAcquirer, world: SimulatorControl, source: str, delay_us: int
) -> None:
    nodes = camera.remote_device.node_map
    nodes.LineSelector.value = "Line2"
    nodes.LineSource.value = "Timer0Active"
    assert nodes.TimerSelector.symbolics == ("Timer0",)
    for name, value in (("TimerTriggerSource", source), ("TimerDelay", 250.0), ("TimerDuration", 400_000.0)):
        getattr(nodes, name).value = value
    arm(camera, "Line0", TriggerDelay=700.0)
    assert nodes.LineStatus.value is False
    world.pulse(0)
    Shot(camera)
    assert nodes.LineStatus.value is True  # the timer runs on after the exposure
    assert world.strobe(0, "Line2") == {"pulses": 1, "delay_ns": delay_us * 1000, "length_ns": 400_000_000}
    while nodes.LineStatus.value:
        time.sleep(0.01)
    nodes.TimerTriggerSource.value = "Off"
    world.pulse(0)
    Shot(camera)
    assert world.strobe(0, "Line2")["pulses"] == 1
    camera.stop()
