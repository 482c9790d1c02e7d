# SPDX-License-Identifier: AGPL-3.0-or-later
"""Another product: its code is scanned, the product compared with its picture, and a shift of it opened and closed."""

from __future__ import annotations

from gui.changeover.screen import ChangeoverScreen
from gui.changeover.words import Step
from gui.run.screen import RunScreen
from gui.shift.bar import Page
from tests.day.place import LEAD, PASSWORD, Day
from tests.two_products import RING_CODE

OTHER_LOT = "L-2042"


def change_the_product(day: Day) -> None:
    """From the code of the order to parts of the other product; nothing is restarted, nobody logs in again."""
    day.log_in(LEAD)
    screen = day.screen(ChangeoverScreen)
    day.wait(lambda: screen.step is Step.CHOOSE and screen.choice.tiles[1].isVisible())
    day.picture("changeover-choose")
    day.hands.scan(RING_CODE)
    day.wait(lambda: screen.step is Step.LOOK and screen.look.reference.shot is not None)
    day.picture("changeover-look")
    day.hands.tap(screen.next_key)
    day.wait(lambda: screen.step is Step.LOT)
    said = [one for one in day.records("change") if one["name"] == "in force"]
    assert [one["what"] for one in said] == ["recipe", "model"]
    assert RING_CODE in said[0]["why"]
    assert screen.lot.text() == RING_CODE
    day.hands.write(screen.lot, OTHER_LOT)
    day.hands.tap(screen.next_key)
    day.wait(lambda: screen.headline.text == "RUNNING with recipe ring")
    day.hands.tap(screen.next_key)
    assert day.window.front.name == "run"
    opened = day.records("shift-open")[-1]
    assert (opened["lot"], opened["recipe"]["name"]) == (OTHER_LOT, "ring")
    day.wait(lambda: day.production()[-1]["recipe_digest"] == opened["recipe"]["digest"])


def close_the_other_shift(day: Day) -> None:
    """As the first one."""
    run = day.screen(RunScreen)
    bar = run.shift_bar
    day.hands.tap(bar.close_button)
    day.hands.tap(bar.sign_button)
    day.wait(lambda: bar.page is Page.SIGN)
    day.hands.write(bar.sign_form.secret, PASSWORD)
    day.hands.tap(bar.sign_form.sign_button)
    day.wait(lambda: len(day.records("shift-close")) == 2)
    day.log_out()
