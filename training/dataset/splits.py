# SPDX-License-Identifier: AGPL-3.0-or-later
"""Divides a dataset by part, lot or group, never by picture, and finds what leaks from one split into another."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from training.dataset.manifest import SPLITS, Image, SplitName, Splits
from training.dataset.problems import Kind, Problems


def clusters(images: Sequence[Image], splits: Splits) -> list[list[Image]]:
    """The pictures that must stay together: the same part (or lot, or group), the same group, or the same pixels."""
    parents = list(range(len(images)))

    def root(index: int) -> int:
        while parents[index] != index:
            parents[index] = parents[parents[index]]
            index = parents[index]
        return index

    owners: dict[tuple[str, str], int] = {}
    for index, image in enumerate(images):
        for key in keys_of(image, splits):
            parents[root(index)] = root(owners.setdefault(key, index))
    found: dict[int, list[Image]] = defaultdict(list)
    for index, image in enumerate(images):
        found[root(index)].append(image)
    return list(found.values())


def keys_of(image: Image, splits: Splits) -> Iterator[tuple[str, str]]:
    """What a picture shares with others that have to stay with it."""
    yield "pixels", image.pixels_sha256
    if image.group is not None:
        yield "group", image.group
    value: str | None = getattr(image, splits.by)
    if value is not None:
        yield splits.by, value


def find_leaks(images: Sequence[Image], splits: Splits, problems: Problems) -> None:
    """Note every part, lot, group or picture that is in two splits.

    A lot or part that crosses is an error where it is what the dataset is divided by, and a warning otherwise.
    """
    found: dict[tuple[str, str], dict[str, Image]] = defaultdict(dict)
    for image in images:
        if image.split == "none":
            continue
        fatal = set(keys_of(image, splits))
        also = {("part", image.part), ("lot", image.lot)}
        for kind, value in fatal | {(kind, value) for kind, value in also if value is not None}:
            found[kind, value].setdefault(image.split, image)
    for (kind, value), by_split in sorted(found.items()):
        if len(by_split) < 2:
            continue
        names = " and ".join(f"{split} ({by_split[split].source.file})" for split in sorted(by_split))
        if kind in ("pixels", "group", splits.by):
            problems.error(Kind.LEAK, f"{kind} {value[:40]}", f"is in {names}")
        else:
            problems.warn(Kind.LEAK, f"{kind} {value[:40]}", f"is in {names}: figures may flatter")


def join_splits(images: Sequence[Image], splits: Splits, new: set[str], problems: Problems) -> list[Image]:
    """New pictures without a split go where the others of their part are; a locked test set takes none.

    Args:
        images: The whole dataset.
        splits: How it is divided.
        new: Hashes of the new pictures.
        problems: Receives what cannot join.
    """
    places: dict[str, SplitName] = {}
    for cluster in clusters(images, splits):
        old = {image.split for image in cluster if image.sha256 not in new and image.split != "none"}
        for image in cluster:
            if image.sha256 not in new:
                continue
            wanted: SplitName = image.split
            if wanted == "none" and len(old) == 1:
                wanted = next(iter(old))
            if wanted == "test" and splits.test_lock is not None:
                problems.warn(Kind.TEST_LOCKED, image.source.file, "belongs to the locked test set: left out of all")
                wanted = "none"
            places[image.sha256] = wanted
    return [_placed(image, places.get(image.sha256, image.split)) for image in images]


def _placed(image: Image, split: SplitName) -> Image:
    return image if image.split == split else image.model_copy(update={"split": split})


def divide(images: Sequence[Image], splits: Splits, *, anew: bool = False) -> list[Image]:
    """Deal the parts (lots, groups) that are in no split yet out to train, val and test.

    The order comes from the seed and a hash of what each cluster is, so that the same dataset is divided in the same
    way everywhere. Each goes where most pictures of its kind - its rarest class, good, unlabelled - are missing for the
    shares. What is in a split stays there, so that a dataset may grow.

    Args:
        images: The whole dataset; there is a part (lot, group) for each picture.
        splits: By what, seed and shares.
        anew: Deal everything out again; a locked test set stays.
    """
    shares = {"test": splits.test_ppm / 1e6, "val": splits.val_ppm / 1e6}
    shares["train"] = 1 - shares["val"] - shares["test"]
    if splits.test_lock is not None:
        shares["test"] = 0.0
    used = Counter(box.class_name for image in images for box in image.boxes)
    totals: dict[str, Counter[str]] = defaultdict(Counter)
    places: dict[str, SplitName] = {}
    waiting: list[tuple[bytes, str, list[Image]]] = []
    for cluster in clusters(images, splits):
        kind = _kind(cluster, used)
        there = {image.split for image in cluster if image.split != "none"}
        locked = splits.test_lock is not None and "test" in there
        if locked or (there and not anew):
            place = sorted(there)[0]
            for image in cluster:  # what came to the part of a locked test picture later stays out of all splits
                places[image.sha256] = image.split if locked else place
            if not locked:
                totals[kind][place] += len(cluster)
        else:
            waiting.append((_order(cluster, splits), kind, cluster))
    for _, kind, cluster in sorted(waiting, key=lambda one: one[0]):
        counts = totals[kind]
        size = sum(counts.values()) + len(cluster)
        chosen = max(shares, key=lambda name: (shares[name] > 0, shares[name] * size - counts[name], shares[name]))
        counts[chosen] += len(cluster)
        for image in cluster:
            places[image.sha256] = chosen  # type: ignore[assignment]
    return [_placed(image, places[image.sha256]) for image in images]


def _kind(cluster: Iterable[Image], used: Counter[str]) -> str:
    """Its rarest class, or its state where there is none."""
    names = {box.class_name for image in cluster for box in image.boxes}
    if names:
        return f"class {min(names, key=lambda name: (used[name], name))}"
    return "unlabelled" if any(image.state == "unlabelled" for image in cluster) else "good"


def _order(cluster: Sequence[Image], splits: Splits) -> bytes:
    names = sorted({getattr(image, splits.by) or image.pixels_sha256 for image in cluster})
    return hashlib.sha256(json.dumps([splits.seed, names]).encode("ascii")).digest()


def digest_of_test(images: Iterable[Image]) -> str:
    """What a locked test set is held to: SHA-256 over its pictures and their labels, 64 hex digits."""
    plain = [
        [image.sha256, image.state, [[box.class_name, box.x, box.y, box.w, box.h] for box in image.boxes]]
        for image in sorted(images, key=lambda image: image.sha256)
        if image.split == "test"
    ]
    return hashlib.sha256(json.dumps(plain, separators=(",", ":")).encode("ascii")).hexdigest()


def counts(images: Iterable[Image]) -> dict[str, int]:
    """Pictures by split."""
    found = Counter(image.split for image in images)
    return {name: found[name] for name in (*SPLITS, "none")}
