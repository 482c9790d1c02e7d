# SPDX-License-Identifier: AGPL-3.0-or-later
"""Keys of the classes of defects: which rejects are shown."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QWidget

from gui.text import tr
from gui.text.classes import class_word
from gui.widgets.metrics import Metrics
from gui.widgets.paint import CENTRE_WRAPPED, draw_panel, draw_text
from gui.widgets.palette import BACKGROUND, EDGE, INK, PANEL, WELL

MOST_CLASSES = 5
"""Those that are seen most; the others are under ALL."""
WIDE = 2.0


class WordKey(QAbstractButton):
    """A key with a word; a bar on its left says that it is the one that is chosen.

    Args:
        alone: It is chosen or not whatever the keys beside it are.
    """

    def __init__(self, *, alone: bool = False) -> None:
        super().__init__()
        self.setCheckable(True)
        self.setAutoExclusive(not alone)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def sizeHint(self) -> QSize:
        return QSize(150, 76)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        place = QRectF(self.rect())
        chosen = self.isChecked()
        fill = WELL if self.isDown() else PANEL if chosen else BACKGROUND
        draw_panel(painter, place, fill, INK if chosen else EDGE)
        if chosen:
            painter.fillRect(QRectF(place.left(), place.top(), max(4.0, place.width() * 0.04), place.height()), INK)
        inner = place.adjusted(place.width() * 0.07, 0, -place.width() * 0.05, 0)
        draw_text(painter, inner, self.text(), place.height() * 0.28, INK, flags=CENTRE_WRAPPED, bold=chosen)


class ClassKeys(QWidget):
    """ALL, and the classes seen most, with how many rejects show them; beside them: only what nobody reviewed."""

    chosen = Signal(object)
    """Name of a class; None: all."""
    open_chosen = Signal(bool)
    """Whether only those are wanted that nobody has reviewed."""

    def __init__(self) -> None:
        super().__init__()
        self.open = WordKey(alone=True)
        self.open.toggled.connect(self.open_chosen)
        self.keys: dict[str | None, WordKey] = {}
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._size = QSize(150, 76)

    def show_classes(self, seen: Mapping[str, int], chosen: str | None) -> None:
        """Show which classes there are.

        Args:
            seen: How many rejects show a class.
            chosen: The one that is chosen, also if it is seen no more; None: all.
        """
        most = sorted(seen, key=lambda name: (-seen[name], name))[:MOST_CLASSES]
        if chosen is not None and chosen not in most:
            most[MOST_CLASSES - 1 :] = [chosen]
        wanted = (None, *sorted(most))
        if tuple(self.keys) != wanted:
            self._make(wanted)
        for name, key in self.keys.items():
            key.setText(tr("ALL") if name is None else f"{class_word(name).upper()}  {seen.get(name, 0) or ''}".strip())
            key.setAccessibleName(key.text())
            key.setChecked(name == chosen)
        self.open.setText(tr("NOT REVIEWED"))
        self.open.setAccessibleName(self.open.text())

    def fit(self, metrics: Metrics) -> None:
        """Sizes for the window."""
        height = metrics.touch
        self._size = QSize(round(height * WIDE), height)
        self._layout.setSpacing(metrics.gap)
        self.setFixedHeight(height)
        for key in (*self.keys.values(), self.open):
            key.setFixedSize(self._size)

    def _make(self, wanted: tuple[str | None, ...]) -> None:
        while (item := self._layout.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None and widget is not self.open:
                widget.setParent(None)
                widget.deleteLater()
        self.keys = {name: WordKey() for name in wanted}
        for name, key in self.keys.items():
            key.setFixedSize(self._size)
            key.clicked.connect(partial(self._tell, name))
            self._layout.addWidget(key)
        self._layout.addStretch(1)
        self._layout.addWidget(self.open)

    def _tell(self, name: str | None) -> None:
        self.chosen.emit(name)
