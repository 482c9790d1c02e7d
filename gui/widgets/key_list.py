# SPDX-License-Identifier: AGPL-3.0-or-later
"""A list as large keys, a page at a time: nothing has to be dragged."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from gui.text import mark, tr
from gui.widgets.form import button
from gui.widgets.metrics import Metrics


class KeyList(QWidget):
    """Keys below each other, of which one can be chosen.

    Args:
        page: Keys on a page.
    """

    tapped = Signal(int)
    """Place in the list."""

    def __init__(self, page: int) -> None:
        super().__init__()
        self._page = page
        self._texts: tuple[str, ...] = ()
        self._chosen: int | None = None
        self._first = 0
        self.keys = [button("", "plain") for _ in range(page)]
        self.newer = button(mark("NEWER"), "plain")
        self.older = button(mark("OLDER"), "plain")
        self.place = QLabel()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for index, key in enumerate(self.keys):
            key.setCheckable(True)
            key.clicked.connect(lambda _checked=False, at=index: self.tapped.emit(self._first + at))
            layout.addWidget(key)
        layout.addStretch(1)
        pages = QHBoxLayout()
        for widget in (self.newer, self.place, self.older):
            pages.addWidget(widget)
        layout.addLayout(pages)
        self.newer.clicked.connect(lambda: self._turn(-page))
        self.older.clicked.connect(lambda: self._turn(page))
        self._show()

    def name_turns(self, back: str, forward: str) -> None:
        """Other words on the keys that turn pages, English and marked: a list that is not in the order of time."""
        self.newer.set_source(back)
        self.older.set_source(forward)

    def show_texts(self, texts: Sequence[str], chosen: int | None) -> None:
        """Take the list, and which of it is chosen."""
        self._texts, self._chosen = tuple(texts), chosen
        self._first = min(self._first, max(0, (len(texts) - 1) // self._page * self._page))
        self._show()

    def go_to(self, number: int) -> None:
        """Turn to the page that this one is on."""
        self._first = max(0, number) // self._page * self._page
        self._show()

    def fit(self, metrics: Metrics) -> None:
        """Sizes for this window and screen."""
        for key in (*self.keys, self.newer, self.older):
            key.setFixedHeight(metrics.touch)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.LanguageChange:
            self._show()
        super().changeEvent(event)

    def _turn(self, by: int) -> None:
        self._first += by
        self._show()

    def _show(self) -> None:
        here = self._texts[self._first : self._first + self._page]
        for index, key in enumerate(self.keys):
            key.setVisible(index < len(here))
            if index < len(here):
                key.setText(here[index])
                key.setChecked(self._first + index == self._chosen)
        pages = max(1, -(-len(self._texts) // self._page))
        number = self._first // self._page
        self.place.setText(tr("page {page} of {pages}", page=number + 1, pages=pages))
        for widget in (self.newer, self.older, self.place):
            widget.setVisible(pages > 1)
        self.newer.setEnabled(number > 0)
        self.older.setEnabled(number < pages - 1)
