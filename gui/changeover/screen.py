# SPDX-License-Identifier: AGPL-3.0-or-later
"""The changeover: close, choose, compare, wait, open, show the test parts. One step per page, and what comes next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from gui.changeover.choice import Choice
from gui.changeover.look import Look
from gui.changeover.words import LAST, Step, Way, step_of, words_of
from gui.shell.bridge import Bridge
from gui.shell.person import Person
from gui.shell.screen import Screen
from gui.shell.words import failed_words
from gui.shift.wizard import ChallengeWizard, StepWords
from gui.text import mark, tr
from gui.widgets.form import Label, button, field, row, style
from gui.widgets.metrics import Metrics
from gui.widgets.palette import Tone
from inspector.api.command_schema import ChallengeStarted, ShiftOpened
from inspector.api.recipe_schema import ListedRecipe, RecipeChanged, RecipeList
from inspector.api.schema import Status
from inspector.errors import InspectorError

LONGEST_LOT = 64
HEADLINE_SHARE = 0.11
PAGE_OF = {Step.CHOOSE: 1, Step.LOOK: 2, Step.LOT: 3, Step.CHALLENGE: 4}
"""The other steps have nothing but their words."""
NEXT = {
    Step.CLOSE: mark("CLOSE THE SHIFT ..."),
    Step.LOOK: mark("IT IS THIS PRODUCT"),
    Step.LOT: mark("OPEN SHIFT"),
    Step.DONE: mark("TO THE RUN SCREEN"),
}
COMMAND = {Step.LOOK: "recipe-change", Step.LOT: "shift-open"}
"""What the next key asks of the station, by its name in docs/access.md."""


class ChangeoverScreen(Screen):
    """Nothing is changed before somebody says that it is this product; until then CANCEL leaves all as it was."""

    name = "changeover"
    word = mark("Product")
    symbol = "changeover"
    often = True

    def __init__(self, bridge: Bridge, person: Person) -> None:
        super().__init__(bridge, person)
        self._now: Status | None = None
        self.way = Way()
        self.number = Label()
        self.headline = StepWords()
        self.message = Label()
        self.choice = Choice()
        self.look = Look(bridge)
        self.lot = field(mark("Lot"), LONGEST_LOT)
        self.wizard = ChallengeWizard()
        self.cancel_key = button(mark("CANCEL"), "plain")
        self.back_key = button(mark("BACK"), "plain")
        self.next_key = button("", "primary")
        self._lay_out()
        self._connect()
        self._say("")
        self.refresh()

    @property
    def step(self) -> Step:
        """Where the person stands."""
        return step_of(self.way, self._now)

    # What the station says

    def show_status(self, status: Status) -> None:
        self._now = status
        if status.shift is not None and self.way.opened not in (0, status.shift.number):
            self.way = Way()  # that shift is over
        self.look.show_status(status)
        self.refresh()

    def show_away(self, reason: str) -> None:
        self._now = None
        self.refresh()

    def entered(self) -> None:
        """In front: a way that has come to its end, or is not begun, begins anew."""
        if self.step in (Step.CLOSE, Step.DONE) or (self.way.chosen is None):
            self._begin()
        self._ask(self.choice.code.text().strip())
        self.refresh()

    def take_scan(self, code: str) -> bool:
        """The code of an order, or a lot."""
        if self.step is Step.CHOOSE:
            self.choice.code.setText(code)
            self._find(code)
            return True
        if self.step is Step.LOT:
            self.lot.setText(code)
            return True
        return False

    def retranslate(self) -> None:
        self.choice.retranslate()
        self.look.retranslate()
        self.refresh()

    # What people do

    def choose(self, recipe: ListedRecipe) -> None:
        """Compare this one with the product."""
        self.way = Way(chosen=recipe)
        self.look.show_recipe(recipe)
        self._say("")
        self.refresh()

    def _begin(self) -> None:
        self.way = Way()
        self.choice.code.clear()
        self.lot.clear()
        self._say("")
        self.choice.first_page()

    def _cancel(self) -> None:
        self._begin()
        self.refresh()
        self.wanted.emit("run")

    def _back(self) -> None:
        self.way = Way()
        self._say("")
        self._ask(self.choice.code.text().strip())
        self.refresh()

    def _next(self) -> None:
        step = self.step
        if step is Step.LOOK:
            self._change()
        elif step is Step.LOT:
            self._open()
        elif step in (Step.CLOSE, Step.DONE):
            self.wanted.emit("run")

    def _find(self, code: str) -> None:
        """A code was read: what it means is chosen at once, if it is one recipe that may be chosen."""

        def answered(found: RecipeList) -> None:
            meant = [one for one in found.recipes if one.meant]
            if not code or self.step is not Step.CHOOSE:
                return
            if not meant:
                self._say(tr("No released recipe has the code {code}. Choose it here, or ask quality.", code=code))
            elif len(meant) == 1 and meant[0].blocked is None:
                self.choose(meant[0])

        self.choice.first_page()
        self._ask(code, answered)

    def _ask(self, code: str, then: Callable[[RecipeList], None] | None = None) -> None:
        def answered(answer: object) -> None:
            if isinstance(answer, RecipeList):
                self.choice.show_recipes(answer.recipes)
                if then is not None:
                    then(answer)
            elif isinstance(answer, InspectorError):
                self._say(tr("The recipes cannot be read: {reason}", reason=answer.message))

        self.bridge.ask(lambda client: client.recipes(code), answered)

    def _change(self) -> None:
        chosen, code = self.way.chosen, self.choice.code.text().strip()
        if chosen is None:
            return

        def answered(answer: object) -> None:
            self.way = replace(self.way, waiting=False)
            if isinstance(answer, RecipeChanged):
                self.way = replace(self.way, chosen=chosen, in_force=True)
                self.lot.setText(code)
            elif isinstance(answer, InspectorError):
                self._say(failed_words(tr("changing to recipe {name}", name=chosen.name), answer))
            self.refresh()

        self._say("")
        if self.person.known:
            self.way = replace(self.way, waiting=True)
        self.person.ask(
            lambda client, staff: client.change_recipe(
                chosen.product, digest=chosen.digest, code=code, looked=True, operator=staff
            ),
            answered,
        )
        self.refresh()

    def _open(self) -> None:
        chosen, lot = self.way.chosen, self.lot.text().strip()
        if chosen is None or not lot:
            return

        def answered(answer: object) -> None:
            if isinstance(answer, ShiftOpened):
                self.way = replace(self.way, opened=answer.shift)
                self._say("")
            elif isinstance(answer, InspectorError):
                self._say(failed_words(tr("opening the shift"), answer))
            self.refresh()

        self.person.ask(lambda client, staff: client.open_shift(lot, staff, chosen.digest), answered)

    def _start_challenge(self) -> None:
        def answered(answer: object) -> None:
            if isinstance(answer, ChallengeStarted):
                self._say("")
            elif isinstance(answer, InspectorError):
                self._say(failed_words(tr("starting the challenge"), answer))

        self.person.ask(lambda client, staff: client.start_challenge(staff), answered)

    # How it looks

    def refresh(self) -> None:
        """Show the page of the step."""
        step = self.step
        words = words_of(step, self.way, self._now)
        self.number.setText(tr("STEP {step} OF {last}", step=min(step.value, LAST), last=LAST))
        self.number.setVisible(step not in (Step.AWAY, Step.DONE))
        self.headline.show_step(words.text, words.after, words.tone)
        self.headline.setVisible(step is not Step.CHALLENGE)  # that page has its own
        if self._pages.currentIndex() != PAGE_OF.get(step, 0):
            self._pages.setCurrentIndex(PAGE_OF.get(step, 0))
        if step is Step.LOOK:
            self.look.refresh()
        self._show_keys(step)
        challenge = None if self._now is None else self._now.challenge
        if challenge is not None:
            may = not self.person.known or self.person.may("challenge-start")
            self.wizard.show_challenge(challenge, may_start=may and not self.person.busy)

    def _show_keys(self, step: Step) -> None:
        self.next_key.setVisible(step in NEXT)
        if step in NEXT:
            self.next_key.set_source(NEXT[step])
        command = COMMAND.get(step)
        may = command is None or not self.person.known or self.person.may(command)
        filled = step is not Step.LOT or bool(self.lot.text().strip())
        self.next_key.setEnabled(may and filled and not self.person.busy)
        self.back_key.setVisible(step in (Step.LOOK, Step.LOT))
        self.cancel_key.setVisible(step in (Step.CLOSE, Step.CHOOSE, Step.LOOK))
        for key in (self.back_key, self.cancel_key):
            key.setEnabled(not self.person.busy)

    def fit(self, metrics: Metrics) -> None:
        gap = metrics.gap
        self._outer.setContentsMargins(gap, gap, gap, gap)
        self._outer.setSpacing(gap)
        for widget in (self.cancel_key, self.back_key, self.next_key, self.lot):
            widget.setFixedHeight(metrics.touch)
        for key in self.wizard.findChildren(type(self.next_key)):
            key.setFixedHeight(metrics.touch)
        self.number.setFixedHeight(round(metrics.text * 1.6))
        self.headline.setFixedHeight(round(metrics.height * HEADLINE_SHARE))
        self.message.setFixedHeight(round(metrics.text * 2.0))
        self.choice.fit(metrics)
        self.look.fit(metrics)
        self.wizard.fit(metrics)
        self.setStyleSheet(style("ChangeoverScreen", metrics.text, gap))

    def _lay_out(self) -> None:
        lot = QWidget()
        column = QVBoxLayout(lot)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(row([Label(mark("Lot or order")), self.lot, None]))
        column.addStretch(1)
        self._pages = QStackedWidget()
        for page in (QWidget(), self.choice, self.look, lot, self.wizard):
            self._pages.addWidget(page)
        self._outer = QVBoxLayout(self)
        for widget in (self.number, self.headline, self.message):
            self._outer.addWidget(widget)
        self._outer.addWidget(self._pages, 1)
        self._outer.addWidget(row([self.cancel_key, self.back_key, None, self.next_key]))
        self.message.setWordWrap(False)

    def _connect(self) -> None:
        self.choice.chosen.connect(self.choose)
        self.choice.code_given.connect(self._find)
        self.cancel_key.clicked.connect(self._cancel)
        self.back_key.clicked.connect(self._back)
        self.next_key.clicked.connect(self._next)
        self.lot.returnPressed.connect(self._next)
        self.lot.textChanged.connect(self.refresh)
        self.wizard.start_wanted.connect(self._start_challenge)
        self.wizard.done.connect(lambda: self.wanted.emit("run"))
        self.person.changed.connect(self.refresh)

    def _say(self, text: str) -> None:
        """What went wrong; it stays until the next action."""
        self.message.setText(text)
        self.message.setVisible(bool(text))
        colours = Tone.WARN.value
        self.message.setStyleSheet(f"background: {colours.fill.name()}; color: {colours.ink.name()};")
