# SPDX-License-Identifier: AGPL-3.0-or-later
"""Counts parts into the bins of a baseline."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from training.drift.baseline import MAX_CLASSES, Baseline, Camera, Numbers
from training.drift.bins import bin_of
from training.drift.parts import BYPASSED, Part, View

_MAX_RULES = 100
_MAX_CAMERAS = 64


class NumberTally:
    """Counts of one number in the bins of a baseline."""

    def __init__(self, baseline: Numbers) -> None:
        self._edges = baseline.edges
        self.counts = [0] * len(baseline.counts)
        self._sum = 0

    def add(self, value: int) -> None:
        """Count one."""
        self.counts[bin_of(value, self._edges)] += 1
        self._sum += value

    @property
    def mean(self) -> int:
        """Mean, rounded down; 0 of nothing."""
        return self._sum // max(1, sum(self.counts))


class CameraTally:
    """Counts of one camera."""

    def __init__(self, baseline: Camera) -> None:
        self.numbers = {name: NumberTally(numbers) for name, numbers in baseline.numbers.items()}
        self.nothing = 0
        self.found: Counter[str] = Counter(dict.fromkeys(baseline.classes.found, 0))
        self.new: Counter[str] = Counter()
        """Classes that the baseline does not name; from so many on under one empty name."""
        self.no_image = self.not_judged = self.gate_failed = 0

    def add(self, view: View) -> None:
        """Count a view."""
        if view.gate is None:
            self.no_image += not view.has_image
            self.not_judged += view.has_image
            return
        self.numbers["brightness"].add(view.gate[0])
        self.numbers["sharpness"].add(view.gate[1])
        if not view.seen:
            self.gate_failed += 1
            return
        self.numbers["score"].add(view.score)
        if view.found is None:
            self.nothing += 1
        elif view.found in self.found:
            self.found[view.found] += 1
        else:
            self.new[view.found if view.found in self.new or len(self.new) < MAX_CLASSES else ""] += 1


@dataclass(slots=True)
class OtherRules:
    """Parts that another model or recipe judged.

    Attributes:
        model: Its digest. recipe: Its digest.
        parts: How many. first_record: Number of the first. last_record: Of the last.
    """

    model: str
    recipe: str
    parts: int
    first_record: int
    last_record: int


@dataclass
class Tally:
    """What a span of parts looks like in the bins of a baseline.

    Attributes:
        baseline: That one.
        parts: Parts that count. bypassed: Of them, bypassed. rejected: Of them, not let through.
        test_parts: Parts of challenges, left out. no_rules: Parts that nobody judged, left out.
        in_baseline: Parts that the baseline itself has; they count here, too.
        other_rules: Parts of other models or recipes, left out; by digests. more_rules: Of still others.
        other_cameras: Views of cameras that the baseline does not have, left out.
        last_other: Whether the last part was judged by another model or recipe.
    """

    baseline: Baseline
    parts: int = 0
    bypassed: int = 0
    rejected: int = 0
    test_parts: int = 0
    no_rules: int = 0
    in_baseline: int = 0
    other_rules: dict[tuple[str, str], OtherRules] = field(default_factory=dict)
    more_rules: int = 0
    other_cameras: Counter[str] = field(default_factory=Counter)
    last_other: bool = False
    first_us: int = 0
    last_us: int = 0

    def __post_init__(self) -> None:
        self.cameras = {camera.name: CameraTally(camera) for camera in self.baseline.cameras}

    def add(self, part: Part) -> None:
        """Count a part, in the order of the records."""
        if part.test or part.rules is None:
            self.test_parts += part.test
            self.no_rules += not part.test
            return
        self.last_other = part.rules != (self.baseline.model, self.baseline.recipe)
        if self.last_other:
            self._other(part, part.rules)
            return
        if not self.parts:
            self.first_us = part.t_us
        self.last_us = part.t_us
        self.parts += 1
        self.bypassed += part.verdict == BYPASSED
        self.rejected += part.rejected
        self.in_baseline += self.baseline.first_record <= part.seq <= self.baseline.last_record
        for view in part.views:
            camera = self.cameras.get(view.camera)
            if camera is not None:
                camera.add(view)
            elif view.camera in self.other_cameras or len(self.other_cameras) < _MAX_CAMERAS:
                self.other_cameras[view.camera] += 1

    def _other(self, part: Part, rules: tuple[str, str]) -> None:
        known = self.other_rules.get(rules)
        if known is not None:
            known.parts, known.last_record = known.parts + 1, part.seq
        elif len(self.other_rules) < _MAX_RULES:
            self.other_rules[rules] = OtherRules(*rules, 1, part.seq, part.seq)
        else:
            self.more_rules += 1
