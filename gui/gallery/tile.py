# SPDX-License-Identifier: AGPL-3.0-or-later
"""One reject as a key: its picture, what was found, when, which part, and what was said of it."""

from __future__ import annotations

import time

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from gui.gallery.words import FINDINGS, defect_words, review_words
from gui.text import tr
from gui.text.times import age_in_words
from gui.widgets.paint import CENTRE, LEFT, RIGHT, WRAPPED, draw_panel, draw_text
from gui.widgets.palette import ACTION_BLUE, EDGE, INK, PANEL, PAPER, SOFT_INK, WELL
from gui.widgets.picture import Shot, draw_boxes
from gui.widgets.symbols import draw_sign
from gui.widgets.verdicts import LOOKS, draw_symbol
from inspector.api.part_schema import PartEvent

FOOT_SHARE = 0.27
"""Height of the words below the picture."""


class RejectTile(QAbstractButton):
    """Shows one part; empty and not to be pressed without one."""

    def __init__(self) -> None:
        super().__init__()
        self.part: PartEvent | None = None
        self._shot: Shot | None = None
        self._why = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setEnabled(False)

    @property
    def shot(self) -> Shot | None:
        """The picture, once it is here."""
        return self._shot

    @property
    def words(self) -> str:
        """All that it says."""
        if self.part is None:
            return ""
        said = "" if self.part.review is None else review_words(self.part.review)
        return ", ".join(filter(None, (defect_words(self.part), self.part.serial, self.part.camera, said)))

    def show_part(self, part: PartEvent | None) -> None:
        """Show another part; its picture comes with `take`. The same part keeps its picture."""
        if self.part is None or part is None or self.part.seq != part.seq:
            self._shot, self._why = None, tr("picture follows")
        self.part = part
        self.setEnabled(part is not None)
        self.setAccessibleName(self.words)
        self.update()

    def take(self, part: PartEvent, picture: Shot | str) -> None:
        """A picture of a part, or why there is none; it may be late."""
        if self.part is None or self.part.seq != part.seq:
            return
        if isinstance(picture, Shot):
            self._shot = picture
        else:
            self._why = picture
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, 180)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        place = QRectF(self.rect())
        part = self.part
        if part is None:
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        draw_panel(painter, place, WELL if self.isDown() else PANEL, EDGE)
        pad = max(3.0, place.height() * 0.02)
        foot = QRectF(place)
        foot.setTop(place.bottom() - place.height() * FOOT_SHARE)
        well = QRectF(place.left() + pad, place.top() + pad, place.width() - 2 * pad, foot.top() - place.top() - pad)
        painter.fillRect(well, WELL)
        if self._shot is None:
            inner = well.adjusted(pad * 3, pad * 3, -pad * 3, -pad * 3)
            flags = CENTRE | Qt.TextFlag.TextWordWrap
            draw_text(painter, inner, self._why, place.height() * 0.07, INK, flags=flags)
        else:
            self._paint_shot(painter, well, self._shot)
        side = well.height() * 0.2
        draw_symbol(painter, QRectF(well.left() + pad, well.top() + pad, side, side), LOOKS[part.verdict])
        self._paint_foot(painter, foot.adjusted(pad * 2, pad, -pad * 2, -pad), part)
        if part.review is not None:
            self._paint_review(painter, well, part)
        if self.hasFocus():
            painter.setPen(QPen(ACTION_BLUE, 3))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(place.adjusted(2, 2, -2, -2))

    @staticmethod
    def _paint_shot(painter: QPainter, well: QRectF, shot: Shot) -> None:
        scale = min(well.width() / shot.width, well.height() / shot.height)
        width, height = shot.width * scale, shot.height * scale
        target = QRectF(well.center().x() - width / 2, well.center().y() - height / 2, width, height)
        painter.drawImage(target, shot.image)
        painter.setClipRect(well)
        draw_boxes(painter, QPointF(target.topLeft()), scale, shot.boxes, well)
        painter.setClipping(False)

    @staticmethod
    def _paint_foot(painter: QPainter, foot: QRectF, part: PartEvent) -> None:
        first = QRectF(foot.left(), foot.top(), foot.width(), foot.height() * 0.55)
        second = QRectF(foot.left(), first.bottom(), foot.width(), foot.height() * 0.45)
        age = QRectF(first.right() - first.width() * 0.34, first.top(), first.width() * 0.34, first.height())
        draw_text(
            painter,
            first.adjusted(0, 0, -age.width() - 4, 0),
            defect_words(part),
            first.height() * 0.72,
            INK,
            flags=LEFT,
            bold=True,
        )
        ago = age_in_words(max(0.0, time.time() - part.t_us / 1e6))
        draw_text(painter, age, ago, first.height() * 0.52, INK, flags=RIGHT)
        camera = QRectF(second.right() - second.width() * 0.34, second.top(), second.width() * 0.34, second.height())
        serial = part.serial or tr("part {number}", number=part.plc_count)
        draw_text(
            painter, second.adjusted(0, 0, -camera.width() - 4, 0), serial, second.height() * 0.66, INK, flags=LEFT
        )
        draw_text(painter, camera, part.camera or "", second.height() * 0.58, SOFT_INK, flags=RIGHT)

    @staticmethod
    def _paint_review(painter: QPainter, well: QRectF, part: PartEvent) -> None:
        """What was said stands over the lower edge of the picture."""
        if part.review is None:
            return
        height = well.height() * 0.26
        strip = QRectF(well.left(), well.bottom() - height, well.width(), height)
        draw_panel(painter, strip, PAPER, INK)
        sign = QRectF(strip.left() + height * 0.15, strip.top() + height * 0.15, height * 0.7, height * 0.7)
        draw_sign(painter, sign, FINDINGS[part.review.finding].symbol, INK)
        words = strip.adjusted(height * 1.05, 0, -height * 0.15, 0)
        draw_text(painter, words, review_words(part.review), height * 0.52, INK, flags=WRAPPED, bold=True)
