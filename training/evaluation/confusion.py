# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which findings answer which labels: a table of classes against classes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from inspector.part import Detection
from training.evaluation.boxes import MIN_OVERLAP, Box, box_px, overlaps

BACKGROUND = "background"
"""Row of findings where nothing is labelled."""
NOTHING = "nothing"
"""Column of labels that no finding answers."""


class Confusion:
    """Counts labels and findings by class.

    Each finding answers at most one label and each label is answered once, from an overlap of 0.3 on: first findings
    of the label's own class, the largest overlap first, then those of other classes.
    """

    def __init__(self) -> None:
        self._cells: Counter[tuple[str, str]] = Counter()

    def add(self, labels: Sequence[tuple[str, Box]], findings: Sequence[Detection]) -> None:
        """Count one picture."""
        table = overlaps([box for _, box in labels], [box_px(one) for one in findings])
        pairs = [
            (labels[row][0] != findings[column].class_name, -table[row, column], row, column)
            for row in range(len(labels))
            for column in range(len(findings))
            if table[row, column] >= MIN_OVERLAP
        ]
        answered: set[int] = set()
        used: set[int] = set()
        for _, _, row, column in sorted(pairs):
            if row not in answered and column not in used:
                answered.add(row)
                used.add(column)
                self._cells[labels[row][0], findings[column].class_name] += 1
        for row, (name, _) in enumerate(labels):
            if row not in answered:
                self._cells[name, NOTHING] += 1
        for column, one in enumerate(findings):
            if column not in used:
                self._cells[BACKGROUND, one.class_name] += 1

    def cell(self, label: str, found: str) -> int:
        """How often a label of one class was answered by a finding of another."""
        return self._cells[label, found]

    def classes(self, known: Sequence[str]) -> list[str]:
        """The classes of the model, then those that are only labelled."""
        there = {name for cell in self._cells for name in cell} - {BACKGROUND, NOTHING}
        return [*known, *sorted(there - set(known))]

    def as_json(self, known: Sequence[str]) -> dict[str, dict[str, int]]:
        """Rows by label (last: `background`), in them columns by finding (last: `nothing`)."""
        names = self.classes(known)
        return {row: {column: self.cell(row, column) for column in [*names, NOTHING]} for row in [*names, BACKGROUND]}
