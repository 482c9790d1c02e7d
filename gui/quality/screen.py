# SPDX-License-Identifier: AGPL-3.0-or-later
"""The screen for quality: model and recipe in force, changes on the left, legal holds on the right."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout

from gui.quality.changes import Changes
from gui.quality.holds import Holds
from gui.shell.bridge import Bridge
from gui.shell.person import Person
from gui.shell.screen import Screen
from gui.text import mark, tr
from gui.widgets.form import Lines, style
from gui.widgets.metrics import Metrics
from gui.widgets.palette import Tone
from inspector.api.schema import Status


class QualityScreen(Screen):
    """What quality answers for, apart from single parts."""

    name = "quality"
    word = mark("Quality")
    symbol = "quality"
    needs = ("hold", "announce", "change-statement")

    def __init__(self, bridge: Bridge, person: Person) -> None:
        super().__init__(bridge, person)
        self.judges = QLabel()
        self.judges.setTextFormat(Qt.TextFormat.PlainText)
        self.judges.setWordWrap(True)
        self.message = Lines()
        self.changes = Changes(person)
        self.holds = Holds(bridge, person)
        self._outer = QVBoxLayout(self)
        self._outer.addWidget(self.judges)
        self._outer.addWidget(self.message)
        self._columns = QHBoxLayout()
        self._columns.addWidget(self.changes, 1)
        self._columns.addWidget(self.holds, 1)
        self._outer.addLayout(self._columns, 1)
        for part in (self.changes, self.holds):
            part.said.connect(self._say)
        person.changed.connect(self._on_person)
        self._say("", True)

    def entered(self) -> None:
        self.holds.reload()

    def left(self) -> None:
        self.changes.forget()
        self.holds.forget()
        self._say("", True)

    def show_status(self, status: Status) -> None:
        model, recipe = status.model, status.recipe
        self.judges.setText(
            tr(
                "Parts are judged by model {model} and recipe {recipe}.",
                model="-" if model is None else f"{model.name} {model.digest[:8]}",
                recipe="-" if recipe is None else f"{recipe.name} {recipe.digest[:8]}",
            )
        )
        self.changes.show_status(status)

    def show_away(self, reason: str) -> None:
        self.judges.setText(tr("no connection"))
        self.changes.show_status(None)

    def retranslate(self) -> None:
        self.changes.retranslate()
        self.holds.refresh()

    def fit(self, metrics: Metrics) -> None:
        gap = metrics.gap
        self._outer.setContentsMargins(gap, gap, gap, gap)
        self._outer.setSpacing(gap)
        self._columns.setSpacing(gap * 3)
        self.changes.fit(metrics)
        self.holds.fit(metrics)
        self.setStyleSheet(style("QualityScreen", metrics.text, gap))

    def _on_person(self) -> None:
        if not self.person.known:
            self.changes.forget()
        self.changes.refresh()
        self.holds.refresh()

    def _say(self, text: str, good: bool) -> None:
        colours = (Tone.CALM if good else Tone.WARN).value
        self.message.setText(text)
        self.message.setVisible(bool(text))
        self.message.setStyleSheet(f"background: {colours.fill.name()}; color: {colours.ink.name()};")
