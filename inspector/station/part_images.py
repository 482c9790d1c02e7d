# SPDX-License-Identifier: AGPL-3.0-or-later
"""Images of parts on their way to the disk, and the records that say whether they got there."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from concurrent.futures import Future

from inspector.child import Child
from inspector.ipc import Connections, Message
from inspector.part import PixelFormat
from inspector.station.disk import DiskWatch
from inspector.station.judge import View
from inspector.station.parts import PartInFlight, PartTable
from inspector.station.recorder import Recorder
from inspector.store.images import ImageStore, StoredImage
from inspector.store.tail import PendingImage

log = logging.getLogger(__name__)


class PartImages:
    """Used on the main thread of the station.

    Args:
        store: Writes the images.
        hub: What is stored is posted to the inbox of the main thread.
        recorder: Records what became of each image.
        parts: Parts in flight; one that waits for nothing else is finished with its last image.
        disk: Learns how much was written.
    """

    def __init__(
        self, store: ImageStore, hub: Connections, recorder: Recorder, parts: PartTable, disk: DiskWatch
    ) -> None:
        self._store = store
        self._hub = hub
        self._recorder = recorder
        self._parts = parts
        self._disk = disk

    def keep(self, part: PartInFlight, view: View) -> None:
        """Write the image of a view whose part is recorded; `image-done` then comes to the inbox."""
        if view.frame is None or view.image_digest is None:
            return
        part.images += 1
        frame, digest = view.frame, view.image_digest
        future = self._store.submit(digest, frame.pixel_format, frame.pixels)
        message = {"type": "image-done", "key": part.trigger.key, "view": (part.record, view.camera, digest)}
        future.add_done_callback(lambda done: self._hub.post({**message, "future": done}))

    def done(self, message: Message) -> None:
        """Take up an `image-done`: the image is durable, or lost."""
        future: Future[StoredImage] = message["future"]
        record, camera, digest = message["view"]
        error = future.exception()
        if error is None:
            stored = future.result()
            self._recorder.image_stored(record, camera, digest, stored.file_sha256, stored.size)
            self._disk.stored(stored.size)
        else:
            log.error("an image was lost: %s", error)
            self._recorder.image_lost(record, camera, digest, str(error))
        self._store.recorded(digest)
        part = self._parts.get(message["key"])
        if part is not None:
            part.images -= 1
            self._parts.forget_if_done(message["key"])

    def account_for(self, pending_images: Iterable[PendingImage]) -> None:
        """Record what became of images that an earlier run of the station had under way."""
        for pending in pending_images:
            stored = self._store.find(pending.image_digest, PixelFormat(pending.pixel_format))
            if stored is None:
                reason = "the station stopped before the image was on disk"
                self._recorder.image_lost(pending.part, pending.camera, pending.image_digest, reason)
            else:
                self._recorder.image_stored(
                    pending.part, pending.camera, pending.image_digest, stored.file_sha256, stored.size
                )


def image_store(child: Child) -> ImageStore:
    """The image store of the station directory, as the settings want it."""
    settings = child.config.images
    return ImageStore(
        child.station, png_level=settings.png_level, encoders=settings.encoders, queue_mb=settings.queue_mb
    )
