# SPDX-License-Identifier: AGPL-3.0-or-later
"""One released recipe as a key: its name, its version and number, and why it cannot be chosen, if so."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from gui.text import tr
from gui.text.reasons import reason_line
from gui.widgets.paint import draw_panel, draw_text
from gui.widgets.palette import ACTION_BLUE, DIM, EDGE, INK, PANEL, PAPER, SOFT_INK, WELL
from inspector.api.recipe_schema import ListedRecipe


class RecipeTile(QAbstractButton):
    """Shows one recipe; there only with one."""

    def __init__(self) -> None:
        super().__init__()
        self.recipe: ListedRecipe | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setVisible(False)

    @property
    def state(self) -> str:
        """In force, meant by the code, or blocked and why."""
        recipe = self.recipe
        if recipe is None:
            return ""
        if recipe.blocked is not None:
            return tr("BLOCKED: {reason}", reason=reason_line(recipe.blocked))
        words = [tr("IN FORCE")] if recipe.in_force else []
        if recipe.meant:
            words.append(tr("MEANT BY THE CODE"))
        return ", ".join(words)

    @property
    def facts(self) -> str:
        """Version, number and model."""
        recipe = self.recipe
        if recipe is None:
            return ""
        number = f"   ·   {tr('number')} {recipe.number}" if recipe.number else ""
        model = "" if recipe.model is None else f"   ·   {recipe.model.name} {recipe.model.version}"
        return f"{tr('version')} {recipe.version}{number}{model}"

    def show_recipe(self, recipe: ListedRecipe | None) -> None:
        """Show another recipe, or none."""
        self.recipe = recipe
        self.setVisible(recipe is not None)
        self.setEnabled(recipe is not None and recipe.blocked is None)
        self.setAccessibleName("" if recipe is None else f"{recipe.name}, {self.facts}, {self.state}")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(320, 120)

    def paintEvent(self, _event: QPaintEvent) -> None:
        recipe = self.recipe
        if recipe is None:
            return
        painter = QPainter(self)
        place = QRectF(self.rect()).adjusted(2, 2, -2, -2)
        fill = WELL if self.isDown() else PAPER if recipe.meant else PANEL
        draw_panel(painter, place, fill, INK if recipe.meant or recipe.in_force else EDGE)
        row = place.height() / 4.2
        pad = row * 0.5
        line = QRectF(place.left() + pad, place.top() + pad * 0.6, place.width() - 2 * pad, row * 1.5)
        blocked = recipe.blocked is not None
        draw_text(painter, line, recipe.name, row * 1.0, DIM if blocked else INK, bold=True)
        line = QRectF(line.left(), line.bottom(), line.width(), row)
        draw_text(painter, line, self.facts, row * 0.55, DIM if blocked else SOFT_INK)
        line.translate(0, row)
        draw_text(painter, line, self.state, row * 0.55, INK, bold=True)
        if self.hasFocus() or recipe.meant:
            painter.setPen(QPen(ACTION_BLUE, 4))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(place.adjusted(2, 2, -2, -2))
