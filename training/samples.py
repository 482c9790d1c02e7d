# SPDX-License-Identifier: AGPL-3.0-or-later
"""Writes frames for a simulated camera: JPEG pictures and one `labels.json` beside them."""

import json
from collections.abc import Iterator
from pathlib import Path

import cv2

from training.synth.part import GENERATOR_VERSION, SynthPart, render_part
from training.synth.scene import CLASS_NAMES, FRAME_PX

LICENCE = "AGPL-3.0-or-later; rendered by the project's own generator, no third-party material"
_JPEG_QUALITY = 95


def _sample(seed: int, index: int) -> SynthPart:
    """Even parts are good; odd ones show the classes in turn, and every seventh of them two defects."""
    if index % 2 == 0:
        return render_part(seed, index, good=True)
    turn = index // 2
    if turn % 7 == 6:
        return render_part(seed, index, good=False)
    return render_part(seed, index, only=CLASS_NAMES[turn % 7])


def write_samples(out: Path, parts: int, seed: int) -> Iterator[dict[str, object]]:
    """Write `parts` frames and their truth, yielding one `labels.json` entry for each.

    Raises:
        OSError: if a file cannot be written.
    """
    out.mkdir(parents=True, exist_ok=True)
    entries = []
    for index in range(parts):
        part = _sample(seed, index)
        name = f"part-{index:06d}.jpg"
        done, data = cv2.imencode(".jpg", part.image, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
        if not done:
            raise OSError(f"OpenCV could not encode part {index} of seed {seed}")
        (out / name).write_bytes(data.tobytes())
        entries.append(
            {
                "file": name,
                "good": part.good,
                "serial": part.serial,
                "defects": [{"class": d.name, "box_px": [round(v, 1) for v in d.box]} for d in part.defects],
            }
        )
        yield entries[-1]
    document = {
        "licence": LICENCE,
        "generator_version": GENERATOR_VERSION,
        "seed": seed,
        "frame_px": [FRAME_PX, FRAME_PX],
        "classes": list(CLASS_NAMES),
        "parts": entries,
    }
    (out / "labels.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
