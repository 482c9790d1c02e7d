# SPDX-License-Identifier: AGPL-3.0-or-later
"""Lossless images, each under the digest of its pixels: `images/<first two digits>/<digest>.png`."""

from __future__ import annotations

import errno
import hashlib
import logging
import queue
import threading
from collections import Counter
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from inspector.durable import make_directory, remove_stale_temporaries, write_durable
from inspector.errors import DiskFull, EvidenceError, ImageWriteFailed, StoreError
from inspector.evidence.record import pixel_digest
from inspector.part import ImageArray, PixelFormat

log = logging.getLogger(__name__)

FOLDER = "images"


@dataclass(frozen=True, slots=True)
class StoredImage:
    """An image file that is durable.

    Attributes:
        digest: Digest of the pixels, 64 hex digits (`pixel_digest`).
        file_sha256: SHA-256 of the file, 64 hex digits.
        size: Bytes of the file.
    """

    digest: str
    file_sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class _Removal:
    digest: str
    future: Future[bool]


@dataclass(frozen=True, slots=True)
class _Job:
    digest: str
    pixel_format: PixelFormat
    pixels: ImageArray
    future: Future[StoredImage]


def encode_png(pixel_format: PixelFormat, pixels: ImageArray, level: int) -> bytes:
    """Encode as PNG, so that any viewer shows the right colours; Bayer images stay the mosaic they are.

    Level 1 looks for runs only: pictures of parts have noise, in which the search for repetitions finds nothing. Half
    the time of zlib's own level 1 and smaller files, on the sample parts and on photographs of circuit boards.

    Args:
        pixel_format: Layout of `pixels`.
        pixels: `(h, w) uint8`, or `(h, w, 3) uint8` for RGB8 and BGR8.
        level: 0 (fast) to 9 (small).

    Raises:
        ImageWriteFailed: OpenCV cannot encode it.
    """
    bgr = pixels[:, :, ::-1] if pixel_format is PixelFormat.RGB8 else pixels
    options = [cv2.IMWRITE_PNG_COMPRESSION, level, cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_UP]
    if level == 1:
        options += [cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE]
    try:
        done, data = cv2.imencode(".png", np.ascontiguousarray(bgr), options)
    except cv2.error as error:
        raise ImageWriteFailed(f"An image of shape {pixels.shape} cannot be encoded: {error}") from error
    if not done:
        raise ImageWriteFailed(f"An image of shape {pixels.shape} cannot be encoded")
    return bytes(data.data)


def decode_png(data: bytes, pixel_format: PixelFormat) -> ImageArray:
    """The pixels in the camera's layout.

    Raises:
        EvidenceError: The file is damaged, or no image of this format.
    """
    try:
        decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise EvidenceError(f"The image cannot be decoded: {error}") from error
    dimensions = 3 if pixel_format.channels == 3 else 2
    if decoded is None or decoded.dtype != np.uint8 or decoded.ndim != dimensions:
        raise EvidenceError(f"The image is damaged or is no {pixel_format.value} image")
    turned = decoded[:, :, ::-1] if pixel_format is PixelFormat.RGB8 else decoded
    return np.ascontiguousarray(turned, dtype=np.uint8)


def path_in(station: Path, digest: str) -> Path:
    """Where the image with this digest is in a station directory, or would be."""
    return station / FOLDER / digest[:2] / f"{digest}.png"


def load_image(station: Path, digest: str, pixel_format: PixelFormat) -> ImageArray:
    """Read an image: `(h, w) uint8` or `(h, w, 3) uint8` in the camera's order.

    Raises:
        StoreError: It is not there.
        EvidenceError: It is damaged, or holds other pixels.
    """
    try:
        data = path_in(station, digest).read_bytes()
    except OSError as error:
        raise StoreError(f"Image {digest} cannot be read: {error.strerror}") from error
    return _checked(data, digest, pixel_format)


def _checked(data: bytes, digest: str, pixel_format: PixelFormat) -> ImageArray:
    pixels = decode_png(data, pixel_format)
    height, width = pixels.shape[:2]
    if pixel_digest(pixel_format.value, pixels.data, height, width) != digest:
        raise EvidenceError(f"The file of image {digest} holds other pixels", "Run `inspector verify`")
    return pixels


class ImageStore:
    """Writes images in its own threads, and reads them back.

    Args:
        station: Station directory.
        png_level: 0 (fast, large) to 9 (slow, small).
        encoders: Threads.
        queue_mb: Pixels that may wait; above this `full` is True and the station drops Ready. At twice as much
            images are refused, so that memory stays bounded also when Ready is ignored.

    Raises:
        StoreError: Its folder cannot be made, or not be read.
    """

    def __init__(self, station: Path, *, png_level: int = 1, encoders: int = 1, queue_mb: int = 128) -> None:
        self._station = station
        self._folder = station / FOLDER
        self._scratch = self._folder / "incoming"
        try:
            make_directory(self._scratch)
            remove_stale_temporaries(self._scratch)
        except OSError as error:
            raise StoreError(f"{self._folder} cannot be used: {error}", "Check the disk and who may write") from error
        self._level = png_level
        self._limit = queue_mb << 20
        self._waiting = 0
        self._closed = False
        self._lock = threading.Lock()
        self._unrecorded: Counter[str] = Counter()
        self._doomed: dict[str, bool] = {}  # digest -> whether a part has needed it since
        self._queue: queue.SimpleQueue[_Job | _Removal | None] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=self._run, name=f"image-encoder-{number}", daemon=True)
            for number in range(encoders)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def full(self) -> bool:
        """True while more waits for the encoders than the settings allow: the station drops Ready."""
        return self._waiting > self._limit

    @property
    def idle(self) -> bool:
        """Whether nothing waits and nothing is being written."""
        return self._waiting == 0

    def alive(self) -> bool:
        """False when an encoder has died: what waits for it is never stored."""
        return all(thread.is_alive() for thread in self._threads)

    def submit(self, digest: str, pixel_format: PixelFormat, pixels: ImageArray) -> Future[StoredImage]:
        """Store one image; `recorded` is to follow when its record is handed over.

        The future is resolved when the file is durable under its name; its callbacks run in an encoder's thread.

        Args:
            digest: `pixel_digest` of the image.
            pixel_format: Layout of `pixels`.
            pixels: `(h, w) uint8` or `(h, w, 3) uint8`; the caller must not change them afterwards.

        Returns:
            A future with the file, or with one of ImageWriteFailed and DiskFull.
        """
        future: Future[StoredImage] = Future()
        future.set_running_or_notify_cancel()
        with self._lock:
            self._unrecorded[digest] += 1
            if digest in self._doomed:
                self._doomed[digest] = True
            refused = self._closed or self._waiting + pixels.nbytes > 2 * self._limit
            if not refused:
                self._waiting += pixels.nbytes
                self._queue.put(_Job(digest, pixel_format, pixels, future))
        if refused:
            advice = "Check the disk, or raise images.encoders or images.queue_mb"
            future.set_exception(ImageWriteFailed(f"Image {digest[:16]} found the queue full or closed", advice))
        return future

    def recorded(self, digest: str) -> None:
        """The record that this image is stored, or lost, was handed to the writer: who reads it there knows of it."""
        with self._lock:
            self._unrecorded[digest] -= 1
            if self._unrecorded[digest] <= 0:
                del self._unrecorded[digest]

    def doom(self, digest: str) -> bool:
        """Announce that an image may be erased; False when a part that is not recorded yet needs it.

        From here on `remove` leaves it where it is if another part comes to need it. `spare` takes it back.
        """
        with self._lock:
            if digest in self._unrecorded:
                return False
            self._doomed[digest] = False
            return True

    def spare(self, digest: str) -> None:
        """It is not erased after all."""
        with self._lock:
            self._doomed.pop(digest, None)

    def remove(self, digest: str) -> Future[bool]:
        """Remove the file of a doomed image, after its erasure is recorded.

        Returns:
            A future: True when the file is gone, False when it stays because another part has come to need it; or
            with a StoreError.
        """
        future: Future[bool] = Future()
        future.set_running_or_notify_cancel()
        with self._lock:
            if self._closed:
                future.set_exception(StoreError("The image store is closed", "The next start removes the file"))
            else:
                self._queue.put(_Removal(digest, future))
        return future

    def path_of(self, digest: str) -> Path:
        """Where the image with this digest is, or would be."""
        return path_in(self._station, digest)

    def find(self, digest: str, pixel_format: PixelFormat) -> StoredImage | None:
        """The stored file if it can be read and decodes to this digest; None if not."""
        try:
            data = self.path_of(digest).read_bytes()
        except OSError:
            return None
        try:
            _checked(data, digest, pixel_format)
        except EvidenceError as error:
            log.error("%s", error)
            return None
        return StoredImage(digest, hashlib.sha256(data).hexdigest(), len(data))

    def load(self, digest: str, pixel_format: PixelFormat) -> ImageArray:
        """Read an image back, see `load_image`."""
        return load_image(self._station, digest, pixel_format)

    def close(self) -> None:
        """Write what waits, then end the threads. Safe to call twice."""
        with self._lock:
            self._closed = True
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        while (job := self._queue.get()) is not None:
            if isinstance(job, _Removal):
                self._remove(job)
                continue
            try:
                stored = self._store(job)
            except StoreError as error:
                job.future.set_exception(error)
            except BaseException as error:
                job.future.set_exception(ImageWriteFailed(f"Image {job.digest[:16]}: {error!r}"))
                raise
            else:
                job.future.set_result(stored)
            finally:
                with self._lock:
                    self._waiting -= job.pixels.nbytes

    def _remove(self, job: _Removal) -> None:
        with self._lock:  # `submit` says under it that a part needs the file
            needed = self._doomed.pop(job.digest, True)
            try:
                if not needed:
                    self.path_of(job.digest).unlink(missing_ok=True)
            except OSError as error:
                advice = "Check its permissions; it is erased by its record, and the next start tries again"
                path = self.path_of(job.digest)
                job.future.set_exception(StoreError(f"{path} cannot be removed: {error.strerror}", advice))
                return
        job.future.set_result(not needed)

    def _store(self, job: _Job) -> StoredImage:
        stored = self.find(job.digest, job.pixel_format)
        if stored is not None:
            return stored
        data = encode_png(job.pixel_format, job.pixels, self._level)
        path = self.path_of(job.digest)
        try:
            make_directory(path.parent)
            write_durable(path, data, scratch=self._scratch)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise DiskFull(f"No space for image {path}", "Free space on this disk") from error
            raise ImageWriteFailed(f"Image {path} cannot be written: {error}", "Check the disk") from error
        return StoredImage(job.digest, hashlib.sha256(data).hexdigest(), len(data))
