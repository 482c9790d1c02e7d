# SPDX-License-Identifier: AGPL-3.0-or-later
"""Leads through a challenge: which test part to show now, and what became of each, by shape and word."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui.shift.words import next_part, part_result, part_word, step_words
from gui.text import mark
from gui.widgets.form import button, row
from gui.widgets.metrics import Metrics
from gui.widgets.paint import draw_panel, draw_text
from gui.widgets.palette import ACTION_BLUE, INK, PAPER, PASS_BLUE, SOFT_INK, VERMILION, Tone
from inspector.api.schema import ChallengeInfo, ChallengePart

MOST_ROW = 0.16
"""A row takes no more of the height."""


class StepWords(QWidget):
    """The next step, readable from some metres."""

    def __init__(self) -> None:
        super().__init__()
        self._text, self._below, self._tone = "", "", Tone.CALM

    @property
    def text(self) -> str:
        """What it says."""
        return self._text

    def show_step(self, text: str, below: str, tone: Tone) -> None:
        """Take the step, and what stands small below it."""
        if (text, below, tone) != (self._text, self._below, self._tone):
            self._text, self._below, self._tone = text, below, tone
            self.setAccessibleName(f"{text}. {below}")
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        place = QRectF(self.rect())
        colours = self._tone.value
        draw_panel(painter, place, colours.fill)
        pad = place.height() * 0.12
        line = place.adjusted(pad * 2, pad, -pad * 2, -place.height() * 0.36)
        draw_text(painter, line, self._text, line.height() * 0.72, colours.ink, bold=True)
        below = QRectF(line.left(), line.bottom(), line.width(), place.height() * 0.28)
        draw_text(painter, below, self._below, below.height() * 0.72, colours.ink)


class PartRows(QWidget):
    """The registered test parts below each other."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[tuple[str, str, str, str], ...] = ()

    @property
    def rows(self) -> tuple[tuple[str, str, str, str], ...]:
        """Mark, class, serial and result of each part."""
        return self._rows

    def show_parts(self, parts: tuple[ChallengePart, ...], following: ChallengePart | None) -> None:
        """Take the parts; `following` is to be shown now."""
        rows = []
        for part in parts:
            sign, words = part_result(part, next_one=part is following)
            rows.append((sign, part_word(part), part.serial, words))
        if tuple(rows) != self._rows:
            self._rows = tuple(rows)
            self.setAccessibleName("; ".join(" ".join(one[1:]) for one in rows))
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        place = QRectF(self.rect())
        draw_panel(painter, place)
        height = place.height() * min(MOST_ROW, 0.98 / max(1, len(self._rows)))
        line = QRectF(place.left() + height * 0.3, place.top() + height * 0.05, place.width() - height * 0.6, height)
        for sign, word, serial, result in self._rows:
            side = height * 0.62
            square = QRectF(line.left(), line.center().y() - side / 2, side, side)
            draw_mark(painter, square, sign)
            bold = sign != "open"
            cells = ((0.26, word, bold), (0.26, serial, False), (0.48, result, bold))
            left, width = square.right() + side * 0.5, line.width() - side * 1.5
            for share, text, strong in cells:
                cell = QRectF(left, line.top(), width * share - side * 0.3, height)
                draw_text(painter, cell, text, height * 0.4, SOFT_INK if sign == "open" else INK, bold=strong)
                left += width * share
            line.translate(0, height)


def draw_mark(painter: QPainter, place: QRectF, sign: str) -> None:
    """A ring with a tick, a filled octagon-like square with a cross, a filled triangle, or an empty ring."""
    side = place.width()
    pen = max(1.5, side * 0.09)
    inner = place.adjusted(pen, pen, -pen, -pen)

    def point(x: float, y: float) -> QPointF:
        return QPointF(place.left() + x * side, place.top() + y * side)

    def lines(colour: QColor, *points: tuple[float, float]) -> None:
        painter.setPen(QPen(colour, pen * 1.3))
        painter.drawPolyline([point(x, y) for x, y in points])

    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(INK, pen * 0.6))
    if sign == "tick":
        painter.setPen(QPen(PASS_BLUE, pen))
        painter.drawEllipse(inner)
        lines(PASS_BLUE, (0.28, 0.52), (0.44, 0.68), (0.73, 0.34))
    elif sign == "cross":
        painter.setBrush(VERMILION)
        painter.drawRect(inner)
        lines(INK, (0.28, 0.28), (0.72, 0.72))
        lines(INK, (0.72, 0.28), (0.28, 0.72))
    elif sign == "next":
        painter.setBrush(ACTION_BLUE)
        painter.drawPolygon([point(0.15, 0.08), point(0.92, 0.5), point(0.15, 0.92)])
    else:
        painter.setBrush(PAPER)
        painter.drawEllipse(inner)


class ChallengeWizard(QWidget):
    """The page of a challenge."""

    start_wanted = Signal()
    """A challenge shall begin."""
    done = Signal()
    """Back to the run screen."""

    def __init__(self) -> None:
        super().__init__()
        self.step = StepWords()
        self.parts = PartRows()
        self.start_key = button(mark("START CHALLENGE"), "primary")
        self.done_key = button(mark("DONE"), "plain")
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.addWidget(self.step)
        self._layout.addWidget(self.parts, 1)
        self._layout.addWidget(row([None, self.done_key, self.start_key]))
        self.start_key.clicked.connect(self.start_wanted)
        self.done_key.clicked.connect(self.done)

    def show_challenge(self, challenge: ChallengeInfo, *, may_start: bool) -> None:
        """Take what the station says.

        Args:
            challenge: Of the status.
            may_start: Whether somebody may start one now, or may log in to do so.
        """
        text, tone = step_words(challenge)
        following = next_part(challenge) if challenge.running else None
        last = challenge.last
        below = "" if last is None or challenge.running else last.reason
        if following is not None:
            below = following.serial
        self.step.show_step(text, below, tone)
        self.parts.show_parts(challenge.test_parts, following)
        self.start_key.setEnabled(may_start and not challenge.running)

    def fit(self, metrics: Metrics) -> None:
        """Sizes for this window and screen."""
        self._layout.setSpacing(metrics.gap)
        self.step.setFixedHeight(round(metrics.height * 0.2))
        for key in (self.start_key, self.done_key):
            key.setFixedHeight(metrics.touch)
