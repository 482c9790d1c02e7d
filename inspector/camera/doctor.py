# SPDX-License-Identifier: AGPL-3.0-or-later
"""What `inspector doctor` finds out about cameras: producers, devices, features, and one test frame."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from inspector.camera.edges import counter_fault, counter_in_chunks
from inspector.camera.features import ALIASES, Access, NodeMap, load_features
from inspector.camera.frame import FrameMeta
from inspector.camera.genicam import installed_producers, list_devices
from inspector.camera.intake import Intake
from inspector.camera.lamps import Lamps
from inspector.camera.lines import Lines
from inspector.camera.process import make_camera
from inspector.camera.protocol import Camera, Grabbed, StreamFormat
from inspector.camera.ring import Ring
from inspector.config import CameraSettings
from inspector.errors import InspectorError
from inspector.part import ImageArray

FRAME_WITHIN_S = 5.0
POLL_S = 0.001


class Grade(StrEnum):
    """How good a finding is."""

    PASS = "PASS"  # noqa: S105 - a grade, not a password
    WARN = "WARN"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report.

    Attributes:
        check: What was looked at: "producer", "device", "features", "trigger", "debounce", "strobe", "lamp NAME",
            "format", "line counter", "test frame", "timestamps".
        grade: PASS, WARN (works, but know this) or FAIL.
        text: What was found.
        advice: What to do; empty when nothing is to be done.
    """

    check: str
    grade: Grade
    text: str
    advice: str = ""


def examine_producers() -> list[Finding]:
    """The GenTL producers that vendors' installers have announced, and what each of them lists."""
    producers = installed_producers()
    if not producers:
        advice = "Install the vendor's software, or set `producer` to its .cti file"
        return [Finding("producer", Grade.WARN, "GENICAM_GENTL64_PATH names no GenTL producer", advice)]
    return [_examine_producer(path) for path in producers]


def _examine_producer(path: Path) -> Finding:
    try:
        devices = list_devices(path)
    except InspectorError as error:
        return Finding("producer", Grade.FAIL, error.message, error.advice)
    if not devices:
        return Finding("producer", Grade.WARN, f"{path} lists no camera", "Check cable, power and network")
    listed = ", ".join(f"{d.vendor} {d.model} serial {d.serial} ({d.status})" for d in devices)
    return Finding("producer", Grade.PASS, f"{path} lists {listed}")


def examine_camera(station: Path, settings: CameraSettings) -> list[Finding]:
    """Open one camera as the station would, write its features, and take one frame without waiting for an edge.

    The device must be free: stop the station first. The features stay as the features file says, except for what was
    changed for the test frame; the station writes them again at each start.

    Args:
        station: The station directory.
        settings: The camera's table in `station.toml`.

    Returns:
        Findings in the order of the checks; the first FAIL ends them.
    """
    findings: list[Finding] = []
    with tempfile.TemporaryDirectory() as folder:
        try:
            with _camera(station, settings, Path(folder)) as camera:
                for finding in _examine(camera, station / settings.features, settings):
                    findings.append(finding)
        except InspectorError as error:
            findings.append(Finding(_failed_check(findings), Grade.FAIL, error.message, error.advice))
    return findings


def _failed_check(findings: list[Finding]) -> str:
    order = ("device", "features", "test frame")
    done = {finding.check for finding in findings}
    return next((check for check in order if check not in done), order[-1])


@contextmanager
def _camera(station: Path, settings: CameraSettings, folder: Path) -> Iterator[Camera]:
    names = ("INSPECTOR_SIMULATOR_IMAGES", "INSPECTOR_SIMULATOR_ENDPOINT")
    before = {name: os.environ.get(name) for name in names}
    camera = make_camera(station, settings, folder / "endpoint.json")
    try:
        yield camera
    finally:
        camera.close()
        for name, value in before.items():
            if value is not None:
                os.environ[name] = value
            else:
                os.environ.pop(name, None)


def _examine(camera: Camera, features: Path, settings: CameraSettings) -> Iterator[Finding]:
    device = camera.open()
    what = f"{device.vendor} {device.model}, serial {device.serial}, firmware {device.firmware}"
    yield Finding("device", Grade.PASS, what + (" - SIMULATED" if device.simulated else ""))
    wanted = load_features(features)
    differences, form = camera.configure(wanted)
    for difference in differences:
        yield Finding("features", Grade.WARN, difference, f"Check it in {features.name}")
    yield Finding("features", Grade.PASS, f"{len(wanted.steps)} features of {features.name} were written and read back")
    yield _examine_trigger(camera.nodes(), settings.trigger)
    yield from _examine_lines(camera.nodes(), wanted.lines)
    size = f"{form.width} x {form.height} {form.pixel_format}, {form.image_bytes / 1e6:.1f} MB a frame"
    yield Finding("format", Grade.PASS, size)
    camera.check()
    yield _examine_counter(camera.nodes())
    yield from _test_frame(camera, form, settings)


def _examine_trigger(nodes: NodeMap, trigger: str) -> Finding:
    if "TriggerMode" not in nodes.names():
        return Finding("trigger", Grade.FAIL, "the camera has no trigger", "A station needs a triggered camera")
    if nodes.read("TriggerMode") != "On":
        return Finding("trigger", Grade.FAIL, "TriggerMode is not On", 'Set TriggerMode = "On" in the features file')
    source = str(nodes.read("TriggerSource"))
    if trigger == "software":
        if source == "Software" and "TriggerSoftware" in nodes.names():
            return Finding("trigger", Grade.PASS, "the station triggers the camera by software")
        advice = 'Set TriggerSource = "Software" in the features file, or trigger = "line" in station.toml'
        return Finding("trigger", Grade.FAIL, f"the trigger source is {source}, not Software", advice)
    if not source.startswith("Line"):
        advice = "Wire the part-present sensor to the camera and set TriggerSource to that line"
        return Finding("trigger", Grade.WARN, f"the trigger source is {source}, not an input line", advice)
    return Finding("trigger", Grade.PASS, f"each edge on {source} starts an exposure")


def _examine_lines(nodes: NodeMap, lines: Lines) -> Iterator[Finding]:
    source = str(nodes.read("TriggerSource")) if "TriggerSource" in nodes.names() else ""
    if source.startswith("Line"):
        yield _examine_debouncer(nodes, source)
    if lines.strobe is not None:
        strobe = f"{lines.strobe.line} follows {lines.strobe.source}"
        yield Finding("strobe", Grade.PASS, strobe)
    lamps = Lamps(nodes, lines.outputs)
    for name, output in lines.outputs.items():
        for level in (True, False):
            lamps.set({name: level})
            lamps.check()
            lamps.check()
            if lamps.reason:
                yield Finding(f"lamp {name}", Grade.FAIL, lamps.reason, "Check its wiring, and line and user_output")
                break
        else:
            text = f"{output.line} follows {output.user_output}, on and off"
            yield Finding(f"lamp {name}", Grade.PASS, text)


def _examine_debouncer(nodes: NodeMap, line: str) -> Finding:
    nodes.write("LineSelector", line)
    for name in ("LineDebouncerTime", *ALIASES["LineDebouncerTime"]):
        if name in nodes.names() and nodes.access(name) in (Access.READ, Access.BOTH):
            time_us = float(nodes.read(name))
            if time_us > 0:
                return Finding("debounce", Grade.PASS, f"{line} ignores what is shorter than {time_us:g} us ({name})")
            return Finding("debounce", Grade.WARN, f"{name} of {line} is 0: a bouncing sensor exposes twice")
    return Finding("debounce", Grade.WARN, f"the camera has no debouncer for {line} that is known here")


def _examine_counter(nodes: NodeMap) -> Finding:
    if fault := counter_fault(nodes):
        text = f"{fault}: a trigger that the camera misses shows by its missing frame only"
        return Finding("line counter", Grade.WARN, text, "Let a counter count the edges that trigger, if it has one")
    when = "each frame says how many" if counter_in_chunks(nodes) else "compared when the belt pauses"
    return Finding("line counter", Grade.PASS, f"the camera counts the edges on its trigger line; {when}")


def _test_frame(camera: Camera, form: StreamFormat, settings: CameraSettings) -> Iterator[Finding]:
    nodes = camera.nodes()
    software = _trigger_by_software(nodes)
    ring = Ring.create(1, form.image_bytes, 1)
    try:
        intake = Intake(settings.name, form, ring, settings.dark_below)
        camera.start()
        if software:
            nodes.write("TriggerSoftware", True)
        meta = _first_frame(camera, intake)
        camera.stop()
        yield from _judge(meta, ring)
    finally:
        ring.close()
        ring.unlink()


def _trigger_by_software(nodes: NodeMap) -> bool:
    if "TriggerSource" in nodes.names() and "Software" in nodes.choices("TriggerSource"):
        nodes.write("TriggerSource", "Software")
        return nodes.access("TriggerSoftware") in (Access.WRITE, Access.BOTH)
    if "TriggerMode" in nodes.names():
        nodes.write("TriggerMode", "Off")
    return False


def _first_frame(camera: Camera, intake: Intake) -> FrameMeta | None:
    taken: list[FrameMeta] = []

    def sink(grabbed: Grabbed, pixels: ImageArray | None) -> None:
        taken.append(intake.take(grabbed, pixels))

    deadline = time.monotonic() + FRAME_WITHIN_S
    while not taken and time.monotonic() < deadline:
        if not camera.poll(sink):
            time.sleep(POLL_S)
    return taken[0] if taken else None


def _judge(meta: FrameMeta | None, ring: Ring) -> Iterator[Finding]:
    if meta is None:
        text = f"no frame within {FRAME_WITHIN_S:.0f} s"
        yield Finding("test frame", Grade.FAIL, text, "Check the bandwidth, and the packet size of a network camera")
        return
    if meta.slot is None or meta.sequence is None:
        yield Finding("test frame", Grade.FAIL, f"the frame is {meta.bad}", "Check cable and bandwidth")
        return
    brightness = float(ring.view(meta.slot, meta.sequence).mean())
    if meta.bad:
        advice = "Switch the light on, or lower dark_below" if meta.bad == "dark" else "Check the camera"
        yield Finding("test frame", Grade.FAIL, f"the frame is {meta.bad}, mean grey {brightness:.0f}", advice)
        return
    yield Finding("test frame", Grade.PASS, f"a whole frame, mean grey value {brightness:.0f}")
    if not meta.t_camera_ns:
        text = "frames carry no timestamp: after a missed edge the belt has to pause before parts pair again"
        yield Finding("timestamps", Grade.WARN, text)
