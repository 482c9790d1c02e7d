# SPDX-License-Identifier: AGPL-3.0-or-later
"""Makes a baseline of the parts of a span."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from pydantic import ValidationError

from inspector.errors import DriftRefused
from training.drift.baseline import (
    MAX_CLASSES,
    MIN_VIEWS,
    Baseline,
    Camera,
    Classes,
    LeftOut,
    Numbers,
    PartsLeftOut,
)
from training.drift.bins import Values
from training.drift.parts import BYPASSED, Part, View

SHOWN_RULES = 5
_MAX_RULES = 100


@dataclass
class _CameraValues:
    brightness: Values = field(default_factory=Values)
    sharpness: Values = field(default_factory=Values)
    score: Values = field(default_factory=Values)
    classes: Counter[str | None] = field(default_factory=Counter)
    no_image: int = 0
    not_judged: int = 0
    gate_failed: int = 0

    def add(self, view: View) -> None:
        if view.gate is None:
            self.no_image += not view.has_image
            self.not_judged += view.has_image
            return
        self.brightness.add(view.gate[0])
        self.sharpness.add(view.gate[1])
        if not view.seen:
            self.gate_failed += 1
            return
        self.score.add(view.score)
        known = view.found in self.classes or len(self.classes) < MAX_CLASSES
        self.classes[view.found if known else ""] += 1

    def as_baseline(self, name: str) -> Camera:
        for words, values in (("measured", self.brightness), ("shown to the model", self.score)):
            if values.total < MIN_VIEWS:
                message = (
                    f"Camera {name} has {values.total} pictures that were {words}, and a baseline needs {MIN_VIEWS}"
                )
                raise DriftRefused(message, "Take a longer span, or wait until there are as many")
        found = {str(name): number for name, number in self.classes.items() if name}
        return Camera(
            name=name,
            brightness=_numbers(self.brightness, self.brightness.edges()),
            sharpness=_numbers(self.sharpness, self.sharpness.edges()),
            score=_numbers(self.score, self.score.edges_above_zero()),
            classes=Classes(nothing=self.classes[None], found=dict(sorted(found.items())), others=self.classes[""]),
            left_out=LeftOut(no_image=self.no_image, not_judged=self.not_judged, gate_failed=self.gate_failed),
        )


def _numbers(values: Values, edges: tuple[int, ...]) -> Numbers:
    return Numbers(edges=edges, counts=values.histogram(edges), mean=values.mean)


class BaselineMaker:
    """Makes a baseline of parts that come one after the other.

    Args:
        newest_rules: Take only the newest parts, since model and recipe are those that judged the last one.
            Otherwise all parts have to be judged by the same.
    """

    def __init__(self, *, newest_rules: bool = False) -> None:
        self._newest_rules = newest_rules
        self._rules: dict[tuple[str, str], list[int]] = {}  # digests -> parts, first and last record
        self._test_parts = self._no_rules = self._earlier = 0
        self._start_over()

    def _start_over(self) -> None:
        self._cameras: dict[str, _CameraValues] = {}
        self._first: Part | None = None
        self._last: Part | None = None
        self._parts = self._bypassed = self._rejected = 0

    def add(self, part: Part) -> None:
        """Count a part, in the order of the records."""
        if part.test or part.rules is None:
            self._test_parts += part.test
            self._no_rules += not part.test
            return
        if self._newest_rules and self._last is not None and self._last.rules != part.rules:
            self._earlier += self._parts
            self._rules.clear()
            self._start_over()
        if part.rules in self._rules or len(self._rules) < _MAX_RULES:
            entry = self._rules.setdefault(part.rules, [0, part.seq, part.seq])
            entry[0], entry[2] = entry[0] + 1, part.seq
        self._first, self._last = self._first or part, part
        self._parts += 1
        self._bypassed += part.verdict == BYPASSED
        self._rejected += part.rejected
        for view in part.views:
            self._cameras.setdefault(view.camera, _CameraValues()).add(view)

    def finish(self) -> Baseline:
        """The baseline.

        Raises:
            DriftRefused: No part counts, several models or recipes judged them, or a camera has too few pictures.
        """
        if self._first is None or self._last is None or self._first.rules is None:
            message = "No part in this span counts"
            told = f" ({self._test_parts} test parts and {self._no_rules} that nobody judged do not)"
            raise DriftRefused(message + told, "Choose another span; `inspector show --shifts` lists the shifts")
        if len(self._rules) > 1:
            raise DriftRefused(
                f"Parts of this span were judged by more than one model or recipe: {self._several()}",
                "Choose a span with one of them, or --newest-rules for the last parts that were judged alike",
            )
        if not self._cameras:
            raise DriftRefused(f"None of {self._parts} parts has a picture", "Choose another span")
        try:
            return self._baseline(self._first, self._last, self._first.rules)
        except ValidationError as error:  # more cameras than a station has, or values that no station records
            first = error.errors(include_url=False, include_input=False)[0]
            message = f"These records make no baseline: {'.'.join(map(str, first['loc']))}: {first['msg']}"
            raise DriftRefused(message, "Run `inspector verify`, and choose another span") from error

    def _baseline(self, first: Part, last: Part, rules: tuple[str, str]) -> Baseline:
        model, recipe = rules
        return Baseline(
            station=first.station,
            model=model,
            recipe=recipe,
            first_record=first.seq,
            last_record=last.seq,
            last_record_hash=last.hash,
            first_us=min(first.t_us, last.t_us),
            last_us=max(first.t_us, last.t_us),
            parts=self._parts,
            bypassed=self._bypassed,
            rejected=self._rejected,
            left_out=PartsLeftOut(test_parts=self._test_parts, earlier_rules=self._earlier, no_rules=self._no_rules),
            cameras=tuple(self._cameras[name].as_baseline(name) for name in sorted(self._cameras)),
        )

    def _several(self) -> str:
        told = [
            f"{parts} by model {model[:12]} and recipe {recipe[:12]} (records {first} to {last})"
            for (model, recipe), (parts, first, last) in list(self._rules.items())[:SHOWN_RULES]
        ]
        more = len(self._rules) - len(told)
        return ", ".join(told) + (f", and {more} more" if more else "")
