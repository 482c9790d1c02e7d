# SPDX-License-Identifier: AGPL-3.0-or-later
"""One reject, as large as it goes: picture, what is known of the part, and the keys to say what one thinks."""

from __future__ import annotations

import time

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from gui.gallery.review_keys import ReviewKeys
from gui.gallery.words import defect_words, review_words
from gui.shell.navigation import SignKey
from gui.shell.person import Person
from gui.text import again, mark, tr
from gui.text.times import age_in_words, clock_of
from gui.widgets.metrics import Metrics
from gui.widgets.paint import LEFT, WRAPPED, draw_panel, draw_text
from gui.widgets.palette import INK, SOFT_INK
from gui.widgets.picture import PictureView, Shot
from inspector.api.part_schema import PartEvent

FACTS_SHARE = 0.34
LABEL_SHARE = 0.3


class PartFacts(QWidget):
    """What is known of a part, in a few lines, and what was said last."""

    def __init__(self) -> None:
        super().__init__()
        self._part: PartEvent | None = None
        self._line = ""

    @property
    def words(self) -> str:
        """All that it says."""
        return "\n".join(
            (*(f"{name} {value}".strip() for name, value in self._rows()), self._said(), again(self._line))
        )

    def show_part(self, part: PartEvent | None) -> None:
        """Show another part; what was answered before is gone."""
        self._part, self._line = part, ""
        self._say()

    def show_reviewed(self, part: PartEvent) -> None:
        """The same part, with what was just said of it."""
        self._part = part
        self._say()

    def show_line(self, line: str) -> None:
        """What became of the last tap."""
        self._line = line
        self._say()

    def _say(self) -> None:
        self.setAccessibleName(self.words)
        self.update()

    def _rows(self) -> list[tuple[str, str]]:
        part = self._part
        if part is None:
            return []
        age = age_in_words(max(0.0, time.time() - part.t_us / 1e6))
        rows = [("", defect_words(part)), (tr("why"), part.reason), (tr("serial"), part.serial or "-")]
        rows += [(tr("camera"), part.camera or "-"), (tr("time"), f"{clock_of(part.t_us)}, {age}")]
        return [*rows, (tr("record"), str(part.seq))]

    def _said(self) -> str:
        if self._part is None:
            return ""
        return tr("nobody has said anything") if self._part.review is None else review_words(self._part.review)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        place = QRectF(self.rect())
        draw_panel(painter, place)
        rows = self._rows()
        if not rows:
            return
        pad = place.width() * 0.04
        height = min(place.height() / (len(rows) + 3.4), place.width() * 0.1)
        line = QRectF(place.left() + pad, place.top() + height * 0.2, place.width() - 2 * pad, height)
        for name, value in rows:
            label = QRectF(line.left(), line.top(), line.width() * LABEL_SHARE if name else 0.0, height)
            draw_text(painter, label, name, height * 0.42, SOFT_INK, flags=LEFT)
            text = QRectF(label.right(), line.top(), line.width() - label.width(), height)
            draw_text(painter, text, value, height * (0.56 if name else 0.72), INK, flags=LEFT, bold=not name)
            line.translate(0, height)
        draw_text(painter, line, self._said(), height * 0.6, INK, flags=LEFT, bold=True)
        rest = QRectF(line.left(), line.bottom(), line.width(), place.bottom() - line.bottom() - height * 0.2)
        draw_text(painter, rest, again(self._line), height * 0.52, INK, flags=WRAPPED | Qt.TextFlag.TextWordWrap)


class PartDetail(QWidget):
    """One part in front of the others; says which one to show next by signals."""

    back_wanted = Signal()
    step_wanted = Signal(int)
    """-1: the newer one, 1: the older one."""
    camera_wanted = Signal()
    """The picture of the next camera."""

    def __init__(self, person: Person) -> None:
        super().__init__()
        self.part: PartEvent | None = None
        self.shown: PartEvent | None = None
        """The part with the camera, image and boxes of the view that is shown."""
        self.picture = PictureView("", "")
        self.facts = PartFacts()
        self.review = ReviewKeys(person, upright=True)
        self.back = SignKey("back", mark("ALL REJECTS"))
        self.newer = SignKey("up", mark("NEWER"))
        self.older = SignKey("down", mark("OLDER"))
        self.camera = SignKey("forward", mark("NEXT CAMERA"))
        self._lay_out()
        self.camera.clicked.connect(self.camera_wanted)
        self.back.clicked.connect(self.back_wanted)
        self.newer.clicked.connect(lambda: self.step_wanted.emit(-1))
        self.older.clicked.connect(lambda: self.step_wanted.emit(1))
        self.review.said.connect(self.facts.show_line)
        person.reviewed.connect(self._on_reviewed)

    def show_part(self, part: PartEvent, *, first: bool, last: bool, simulated: bool) -> None:
        """Show a part; its picture comes with `take`.

        Args:
            part: Which.
            first: There is no newer one.
            last: There is no older one.
            simulated: Mark the picture as one of a simulated camera.
        """
        same = self.part is not None and self.part.seq == part.seq
        self.part = part
        self.newer.setEnabled(not first)
        self.older.setEnabled(not last)
        self.picture.set_simulated(simulated)
        if same:
            self.facts.show_reviewed(part)
        else:
            self.facts.show_part(part)
            self.show_view(part)
        self.camera.setVisible(len(part.views) > 1)
        self.review.show_part(part)

    def show_view(self, shown: PartEvent) -> None:
        """Show what one camera saw of the part; its picture comes with `take`."""
        self.shown = shown
        self.picture.drop_shot(tr("picture follows"))
        self.picture.show_words(shown.camera or "" if len(shown.views) > 1 else "")

    def take(self, shown: PartEvent, picture: Shot | str) -> None:
        """The picture of a view, or why there is none; it may be late."""
        if self.shown is None or (self.shown.seq, self.shown.camera) != (shown.seq, shown.camera):
            return
        if isinstance(picture, Shot):
            self.picture.show_shot(picture)
        else:
            self.picture.drop_shot(picture)

    def fit(self, metrics: Metrics, width: int, height: int) -> None:
        """Sizes for the window; width and height of the screen, pixels."""
        gap = metrics.gap
        self._layout.setContentsMargins(gap, gap, gap, gap)
        self._layout.setSpacing(gap)
        self._side.setSpacing(gap)
        self._steps.setSpacing(gap)
        side = round(width * FACTS_SHARE)
        key_height = metrics.touch
        self.review.fit(side, key_height, gap)
        self.facts.setFixedWidth(side)
        for key in (self.back, self.newer, self.older):
            key.setFixedSize((side - 2 * gap) // 3, key_height)
        self.camera.setFixedHeight(key_height)

    def _lay_out(self) -> None:
        self._layout = QGridLayout(self)
        self._side = QVBoxLayout()
        self._steps = QHBoxLayout()
        for key in (self.back, self.newer, self.older):
            self._steps.addWidget(key)
        self._side.addWidget(self.facts, 1)
        self._side.addWidget(self.review)
        self._side.addLayout(self._steps)
        pictured = QVBoxLayout()
        pictured.addWidget(self.picture, 1)
        pictured.addWidget(self.camera)
        self._layout.addLayout(pictured, 0, 0)
        self._layout.addLayout(self._side, 0, 1)
        self._layout.setColumnStretch(0, 1)

    def _on_reviewed(self, part: PartEvent) -> None:
        if self.part is not None and self.part.seq == part.seq:
            self.part = part
            self.facts.show_reviewed(part)
