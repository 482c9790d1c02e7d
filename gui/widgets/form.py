# SPDX-License-Identifier: AGPL-3.0-or-later
"""Fields, buttons and rows of what people type into: large enough for gloves."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QStyle,
    QStyleOption,
    QStyleOptionButton,
    QStyleOptionFrame,
    QWidget,
)

from gui.text import again, mark, tr
from gui.widgets.metrics import metrics_of
from gui.widgets.paint import CENTRE_WRAPPED, WRAPPED, draw_text
from gui.widgets.palette import ACTION_BLUE, BACKGROUND, DIM, EDGE, INK, PANEL, PAPER, SOFT_INK, WELL, WHITE

AIR = 0.6
"""Between the edge of a key and its word at most, in sizes of the letters: keys are far apart, words need not be."""
SMALLER = 0.75
"""A key's word may get so small, by its width, before the row of keys takes more room."""
NARROWEST_KEY = 1.2
"""Least width of a key, in heights."""
KEY_EDGE_PX = 5
"""Between the edge of a key and its words at least."""
SECRET_LENGTH = 200
SMALLEST_SHARE = 0.5
"""A line of words may get so small, by its width, before anything else gives way."""


class Label(QLabel):
    """Plain words in one line that follow the language, and get smaller before any of them is cut off.

    Args:
        source: English, marked for translation; empty for a text that is set later.
    """

    def __init__(self, source: str = "") -> None:
        super().__init__()
        self._source, self._said = source, ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._say()

    def setText(self, text: str) -> None:
        """Words that can be said again are, when the language changes."""
        self._said = text
        super().setText(again(text))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.LanguageChange:
            self._say()
        super().changeEvent(event)

    def minimumSizeHint(self) -> QSize:
        hint = super().sizeHint()
        return QSize(round(hint.width() * SMALLEST_SHARE), hint.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """As Qt, unless the words have too little room."""
        margins = self.sizeHint().width() - self.fontMetrics().horizontalAdvance(self.text())
        if self.wordWrap() or self.width() >= self.sizeHint().width():
            super().paintEvent(event)
            return
        painter = QPainter(self)
        option = QStyleOption()
        option.initFrom(self)
        self.style().drawPrimitive(QStyle.PrimitiveElement.PE_Widget, option, painter, self)
        place = QRectF(self.rect()).adjusted(margins / 2, 0, -margins / 2, 0)
        ink = self.palette().color(self.foregroundRole())
        draw_text(painter, place, self.text(), self.fontInfo().pixelSize(), ink, bold=self.font().bold())

    def _say(self) -> None:
        if self._source:
            self.setText(tr(self._source))
        elif self.text() != again(self._said):
            self.setText(self._said)


class Lines(QLabel):
    """Plain words in as many lines as they take, which follow the language."""

    def __init__(self) -> None:
        super().__init__()
        self._said = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)

    def setText(self, text: str) -> None:
        """Words that can be said again are, when the language changes."""
        self._said = text
        super().setText(again(text))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.LanguageChange:
            self.setText(self._said)
        super().changeEvent(event)


class Key(QPushButton):
    """A button whose word follows the language.

    Args:
        source: English, marked for translation.
    """

    def __init__(self, source: str) -> None:
        super().__init__()
        self._source = source
        self._say()

    def set_source(self, source: str) -> None:
        """Another word, English and marked."""
        self._source = source
        self._say()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.LanguageChange:
            self._say()
        super().changeEvent(event)

    def minimumSizeHint(self) -> QSize:
        """Room for the longest word, as several may stand below each other, perhaps smaller; never a narrow key."""
        words = (self.fontMetrics().horizontalAdvance(word) for word in self.text().split())
        frame = super().sizeHint().width() - self.fontMetrics().horizontalAdvance(self.text())
        hint = QSize(round(max(words, default=0) * SMALLER) + max(0, frame), super().sizeHint().height())
        return hint.expandedTo(QSize(round(NARROWEST_KEY * self.minimumHeight()), 0))

    def sizeHint(self) -> QSize:
        """The whole in one line, unless that is very wide."""
        return super().sizeHint().expandedTo(self.minimumSizeHint())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """As Qt, but with its words below each other, or smaller, before any of them is cut off."""
        painter = QPainter(self)
        option = QStyleOptionButton()
        self.initStyleOption(option)
        option.text = ""
        self.style().drawControl(QStyle.ControlElement.CE_PushButton, option, painter, self)
        painter.setFont(self.font())
        place = QRectF(self.contentsRect()).adjusted(KEY_EDGE_PX, KEY_EDGE_PX, -KEY_EDGE_PX, -KEY_EDGE_PX)
        px = self.fontInfo().pixelSize()
        draw_text(painter, place, self.text().replace("&&", "&"), px, self._ink, flags=CENTRE_WRAPPED, bold=True)

    @property
    def _ink(self) -> QColor:
        """As the style sheet says it."""
        if not self.isEnabled():
            return DIM
        return WHITE if self.property("kind") == "primary" else INK

    def _say(self) -> None:
        if self._source:
            self.setText(tr(self._source))


class Field(QLineEdit):
    """A line to type into, whose hint follows the language.

    Args:
        hint: English, marked for translation.
    """

    def __init__(self, hint: str) -> None:
        super().__init__()
        self._hint = hint
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self._say()

    def set_hint(self, hint: str) -> None:
        """Another hint, English and marked."""
        self._hint = hint
        self._say()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.LanguageChange:
            self._say()
        super().changeEvent(event)

    @property
    def hint(self) -> str:
        """What stands in it while it is empty."""
        return tr(self._hint)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The hint as Qt would, but smaller rather than cut off, and with enough contrast to be read."""
        super().paintEvent(event)
        if self.text():
            return
        inside = QStyleOptionFrame()
        self.initStyleOption(inside)
        place = self.style().subElementRect(QStyle.SubElement.SE_LineEditContents, inside, self)
        painter = QPainter(self)
        px = self.fontInfo().pixelSize()
        draw_text(painter, QRectF(place).adjusted(2, 0, -2, 0), self.hint, px, SOFT_INK, flags=WRAPPED)

    def _say(self) -> None:
        self.setAccessibleName(self.hint)
        self.update()


def field(hint: str, length: int) -> Field:
    """A line to type into; the hint says what, English and marked."""
    line = Field(hint)
    line.setMaxLength(length)
    return line


def secret_field() -> Field:
    """A line for a password or PIN; there only where the station asks for one."""
    line = field(mark("Password or PIN"), SECRET_LENGTH)
    line.setEchoMode(QLineEdit.EchoMode.Password)
    line.setVisible(False)
    return line


def button(source: str, kind: str) -> Key:
    """A button, its word English and marked; `kind` is "primary" for the step to take, or "plain"."""
    key = Key(source)
    key.setProperty("kind", kind)
    key.setAutoDefault(True)
    return key


class Row(QWidget):
    """Widgets side by side, as far apart as gloves need it.

    Args:
        widgets: From left to right; None is free space.
    """

    def __init__(self, widgets: list[QWidget | None]) -> None:
        super().__init__()
        self._layout = QHBoxLayout(self)
        for widget in widgets:
            if widget is None:
                self._layout.addStretch(1)
            else:
                self._layout.addWidget(widget, 2 if isinstance(widget, QLineEdit) else 0)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()
        super().resizeEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.StyleChange:  # every screen sets its style when a size changes
            self._fit()
        super().changeEvent(event)

    def _fit(self) -> None:
        gap = metrics_of(self.screen(), self.window().height()).gap
        if self._layout.spacing() != gap:
            self._layout.setSpacing(gap)
            self._layout.setContentsMargins(gap, 0, gap, 0)


def row(widgets: list[QWidget | None]) -> QWidget:
    """Widgets side by side; None is free space."""
    return Row(widgets)


def style(frame: str, text_px: int, gap_px: int) -> str:
    """The style sheet; `frame` names the class of the widget that gets the frame."""
    gap_px = min(gap_px, round(text_px * AIR))
    return f"""
    {frame} {{ background: {PANEL.name()}; border: 1px solid {EDGE.name()}; }}
    QWidget {{ font-size: {text_px}px; color: {INK.name()}; }}
    QLabel {{ padding: 0 {gap_px}px; }}
    QLineEdit {{ background: {PAPER.name()}; border: 2px solid {WELL.name()}; padding: 0 {gap_px}px;
        font-size: {round(text_px * 1.15)}px; }}
    QLineEdit:focus {{ border: 3px solid {ACTION_BLUE.name()}; }}
    QPushButton {{ background: {BACKGROUND.name()}; border: 2px solid {SOFT_INK.name()}; padding: 0 {gap_px * 2}px;
        font-weight: bold; }}
    QPushButton:pressed {{ background: {WELL.name()}; }}
    QPushButton:checked {{ background: {PAPER.name()}; border: 4px solid {INK.name()}; }}
    QPushButton:focus {{ border: 3px solid {INK.name()}; }}
    QPushButton[kind="primary"] {{ background: {ACTION_BLUE.name()}; color: {WHITE.name()};
        border-color: {ACTION_BLUE.name()}; }}
    QPushButton:disabled {{ background: {PANEL.name()}; color: {DIM.name()}; border: 2px solid {EDGE.name()}; }}
    """
