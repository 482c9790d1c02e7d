# SPDX-License-Identifier: AGPL-3.0-or-later
"""Keys for the screens, large enough for gloves: those of every shift in a column, the others one touch further."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QGridLayout, QVBoxLayout, QWidget

from gui.text import mark, tr
from gui.widgets.metrics import Metrics
from gui.widgets.paint import CENTRE, CENTRE_WRAPPED, draw_panel, draw_text
from gui.widgets.palette import AMBER, BACKGROUND, BLACK, EDGE, INK, PANEL, WELL
from gui.widgets.symbols import draw_sign

WIDE = 1.35
"""Width of a key, in heights."""
ROOMY = 1.3
"""A key of the page of all others, in keys of the column: there is room."""


class SignKey(QAbstractButton):
    """A key with a symbol and a word below.

    Args:
        symbol: A name of `gui.widgets.symbols`.
        word: English, marked for translation; empty for one that is set with `show_word`.
    """

    def __init__(self, symbol: str, word: str = "") -> None:
        super().__init__()
        self.symbol = symbol
        self._word = word
        self._note = ""
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._say()

    def show_word(self, text: str) -> None:
        """A text that is in the language of the reader already."""
        self._word = ""
        self.setText(text)
        self.setAccessibleName(text)
        self.update()

    def show_note(self, note: str) -> None:
        """A few characters in the corner; empty: none."""
        if note != self._note:
            self._note = note
            self.update()

    @property
    def note(self) -> str:
        """What stands in the corner."""
        return self._note

    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.LanguageChange:
            self._say()
        super().changeEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(100, 76)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        place = QRectF(self.rect())
        chosen = self.isChecked()
        fill = WELL if self.isDown() else PANEL if chosen else BACKGROUND
        draw_panel(painter, place, fill, INK if chosen else EDGE)
        if chosen:
            painter.fillRect(QRectF(place.left(), place.top(), max(4.0, place.width() * 0.06), place.height()), INK)
        unit = place.height() / 10
        side = unit * 4.8
        sign = QRectF(place.center().x() - side / 2, place.top() + unit * 0.9, side, side)
        ink = INK if self.isEnabled() else EDGE
        draw_sign(painter, sign, self.symbol, ink)
        word = QRectF(place.left() + unit * 0.9, sign.bottom() + unit * 0.3, place.width() - unit * 1.2, unit * 3.2)
        draw_text(painter, word, self.text(), unit * 2.3, ink, flags=CENTRE_WRAPPED, bold=chosen)
        if self._note:
            width = unit * (1.8 + 1.4 * len(self._note))
            badge = QRectF(place.right() - width - unit * 0.4, place.top() + unit * 0.4, width, unit * 3.0)
            draw_panel(painter, badge, AMBER, INK)
            draw_text(painter, badge, self._note, unit * 2.2, BLACK, flags=CENTRE, bold=True)

    def _say(self) -> None:
        if self._word:
            self.setText(tr(self._word))
            self.setAccessibleName(self.text())
        self.update()


class MorePage(QWidget):
    """The keys that have no place in the column, side by side."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)

    def show_keys(self, keys: list[SignKey], metrics: Metrics, width: int) -> None:
        """Take the keys that stand here.

        Args:
            keys: In their order.
            metrics: Sizes for the window.
            width: Pixels that there are side by side.
        """
        gap = metrics.glove_gap
        size = QSize(round(metrics.glove_key * WIDE * ROOMY), round(metrics.glove_key * ROOMY))
        columns = max(1, (width - gap) // (size.width() + gap))
        self._grid.setSpacing(gap)
        self._grid.setContentsMargins(gap, gap, gap, gap)
        for number, key in enumerate(keys):
            key.setFixedSize(size)
            self._grid.addWidget(key, number // columns, number % columns)
            key.show()


class Navigation(QWidget):
    """A column of keys: screens above, what belongs to the person below.

    As many keys as there is room for; those that are wanted most come first, the others stand on the page of MORE.
    """

    chosen = Signal(str)
    """Name of a screen."""
    more_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.keys: dict[str, SignKey] = {}
        self.more_page = MorePage()
        self.more_key = SignKey("keypad", mark("More"))
        self.more_key.setParent(self)
        self.more_key.setCheckable(True)
        self.more_key.clicked.connect(self._ask_more)
        self._group = QButtonGroup(self)
        self._group.addButton(self.more_key)
        self._often: set[str] = set()
        self._below: list[SignKey] = []
        self._offered: Callable[[str], bool] = lambda _name: True
        self._metrics: Metrics | None = None
        self._width = 0
        self._layout = QVBoxLayout(self)

    def add(self, name: str, key: SignKey, *, often: bool) -> None:
        """One more screen, below those that are there; `often`: it has its place in the column before the others."""
        key.setParent(self)
        key.setCheckable(True)
        self._group.addButton(key)
        key.clicked.connect(lambda: self.chosen.emit(name))
        self.keys[name] = key
        if often:
            self._often.add(name)

    def add_below(self, key: SignKey) -> None:
        """A key at the lower end; the last one always has its place."""
        key.setParent(self)
        self._below.append(key)

    def offer(self, offered: Callable[[str], bool]) -> None:
        """Which screens are of use to who stands there; asked again with every `fit`."""
        self._offered = offered
        self.place()

    @property
    def hidden(self) -> list[str]:
        """Names of the screens whose keys stand on the page of MORE."""
        return [name for name, key in self.keys.items() if key.parentWidget() is self.more_page and not key.isHidden()]

    def show_chosen(self, name: str) -> None:
        """Mark the screen that is in front."""
        self.keys[name].setChecked(True)
        self._mark_more()

    def show_more(self) -> None:
        """The page of MORE is in front."""
        self.more_key.setChecked(True)

    def fit(self, metrics: Metrics, width: int) -> None:
        """Sizes for this window and screen; `width` is that of the window, pixels."""
        self._metrics, self._width = metrics, width
        self.place()

    def place(self) -> None:
        """Give every key its place."""
        metrics = self._metrics
        if metrics is None:
            return
        gap, height = metrics.glove_gap, metrics.glove_key
        slots = max(1, (metrics.height - gap) // (height + gap))
        offered = [name for name in self.keys if self._offered(name)]
        wanted = sorted(offered, key=lambda name: name not in self._often)
        fixed = self._below[-1:]
        if len(wanted) + len(self._below) <= slots:
            column, below = wanted, self._below
        else:
            often = sum(name in self._often for name in wanted)
            below = self._below if often + 1 + len(self._below) <= slots else fixed
            column = wanted[: max(0, slots - 1 - len(below))]
        others: list[SignKey] = [self.keys[name] for name in offered if name not in column]
        others += [key for key in self._below if key not in below]
        self._fill([self.keys[name] for name in column], below, bool(others), (round(height * WIDE), height), gap)
        self.more_page.show_keys(others, metrics, self._width - self.width())
        for name, key in self.keys.items():
            key.setVisible(name in offered)
        self._mark_more()

    def _fill(self, column: list[SignKey], below: list[SignKey], more: bool, size: tuple[int, int], gap: int) -> None:
        """The column anew."""
        while self._layout.takeAt(0) is not None:
            pass
        self._layout.setSpacing(gap)
        self._layout.setContentsMargins(gap, gap, 0, gap)
        for key in [*column, self.more_key]:
            self._layout.addWidget(key)
        self._layout.addStretch(1)
        for key in below:
            self._layout.addWidget(key)
        for key in (*column, self.more_key, *below):
            key.setFixedSize(*size)
            key.setVisible(key is not self.more_key or more)
        self.setFixedWidth(size[0] + gap)

    def show_note(self, name: str, note: str) -> None:
        """A few characters on the key of a screen; MORE says that there are some behind it."""
        self.keys[name].show_note(note)
        self._mark_more()

    def _mark_more(self) -> None:
        self.more_key.show_note("!" if any(self.keys[name].note for name in self.hidden) else "")

    def _ask_more(self) -> None:
        self.more_wanted.emit()
