# SPDX-License-Identifier: AGPL-3.0-or-later
"""The last verdict and the strip of those before it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from gui.text import mark, tr
from gui.text.times import age_in_words
from gui.widgets.paint import CENTRE, draw_hatching, draw_panel, draw_text
from gui.widgets.palette import AMBER, INK, PANEL, PAPER, SOFT_INK, WELL
from gui.widgets.verdicts import LOOKS, Look, draw_symbol
from inspector.api.part_schema import PartEvent
from inspector.api.schema import Verdict


class VerdictTile(QWidget):
    """The last verdict, large enough to be read from 3 m."""

    def __init__(self) -> None:
        super().__init__()
        self._part: PartEvent | None = None
        self._came_s = 0.0
        self._blank = mark("waiting for a part")
        self._say()

    def show_part(self, part: PartEvent, age_s: float = 0.0) -> None:
        """Show the verdict of a part that was judged `age_s` ago."""
        self._part, self._came_s = part, time.monotonic() - age_s
        self._say()

    def clear(self, why: str) -> None:
        """Show no verdict, and say why, marked: an old one must not look like a new one."""
        self._part, self._blank = None, why
        self._say()

    @property
    def words(self) -> str:
        """What the tile says."""
        if self._part is None:
            return tr(self._blank)
        look = LOOKS[self._part.verdict]
        return " - ".join(text for text in (look.word, look.explanation, self._part.reason) if text)

    def sizeHint(self) -> QSize:
        return QSize(300, 300)

    def _say(self) -> None:
        self.setAccessibleName(self.words)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        place = QRectF(self.rect())
        if self._part is None:
            draw_panel(painter, place)
            unit = place.height() / 10
            box = place.adjusted(unit, unit, -unit, -unit)
            draw_text(painter, box, tr(self._blank), unit * 0.75, SOFT_INK, flags=CENTRE | Qt.TextFlag.TextWordWrap)
            return
        look = LOOKS[self._part.verdict]
        draw_panel(painter, place)
        unit = place.height() / 20
        if look.filled:
            frame = unit * 0.55
            painter.fillRect(place, look.colour)
            if look.colour == AMBER:
                draw_hatching(painter, place, INK, unit * 1.1)
            painter.fillRect(place.adjusted(frame, frame, -frame, -frame), PANEL)
        self._paint_contents(painter, place.adjusted(unit, unit * 0.9, -unit, -unit * 0.7), look, unit)

    def _paint_contents(self, painter: QPainter, place: QRectF, look: Look, unit: float) -> None:
        part = self._part
        if part is None:
            return
        text = "" if part.verdict is Verdict.PASS else part.reason or look.explanation
        symbol, word, reason, last = tile_rows(place, unit, bool(text))
        draw_symbol(painter, symbol, look)
        draw_text(painter, word, look.word, word.height() * 0.95, INK, flags=CENTRE, bold=True)
        flags = CENTRE | Qt.TextFlag.TextWordWrap
        draw_text(painter, reason, text, unit * 1.35, INK, flags=flags, bold=look.filled)
        serial = part.serial or tr("part {number}", number=part.plc_count)
        age = age_in_words(time.monotonic() - self._came_s)
        draw_text(painter, last, f"{serial}  ·  {age}", unit * 1.05, SOFT_INK, flags=CENTRE)


def tile_rows(place: QRectF, unit: float, reasoned: bool) -> tuple[QRectF, QRectF, QRectF, QRectF]:
    """Where symbol, word, reason and name of the part stand; the symbol has what the others leave.

    Args:
        place: Of all of them.
        unit: A twentieth of the tile's height.
        reasoned: There is a reason to show.
    """
    last = QRectF(place.left(), place.bottom() - unit * 1.3, place.width(), unit * 1.3)
    reason = QRectF(place.left(), last.top() - unit * 2.3 * reasoned, place.width(), unit * 2.3 * reasoned)
    word = QRectF(place.left(), reason.top() - unit * 3.2, place.width(), unit * 3.2)
    symbol = QRectF(place.left(), place.top(), place.width(), word.top() - place.top())
    return symbol, word, reason, last


class VerdictStrip(QWidget):
    """The last verdicts, newest on the right; what was not let through sits lower."""

    LENGTH = 40

    def __init__(self) -> None:
        super().__init__()
        self._verdicts: deque[Verdict] = deque(maxlen=self.LENGTH)

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """Oldest first."""
        return tuple(self._verdicts)

    def add(self, verdict: Verdict) -> None:
        """One more."""
        self._verdicts.append(verdict)
        self.update()

    def replace(self, verdicts: Iterable[Verdict]) -> None:
        """Others instead, oldest first."""
        self._verdicts = deque(verdicts, maxlen=self.LENGTH)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        place = QRectF(self.rect())
        draw_panel(painter, place, PAPER)
        slot = place.width() / self.LENGTH
        side = min(slot * 0.86, place.height() * 0.56)
        painter.setPen(QPen(WELL, 1))
        middle = place.center().y()
        painter.drawLine(QPointF(place.left() + 4, middle), QPointF(place.right() - 4, middle))
        x = place.right() - slot * len(self._verdicts)
        for verdict in self._verdicts:
            good = verdict is Verdict.PASS
            top = place.top() + place.height() * (0.04 if good else 0.40)
            draw_symbol(painter, QRectF(x + (slot - side) / 2, top, side, side), LOOKS[verdict], PAPER)
            x += slot
