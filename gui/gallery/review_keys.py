# SPDX-License-Identifier: AGPL-3.0-or-later
"""Three keys by which a person says what they think of a part: one tap, one record."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from gui.gallery.words import FINDINGS, classes_of, is_reject, review_words
from gui.shell.navigation import SignKey
from gui.shell.person import Person
from gui.text import tr
from gui.text.said import said_error
from inspector.api.part_schema import PartEvent, PartReviewed, ReviewInfo
from inspector.errors import InspectorError

COMMAND = "review"
"""By this name docs/access.md says who may."""


class ReviewKeys(QWidget):
    """AGREE, NOT A DEFECT, UNSURE; the one that was said last is marked.

    It may be said again: that is one more record, and the newest of a person counts.

    Args:
        person: In whose name it is said.
        upright: Keys below each other instead of side by side.
        only_who_may: Not there at all unless somebody is there who may review, and a part that can be.
    """

    said = Signal(object)
    """A line for who has tapped: what was recorded, or why not."""

    def __init__(self, person: Person, *, upright: bool = False, only_who_may: bool = False) -> None:
        super().__init__()
        self._only_who_may = only_who_may
        self._room = True
        self.part: PartEvent | None = None
        self._person = person
        self._layout: QVBoxLayout | QHBoxLayout = QVBoxLayout(self) if upright else QHBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self.keys = {name: SignKey(finding.symbol, finding.word) for name, finding in FINDINGS.items()}
        for name, key in self.keys.items():
            key.setCheckable(True)
            key.clicked.connect(self._tapped(name))
            self._layout.addWidget(key)
        person.changed.connect(self._show)
        person.reviewed.connect(self._on_reviewed)
        self._show()

    def show_part(self, part: PartEvent | None) -> None:
        """The part that the keys speak of; None: nothing can be said."""
        self.part = part
        self._show()

    def set_room(self, room: bool) -> None:
        """Whether there is room for them now; it matters for those that come and go."""
        if room != self._room:
            self._room = room
            self._show()

    def fit(self, width: int | None, height: int, gap: int) -> None:
        """Size of each key, pixels; width None: they share what there is."""
        self._layout.setSpacing(gap)
        for key in self.keys.values():
            key.setFixedHeight(height)
            if width is not None:
                key.setFixedWidth(width)

    def _show(self) -> None:
        said = None if self.part is None or self.part.review is None else self.part.review.finding
        for name, key in self.keys.items():
            key.setEnabled(self.part is not None and not self._person.busy)
            key.setChecked(name == said)
        if self._only_who_may:
            may = self._person.may(COMMAND)
            self.setVisible(may and self._room and self.part is not None and is_reject(self.part))

    def _on_reviewed(self, told: PartEvent) -> None:
        """Here, or by other keys of this window."""
        if self.part is not None and self.part.seq == told.seq:
            self.show_part(told)

    def _tapped(self, finding: str) -> Callable[[], None]:
        def tapped() -> None:
            self._show()  # a key is marked when the station has recorded it, not when it is touched
            if self.part is not None:
                self._say(self.part, finding)

        return tapped

    def _say(self, part: PartEvent, finding: str) -> None:
        found = classes_of(part)
        about = found[0] if len(found) == 1 else None
        role = self._person.role or None

        def done(answer: object) -> None:
            if isinstance(answer, PartReviewed):
                said = {"seq": answer.seq, "t_us": time.time_ns() // 1000, "finding": finding}
                review = ReviewInfo.model_validate({**said, "class": about, "role": role})
                told = part.model_copy(update={"review": review})
                self._person.reviewed.emit(told)
                self.said.emit(tr("Recorded: {words}", words=review_words(review)))
            elif isinstance(answer, InspectorError):
                self.said.emit(tr("Not recorded: {words}", words=said_error(answer)))

        self._person.ask(lambda client, staff: client.review(part.seq, finding, class_name=about, operator=staff), done)
