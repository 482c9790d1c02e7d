# SPDX-License-Identifier: AGPL-3.0-or-later
"""A span of parts against a baseline: how far each measure of each camera has moved, and what chance alone gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from inspector.bounds import lower_bound, upper_bound
from training.drift import psi
from training.drift.baseline import Baseline, Camera
from training.drift.psi import Reading
from training.drift.tally import CameraTally, Tally

MIN_NOW = 50
"""Pictures of a camera that a comparison needs."""
CONFIDENCE = 0.95
"""Of the two bounds of a rate together."""
MEASURES = ("brightness", "sharpness", "score", "class")
_PER = {"brightness": 1_000, "sharpness": 1_000, "score": 1_000_000}
_DIGITS = {"brightness": 1, "sharpness": 1, "score": 2}


@dataclass(frozen=True, slots=True)
class Comparison:
    """One measure of one camera.

    Attributes:
        camera: Its name. measure: One of `MEASURES`.
        before: Pictures in the baseline. now: Pictures in the span.
        bins: Bins that were compared.
        psi: Population stability index; None: too few pictures.
        expected: What it is by chance, on the average.
        limit: Below it there is no alarm, see `psi.FALSE_ALARMS`.
        reading: What it says; None: too few pictures.
        mean_before: Mean of a number in the baseline, in its unit. mean_now: In the span. None for classes.
        moved: The bin that contributes most to the index, in words, with its shares before and now, 0 to 1.
    """

    camera: str
    measure: str
    before: int
    now: int
    bins: int
    psi: float | None
    expected: float | None
    limit: float | None
    reading: Reading | None
    mean_before: float | None
    mean_now: float | None
    moved: tuple[str, float, float] | None

    @property
    def drifts(self) -> bool:
        """Whether somebody should look."""
        return self.reading in (Reading.SOME, Reading.MUCH)


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate of rejects with its exact bounds (Clopper-Pearson, two-sided)."""

    rejected: int
    parts: int

    @property
    def bounds(self) -> tuple[float, float]:
        """Lower and upper bound of the rate."""
        one_sided = (1 + CONFIDENCE) / 2
        low = lower_bound(self.rejected, self.parts, one_sided)
        return low, upper_bound(self.rejected, self.parts, one_sided)


@dataclass(frozen=True, slots=True)
class _Pair:
    """A measure of a camera, before and now."""

    camera: str
    measure: str
    before: Sequence[int]
    now: Sequence[int]
    labels: Sequence[str]
    means: tuple[float, float] | None

    @property
    def enough(self) -> bool:
        return sum(self.now) >= MIN_NOW


def compare(tallies: Sequence[Tally]) -> list[list[Comparison]]:
    """The comparisons of each tally with its baseline.

    All of them together give a false alarm with a probability of `psi.FALSE_ALARMS` at most.
    """
    pairs = [[pair for camera in one.baseline.cameras for pair in _pairs(camera, one)] for one in tallies]
    number = sum(pair.enough for listed in pairs for pair in listed)
    chance = psi.FALSE_ALARMS / max(1, number)
    return [[_compared(pair, chance) for pair in listed] for listed in pairs]


def rate_now(tally: Tally) -> Rate:
    """Rejects of a span; bypassed parts are in neither number."""
    return Rate(tally.rejected, tally.parts - tally.bypassed)


def rate_before(baseline: Baseline) -> Rate:
    """Rejects of the baseline, alike."""
    return Rate(baseline.rejected, baseline.parts - baseline.bypassed)


def _pairs(camera: Camera, tally: Tally) -> list[_Pair]:
    counted = tally.cameras[camera.name]
    found = []
    for measure, before in camera.numbers.items():
        now = counted.numbers[measure]
        means = before.mean / _PER[measure], now.mean / _PER[measure]
        labels = number_labels(measure, before.edges)
        found.append(_Pair(camera.name, measure, before.counts, now.counts, labels, means))
    return [*found, _classes(camera, counted)]


def _classes(camera: Camera, counted: CameraTally) -> _Pair:
    names = sorted(camera.classes.found)
    before = [camera.classes.nothing, *(camera.classes.found[name] for name in names), camera.classes.others]
    now = [counted.nothing, *(counted.found[name] for name in names), counted.new.total()]
    new = ", ".join(name for name, _ in counted.new.most_common(3) if name) or "other classes"
    return _Pair(camera.name, "class", before, now, ["nothing found", *names, new], None)


def number_labels(measure: str, edges: Sequence[int]) -> list[str]:
    """The bins of a number in words."""
    said = [f"{edge / _PER[measure]:.{_DIGITS[measure]}f}" for edge in edges]
    between = [f"{low} to {high}" for low, high in pairwise(said)]
    if measure == "score":
        first = "nothing found"
        between = [f"up to {said[1]}", *between[1:]] if between else []
        return [first, *between, f"from {said[-1]}" if between else "anything found"]
    return [f"below {said[0]}", *between, f"from {said[-1]}"]


def _compared(pair: _Pair, chance: float) -> Comparison:
    before, now = sum(pair.before), sum(pair.now)
    mean_before, mean_now = pair.means or (None, None)
    if not pair.enough:
        few = (pair.camera, pair.measure, before, now, 0, None, None, None, None)
        return Comparison(*few, mean_before, None, None)
    grouping = psi.groups if pair.measure == "class" else psi.ordered_groups
    groups = grouping(pair.before, pair.now)
    merged_before = [sum(pair.before[one] for one in group) for group in groups]
    merged_now = [sum(pair.now[one] for one in group) for group in groups]
    value = psi.psi(merged_before, merged_now)
    return Comparison(
        pair.camera,
        pair.measure,
        before,
        now,
        len(groups),
        value,
        psi.expected(len(groups), before, now),
        psi.limit(len(groups), before, now, chance),
        psi.reading(merged_before, merged_now, chance),
        mean_before,
        mean_now,
        _moved(pair, before, now),
    )


def _moved(pair: _Pair, before: int, now: int) -> tuple[str, float, float]:
    """The bin that contributes most to the index."""
    parts = psi.contributions(pair.before, pair.now)
    index = max(range(len(parts)), key=parts.__getitem__)
    return pair.labels[index], pair.before[index] / before, pair.now[index] / now
