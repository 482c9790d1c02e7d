# SPDX-License-Identifier: AGPL-3.0-or-later
"""Quality announces, changes and approves a threshold, and begins and ends a hold; an admin changes a setting."""

from __future__ import annotations

from gui.models.screen import ModelsScreen
from gui.quality.screen import QualityScreen
from gui.run.screen import RunScreen
from gui.settings.screen import SettingsScreen
from tests.day.place import ADMIN, LOT, MAINTENANCE, PASSWORD, QUALITY, Day

HOLD = "complaint 4711"
WHY = "wider grey band"
SETTING, FEEDER = "stops.rejects_in_row", "the new feeder bounces"
OLD, NEW = "[classes.dent]\nmin_score = 0.40", "[classes.dent]\nmin_score = 0.41"


def announce_a_change(day: Day) -> None:
    """Maintenance says what will be changed, and why."""
    day.log_in(MAINTENANCE)
    screen = day.screen(QualityScreen)
    day.hands.tap(screen.changes.kinds["threshold"])
    day.hands.write(screen.changes.why, WHY)
    day.hands.tap(screen.changes.announce_key)
    day.wait(lambda: screen.message.text().startswith("Recorded"))
    day.log_out()


def change_the_threshold(day: Day) -> None:
    """The recipe is edited, and the station process starts anew: the screens see it go and come back."""
    run = day.screen(RunScreen)
    recipe = day.rig.directory / "recipes" / "disc.toml"
    text = recipe.read_text()
    assert OLD in text
    recipe.write_text(text.replace(OLD, NEW))
    day.rig.kill("station")
    day.wait(lambda: run.status is None)
    assert "NO CONNECTION" in run.banner.words
    day.wait(lambda: "wait for approval: recipe, threshold" in run.banner.words)
    announced, *_, changed = day.records("change")
    assert (announced["what"], announced["name"], announced["why"]) == ("threshold", "announced", WHY)
    assert (changed["name"], changed["old"], changed["new"]) == ("classes.dent.min_score", '"0.40"', '"0.41"')
    assert changed["by"] == announced["by"], "the start names who has said it"


def approve_the_change(day: Day) -> None:
    """Quality reads what is changed word for word, and signs with the password."""
    run = day.screen(RunScreen)
    assert not run.status.ready  # type: ignore[union-attr]
    day.log_in(QUALITY)
    screen = day.screen(QualityScreen)
    form = screen.changes.sign_form
    day.hands.tap(screen.changes.show_key)
    day.wait(form.isVisible)
    assert "dent" in form.text.text() and "0.41" in form.text.text()
    day.picture("quality")
    day.hands.write(form.secret, PASSWORD)
    day.hands.tap(form.sign_button)
    day.wait(lambda: "2 changes are approved" in screen.message.text())
    day.wait(lambda: screen.changes.waiting.text() == "No change waits for approval.")
    (signed,) = day.records("signature")
    assert (signed["meaning"], signed["role"]) == ("approves the changes that are listed", "qa")


def begin_a_hold(day: Day) -> None:
    """A customer complains: nothing of this lot is erased until that is settled."""
    day.log_in(QUALITY)
    screen = day.screen(QualityScreen)
    holds = screen.holds
    day.hands.write(holds.hold_name, HOLD)
    day.hands.write(holds.lot, LOT)
    assert not holds.begin_key.isEnabled(), "it asks why"
    day.hands.write(holds.reason, "complaint of ACME")
    day.hands.tap(holds.begin_key)
    day.wait(lambda: holds.keys[0].isVisible() and holds.keys[0].text() == f"{HOLD}: lot {LOT}")
    (record,) = day.records("hold")
    assert (record["name"], record["reason"]) == (HOLD, "complaint of ACME")


def end_the_hold(day: Day) -> None:
    """It is settled."""
    day.log_in(QUALITY)
    screen = day.screen(QualityScreen)
    holds = screen.holds
    day.hands.tap(holds.keys[0])
    day.hands.write(holds.reason, "settled")
    day.hands.tap(holds.end_key)
    day.wait(lambda: not holds.keys[0].isVisible())
    (record,) = day.records("hold-end")
    assert record["reason"] == "settled"
    day.log_out()


def look_at_the_models(day: Day) -> None:
    """What judges, whose change it was, and how many parts of which lot it has judged."""
    screen = day.screen(ModelsScreen)
    day.wait(lambda: "disc" in screen.model.words and "disc" in screen.recipe.words)
    day.picture("models")
    judged, changes = screen.tabs[1:]
    day.hands.tap(judged)
    with_model = f"with disc 1: {len(day.production())} parts"
    day.wait(lambda: any(with_model in key.text() for key in screen.pairs_list.keys))
    day.hands.tap(changes)
    day.wait(lambda: "threshold: classes.dent.min_score" in screen.change_list.keys[0].text())


def change_a_setting(day: Day) -> None:
    """After the shift an admin looks up a limit and changes it; it waits for the next start, and says so."""
    day.log_in(ADMIN)
    screen = day.screen(SettingsScreen)
    day.wait(lambda: screen.found is not None)
    day.hands.write(screen.search, SETTING)
    day.wait(lambda: screen.chosen is not None and screen.chosen.name == SETTING)
    day.hands.write(screen.editor.value, "1")
    day.hands.write(screen.editor.why, FEEDER)
    day.hands.tap(screen.editor.change_key)
    day.wait(lambda: "greater than or equal to 2" in screen.message.text())
    day.hands.write(screen.editor.value, "8")
    day.picture("settings")
    day.hands.tap(screen.editor.change_key)
    day.wait(lambda: "1 changes wait for a restart" in screen.waiting.text())
    announced = day.records("change")[-1]
    assert (announced["what"], announced["name"], announced["why"]) == (
        "setting",
        "announced",
        f"{SETTING} = 8: {FEEDER}",
    )
    assert "rejects_in_row = 8" in (day.rig.directory / "station.toml").read_text()
    run = day.screen(RunScreen)
    day.wait(lambda: "waits for a restart" in run.banner.words)
    day.log_out()
