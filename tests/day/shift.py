# SPDX-License-Identifier: AGPL-3.0-or-later
"""The shift: opened with a badge, begun with a challenge, handed over, closed with a signature, sealed."""

from __future__ import annotations

import re

from PySide6.QtWidgets import QApplication

from gui.run.screen import RunScreen
from gui.shift.bar import Page
from gui.shift.screen import ShiftScreen
from inspector.api.schema import Verdict
from tests.day.place import LEAD, LOT, PASSWORD, PIN, Day

NOTE = "the camera's cable was out"
TAKES_OVER = "takes over the shift before; has read its hand-over"
TEST_PARTS = 3
MEANING = "closes the shift; has seen its counts"


def open_the_shift(day: Day) -> None:
    """The operator comes with the badge, and opens a shift of a lot."""
    run = day.screen(RunScreen)
    day.log_in_by_badge()
    assert day.window.person_key.text() == "Ada L."
    bar = run.shift_bar
    day.wait(lambda: bar.page is Page.OPEN)
    day.hands.write(bar.lot, LOT)
    day.hands.tap(bar.open_button)
    day.wait(lambda: "NOT READY" in run.banner.words and "challenge" in run.banner.words)
    (opened,) = day.records("shift-open")
    assert opened["lot"] == LOT
    assert day.rig.truth() == [], "nothing comes before the challenge"


def pass_the_challenge(day: Day) -> None:
    """The screen leads through the test parts, one by one."""
    page = day.screen(ShiftScreen)
    wizard = page.wizard
    day.wait(lambda: wizard.step.text.startswith(f"Nothing passes: start a challenge and show the {TEST_PARTS}"))
    day.hands.tap(wizard.start_key)
    day.wait(lambda: wizard.step.text.startswith("Show test part "))
    day.wait(lambda: wizard.step.text.startswith("Challenge passed at "))
    assert [row[0] for row in wizard.parts.rows] == ["tick"] * TEST_PARTS
    day.hands.tap(wizard.done_key)
    assert day.window.front.name == "run"
    (record,) = day.records("challenge")
    assert record["result"] == "passed"


def watch_parts(day: Day) -> None:
    """Verdict, pictures, strip and counts of the run screen, against the records."""
    run = day.screen(RunScreen)
    day.wait(lambda: "RUNNING" in run.banner.words and "SIMULATED" in run.banner.words)
    day.wait(lambda: {Verdict.PASS, Verdict.FAIL} <= set(run.strip.verdicts))
    day.wait(lambda: run.reject.shot is not None and all(view.shot is not None for view in run.live.views.values()))
    assert f"LOT {LOT}" in run.facts.words
    day.picture("run")
    day.wait(lambda: {"PASS", "FAIL"} <= {part["verdict"] for part in day.production()})


def hand_over(day: Day) -> None:
    """The page for who comes next has filled itself in."""
    page = day.screen(ShiftScreen)
    day.wait(lambda: page.headline.text().startswith("Shift 1"))
    day.wait(lambda: page.seal.text().endswith("The shift is open."))
    day.wait(lambda: "1 \u00d7 agreed" in _panels(page)["SAID OF PARTS"])
    said = _panels(page)
    assert any("PASS" in line for line in said["PARTS"])
    assert said["CHALLENGES"][0].endswith("passed, 3 shown")
    assert any("camera" in line for line in said["ALARMS"])
    day.picture("hand-over")


def close_the_shift(day: Day) -> None:
    """Word for word what is signed, the PIN once more, and the seal."""
    run = day.screen(RunScreen)
    day.log_in_by_badge()
    bar = run.shift_bar
    day.hands.tap(bar.close_button)
    day.hands.write(bar.note, NOTE)
    day.hands.tap(bar.sign_button)
    day.wait(lambda: bar.page is Page.SIGN)
    assert NOTE in bar.sign_form.text.text()
    day.picture("signature")
    day.hands.write_with_fingers(bar.sign_form.secret, PIN)
    day.hands.tap(bar.sign_form.sign_button)
    day.wait(lambda: "The plant counted the same. Complete by infeed, lanes. Sealed." in bar.message.text())
    day.wait(lambda: "LEDGER 1 of 1 " in run.facts.words)
    assert QApplication.activeModalWidget() is None
    signed = day.records("signature")[-1]
    assert (signed["meaning"], signed["role"], signed["method"]) == (MEANING, "operator", "badge+pin")


def read_the_seal(day: Day) -> None:
    """How the shift is secured, in plain words, with the numbers of the records."""
    page = day.screen(ShiftScreen)
    parts = day.production()
    rejected = sum(part["verdict"] != "PASS" for part in parts)
    expected = rf"{len(parts)} parts, {rejected} rejected\. Sealed\. On the ledger: yes, witness: none is set up"
    day.wait(lambda: re.fullmatch(expected, page.seal.text()) is not None)
    assert page.seal.isVisible() and NOTE in page.note.text()
    (closed,) = day.records("shift-close")
    assert closed["counts"]["parts"] == len(parts)
    day.log_out()


def take_over(day: Day) -> None:
    """The next one reads the page, and signs to have taken over."""
    day.log_in(LEAD)
    page = day.screen(ShiftScreen)
    day.hands.tap(page.take_key)
    day.wait(page.sign_form.isVisible)
    assert LOT in page.sign_form.text.text()
    day.hands.write(page.sign_form.secret, PASSWORD)
    day.hands.tap(page.sign_form.sign_button)
    day.wait(lambda: "taken over shift 1" in page.message.text())
    signed = day.records("signature")[-1]
    assert (signed["meaning"], signed["role"]) == (TAKES_OVER, "team-lead")
    day.log_out()


def _panels(page: ShiftScreen) -> dict[str, tuple[str, ...]]:
    return {panel.words.title: panel.words.lines for panel in page.panels}
