# SPDX-License-Identifier: AGPL-3.0-or-later
"""The only place where threads meet Qt: api calls happen in threads, answers arrive as signals."""

from __future__ import annotations

import base64
import binascii
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from pydantic import ValidationError
from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QImage

from gui.widgets.picture import Shot
from inspector.api.client import ApiClient, EventStream
from inspector.api.part_schema import PartEvent, Preview
from inspector.api.schema import EventMessage, EventName, Status
from inspector.errors import InspectorError, NotFound

log = logging.getLogger(__name__)

RETRY_S = 0.5
SILENT_S = 4.0
"""The api sends something every second; after this long without anything the screen says that it knows nothing."""
END_WITHIN_S = 3.0
SHOWN_PX = 1200
"""Stored images are shown at most this large."""


class Bridge(QObject):
    """Reads events in one thread and sends commands in others.

    Signals arrive in the thread of Qt. Of each camera's previews only the latest waits; parts and states are small.
    """

    status_came = Signal(object)
    """Status."""
    part_came = Signal(object)
    """PartEvent."""
    preview_came = Signal()
    """Ask `take_previews` for them."""
    away = Signal(str)
    """The station cannot be seen, and why; said again every second."""
    answered = Signal(object, object)
    """Callback and answer of a command, an InspectorError if it failed. For `ask` only."""

    def __init__(self, station: Path) -> None:
        super().__init__()
        self._station = station
        self._client = ApiClient(station)
        self._clients = [self._client]
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._previews: dict[str, tuple[Preview, Shot]] = {}
        self._shots: dict[str, tuple[Shot, float]] = {}
        self._threads: list[threading.Thread] = []
        self.answered.connect(self._deliver)

    def start(self) -> None:
        """Begin to read events."""
        self._spawn(self._read_events, "gui-events")

    def close(self) -> None:
        """End the threads; a command that still waits for its answer is left behind."""
        self._closing.set()
        until = time.monotonic() + END_WITHIN_S
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        for client in self._clients:
            client.close()

    def new_client(self) -> ApiClient:
        """Another client of the same station, with a session of its own; closed with the bridge."""
        client = ApiClient(self._station)
        self._clients.append(client)
        return client

    def take_previews(self) -> tuple[tuple[Preview, Shot], ...]:
        """The latest picture of each camera, once."""
        with self._lock:
            previews, self._previews = self._previews, {}
        return tuple(previews.values())

    def latest_shot(self, camera: str) -> Shot | None:
        """The latest picture of a camera, as often as one likes."""
        with self._lock:
            found = self._shots.get(camera)
        return None if found is None else found[0]

    def shot_age_s(self, camera: str) -> float | None:
        """How long ago the latest picture of a camera came; None if none did."""
        with self._lock:
            found = self._shots.get(camera)
        return None if found is None else time.monotonic() - found[1]

    def ask(self, question: Callable[[ApiClient], object], done: Callable[[object], None]) -> None:
        """Ask the api in a thread.

        Args:
            question: Called with the client, not in Qt's thread.
            done: Called in Qt's thread with the answer, or with the InspectorError.
        """

        def work() -> None:
            try:
                answer: object = question(self._client)
            except InspectorError as error:
                answer = error
            if not self._closing.is_set():
                self.answered.emit(done, answer)

        if not self._closing.is_set():
            self._spawn(work, "gui-command")

    def ask_image(self, part: PartEvent, done: Callable[[object], None]) -> None:
        """Ask for the stored image of a part; the answer is a Shot or an InspectorError."""
        self.ask(lambda client: _stored_shot(client, part), done)

    @Slot(object, object)
    def _deliver(self, done: Callable[[object], None], answer: object) -> None:
        if not self._closing.is_set():
            done(answer)

    def _spawn(self, work: Callable[[], None], name: str) -> None:
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        thread = threading.Thread(target=work, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _read_events(self) -> None:
        while not self._closing.is_set():
            try:
                with self._client.events() as events:
                    self._pass_on(events)
            except InspectorError as error:
                log.debug("%s", error)
                if not self._closing.is_set():
                    self.away.emit(error.message)
            self._closing.wait(RETRY_S)

    def _pass_on(self, events: EventStream) -> None:
        heard_s = time.monotonic()
        while not self._closing.is_set():
            message = events.receive(0.25)
            if message is not None:
                heard_s = time.monotonic()
                self._dispatch(message)
            elif time.monotonic() - heard_s > SILENT_S:
                self.away.emit("the api process sends nothing")
                return

    def _dispatch(self, message: EventMessage) -> None:
        try:
            if message.name is EventName.STATE:
                self.status_came.emit(Status.model_validate(message.data))
            elif message.name is EventName.PART:
                self.part_came.emit(PartEvent.model_validate(message.data))
            elif message.name is EventName.PREVIEW:
                self._keep_preview(Preview.model_validate(message.data))
            elif message.name is EventName.STATION_AWAY:
                self.away.emit(str(message.data.get("reason", "")))
        except ValidationError as error:
            log.warning("an event does not fit: %s", error)

    def _keep_preview(self, preview: Preview) -> None:
        try:
            image = QImage.fromData(base64.b64decode(preview.jpeg, validate=True))
        except binascii.Error:
            image = QImage()
        if image.isNull():
            log.warning("a preview of %s is no picture", preview.camera)
            return
        shot = Shot(image, preview.width, preview.height, preview.boxes)
        with self._lock:
            waiting = bool(self._previews)
            self._previews[preview.camera] = (preview, shot)
            self._shots[preview.camera] = shot, time.monotonic()
        if not waiting:
            self.preview_came.emit()


def _stored_shot(client: ApiClient, part: PartEvent) -> Shot:
    if part.image is None:
        raise NotFound(f"part {part.plc_count} has no image")
    image = QImage.fromData(client.image(part.image))
    if image.isNull():
        raise NotFound(f"image {part.image} is no picture")
    width, height = image.width(), image.height()
    if max(width, height) > SHOWN_PX:
        smooth = Qt.TransformationMode.SmoothTransformation
        image = image.scaled(SHOWN_PX, SHOWN_PX, Qt.AspectRatioMode.KeepAspectRatio, smooth)
    return Shot(image, width, height, part.boxes)
