# SPDX-License-Identifier: AGPL-3.0-or-later
"""What judged pictures say: misses and false rejects by class, boxes, and scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from training.evaluation.boxes import MIN_OVERLAP, box_px, overlap
from training.evaluation.confusion import Confusion
from training.evaluation.counts import Counts
from training.evaluation.measure import Seen, Unit, units
from training.evaluation.precision import BoxScores, Curve, mean

SWEEP = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7, 0.8)  # one limit for all classes
NO_CLASS = "no finding"
"""Why a good part did not pass if no finding did it: the image gate, its serial, or an error."""


@dataclass
class Report:
    """What an evaluation found.

    Attributes:
        by: What is counted: `part` or `picture`.
        classes: The model's classes.
        missed: Bad ones that passed. false_rejects: Good ones that did not.
        missed_by_class: Bad ones with this defect and no other that passed.
        missed_showing: Bad ones with this defect, with others or without, that passed.
        false_rejects_by_class: Good ones on which findings of this class alone were enough.
        unnamed: Labelled defects that no finding of the same class overlaps.
        serial_unread: Pictures whose DataMatrix was not read, or not as it is.
        confusion: Labels against the findings that count.
        curves: Precision and recall of boxes by class.
        wrong: What was judged wrongly.
        strongest: For every part, whether it is bad and the highest score of any finding in ppm.
        top_on_good: By class, the highest score on any good part in ppm.
        low_on_bad: By class, the lowest among the bad parts with that defect alone of their highest score in ppm.
    """

    by: str
    classes: Sequence[str]
    missed: Counts = field(default_factory=Counts)
    false_rejects: Counts = field(default_factory=Counts)
    missed_by_class: dict[str, Counts] = field(default_factory=dict)
    missed_showing: dict[str, Counts] = field(default_factory=dict)
    false_rejects_by_class: dict[str, Counts] = field(default_factory=dict)
    unnamed: dict[str, Counts] = field(default_factory=dict)
    serial_unread: Counts = field(default_factory=Counts)
    confusion: Confusion = field(default_factory=Confusion)
    curves: list[Curve] = field(default_factory=list)
    wrong: list[Unit] = field(default_factory=list)
    strongest: list[tuple[bool, int]] = field(default_factory=list)
    top_on_good: dict[str, int] = field(default_factory=dict)
    low_on_bad: dict[str, int] = field(default_factory=dict)

    @property
    def map50(self) -> float:
        """Mean over the labelled classes of the average precision at an overlap of 0.5."""
        return mean([curve.ap50 for curve in self.curves])

    @property
    def map50_95(self) -> float:
        """The same over overlaps from 0.5 to 0.95."""
        return mean([curve.ap50_95 for curve in self.curves])

    @property
    def showing(self) -> dict[str, int]:
        """By class, how many bad ones show it, with others or without."""
        return {name: counts.trials for name, counts in self.missed_showing.items()}

    def at_limit(self, score: float) -> tuple[Counts, Counts]:
        """Missed and false rejects if one limit for all classes were the only rule."""
        missed, false_rejects = Counts(), Counts()
        for bad, strongest in self.strongest:
            found = strongest >= score * 1_000_000
            (missed if bad else false_rejects).add(found != bad)
        return missed, false_rejects

    def as_json(self) -> dict[str, object]:
        """Return the report as plain JSON values."""
        sweep = {f"{score:.2f}": self.at_limit(score) for score in SWEEP}
        return {
            "counted_by": self.by,
            "missed": self.missed.as_json(),
            "false_rejects": self.false_rejects.as_json(),
            "missed_by_class": _plain(self.missed_by_class),
            "missed_showing_class": _plain(self.missed_showing),
            "false_rejects_by_class": _plain(self.false_rejects_by_class),
            "defects_not_named": _plain(self.unnamed),
            "serial_unread": self.serial_unread.as_json(),
            "confusion": self.confusion.as_json(self.classes),
            "boxes": {
                "map50": round(self.map50, 6),
                "map50_95": round(self.map50_95, 6),
                "by_class": {
                    curve.name: {
                        "labels": curve.labels,
                        "findings": curve.findings,
                        "ap50": round(curve.ap50, 6),
                        "ap50_95": round(curve.ap50_95, 6),
                    }
                    for curve in self.curves
                },
            },
            "at_limit": {
                limit: {"missed": missed.as_json(), "false_rejects": false_rejects.as_json()}
                for limit, (missed, false_rejects) in sweep.items()
            },
            "top_on_good_ppm": dict(sorted(self.top_on_good.items())),
            "low_on_bad_ppm": dict(sorted(self.low_on_bad.items())),
            "wrong": [
                {"name": unit.name, "missed": unit.bad, "pictures": [_told(view) for view in unit.views]}
                for unit in self.wrong
            ],
        }


def report_on(seen: Sequence[Seen], classes: Sequence[str], by: str = "part") -> Report:
    """Compare what was judged with the truth.

    Args:
        seen: Judged pictures.
        classes: The model's classes.
        by: What is counted: `part`, that is all pictures of a part together, or `picture`.
    """
    report, boxes = Report(by, classes), BoxScores()
    for one in seen:
        _count_boxes(report, one)
        boxes.add(one.defects, one.findings)
    report.curves = boxes.curves()
    for unit in units(seen, by):
        highest = max((one.score_ppm for view in unit.views for one in view.findings), default=0)
        report.strongest.append((unit.bad, highest))
        if unit.bad:
            _count_bad(report, unit)
        else:
            _count_good(report, unit)
        if unit.passed == unit.bad:
            report.wrong.append(unit)
    return report


def _count_boxes(report: Report, one: Seen) -> None:
    report.confusion.add(one.defects, one.counting)
    for name, box in one.defects:
        named = any(found.class_name == name and overlap(box, box_px(found)) >= MIN_OVERLAP for found in one.findings)
        report.unnamed.setdefault(name, Counts()).add(not named)
    if one.serial_wrong is not None:
        report.serial_unread.add(one.serial_wrong)


def _count_bad(report: Report, unit: Unit) -> None:
    report.missed.add(unit.passed)
    for name in unit.classes:
        report.missed_showing.setdefault(name, Counts()).add(unit.passed)
    if len(unit.classes) == 1:
        (name,) = unit.classes
        report.missed_by_class.setdefault(name, Counts()).add(unit.passed)
        own = unit.highest(name)
        report.low_on_bad[name] = min(own, report.low_on_bad.get(name, own))


def _count_good(report: Report, unit: Unit) -> None:
    report.false_rejects.add(not unit.passed)
    rejecting = frozenset(name for view in unit.views for name in view.rejecting)
    for name in report.classes:
        report.false_rejects_by_class.setdefault(name, Counts()).add(not unit.passed and name in rejecting)
        if score := unit.highest(name):
            report.top_on_good[name] = max(score, report.top_on_good.get(name, 0))
    report.false_rejects_by_class.setdefault(NO_CLASS, Counts()).add(not unit.passed and not rejecting)


def _plain(counts: dict[str, Counts]) -> dict[str, object]:
    return {name: one.as_json() for name, one in sorted(counts.items())}


def _told(view: Seen) -> dict[str, str]:
    return {"picture": view.name, "verdict": view.verdict.value, "reason": view.reason}
