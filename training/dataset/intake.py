# SPDX-License-Identifier: AGPL-3.0-or-later
"""Examines what an importer found, beside what is in the dataset already, and says everything that is wrong with it."""

from __future__ import annotations

import math
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from inspector.errors import DatasetRefused
from training.dataset.incoming import Gathered, Incoming, RawBox
from training.dataset.manifest import MAX_CLASSES, Box, Image, Manifest, Source, box_of, proposal_of
from training.dataset.near import near_pairs
from training.dataset.picture import MAX_FILE_BYTES, Facts, Flaw, examine
from training.dataset.problems import Kind, Problems
from training.dataset.splits import find_leaks, join_splits

OUTSIDE_PX = 1.0
"""So far a box may reach out of the picture before it is wrong: labelling tools round; it is cut off there."""
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Options:
    """How pictures are taken in.

    Attributes:
        importer: Name of the importer.
        part_from, lot_from, group_from: Where in a picture's name its part, lot or group stands: the first group of
            the pattern, or all that it matches.
        part_is_file: Each picture shows another part.
        add_classes: The dataset may get more classes.
        update: Labels of pictures that are there already are replaced.
    """

    importer: str
    part_from: re.Pattern[str] | None = None
    lot_from: re.Pattern[str] | None = None
    group_from: re.Pattern[str] | None = None
    part_is_file: bool = False
    add_classes: bool = False
    update: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import is going to do.

    Attributes:
        manifest: The dataset afterwards.
        files: Picture to copy, by its name in the dataset.
        added, updated, known: Pictures that are new, whose labels change, and that were there as they are.
    """

    manifest: Manifest
    files: dict[str, Path]
    added: int
    updated: int
    known: int


def take_in(
    before: Manifest, gathered: Gathered, options: Options, problems: Problems, progress: Progress | None = None
) -> Plan:
    """Examine all pictures and labels; the plan is fit to be carried out only if there is no error among the problems.

    Args:
        before: The dataset as it is; one without classes and pictures for a new one.
        gathered: What the importer found.
        options: How.
        problems: Receives what is wrong.
        progress: Told of a stage, how much of it is done, and of how much.
    """
    classes = _classes(before, gathered, options, problems)
    images, files, known_names = {one.sha256: one for one in before.images}, {}, {}
    added = updated = known = 0
    new: list[Image] = []
    for one, facts in _examined(gathered.pictures, progress):
        if isinstance(facts, Flaw):
            problems.error(facts.kind, one.name, facts.what)
            continue
        image = _image(one, facts, classes, options, problems)
        if image is None:
            continue
        there = images.get(image.sha256)
        if there is None:
            images[image.sha256] = image
            files[image.file] = one.path
            known_names[image.sha256] = one.name
            new.append(image)
            added += 1
        elif image.sha256 in known_names and there.split != image.split:  # one in the dataset stays where it is
            told = f"is the same file as {there.source.file}, which is in {there.split}, and not in {image.split}"
            problems.error(Kind.LEAK, one.name, told)
        elif (there.state, there.boxes) == (image.state, image.boxes) or image.state == "unlabelled":
            if image.sha256 in known_names:
                problems.warn(Kind.SAME_FILE, one.name, f"is the same file as {there.source.file}: kept once")
            images[image.sha256] = _sampled(there, image)
            known += 1
        elif options.update and before.splits.test_lock is not None and there.split == "test":  # nothing in it changes
            problems.error(Kind.TEST_LOCKED, one.name, "has other labels in the locked test set; --unlock gives it up")
        elif there.state == "unlabelled" or (options.update and image.sha256 not in known_names):
            images[image.sha256] = _sampled(_updated(there, image), image)
            updated += 1
        else:
            problems.error(
                Kind.OTHER_LABELS,
                one.name,
                f"is the same file as {there.source.file} with other labels; --update replaces those of the dataset",
            )
    if not gathered.pictures and not problems.errors:
        problems.error(Kind.SOURCE, options.importer, "names no pictures")
    whole = sorted(images.values(), key=lambda image: image.sha256)
    whole = join_splits(whole, before.splits, {image.sha256 for image in new}, problems)
    compare(whole, {image.sha256 for image in new}, problems)
    find_leaks(whole, before.splits, problems)
    check_shapes(whole, problems)
    used = Counter(box.class_name for image in whole for box in image.boxes)
    for name in classes if used else ():  # before anything is labelled it says nothing
        if not used[name]:
            problems.warn(Kind.EMPTY_CLASS, name, "no box has this class")
    if problems.errors:
        return Plan(before, {}, 0, 0, 0)
    try:
        manifest = Manifest(name=before.name, classes=classes, splits=before.splits, images=tuple(whole))
    except ValidationError as error:
        raise DatasetRefused(f"The pictures make no dataset: {error}", "Import fewer at once") from error
    return Plan(manifest, files, added, updated, known)


def _classes(before: Manifest, gathered: Gathered, options: Options, problems: Problems) -> tuple[str, ...]:
    boxes = [box for one in gathered.pictures for box in (*one.boxes, *one.proposals)]
    theirs = gathered.classes if gathered.classes is not None else tuple(sorted({box.class_name for box in boxes}))
    fresh = [name for name in theirs if name not in before.classes]
    if before.classes and fresh and not options.add_classes:
        for name in fresh:
            problems.error(Kind.UNKNOWN_CLASS, name, "the dataset has no such class; --add-classes adds it")
        return before.classes
    for name in fresh:
        if not 1 <= len(name) <= 200:
            problems.error(Kind.UNKNOWN_CLASS, ascii(name[:40]), "no name for a class: 1 to 200 characters")
    if len(before.classes) + len(fresh) > MAX_CLASSES:
        problems.error(Kind.UNKNOWN_CLASS, "classes", f"more than {MAX_CLASSES}")
    return (*before.classes, *fresh)


def _examined(pictures: Sequence[Incoming], progress: Progress | None) -> Iterable[tuple[Incoming, Facts | Flaw]]:
    """Read, decode and hash all files, on every core: OpenCV and hashing let other threads run."""
    with ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="examine") as pool:
        for number, (one, facts) in enumerate(zip(pictures, pool.map(_examine, pictures), strict=True), 1):
            if progress is not None:
                progress("pictures", number, len(pictures))
            yield one, facts


def _examine(one: Incoming) -> Facts | Flaw:
    try:
        with one.path.open("rb") as stream:
            return examine(stream.read(MAX_FILE_BYTES + 1))
    except OSError as error:
        return Flaw(Kind.BROKEN_PICTURE, f"cannot be read: {error.strerror}")


def _image(one: Incoming, facts: Facts, classes: tuple[str, ...], options: Options, problems: Problems) -> Image | None:
    label = one.label or one.name
    boxes = _boxes(one.boxes, facts, classes, label, problems)
    proposals = tuple(proposal_of(box) for box in _boxes(one.proposals, facts, classes, label, Problems()))
    if one.state == "labelled" and not boxes:
        return None  # each of its boxes is a problem
    part = one.part or _told(options.part_from, one, "part", problems)
    if part is None and options.part_is_file:
        part = one.name[-200:]
    try:
        return Image(
            sha256=facts.sha256,
            pixels_sha256=facts.pixels_sha256,
            file=f"images/{facts.sha256[:2]}/{facts.sha256}.{facts.suffix}",
            width=facts.width,
            height=facts.height,
            channels=1 if facts.channels == 1 else 3,
            look=facts.look,
            brightness_milli=facts.brightness_milli,
            part=part,
            lot=one.lot or _told(options.lot_from, one, "lot", problems),
            group=one.group or _told(options.group_from, one, "group", problems),
            state=one.state,
            boxes=boxes,
            proposals=proposals,
            split=one.split,
            stratum=one.stratum,  # type: ignore[arg-type] # pydantic refuses others
            probability_ppm=one.probability_ppm,
            source=Source(importer=options.importer, file=one.name[-1000:], **one.origin),  # type: ignore[arg-type]
        )
    except (ValidationError, UnicodeEncodeError) as error:
        problems.error(Kind.LABEL_FILE, label, f"does not fit a dataset: {error}")
        return None


def _told(pattern: re.Pattern[str] | None, one: Incoming, what: str, problems: Problems) -> str | None:
    if pattern is None:
        return None
    found = pattern.search(one.name)
    text = (found.group(1) if pattern.groups else found.group()) if found else None
    if not text:
        problems.error(Kind.NAME_CLASH, one.name, f"the pattern for the {what} does not match this name")
        return None
    return text[:200]


def _boxes(
    raw: Iterable[RawBox], facts: Facts, classes: tuple[str, ...], where: str, problems: Problems
) -> tuple[Box, ...]:
    boxes: dict[Box, None] = {}
    for number, one in enumerate(raw, 1):
        place = f"{where}, box {number} ({one.class_name[:40]})"
        box = fit_box(one, facts.width, facts.height)
        if one.class_name not in classes:
            problems.error(Kind.UNKNOWN_CLASS, place, "this class is not in the list of classes")
        elif isinstance(box, Flaw):
            problems.error(box.kind, place, box.what)
        elif box in boxes:
            problems.warn(Kind.BOX_TWICE, place, "is there twice: kept once")
        else:
            boxes[box] = None
    return tuple(sorted(boxes, key=lambda box: (box.class_name, box.x, box.y, box.w, box.h)))


def fit_box(raw: RawBox, width: int, height: int) -> Box | Flaw:
    """A box in pixels of a picture, in steps of 1/16, cut off at its edges; or what is wrong with it."""
    wide, high = (width, height) if raw.relative else (1, 1)
    x0, y0, x1, y1 = raw.x * wide, raw.y * high, (raw.x + raw.w) * wide, (raw.y + raw.h) * high
    if not all(math.isfinite(value) for value in (x0, y0, x1, y1)):
        return Flaw(Kind.BOX_OUTSIDE, "has no finite place")
    told = f"{x0:.1f}, {y0:.1f} to {x1:.1f}, {y1:.1f} in a picture of {width} x {height} px"
    if x1 - x0 <= 0 or y1 - y0 <= 0:
        return Flaw(Kind.BOX_EMPTY, f"has no size: {told}")
    if min(x0, y0) < -OUTSIDE_PX or x1 > width + OUTSIDE_PX or y1 > height + OUTSIDE_PX:
        return Flaw(Kind.BOX_OUTSIDE, f"lies outside: {told}")
    x0, x1 = (round(min(max(value, 0), width) * 16) / 16 for value in (x0, x1))
    y0, y1 = (round(min(max(value, 0), height) * 16) / 16 for value in (y0, y1))
    if x1 - x0 < 1 or y1 - y0 < 1:
        return Flaw(Kind.BOX_EMPTY, f"is smaller than a pixel: {told}")
    return box_of(raw.class_name, x0, y0, x1 - x0, y1 - y0)


def _updated(there: Image, image: Image) -> Image:
    """The picture that is there with the labels of the new one; what it shows and where it lies stays."""
    source = there.source.model_copy(update={"review": image.source.review or there.source.review})
    changes: dict[str, object] = {"state": image.state, "boxes": image.boxes, "source": source}
    return there.model_copy(update=changes | {"proposals": image.proposals, "proposed_by": None})


def _sampled(there: Image, image: Image) -> Image:
    """Once drawn at random, always: of two shares with one seed the larger one counts."""
    if image.stratum != "random":
        return there
    probability = max(image.probability_ppm or 0, there.probability_ppm or 0)
    return there.model_copy(update={"stratum": "random", "probability_ppm": probability})


def compare(images: Sequence[Image], new: set[str], problems: Problems) -> None:
    """Note pictures with the same pixels in different files, and those that look nearly the same.

    Args:
        images: The whole dataset.
        new: Hashes of those that have not been compared before.
        problems: Receives what is found.
    """
    ordered = sorted(images, key=lambda image: (image.sha256 in new, image.source.file))
    first = sum(image.sha256 not in new for image in ordered)
    by_pixels: dict[str, Image] = {}
    for number, image in enumerate(ordered):
        other = by_pixels.setdefault(image.pixels_sha256, image)
        if other is image or number < first:
            continue
        if (other.state, other.boxes) == (image.state, image.boxes) or "unlabelled" in (other.state, image.state):
            problems.warn(Kind.SAME_PIXELS, image.source.file, f"has the same pixels as {other.source.file}")
        else:
            problems.error(
                Kind.OTHER_LABELS, image.source.file, f"has the same pixels as {other.source.file}, and other labels"
            )
    for i, j in near_pairs([image.look for image in ordered], first):
        a, b = ordered[i], ordered[j]
        same_part = a.part is not None and a.part == b.part
        if a.pixels_sha256 != b.pixels_sha256 and not same_part:
            apart = f", and lies in {b.split}, that in {a.split}" if a.split != b.split else ""
            problems.warn(Kind.NEARLY_SAME, b.source.file, f"looks nearly the same as {a.source.file}{apart}")


def check_shapes(images: Sequence[Image], problems: Problems) -> None:
    """Note pictures with another number of channels than most, and that there are several sizes."""
    channels = Counter(image.channels for image in images)
    if len(channels) > 1:
        usual = channels.most_common(1)[0][0]
        for image in images:
            if image.channels != usual:
                what = f"{image.channels} channels, while most pictures have {usual}"
                problems.error(Kind.CHANNELS, image.source.file, what)
    sizes = Counter((image.width, image.height) for image in images)
    if len(sizes) > 1:
        told = ", ".join(f"{number} of {w} x {h}" for (w, h), number in sizes.most_common(5))
        more = "" if len(sizes) <= 5 else f" and {len(sizes) - 5} more"
        problems.warn(Kind.SIZES, "pictures", f"have {len(sizes)} sizes: {told}{more}")
