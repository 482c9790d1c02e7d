# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a view says when it is judged again, against what was recorded. No I/O.

On the machine and runtime that judged, the same pixels give the same numbers. Another processor or another version of
the runtime rounds differently: scores and boxes may then differ by a declared tolerance, verdicts may not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inspector.store.queries.fields import Fields, items, mapping, text, whole

SHARPNESS_SHARE = 1_000
"""Measures of the image gate may differ by one part in this many: they are sums of floating point numbers."""


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far a replay may be off and still is the same.

    Attributes:
        score_ppm: Scores, in parts per million.
        box_16: Each side of a box, in 1/16 px.
    """

    score_ppm: int = 10_000
    box_16: int = 16


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference.

    Attributes:
        what: verdict, gate, serial, score, box, missing (recorded, not found again) or extra (found only now).
        recorded: What was recorded, for people.
        replayed: What it is now, for people.
        by: How much: ppm of a score, 1/16 px of a box; 0 where it cannot be said in numbers.
        tolerated: Whether it is within the tolerance.
    """

    what: str
    recorded: str
    replayed: str
    by: int
    tolerated: bool


def compare_views(recorded: Fields, replayed: Fields, tolerance: Tolerance, floor_ppm: int) -> list[Difference]:
    """All differences between two views as records have them (docs/formats.md, 2.4).

    Args:
        recorded: The view in the record.
        replayed: The view as it would be recorded now.
        tolerance: What is still the same.
        floor_ppm: The model reports no finding that scores lower; one that is this near may come and go.

    Raises:
        EvidenceError: The record is damaged.
    """
    found = []
    old, new = text(recorded, "verdict"), text(replayed, "verdict")
    if old != new:
        found.append(
            Difference("verdict", f"{old}: {text(recorded, 'reason')}", f"{new}: {text(replayed, 'reason')}", 0, False)
        )
    found += _gates(mapping(recorded, "gate"), replayed.get("gate"))
    return found + _detections(items(recorded, "detections"), items(replayed, "detections"), tolerance, floor_ppm)


def _gates(recorded: Fields, replayed: object) -> list[Difference]:
    """The image gate; `replayed` is None where judging failed, which the verdict says."""
    if not isinstance(replayed, Mapping):
        return []
    found = []
    for name in ("brightness_milli", "sharpness_milli"):
        old, new = whole(recorded, name), whole(replayed, name)
        if old != new:
            near = abs(old - new) <= max(1, old // SHARPNESS_SHARE)
            found.append(Difference("gate", f"{name} {old}", f"{name} {new}", abs(old - new), near))
    if recorded.get("failed") != replayed.get("failed"):
        found.append(
            Difference("gate", f"failed {recorded.get('failed')}", f"failed {replayed.get('failed')}", 0, False)
        )
    return found


def _detections(
    recorded: Sequence[Fields], replayed: Sequence[Fields], tolerance: Tolerance, floor_ppm: int
) -> list[Difference]:
    """Each recorded finding with the nearest of its class; what is left over came or went."""
    found, free = [], list(replayed)
    for old in recorded:
        candidates = [new for new in free if new["class"] == old["class"]]
        new = min(candidates, key=lambda one: _apart(_box(old), _box(one)), default=None)
        if new is None or not _overlap(_box(old), _box(new)):
            found.append(Difference("missing", said(old), "", 0, _near_floor(old, tolerance, floor_ppm)))
            continue
        free.remove(new)
        by = abs(whole(old, "score_ppm") - whole(new, "score_ppm"))
        if by:
            found.append(Difference("score", said(old), said(new), by, by <= tolerance.score_ppm))
        by = _apart(_box(old), _box(new))
        if by:
            found.append(Difference("box", said(old), said(new), by, by <= tolerance.box_16))
    return found + [Difference("extra", "", said(new), 0, _near_floor(new, tolerance, floor_ppm)) for new in free]


def said(detection: Fields) -> str:
    """A finding for people: class, score, box in px."""
    box = ", ".join(f"{side / 16:.1f}" for side in _box(detection))
    return f"{text(detection, 'class')} {whole(detection, 'score_ppm') / 1e6:.6f} at ({box})"


def told(difference: Difference) -> str:
    """A difference for people."""
    if difference.what == "missing":
        return f"{difference.recorded} is not found again"
    if difference.what == "extra":
        return f"{difference.replayed} is found now and was not recorded"
    by = {"score": f" (by {difference.by} ppm)", "box": f" (by {difference.by / 16:.2f} px)"}.get(difference.what, "")
    return f"{difference.what}: recorded {difference.recorded}, now {difference.replayed}{by}"


def _box(detection: Fields) -> list[int]:
    sides = detection.get("box_16")
    return [int(side) for side in sides] if isinstance(sides, list | tuple) else []


def _apart(one: Sequence[int], other: Sequence[int]) -> int:
    """The largest distance between two sides of the same name, in 1/16 px."""
    return max((abs(a - b) for a, b in zip(one, other, strict=True)), default=0)


def _overlap(one: Sequence[int], other: Sequence[int]) -> bool:
    return max(one[0], other[0]) < min(one[2], other[2]) and max(one[1], other[1]) < min(one[3], other[3])


def _near_floor(detection: Fields, tolerance: Tolerance, floor_ppm: int) -> bool:
    return whole(detection, "score_ppm") <= floor_ppm + tolerance.score_ppm
