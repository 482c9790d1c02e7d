# SPDX-License-Identifier: AGPL-3.0-or-later
"""Categories and features as rows for fingers: a category opens and shuts by a touch, a feature is chosen by one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from gui.text import mark, tr
from gui.widgets.form import button
from gui.widgets.metrics import Metrics
from gui.widgets.paint import LEFT, RIGHT, draw_panel, draw_text
from gui.widgets.palette import AMBER, BLACK, EDGE, INK, PANEL, PAPER, SOFT_INK, WELL
from inspector.api.maintenance_schema import CameraFeature

PAGE = 7
LEVELS = ("beginner", "expert", "guru")


@dataclass(frozen=True)
class Branch:
    """A category: its name, how many features are in it, whether it is open."""

    name: str
    count: int
    open: bool


Item = Branch | CameraFeature


def value_words(feature: CameraFeature) -> str:
    """The value with its unit, or why there is none."""
    if feature.kind == "command":
        return tr("command")
    if feature.value is None:
        return tr("cannot be read now")
    return f"{feature.value} {feature.unit}".strip()


def category_of(feature: CameraFeature) -> str:
    """Its categories in one line."""
    return " / ".join(feature.path) or tr("other features")


def items_of(features: Iterable[CameraFeature], opened: str, search: str, level: str, *, differing: bool) -> list[Item]:
    """What is listed.

    Args:
        features: All of them.
        opened: The category that is open; empty: none.
        search: Part of a name or tooltip: then every feature that has it, without categories.
        level: "beginner", "expert" or "guru": what is meant for others is left out.
        differing: Only what is not as the settings file says.
    """
    seen = [one for one in features if LEVELS.index(one.visibility) <= LEVELS.index(level)]
    if differing:
        return [one for one in seen if one.differs]
    if words := search.strip().casefold():
        return [one for one in seen if words in f"{one.name} {one.display_name} {one.tooltip}".casefold()]
    found: dict[str, list[CameraFeature]] = {}
    for one in seen:
        found.setdefault(category_of(one), []).append(one)
    items: list[Item] = []
    for name, inside in found.items():
        items.append(Branch(name, len(inside), name == opened))
        items += inside if name == opened else []
    return items


class FeatureRow(QAbstractButton):
    """One category, or one feature with its value."""

    def __init__(self) -> None:
        super().__init__()
        self.item: Item | None = None
        self._chosen = False
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)

    def show_item(self, item: Item | None, *, chosen: bool = False) -> None:
        """Show it, or nothing."""
        self.item, self._chosen = item, chosen
        self.setEnabled(item is not None)
        self.setAccessibleName(" ".join(self.words))
        self.update()

    @property
    def words(self) -> tuple[str, str]:
        """What stands on the left and on the right."""
        item = self.item
        if item is None:
            return "", ""
        if isinstance(item, Branch):
            return f"{'▾' if item.open else '▸'} {item.name}", str(item.count)
        return f"{'≠ ' if item.differs else ''}{item.display_name}", value_words(item)

    def sizeHint(self) -> QSize:
        return QSize(360, 40)

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self.item is None:
            return
        painter = QPainter(self)
        place = QRectF(self.rect())
        feature = isinstance(self.item, CameraFeature)
        odd = isinstance(self.item, CameraFeature) and bool(self.item.differs)
        fill = WELL if self.isDown() else PAPER if self._chosen else AMBER if odd else PANEL
        draw_panel(painter, place, fill, INK if self._chosen else EDGE)
        ink = BLACK if fill is AMBER else INK
        left, right = self.words
        px, pad = place.height() * 0.32, place.height() * 0.3
        inner = place.adjusted(pad * (3 if feature else 1), 0, -pad, 0)
        name = QRectF(inner.left(), inner.top(), inner.width() * 0.58, inner.height())
        draw_text(painter, name, left, px, ink, flags=LEFT, bold=not feature)
        value = QRectF(name.right(), inner.top(), inner.width() * 0.42, inner.height())
        draw_text(painter, value, right, px, ink if feature else SOFT_INK, flags=RIGHT, bold=feature)


class FeatureRows(QWidget):
    """A page of rows, and keys to the others."""

    branch_chosen = Signal(str)
    feature_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._items: tuple[Item, ...] = ()
        self._page = 0
        self._choice = ""
        self.rows = [FeatureRow() for _ in range(PAGE)]
        self.earlier = button(mark("EARLIER"), "plain")
        self.later = button(mark("LATER"), "plain")
        self.place = QLabel()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        for row in self.rows:
            self._column.addWidget(row, 1)
            row.clicked.connect(lambda _checked=False, one=row: self._tap(one))
        keys = QHBoxLayout()
        for widget in (self.earlier, self.place, self.later):
            keys.addWidget(widget)
        self._column.addLayout(keys)
        self.earlier.clicked.connect(lambda: self._turn(-1))
        self.later.clicked.connect(lambda: self._turn(1))
        self._show()

    def show_items(self, items: Sequence[Item], choice: str, *, keep_page: bool) -> None:
        """Take what is listed, and the name of the feature that is chosen.

        Args:
            items: Categories and features.
            choice: Name of a feature; empty: none.
            keep_page: It is the same list with other values; else the page of the open category is shown.
        """
        self._items, self._choice = tuple(items), choice
        if not keep_page:
            opened = [at for at, one in enumerate(items) if isinstance(one, Branch) and one.open]
            self._page = opened[0] // PAGE if opened else 0
        self._page = min(self._page, self._pages - 1)
        self._show()

    def fit(self, metrics: Metrics) -> None:
        """Sizes for this window and screen."""
        self._column.setSpacing(max(2, metrics.gap // 2))
        for key in (self.earlier, self.later):
            key.setFixedHeight(metrics.touch)

    @property
    def _pages(self) -> int:
        return max(1, -(-len(self._items) // PAGE))

    def _tap(self, row: FeatureRow) -> None:
        if isinstance(row.item, Branch):
            self.branch_chosen.emit(row.item.name)
        elif row.item is not None:
            self.feature_chosen.emit(row.item.name)

    def _turn(self, by: int) -> None:
        self._page += by
        self._show()

    def _show(self) -> None:
        here = self._items[self._page * PAGE : (self._page + 1) * PAGE]
        for index, row in enumerate(self.rows):
            item = here[index] if index < len(here) else None
            row.show_item(item, chosen=isinstance(item, CameraFeature) and item.name == self._choice)
        self.place.setText(tr("page {page} of {pages}", page=self._page + 1, pages=self._pages))
        self.earlier.setEnabled(self._page > 0)
        self.later.setEnabled(self._page < self._pages - 1)
