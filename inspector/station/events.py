# SPDX-License-Identifier: AGPL-3.0-or-later
"""Events to the api and other subscribers. A slow reader loses previews and state ticks, and costs no part."""

from __future__ import annotations

import base64
import contextlib
import logging
import queue
import threading
from dataclasses import dataclass

import cv2
import numpy as np

from inspector.ipc import Connections, Message
from inspector.part import Detection, Frame, PartKey, Verdict
from inspector.station.judge import picture_of

log = logging.getLogger(__name__)

QUEUE_SIZE = 256
PREVIEW_SIDE_PX = 640
JPEG_QUALITY = 80


@dataclass(frozen=True, slots=True)
class Preview:
    """The latest frame of a camera, with what was found on it; verdict and key are None where nothing judged it."""

    camera: str
    frame: Frame
    detections: tuple[Detection, ...]
    verdict: Verdict | None
    key: PartKey | None


class EventBus:
    """Sends events from a thread of its own, so that no reader holds up the judgement.

    Full queue (256): what comes is dropped. That costs a screen an event, never the record: a screen asks for the
    status and reads the records.

    Args:
        hub: Where subscribers are connected.
        preview_hz: Pictures per second at most.
    """

    def __init__(self, hub: Connections, preview_hz: int) -> None:
        self._hub = hub
        self._subscribers: dict[str, frozenset[str] | None] = {}
        self._queue: queue.Queue[Message | None] = queue.Queue(QUEUE_SIZE)
        self._latest: dict[str, Preview] = {}
        self._latest_lock = threading.Lock()
        self._period_s = 1.0 / preview_hz
        self._closing = threading.Event()
        self._threads = [
            threading.Thread(target=self._send_loop, name="events", daemon=True),
            threading.Thread(target=self._preview_loop, name="preview", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def subscribe(self, peer: str, names: frozenset[str] | None = None) -> None:
        """Send events to `peer` from now on: those of these names, or all."""
        self._subscribers[peer] = names

    def forget(self, peer: str) -> None:
        """The peer is gone."""
        self._subscribers.pop(peer, None)

    def publish(self, name: str, data: dict[str, object]) -> None:
        """Queue one event; dropped when no subscriber keeps up."""
        if not self._wanted(name):
            return
        try:
            self._queue.put_nowait({"type": "event", "name": name, "data": data})
        except queue.Full:
            log.debug("a subscriber is slow; %s event dropped", name)

    def show(self, preview: Preview) -> None:
        """Offer a picture; of each camera only the latest is sent."""
        with self._latest_lock:
            self._latest[preview.camera] = preview

    def close(self) -> None:
        """End both threads."""
        self._closing.set()
        while True:
            try:
                self._queue.put(None, timeout=0.1)
                break
            except queue.Full:
                with contextlib.suppress(queue.Empty):  # its reader was faster
                    self._queue.get_nowait()
        for thread in self._threads:
            thread.join()

    def _wanted(self, name: str) -> bool:
        return any(names is None or name in names for names in tuple(self._subscribers.values()))

    def _send_loop(self) -> None:
        while (message := self._queue.get()) is not None:
            for peer, names in tuple(self._subscribers.items()):
                if (names is None or message["name"] in names) and not self._hub.send(peer, message):
                    self._subscribers.pop(peer, None)

    def _preview_loop(self) -> None:
        while not self._closing.wait(self._period_s):
            with self._latest_lock:
                latest, self._latest = self._latest, {}
            for preview in latest.values():
                if self._wanted("preview"):
                    self.publish("preview", _preview_document(preview))


def _preview_document(preview: Preview) -> dict[str, object]:
    small = picture_of(preview.frame)
    height, width = small.shape[:2]
    scale = min(1.0, PREVIEW_SIDE_PX / max(height, width))
    if scale < 1.0:
        small = cv2.resize(small, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(np.uint8)
    _, encoded = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return {
        "camera": preview.camera,
        "width": width,
        "height": height,
        "jpeg": base64.b64encode(encoded.tobytes()).decode(),
        "verdict": None if preview.verdict is None else preview.verdict.value,
        "key": None if preview.key is None else [preview.key.line_boot, preview.key.part_seq],
        "boxes": boxes_document(preview.detections),
    }


def boxes_document(detections: tuple[Detection, ...]) -> list[dict[str, object]]:
    """Detections as events carry them; boxes in 1/16 px of the camera image."""
    return [{"class": d.class_name, "score_ppm": d.score_ppm, "box_16": list(d.box_16)} for d in detections]
