# SPDX-License-Identifier: AGPL-3.0-or-later
"""Writes synthetic parts as a YOLO dataset with a manifest that pins every byte."""

import hashlib
import json
import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from itertools import repeat
from pathlib import Path

import cv2
import numpy as np

from training.synth.part import GENERATOR_VERSION, SynthPart, render_part
from training.synth.scene import CLASS_NAMES, FRAME_PX

_CHUNK = 16


@dataclass(frozen=True)
class DatasetSpec:
    """What to write.

    Attributes:
        out: folder of the dataset; it is made if needed.
        parts: training parts, numbers 0 .. parts-1 of the batch.
        val: validation parts, the numbers after them.
        seed: batch of the generator.
        good_share: probability of a good part, 0..1.
        size: edge of the written square picture in pixels; 640 is the frame itself.
        only: class of the one defect on each part (then no part is good), to strengthen a weak class.
        test: parts to test with, the numbers after the validation parts.
    """

    out: Path
    parts: int
    val: int
    seed: int
    good_share: float
    size: int = FRAME_PX
    only: str | None = None
    test: int = 0

    def split(self, index: int) -> str:
        """Where a part belongs."""
        return "train" if index < self.parts else "val" if index < self.parts + self.val else "test"


def yolo_labels(part: SynthPart) -> str:
    """Return the part's labels, one `class cx cy w h` line per defect, relative to the frame (0..1)."""
    lines = []
    for defect in part.defects:
        x1, y1, x2, y2 = (v / FRAME_PX for v in defect.box)
        index = CLASS_NAMES.index(defect.name)
        lines.append(f"{index} {(x1 + x2) / 2:.6f} {(y1 + y2) / 2:.6f} {x2 - x1:.6f} {y2 - y1:.6f}\n")
    return "".join(lines)


def encode_png(part: SynthPart, size: int = FRAME_PX) -> bytes:
    """Encode the picture as 8-bit mono PNG, scaled as the station's letterbox would scale it."""
    image = part.image
    if size != FRAME_PX:
        image = np.asarray(cv2.resize(image, (size, size), interpolation=cv2.INTER_LINEAR), dtype=np.uint8)
    done, data = cv2.imencode(".png", image)
    if not done:
        raise OSError(f"OpenCV could not encode part {part.index} of seed {part.seed}")
    return data.tobytes()


def _write(path: Path, data: bytes) -> str:
    """Write a file so that a reader never sees half of it; returns the SHA-256 of its content."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    temporary.write_bytes(data)
    temporary.replace(path)
    return hashlib.sha256(data).hexdigest()


def _write_part(spec: DatasetSpec, index: int) -> dict[str, object]:
    cv2.setNumThreads(1)  # the processes are the parallelism
    part = render_part(spec.seed, index, good_share=spec.good_share, only=spec.only)
    split, stem = spec.split(index), f"{spec.seed}-{index:06d}"
    image, label = f"images/{split}/{stem}.png", f"labels/{split}/{stem}.txt"
    return {
        "image": image,
        "image_sha256": _write(spec.out / image, encode_png(part, spec.size)),
        "label": label,
        "label_sha256": _write(spec.out / label, yolo_labels(part).encode("ascii")),
        "serial": part.serial,
        "good": part.good,
        "defects": [asdict(d) for d in part.defects],
    }


def write_dataset(spec: DatasetSpec, workers: int = 1) -> Iterator[dict[str, object]]:
    """Write the dataset, yielding one manifest entry for each part as it is done.

    The bytes do not depend on `workers`. `data.yaml` and `manifest.json` are written last, so that a
    folder with a manifest is complete. `data.yaml` names no `path`: a trainer then takes its own folder.

    Raises:
        ValueError: if a number is impossible.
        OSError: if a file cannot be written.
    """
    if spec.parts < 1 or min(spec.val, spec.test) < 0 or spec.size < 32:
        raise ValueError("a dataset needs at least one part, no negative counts, and pictures of 32 px or more")
    total = spec.parts + spec.val + spec.test
    entries: list[dict[str, object]] = []
    if workers <= 1:
        for index in range(total):
            entries.append(_write_part(spec, index))
            yield entries[-1]
    else:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(workers, mp_context=context) as pool:
            for entry in pool.map(_write_part, repeat(spec, total), range(total), chunksize=_CHUNK):
                entries.append(entry)
                yield entry
    names = "".join(f"  {i}: {name}\n" for i, name in enumerate(CLASS_NAMES))
    val = "val" if spec.val else "train"
    test = "test: images/test\n" if spec.test else ""
    yaml = f"train: images/train\nval: images/{val}\n{test}names:\n{names}"
    manifest: dict[str, object] = {
        "generator_version": GENERATOR_VERSION,
        "seed": spec.seed,
        "parts": spec.parts,
        "val": spec.val,
        "good_share": spec.good_share,
        "only": spec.only,
        "size_px": spec.size,
        "boxes_in_px_of": FRAME_PX,
        "classes": list(CLASS_NAMES),
        "files": entries,
    }
    if spec.test:
        manifest["test"] = spec.test
    _write(spec.out / "data.yaml", yaml.encode("ascii"))
    _write(spec.out / "manifest.json", json.dumps(manifest, indent=1, sort_keys=True).encode("ascii"))
