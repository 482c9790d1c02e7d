# SPDX-License-Identifier: AGPL-3.0-or-later
"""Images and documents: what was written decodes to the same pixels, and what is damaged is not believed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from inspector.errors import EvidenceError, ImageWriteFailed, StoreError
from inspector.evidence.record import pixel_digest
from inspector.part import ImageArray, PixelFormat
from inspector.store.documents import DocumentStore
from inspector.store.images import ImageStore, decode_png, encode_png


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ImageStore]:
    images = ImageStore(tmp_path, encoders=2, queue_mb=8)
    yield images
    images.close()


def picture(pixel_format: PixelFormat, height: int = 48, width: int = 65, seed: int = 1) -> tuple[str, ImageArray]:
    shape = (height, width, 3) if pixel_format.channels == 3 else (height, width)
    pixels = np.random.default_rng(seed).integers(0, 256, shape, np.uint8)
    return pixel_digest(pixel_format.value, pixels.data, height, width), pixels


@pytest.mark.parametrize("pixel_format", list(PixelFormat))
def test_every_format_is_lossless(store: ImageStore, pixel_format: PixelFormat) -> None:
    digest, pixels = picture(pixel_format)
    stored = store.submit(digest, pixel_format, pixels).result(10)
    path = store.path_of(digest)
    assert path.parent.name == digest[:2]
    assert (stored.file_sha256, stored.size) == (
        hashlib.sha256(path.read_bytes()).hexdigest(),
        path.stat().st_size,
    )
    assert np.array_equal(store.load(digest, pixel_format), pixels)
    assert store.find(digest, pixel_format) == stored
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("level", range(10))
def test_every_level_is_lossless(level: int) -> None:
    _, pixels = picture(PixelFormat.RGB8, 1, 1)
    assert np.array_equal(decode_png(encode_png(PixelFormat.RGB8, pixels, level), PixelFormat.RGB8), pixels)


def test_viewers_see_the_right_colour(store: ImageStore) -> None:
    red = np.zeros((4, 4, 3), np.uint8)
    red[:, :, 0] = 255
    digest = pixel_digest("RGB8", red.data, 4, 4)
    store.submit(digest, PixelFormat.RGB8, red).result(10)
    seen = cv2.imread(str(store.path_of(digest)))
    assert seen is not None
    assert seen[0, 0].tolist() == [0, 0, 255]


def test_the_same_image_twice_is_one_file_and_a_damaged_one_is_replaced(store: ImageStore) -> None:
    digest, pixels = picture(PixelFormat.MONO8)
    first = store.submit(digest, PixelFormat.MONO8, pixels).result(10)
    written = store.path_of(digest).stat().st_mtime_ns
    assert store.submit(digest, PixelFormat.MONO8, pixels).result(10) == first
    assert store.path_of(digest).stat().st_mtime_ns == written
    data = bytearray(store.path_of(digest).read_bytes())
    data[len(data) // 2] ^= 1
    store.path_of(digest).write_bytes(data)
    assert store.find(digest, PixelFormat.MONO8) is None
    with pytest.raises(EvidenceError):
        store.load(digest, PixelFormat.MONO8)
    assert store.submit(digest, PixelFormat.MONO8, pixels).result(10) == first
    assert np.array_equal(store.load(digest, PixelFormat.MONO8), pixels)


def test_another_image_under_this_name_is_noticed(store: ImageStore) -> None:
    digest, _ = picture(PixelFormat.MONO8)
    _, other = picture(PixelFormat.MONO8, seed=2)
    path = store.path_of(digest)
    path.parent.mkdir()
    path.write_bytes(encode_png(PixelFormat.MONO8, other, 1))
    with pytest.raises(EvidenceError, match="other pixels"):
        store.load(digest, PixelFormat.MONO8)
    with pytest.raises(EvidenceError, match="no RGB8"):
        store.load(digest, PixelFormat.RGB8)
    with pytest.raises(StoreError, match="cannot be read"):
        store.load("0" * 64, PixelFormat.MONO8)


def test_the_queue_is_bounded_and_tells(tmp_path: Path) -> None:
    store = ImageStore(tmp_path, encoders=1, queue_mb=8)
    digest, pixels = picture(PixelFormat.MONO8, 2048, 2048)
    try:
        with store._lock:  # holds the encoders' accounting, so that nothing leaves the queue meanwhile
            store._waiting = 8 << 20
        assert not store.full
        futures = [store.submit(digest, PixelFormat.MONO8, pixels) for _ in range(2)]
        assert store._waiting <= 16 << 20
        with store._lock:
            store._waiting += 8 << 20
        assert store.full
        with pytest.raises(ImageWriteFailed, match="full"):
            store.submit(digest, PixelFormat.MONO8, pixels).result(10)
        assert all(future.result(30).digest == digest for future in futures)
    finally:
        store.close()
    assert store._waiting == 16 << 20
    with pytest.raises(ImageWriteFailed, match="closed"):
        store.submit(digest, PixelFormat.MONO8, pixels).result(10)


def test_an_unwritable_folder_is_an_error_on_the_future(store: ImageStore) -> None:
    digest, pixels = picture(PixelFormat.MONO8)
    store.path_of(digest).parent.write_bytes(b"a file where the folder should be")
    with pytest.raises(ImageWriteFailed, match="cannot be"):
        store.submit(digest, PixelFormat.MONO8, pixels).result(10)


def test_temporaries_of_a_killed_writer_are_removed(tmp_path: Path) -> None:
    (tmp_path / "images" / "incoming").mkdir(parents=True)
    left = tmp_path / "images" / "incoming" / ".x.png.0000.tmp"
    left.write_bytes(b"half")
    ImageStore(tmp_path).close()
    assert not left.exists()


def test_documents_are_kept_under_their_hash(tmp_path: Path) -> None:
    documents = DocumentStore(tmp_path)
    digest = documents.put(b"a recipe")
    assert documents.put(b"a recipe") == digest
    assert documents.get(digest) == b"a recipe"
    documents.path_of(digest).write_bytes(b"another")
    with pytest.raises(EvidenceError):
        documents.get(digest)
    assert documents.put(b"a recipe") == digest
    assert documents.get(digest) == b"a recipe"
    with pytest.raises(StoreError):
        documents.get("0" * 64)
