# SPDX-License-Identifier: AGPL-3.0-or-later
"""Checks a dataset as it lies on disk: files, hashes, labels, duplicates, leaks, the locked test set."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from training.dataset.folder import MANIFEST, DatasetFolder
from training.dataset.intake import check_shapes, compare
from training.dataset.manifest import Image, Manifest
from training.dataset.picture import MAX_FILE_BYTES, Flaw, examine
from training.dataset.problems import Kind, Problems
from training.dataset.splits import digest_of_test, find_leaks

_OURS = {MANIFEST, "test-uses.json", ".lock", "sheet.jpg"}


def check(folder: DatasetFolder, problems: Problems, progress: Callable[[str, int, int], None] | None = None) -> None:
    """Note everything that is wrong with a dataset.

    Raises:
        DatasetRefused: There is no manifest, or it is damaged.
    """
    manifest = folder.load()
    with ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="check") as pool:
        told = pool.map(lambda image: _file(folder.path, image), manifest.images)
        for number, (image, flaw) in enumerate(zip(manifest.images, told, strict=True), 1):
            if flaw is not None:
                problems.error(flaw.kind, image.file, flaw.what)
            if progress is not None:
                progress("pictures", number, len(manifest.images))
    compare(manifest.images, {image.sha256 for image in manifest.images}, problems)
    check_shapes(manifest.images, problems)
    find_leaks(manifest.images, manifest.splits, problems)
    check_lock(manifest, problems)
    used = Counter(box.class_name for image in manifest.images for box in image.boxes)
    for name in manifest.classes if used else ():
        if not used[name]:
            problems.warn(Kind.EMPTY_CLASS, name, "no box has this class")
    _strangers(folder.path, manifest, problems)


def check_lock(manifest: Manifest, problems: Problems) -> None:
    """Note a locked test set that is not what it was when it was locked."""
    lock = manifest.splits.test_lock
    if lock is not None and digest_of_test(manifest.images) != lock:
        problems.error(Kind.TEST_LOCKED, MANIFEST, "the locked test set was changed: its pictures or their labels")


def _file(folder: Path, image: Image) -> Flaw | None:
    try:
        with (folder / image.file).open("rb") as stream:
            facts = examine(stream.read(MAX_FILE_BYTES + 1))
    except OSError as error:
        return Flaw(Kind.MISSING_PICTURE, f"cannot be read: {error.strerror}")
    if isinstance(facts, Flaw):
        return facts
    there = (facts.sha256, facts.pixels_sha256, facts.width, facts.height, facts.channels)
    if there != (image.sha256, image.pixels_sha256, image.width, image.height, image.channels):
        return Flaw(Kind.DATASET_FILE, "is not the file that the manifest names: it was changed")
    return None


def _strangers(folder: Path, manifest: Manifest, problems: Problems) -> None:
    """Files that no manifest names: left by a killed import, or put there by hand."""
    named = {image.file for image in manifest.images} | _OURS
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name not in named:
            problems.warn(Kind.DATASET_FILE, name, "is not in the manifest, and counts for nothing")
