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
from gui.text.classes import in_words
from gui.text.times import age_in_words
from gui.widgets.paint import CENTRE, draw_capitals, draw_hatching, draw_panel, draw_text
from gui.widgets.palette import AMBER, INK, PANEL, PAPER, SOFT_INK, WELL
from gui.widgets.verdicts import LOOKS, Look, draw_symbol
from inspector.api.part_schema import PartEvent
from inspector.api.schema import Verdict

FRAME_SHARE = 0.02
"""Width of the frame of what asks for attention, as a share of the tile's height."""
MOST_SYMBOL = 0.62
"""The symbol leaves so much of the width to the words."""
REASON_SHARE, LAST_SHARE = 0.11, 0.1
"""Heights of the letters of the reason, and of the capitals of the last lines."""


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
        return " - ".join(text for text in (look.word, look.explanation, _reason(self._part)) if text)

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
        frame = place.height() * FRAME_SHARE
        if look.filled:
            painter.fillRect(place, look.colour)
            if look.colour == AMBER:
                draw_hatching(painter, place, INK, frame * 2)
            painter.fillRect(place.adjusted(frame, frame, -frame, -frame), PANEL)
        self._paint_contents(painter, place.adjusted(frame, frame, -frame, -frame), look, self._part)

    def _paint_contents(self, painter: QPainter, place: QRectF, look: Look, part: PartEvent) -> None:
        text = "" if part.verdict is Verdict.PASS else _reason(part) or look.explanation
        symbol, word, reason, last = tile_places(place, reasoned=bool(text))
        draw_symbol(painter, symbol, look)
        draw_capitals(painter, word, look.word, word.height() * 0.8, INK, flags=CENTRE, bold=True)
        flags = CENTRE | Qt.TextFlag.TextWordWrap
        draw_text(painter, reason, text, place.height() * REASON_SHARE, INK, flags=flags, bold=look.filled)
        serial = part.serial or tr("part {number}", number=part.plc_count)
        age = age_in_words(time.monotonic() - self._came_s)
        for row, words in zip(last, (serial, age), strict=True):
            draw_capitals(painter, row, words, place.height() * LAST_SHARE, SOFT_INK, flags=CENTRE)


def _reason(part: PartEvent) -> str:
    return in_words(part.reason, (box.class_name for box in part.boxes))


def tile_places(place: QRectF, *, reasoned: bool) -> tuple[QRectF, QRectF, QRectF, tuple[QRectF, QRectF]]:
    """Where symbol, word, reason, name of the part and age stand: the symbol as high as the tile, the words beside it.

    Args:
        place: Of all of them.
        reasoned: There is a reason to show.
    """
    side = min(place.height(), place.width() * MOST_SYMBOL)
    gap = place.height() * 0.04
    symbol = QRectF(place.left(), place.center().y() - side / 2, side, side)
    left, width = symbol.right() + gap, place.width() - side - 2 * gap
    rows = []
    top = place.top() + gap
    for share in (0.33, 0.35, 0.14, 0.14) if reasoned else (0.55, 0.0, 0.18, 0.18):
        rows.append(QRectF(left, top, width, (place.height() - gap) * share))
        top = rows[-1].bottom()
    return symbol, rows[0], rows[1], (rows[2], rows[3])


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
