# SPDX-License-Identifier: AGPL-3.0-or-later
"""Models: what judges now, how it was accepted and checked, what each has judged, what was changed. To read only."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from gui.models.words import (
    change_pairs,
    change_title,
    check_pairs,
    judged_pairs,
    judged_title,
    lots_of,
    model_pairs,
    origin_pairs,
    recipe_pairs,
    waiting_words,
)
from gui.shell.bridge import Bridge
from gui.shell.person import Person
from gui.shell.screen import Screen
from gui.text import mark, tr
from gui.text.said import said_error
from gui.widgets.form import Lines, button, style
from gui.widgets.key_list import KeyList
from gui.widgets.metrics import Metrics
from gui.widgets.pairs import Pairs
from gui.widgets.palette import Tone
from inspector.api.model_schema import Judged, Models
from inspector.api.schema import Status
from inspector.errors import InspectorError

PAGE = 5
LOOK_MS = 10_000
SEES = "change-list"
"""Command of the table of roles: who has made and approved changes."""


class ModelsScreen(Screen):
    """Three pages: what is in force, the parts that each pair has judged, the changes."""

    name = "models"
    word = mark("Models")
    symbol = "models"

    def __init__(self, bridge: Bridge, person: Person) -> None:
        super().__init__(bridge, person)
        self.models: Models | None = None
        self.judged: Judged | None = None
        self._error = ""
        self._judged_error = ""
        self._saw = False
        self._in_front = False
        self._chosen_pair: int | None = None
        self._chosen_change: int | None = None
        self.tabs = [button(word, "plain") for word in (mark("IN FORCE"), mark("PARTS JUDGED"), mark("CHANGES"))]
        self.digest_key = button(mark("WHOLE SHA-256"), "plain")
        self.quality_key = button(mark("TO QUALITY ..."), "primary")
        self.lot_key = button("", "plain")
        self.next_lot_key = button(mark("NEXT LOT"), "plain")
        self._lot = 0
        self.message = Lines()
        self.model, self.recipe, self.origin, self.checks = Pairs(0.3), Pairs(0.3), Pairs(0.4), Pairs(0.4)
        self.pairs_list, self.pair = KeyList(PAGE), Pairs(0.25)
        self.change_list, self.change = KeyList(PAGE), Pairs(0.25)
        self._stack = QStackedWidget()
        self._lay_out()
        self._connect()
        self._every = QTimer(self)
        self._every.setInterval(LOOK_MS)
        self._every.timeout.connect(self._reload)
        self._turn_to(0)

    def entered(self) -> None:
        self._in_front = True
        self._reload()
        self._count()
        self._every.start()

    def left(self) -> None:
        self._in_front = False
        self._every.stop()

    def show_status(self, status: Status) -> None:
        if self.models is not None and self.isVisible():
            self.checks.show_pairs(tr("CHECKS"), check_pairs(self.models, status))

    def show_away(self, reason: str) -> None:
        self.models, self.judged = None, None
        self._error = tr("no connection")
        self._show()

    def retranslate(self) -> None:
        self._show()

    def fit(self, metrics: Metrics) -> None:
        gap = metrics.gap
        self._outer.setContentsMargins(gap, gap, gap, gap)
        self._outer.setSpacing(gap)
        self._grid.setSpacing(gap)
        for key in (*self.tabs, self.digest_key, self.quality_key, self.lot_key, self.next_lot_key):
            key.setFixedHeight(metrics.touch)
        self.pairs_list.fit(metrics)
        self.change_list.fit(metrics)
        narrow = f"QPushButton {{ padding: 0 {gap}px; }}"
        self.setStyleSheet(style("ModelsScreen", metrics.text, gap) + narrow)

    # Inside

    def _lay_out(self) -> None:
        self._outer = QVBoxLayout(self)
        top = QHBoxLayout()
        for key in (*self.tabs, self.digest_key):
            key.setCheckable(True)
            top.addWidget(key, 1)
        self._outer.addLayout(top)
        waiting = QHBoxLayout()
        waiting.addWidget(self.message, 1)
        waiting.addWidget(self.quality_key)
        self._outer.addLayout(waiting)
        self._outer.addWidget(self._stack, 1)
        page = QWidget()
        self._grid = QGridLayout(page)
        self._grid.setContentsMargins(0, 0, 0, 0)
        for index, widget in enumerate((self.model, self.recipe, self.origin, self.checks)):
            self._grid.addWidget(widget, index // 2, index % 2)
        self._grid.setRowStretch(0, 4)
        self._grid.setRowStretch(1, 3)
        self._stack.addWidget(page)
        self._stack.addWidget(_beside(self.pairs_list, self.pair, self.lot_key, self.next_lot_key))
        self._stack.addWidget(_beside(self.change_list, self.change))

    def _connect(self) -> None:
        for index, key in enumerate(self.tabs):
            key.clicked.connect(lambda _checked=False, to=index: self._turn_to(to))
        self.digest_key.clicked.connect(self._show)
        self.quality_key.clicked.connect(lambda: self.wanted.emit("quality"))
        self.pairs_list.tapped.connect(self._choose_pair)
        self.change_list.tapped.connect(self._choose_change)
        self.lot_key.clicked.connect(self._to_history)
        self.next_lot_key.clicked.connect(self._next_lot)
        self.person.changed.connect(self._on_person)

    def _turn_to(self, page: int) -> None:
        self._stack.setCurrentIndex(page)
        for index, key in enumerate(self.tabs):
            key.setChecked(index == page)
        self._show()

    def _on_person(self) -> None:
        """Somebody who may see more, or less."""
        sees = self.person.may(SEES)
        if self._in_front and sees != self._saw and not self.person.busy:
            self._reload()

    def _reload(self) -> None:
        """In the name of who is logged in; what nobody has to be logged in for, is asked for nobody."""
        self._saw = self.person.may(SEES)
        if self._saw and self.person.required:
            self.person.ask(lambda client, _staff: client.models(), self._on_models)
        else:
            self.bridge.ask(lambda client: client.models(), self._on_models)

    def _count(self) -> None:
        self.bridge.ask(lambda client: client.judged(), self._on_judged)

    def _on_models(self, answer: object) -> None:
        if isinstance(answer, Models):
            self.models, self._error = answer, ""
        elif isinstance(answer, InspectorError):
            self._error = said_error(answer)
        self._show()

    def _on_judged(self, answer: object) -> None:
        if isinstance(answer, Judged):
            self.judged, self._judged_error = answer, ""
            self._chosen_pair = 0 if answer.judged else None
            self._lot = 0
        elif isinstance(answer, InspectorError):
            self._judged_error = said_error(answer)
        self._show()

    def _choose_pair(self, number: int) -> None:
        self._chosen_pair, self._lot = number, 0
        self._show()

    def _choose_change(self, number: int) -> None:
        self._chosen_change = number
        self._show()

    def _lots(self) -> tuple[str, ...]:
        return () if self.judged is None else lots_of(self.judged.judged, self._chosen_pair)

    def _next_lot(self) -> None:
        lots = self._lots()
        self._lot = (self._lot + 1) % len(lots) if lots else 0
        self._show()

    def _to_history(self) -> None:
        self.wanted_about.emit("history", self._lots()[self._lot])

    def _show(self) -> None:
        whole, models = self.digest_key.isChecked(), self.models
        self.model.show_pairs(tr("MODEL"), model_pairs(None if models is None else models.model, whole))
        self.recipe.show_pairs(tr("RECIPE"), recipe_pairs(None if models is None else models.recipe, whole))
        self.origin.show_pairs(
            tr("WHAT THE PACKAGE SAYS"), origin_pairs(None if models is None else models.model, whole)
        )
        if models is not None:
            self.checks.show_pairs(tr("CHECKS"), check_pairs(models, self.status))
        self._show_changes(whole)
        self._show_judged(whole)
        waits = "" if models is None else waiting_words(models)
        page = self._stack.currentIndex()
        words = self._error or waits or (self._judged_words() if page == 1 else "")
        colours = (Tone.WARN if self._error else Tone.ACTION if waits else Tone.CALM).value
        self.message.setText(words)
        self.message.setVisible(bool(words))
        self.message.setStyleSheet(f"background: {colours.fill.name()}; color: {colours.ink.name()};")
        self.quality_key.setVisible(bool(waits) and not self._error)

    def _judged_words(self) -> str:
        if self._judged_error:
            return self._judged_error
        if self.judged is None:
            return tr("counting ...")
        return "" if self.judged.complete else tr("Older parts are left out.")

    def _show_changes(self, whole: bool) -> None:
        changes = () if self.models is None else self.models.changes
        if self._chosen_change is None or self._chosen_change >= len(changes):
            self._chosen_change = 0 if changes else None
        self.change_list.show_texts([change_title(one) for one in changes], self._chosen_change)
        found = None if self._chosen_change is None else changes[self._chosen_change]
        nothing = [(tr("changes"), tr("there was none"), False)]
        self.change.show_pairs(tr("CHANGE"), nothing if found is None else change_pairs(found, whole))

    def _show_judged(self, whole: bool) -> None:
        judged = () if self.judged is None else self.judged.judged
        self.pairs_list.show_texts([judged_title(one) for one in judged], self._chosen_pair)
        found = None if self._chosen_pair is None or not judged else judged[self._chosen_pair]
        nothing = [(tr("PARTS"), tr("no part yet"), False)]
        self.pair.show_pairs(tr("JUDGED"), nothing if found is None else judged_pairs(found, whole))
        lots = self._lots()
        self.lot_key.setVisible(bool(lots))
        self.next_lot_key.setVisible(len(lots) > 1)
        if lots:
            self.lot_key.setText(tr("LOT {lot} IN HISTORY", lot=lots[self._lot]))


def _beside(left: QWidget, right: QWidget, *keys: QWidget) -> QWidget:
    """A list, and beside it what is chosen, with its keys below."""
    page = QWidget()
    columns = QHBoxLayout(page)
    columns.setContentsMargins(0, 0, 0, 0)
    columns.addWidget(left, 1)
    side = QVBoxLayout()
    side.addWidget(right, 1)
    row = QHBoxLayout()
    for key in keys:
        row.addWidget(key, 1)
    side.addLayout(row)
    columns.addLayout(side, 1)
    return page
