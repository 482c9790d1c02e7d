# SPDX-License-Identifier: AGPL-3.0-or-later
"""The page on which a product is chosen: by the code of its order, or by its key."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from gui.changeover.tile import RecipeTile
from gui.text import mark
from gui.widgets.form import button, field, row
from gui.widgets.metrics import Metrics
from inspector.api.recipe_schema import ListedRecipe

LONGEST_CODE = 64
TILES = 6
COLUMNS = 2


class Choice(QWidget):
    """A field for the code, and keys for the recipes, those that the code means first."""

    code_given = Signal(str)
    """A code was typed."""
    chosen = Signal(object)
    """A recipe was chosen: a ListedRecipe."""

    def __init__(self) -> None:
        super().__init__()
        self._recipes: tuple[ListedRecipe, ...] = ()
        self._first = 0
        self.code = field(mark("Order or product code"), LONGEST_CODE)
        self.find_key = button(mark("FIND"), "plain")
        self.more_key = button(mark("MORE"), "plain")
        self.tiles = [RecipeTile() for _ in range(TILES)]
        self._grid = QGridLayout()
        for number, tile in enumerate(self.tiles):
            self._grid.addWidget(tile, number // COLUMNS, number % COLUMNS)
            tile.clicked.connect(lambda _checked=False, one=tile: self.chosen.emit(one.recipe))
        for line in range(TILES // COLUMNS):
            self._grid.setRowStretch(line, 1)
        self._outer = QVBoxLayout(self)
        self._outer.setContentsMargins(0, 0, 0, 0)
        self._outer.addWidget(row([self.code, self.find_key, self.more_key]))
        self._outer.addLayout(self._grid, 1)
        self.code.returnPressed.connect(self._give)
        self.find_key.clicked.connect(self._give)
        self.more_key.clicked.connect(self._turn)

    def show_recipes(self, recipes: tuple[ListedRecipe, ...]) -> None:
        """Take the list."""
        self._recipes = tuple(sorted(recipes, key=lambda one: not one.meant))
        if self._first >= len(recipes):
            self._first = 0
        self._show()

    def first_page(self) -> None:
        """The beginning of the list."""
        self._first = 0
        self._show()

    def fit(self, metrics: Metrics) -> None:
        """Sizes for this window and screen."""
        for widget in (self.code, self.find_key, self.more_key):
            widget.setFixedHeight(metrics.touch)
        self._outer.setSpacing(metrics.gap)
        self._grid.setSpacing(metrics.gap)

    def retranslate(self) -> None:
        """Another language."""
        self._show()

    def _give(self) -> None:
        self.code_given.emit(self.code.text().strip())

    def _turn(self) -> None:
        following = self._first + TILES
        self._first = following if following < len(self._recipes) else 0
        self._show()

    def _show(self) -> None:
        self.more_key.setVisible(len(self._recipes) > TILES)
        shown = self._recipes[self._first : self._first + TILES]
        for number, tile in enumerate(self.tiles):
            tile.show_recipe(shown[number] if number < len(shown) else None)
