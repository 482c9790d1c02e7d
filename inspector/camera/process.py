# SPDX-License-Identifier: AGPL-3.0-or-later
"""The process of one camera: it opens the device, fills the ring and tells the station about each frame.

One thread does everything that touches the device. A lost camera is opened again by a new object; when the GenICam
libraries hang, a watchdog that needs nothing from Python ends the process, and the supervisor starts another.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from inspector.camera.feature_survey import FeatureSurvey
from inspector.camera.features import load_features
from inspector.camera.frame import FrameMeta
from inspector.camera.genicam import GenICamCamera
from inspector.camera.intake import Intake
from inspector.camera.lines import LAMPS
from inspector.camera.protocol import Camera, Grabbed, StreamFormat
from inspector.camera.ring import Ring
from inspector.camera.simulator import SimulatorError, producer_path
from inspector.camera.watch import Watch
from inspector.child import Child, run_child
from inspector.clock import Clock
from inspector.config import CameraSettings
from inspector.errors import CameraLost, CameraNotFound, ConfigError, DeviceError, FeatureError, InspectorError
from inspector.ipc import Connections, Event, EventKind, Message
from inspector.part import ImageArray

log = logging.getLogger(__name__)

POLL_S = 0.0005
IDLE_S = 0.02
STATE_S = 0.5
RETRY_S = 0.5
TELL_S = 2.0
REOPEN_AT_MOST = 100
"""harvesters keeps a little memory of each opening; a fresh process has none of it."""
EXIT_RESTART = 4
ALONE = {"ready": False, "warning": True}
"""What the lamps show while there is no station."""
SIMULATED_SERIAL = "SIM-0000"


def make_camera(station: Path, settings: CameraSettings, endpoint: Path | None = None) -> Camera:
    """The camera that the settings name; for the simulated one, its pictures and its control channel too.

    Args:
        station: The station directory.
        settings: The camera's table in `station.toml`.
        endpoint: Where the simulated camera publishes its control channel, if not where the plant looks for it.

    Raises:
        ConfigError: The simulated camera has no pictures.
        DeviceError: The simulated camera is not compiled.
    """
    if settings.producer != "simulator":
        return GenICamCamera(station / settings.producer, settings.serial)
    pictures = station / "run" / "simulator" / settings.name
    if not pictures.is_dir():
        raise ConfigError(f"the simulated camera has no pictures in {pictures}", "Start with `inspector run`")
    endpoint = endpoint or station / "run" / f"simulator-{settings.name}.json"
    os.environ["INSPECTOR_SIMULATOR_IMAGES"] = str(pictures)
    os.environ["INSPECTOR_SIMULATOR_ENDPOINT"] = str(endpoint)
    try:
        producer = producer_path()
    except SimulatorError as error:
        raise DeviceError(error.message, error.advice) from error
    return GenICamCamera(producer, settings.serial or SIMULATED_SERIAL, simulated=True)


class Capture:
    """Between one camera and the station.

    Args:
        settings: The camera's table in `station.toml`.
        features: Its features file.
        hub: Connected, or connecting, to the station.
        new_camera: Makes an object for each opening.
        clock: Time.
    """

    def __init__(
        self,
        settings: CameraSettings,
        features: Path,
        hub: Connections,
        new_camera: Callable[[], Camera],
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._features = features
        self._hub = hub
        self._new_camera = new_camera
        self._clock = clock
        self._camera: Camera | None = None
        self._closing: Camera | None = None
        self._connected = False  # as far as the events have been taken up
        self._hello: Message = {}
        self._format: StreamFormat | None = None
        self._intake: Intake | None = None
        self._ring: Ring | None = None
        self._last_digest: int | None = None
        self._reason = "is being opened"
        self._survey = FeatureSurvey(settings.name, hub, clock)
        self._watch = Watch(settings.name, settings.frame_timeout_ms, clock)
        self._openings = 0
        self._next_try = self._next_state = 0.0

    def run(self, goes_on: Callable[[], bool]) -> None:
        """Work while `goes_on` says so; it is asked at every turn.

        Raises:
            ConfigError: The features file is broken, or the simulated camera has no pictures.
            DeviceError: A feature or the pixel format does not fit.
            SystemExit: A fresh process should go on.
        """
        try:
            while goes_on():
                if not self.step(self._hub.receive(0 if self.acquiring else IDLE_S)):
                    time.sleep(POLL_S)
        finally:
            self.end()

    @property
    def acquiring(self) -> bool:
        """Whether frames may come."""
        return self._intake is not None

    def end(self) -> None:
        """Stop the acquisition and give the camera back."""
        self._end_acquisition()
        self._close()

    def step(self, event: Event | None) -> bool:
        """Take up one event, or do what is to be done now; False when the camera is open and has no frame."""
        busy = True
        try:
            if event is not None:
                self._on_event(event)
            elif self._camera is None:
                self._open_again()
            else:
                busy = self._poll_and_send()
                if not busy:
                    self._survey.go_on(self.acquiring)
                self._watch.check(self._camera, self._intake.full if self._intake is not None else 0)
        except CameraLost as error:
            self._lose(error)
        if self._now_s() >= self._next_state:
            self._send_state()
        return busy

    def _now_s(self) -> float:
        return self._clock.monotonic_ns() / 1e9

    def _on_event(self, event: Event) -> None:
        kind = event.message.get("type")
        if event.kind is EventKind.MESSAGE:
            if kind == "release" and self._intake is not None:
                self._intake.release(event.message.get("slot"), event.message.get("sequence"))
            elif kind == "ring":
                self._begin_acquisition(event.message)
            elif kind == "trigger" and self._intake is not None and self._camera is not None:
                self._trigger(self._camera)
            elif kind == "features":
                self._survey.ask(str(event.message.get("id")), self._reason)
            elif kind == "lamps":
                self._watch.show({name: event.message.get(name) for name in LAMPS})
            return
        self._connected = event.kind is EventKind.CONNECTED
        self._survey.forget()
        self._end_acquisition()
        self._watch.show(ALONE)
        if event.kind is EventKind.CONNECTED:
            self._introduce()

    def _trigger(self, camera: Camera) -> None:
        try:
            camera.trigger()
        except FeatureError as error:
            log.error("%s: %s", self._settings.name, error)  # the part then has no image, and that is its verdict

    def _introduce(self) -> None:
        # Once for each connection: a second hello would be answered with a second ring, and cost the frames between.
        if self._camera is not None and self._connected:
            self._hub.send("station", self._hello)
        self._send_state()

    def _open_again(self) -> None:
        if self._now_s() < self._next_try:
            return
        self._close()
        if self._openings > REOPEN_AT_MOST:
            log.warning("opened %d times: a fresh process goes on", self._openings)
            raise SystemExit(EXIT_RESTART)
        self._openings += 1
        self._next_try = self._now_s() + RETRY_S
        try:
            camera = self._closing = self._new_camera()
            self._open(camera)
        except CameraNotFound as error:
            self._next_try = self._now_s() + RETRY_S
            if self._reason != str(error):
                self._reason = str(error)
                self._send_state()
            return
        except CameraLost:
            raise
        except InspectorError as error:
            self._reason = str(error)
            self._tell_before_the_end()
            raise
        self._camera, self._closing = camera, None
        self._reason = "waits for the station"
        self._introduce()

    def _open(self, camera: Camera) -> None:
        identity = camera.open()
        features = load_features(self._features)
        differences, self._format = camera.configure(features)
        if self._settings.trigger == "software" and "TriggerSoftware" not in camera.nodes().names():
            raise FeatureError("the camera cannot be triggered by software", 'Set trigger = "line"')
        self._watch.opened(camera, features.lines)
        self._survey.opened(camera, features)
        self._watch.show(ALONE)
        for line in differences:
            log.warning("%s: %s", self._settings.name, line)
        self._hello = {
            "type": "camera-hello",
            "camera": self._settings.name,
            "device": asdict(identity),
            "settings_digest": features.digest,
            "settings_text": features.text,
            "differences": differences,
            "slot_bytes": self._format.image_bytes,
            "width": self._format.width,
            "height": self._format.height,
            "pixel_format": self._format.pixel_format.value,
        }
        log.info("%s: %s %s, serial %s", self._settings.name, identity.vendor, identity.model, identity.serial)

    def _begin_acquisition(self, message: Message) -> None:
        self._end_acquisition()
        if self._camera is None or self._format is None:
            return  # lost since the hello; the next hello gets another ring
        try:
            ring = Ring.attach(
                str(message["name"]), int(message["slots"]), int(message["slot_bytes"]), int(message["generation"])
            )
        except (KeyError, TypeError, ValueError, DeviceError) as error:
            log.error("%s: the station's ring cannot be used: %s", self._settings.name, error)
            self._introduce()
            return
        self._watch.starts(self._camera)
        self._camera.start()
        self._ring = ring
        self._intake = Intake(self._settings.name, self._format, ring, self._settings.dark_below, self._last_digest)
        self._reason = ""
        self._send_state()

    def _end_acquisition(self) -> None:
        intake, ring = self._intake, self._ring
        self._intake = self._ring = None
        if ring is not None:
            ring.close()
        if intake is not None:
            self._last_digest = intake.digest
        if intake is not None and self._camera is not None:
            self._reason = "waits for the station"
            try:
                self._camera.stop()
            except CameraLost as error:
                self._lose(error)

    def _poll_and_send(self) -> bool:
        intake, camera = self._intake, self._camera
        if intake is None or camera is None:
            return False
        taken: list[FrameMeta] = []

        def sink(grabbed: Grabbed, pixels: ImageArray | None) -> None:
            meta = intake.take(grabbed, pixels)
            self._watch.frame(grabbed, meta)
            taken.append(meta)

        camera.poll(sink)
        for meta in taken:
            if self._watch.clock_began_anew(camera, meta):
                self._send_state()  # the station needs the new clock for this frame
            self._hub.send("station", meta.to_message())
        return bool(taken)

    def _lose(self, error: CameraLost) -> None:
        log.warning("%s: %s", self._settings.name, error)
        if self._camera is not None:
            self._camera, self._closing = None, self._camera
        self._watch.lost()
        self._survey.lost(str(error))
        self._reason = str(error)
        self._end_acquisition()
        self._next_try = self._now_s() + RETRY_S
        self._send_state()

    def _close(self) -> None:
        for camera in (self._camera, self._closing):
            if camera is not None:
                camera.close()
        self._camera = self._closing = None

    def _send_state(self) -> None:
        self._next_state = self._now_s() + STATE_S
        state: Message = {
            "type": "camera-state",
            "camera": self._settings.name,
            "ready": self.acquiring and not self._watch.fault,
            "reason": self._reason or self._watch.fault or self._watch.note(),
            **self._watch.fields(),
        }
        self._hub.send("station", state)

    def _tell_before_the_end(self) -> None:
        """Let the station, and so the people, know why this process ends."""
        until = self._now_s() + TELL_S
        while "station" not in self._hub.peers() and self._now_s() < until:
            self._hub.receive(IDLE_S)
        self._send_state()


def body(child: Child) -> None:
    """Run the camera that `--camera` names."""
    name = child.arguments.camera
    settings = next((camera for camera in child.config.cameras if camera.name == name), None)
    if settings is None:
        raise ConfigError(f"{child.station}/station.toml has no camera {name!r}", "Check [[cameras]]")
    hub = child.hub(f"camera:{name}")
    hub.connect("station")
    features = child.station / settings.features
    capture = Capture(settings, features, hub, lambda: make_camera(child.station, settings), child.clock)
    try:
        capture.run(child.goes_on)
    finally:
        hub.close()


def main() -> int:
    """The process `inspector.camera.process`."""

    def add_arguments(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--camera", required=True, help="name of the camera in station.toml")

    return run_child(body, "Camera process of an inspection station", add_arguments)


if __name__ == "__main__":
    sys.exit(main())
