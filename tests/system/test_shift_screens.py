# SPDX-License-Identifier: AGPL-3.0-or-later
"""The screens of alarms and of a shift, on a real api process with a scripted station."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication
from pytestqt.qtbot import QtBot

from gui.alarms.screen import AlarmScreen
from gui.run.screen import RunScreen
from gui.shell.bridge import Bridge
from gui.shell.window import Window
from gui.shift.screen import ShiftScreen
from gui.shift.words import seal_words
from gui.widgets.palette import Tone
from inspector.api.shift_schema import Handover, SealPlace, SealWords
from inspector.ipc import Message
from inspector.station.alarm_catalogue import BY_NAME
from tests.api_station import ApiProcess, FakeStation, make_station, status_document
from tests.audit_station import writing

WAIT_MS = 30_000
T_US = 1_763_769_600_000_000


def alarm(code: str, message: str, **changes: object) -> dict[str, object]:
    known = BY_NAME[code]
    texts = {"cause": known.cause, "consequence": known.consequence, "action": known.action}
    return {"code": code, "priority": known.priority.value, "message": message, "since_us": T_US, **texts, **changes}


@dataclass
class Scene:
    """A scripted station whose first shift is closed and whose second is open, and the window."""

    station: FakeStation
    window: Window
    qtbot: QtBot

    def until(self, condition: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(condition, timeout=WAIT_MS)

    def tap(self, key: QAbstractButton) -> None:
        self.qtbot.mouseClick(key, Qt.MouseButton.LeftButton)

    @property
    def alarms(self) -> AlarmScreen:
        screen = self.window.screens["alarms"]
        assert isinstance(screen, AlarmScreen)
        return screen

    @property
    def shift(self) -> ShiftScreen:
        screen = self.window.screens["shift"]
        assert isinstance(screen, ShiftScreen)
        return screen

    def asked(self, command: str) -> list[dict[str, Any]]:
        return [request["arguments"] for request in self.station.requests if request["command"] == command]


@pytest.fixture
def scene(tmp_path: Path, qtbot: QtBot) -> Iterator[Scene]:
    before = threading.active_count()
    run = make_station(tmp_path)
    with writing(tmp_path) as records:
        records.open("L-1")
        records.part("FAIL", ("dent",))
        records.part()
        records.append("alarm", code="AIR_LOW")
        records.close(note="belt <b>squeaks</b>")
        records.open("L-2")
        records.part()
    station = FakeStation(run)
    station.status = status_document(shift={"number": 2, "lot": "L-2", "opened_us": T_US, "parts": 1})
    api = ApiProcess(tmp_path)
    api.start()
    bridge = Bridge(tmp_path)
    window = Window(bridge, (RunScreen, ShiftScreen, AlarmScreen))
    window.resize(1280, 800)
    window.show()
    bridge.start()
    scene = Scene(station, window, qtbot)
    scene.until(lambda: scene.shift.status is not None)
    yield scene
    assert QApplication.activeModalWidget() is None
    window.close()
    station.close()
    assert api.end() == 0
    window.deleteLater()
    assert threading.active_count() == before


def test_alarms_stand_by_urgency_and_are_answered_in_place(scene: Scene) -> None:
    answers: dict[str, Callable[[Message], dict[str, object]]] = {
        "alarm-acknowledge": lambda _request: {"code": "AIR_LOW", "seq": 1},
        "alarm-shelve": lambda _request: {"code": "AIR_LOW", "seq": 2, "until_us": T_US},
        "alarm-unshelve": lambda _request: {"code": "AIR_LOW", "seq": 3},
    }
    scene.station.answers |= answers
    stop = alarm("STOP_REJECT_UNCONFIRMED", "rejected part 7 was seen in the good lane", first_out=True)
    air = alarm("AIR_LOW", "no compressed air")
    scene.station.change(alarms={"active": [stop, air], "shelved": []})
    scene.until(lambda: scene.window.navigation.keys["alarms"].note == "2")
    scene.tap(scene.window.navigation.keys["alarms"])
    screen = scene.alarms
    first, second, third = screen.cards
    assert [first.code, second.code, third.isVisible()] == ["STOP_REJECT_UNCONFIRMED", "AIR_LOW", False]
    assert "CAME FIRST" in first.text.words.state and "Open the air supply" in second.text.words.action
    assert second.text.accessibleName().startswith("MEDIUM; No compressed air; ")
    assert not first.shelve_key.isVisible(), "what is urgent is never shelved"
    scene.until(lambda: "Alarms in the last hour: 1 " in screen.rate.text())
    scene.window.person.log_in("4711", "", lambda _error: None)
    scene.tap(second.seen_key)
    scene.until(lambda: screen.message.text() == "Seen, and recorded.")
    assert scene.asked("alarm-acknowledge") == [{"code": "AIR_LOW", "operator": "4711"}]
    scene.tap(second.shelve_key)
    assert screen.form.isVisible() and not screen.form.shelve_key.isEnabled(), "a reason is needed"
    assert (first.code, second.isVisible()) == ("AIR_LOW", False), "the others make room"
    scene.qtbot.keyClicks(screen.form.reason, "new compressor at ten")
    scene.tap(screen.form.time_keys[120])
    scene.tap(screen.form.shelve_key)
    scene.until(lambda: screen.message.text().startswith("Shelved, and recorded"))
    shelved = {"code": "AIR_LOW", "minutes": 120, "reason": "new compressor at ten", "operator": "4711"}
    assert scene.asked("alarm-shelve") == [shelved] and not screen.form.isVisible()
    assert second.code == "AIR_LOW" and second.isVisible()
    away = {**air, "shelved_until_us": T_US, "shelved_because": "new compressor at ten"}
    scene.station.change(alarms={"active": [stop], "shelved": [away]})
    scene.until(lambda: not second.isVisible())
    scene.tap(screen.shelved_key)
    assert "new compressor at ten" in first.text.words.state and "goes on" in screen.headline.text()
    scene.tap(first.back_key)
    scene.until(lambda: scene.asked("alarm-unshelve") == [{"code": "AIR_LOW", "operator": "4711"}])


def test_what_is_not_known_looks_not_like_no_alarm(scene: Scene) -> None:
    scene.tap(scene.window.navigation.keys["alarms"])
    scene.until(lambda: scene.alarms.headline.text() == "No alarm: nobody has to do anything now.")
    scene.alarms.show_away("gone")
    assert scene.alarms.headline.text().startswith("No connection")


def test_the_page_of_a_shift_is_filled_in_by_itself(scene: Scene) -> None:
    scene.tap(scene.window.navigation.keys["shift"])
    screen = scene.shift
    scene.until(lambda: screen.headline.text().startswith("Shift 2"))
    assert screen.seal.text() == "1 parts, 0 rejected. The shift is open."
    assert not screen.later_key.isEnabled()
    scene.tap(screen.earlier_key)
    scene.until(lambda: screen.headline.text().startswith("Shift 1"))
    assert screen.seal.text() == "2 parts, 1 rejected. Sealed. On the ledger: waiting, witness: none is set up"
    shown = {panel.words.title: panel.words.lines for panel in screen.panels}
    assert set(shown["PARTS"]) == {"1 PASS", "1 FAIL"}
    assert shown["DEFECTS FOUND MOST"] == ("1 \u00d7 dent",)
    assert shown["ALARMS"] == ("1 \u00d7 air low",)
    assert shown["STOPS OVER 2 MINUTES"] == ("none",)


def place(name: str, *, holds: bool, witnessed: bool | None = None, counts: bool = True) -> SealPlace:
    return SealPlace(name=name, holds=holds, witnessed=witnessed, counts=counts)


def sealed(*places: SealPlace, anchored: bool) -> SealWords:
    holding = tuple(one.name for one in places if one.holds)
    return SealWords(seal="ab" * 32, signed=True, anchored=anchored, places=places, ledgers=holding)


OWN, TSA = place("own", holds=True), place("tsa", holds=False, counts=False)
FAR = "a-very-long-name.of-a.consortium.example.com"
PLACES = (
    ((OWN,), True, "yes, witness: none is set up"),
    ((place("own", holds=True, witnessed=False),), True, "yes, witness: not yet"),
    ((OWN, place("plant", holds=False, witnessed=False)), False, "waiting, 1 of 2 (not yet: plant), witness: not yet"),
    ((OWN, place("plant", holds=True, witnessed=True), TSA), True, "yes, 2 of 3 (not yet: tsa), witness: yes"),
    (
        (OWN, TSA, place("plant", holds=False, witnessed=False), place(FAR, holds=True, witnessed=True), OWN),
        False,
        "waiting, 3 of 5 (not yet: tsa, plant), witness: 1 of 2",
    ),
    (
        (place(FAR, holds=False), TSA, place("plant", holds=False)),
        False,
        "waiting, 0 of 3 (not yet: a-very-long-name.of-a.c\u2026, tsa (+1)), witness: none is set up",
    ),
)


@pytest.mark.parametrize(
    ("seal", "words", "tone"),
    [
        (None, "412 parts, 15 rejected. The shift is open.", Tone.CALM),
        (
            SealWords(seal="ab" * 32, signed=False),
            "412 parts, 15 rejected. Not sealed yet: the signing key is locked.",
            Tone.WARN,
        ),
        (
            SealWords(seal="ab" * 32, signed=True, ledgers=("tlog",)),
            "412 parts, 15 rejected. Sealed. On the ledger: yes, witness: not known",
            Tone.CALM,
        ),
        *(
            (sealed(*places, anchored=anchored), f"412 parts, 15 rejected. Sealed. On the ledger: {words}", Tone.CALM)
            for places, anchored, words in PLACES
        ),
    ],
    ids=range(3 + len(PLACES)),
)
def test_the_seal_in_plain_words(seal: SealWords | None, words: str, tone: Tone) -> None:
    verdicts = {"PASS": 396, "BYPASSED": 1, "FAIL": 14, "LATE": 1}
    page = Handover(shift=7, lot="L", opened_us=T_US, verdicts=verdicts, test_parts=4, reviews={}, seal=seal)
    assert seal_words(page) == (words, tone)


def challenge(step: int, *parts: dict[str, object], **changes: object) -> dict[str, object]:
    known = {
        "state": "required",
        "running": True,
        "message": "",
        "parts": 2,
        "set": "ab" * 32,
        "step": step,
        "steps": 2,
    }
    return {**known, "test_parts": list(parts), **changes}


def test_a_challenge_is_led_part_by_part(scene: Scene) -> None:
    dent: dict[str, object] = {"serial": "S7-3", "class": "dent", "shown": 0, "wanted": 1}
    good: dict[str, object] = {"serial": "S7-9", "class": None, "shown": 0, "wanted": 1}
    scene.station.answers["challenge-start"] = lambda _request: {"parts": 2, "presentations": 1, "message": ""}
    scene.station.change(challenge=challenge(0, dent, good, running=False))
    scene.until(lambda: scene.window.navigation.keys["shift"].note == "!")
    scene.tap(scene.window.navigation.keys["shift"])
    screen, wizard = scene.shift, scene.shift.wizard
    assert screen.shows_challenge, "nothing passes without one"
    assert wizard.step.text == "Nothing passes: start a challenge and show the 2 test parts"
    scene.window.person.log_in("4711", "", lambda _error: None)
    scene.tap(wizard.start_key)
    scene.until(lambda: scene.asked("challenge-start") == [{"operator": "4711"}])
    scene.station.change(challenge=challenge(0, dent, good))
    scene.until(lambda: wizard.step.text == "Show test part 1 of 2: DENT")
    assert [row[0] for row in wizard.parts.rows] == ["next", "open"]
    assert not wizard.start_key.isEnabled()
    found = {**dent, "shown": 1, "found": True}
    scene.station.change(challenge=challenge(1, found, good))
    scene.until(lambda: wizard.step.text == "Show test part 2 of 2: GOOD PART")
    assert wizard.parts.rows[0] == ("open", "DENT", "S7-3", "1 of 1 shown, on its way")
    missed = {**good, "shown": 1, "found": False, "rejected": False}
    last = {"result": "failed", "reason": "test part S7-9 (good) was not judged good", "t_us": T_US}
    ended = challenge(0, {**found, "rejected": True}, missed, running=False, state="failed", last=last)
    scene.station.change(challenge=ended)
    scene.until(lambda: wizard.step.text == "Challenge FAILED: nothing passes until one is passed")
    assert [(row[0], row[3]) for row in wizard.parts.rows] == [
        ("tick", "judged right, seen in the reject lane"),
        ("cross", "NOT JUDGED GOOD"),
    ]
    assert "S7-9 (good) was not judged good" in wizard.step.accessibleName()
    scene.tap(wizard.done_key)
    assert scene.window.front.name == "run"


STATEMENT = {
    "statement": "ab" * 32,
    "text": "inspector/statement/v1\nstation line-4\nhold complaint 4711\nnote <b>belt squeaks</b>\n",
    "meaning": "takes over the shift before; has read its hand-over",
    "target": "cd" * 32,
}


def test_who_comes_takes_over_the_shift_before_in_place(scene: Scene) -> None:
    screen = scene.shift
    scene.tap(scene.window.navigation.keys["shift"])
    scene.until(lambda: screen._page is not None and screen._page.shift == 2)
    assert not screen.take_key.isVisible(), "an open shift is nobody's yet"
    scene.tap(screen.earlier_key)
    scene.until(screen.take_key.isVisible)
    assert screen.note.text() == "Note: belt <b>squeaks</b>   \u00b7   Nobody has taken it over yet."
    assert screen.note.textFormat() is Qt.TextFormat.PlainText
    scene.station.answers["take-over"] = lambda _request: {"seq": 30, "shift": 1}
    scene.window.person.log_in("4711", "", lambda _error: None)
    scene.tap(screen.take_key)
    scene.until(lambda: screen.message.text() == "You have taken over shift 1. It is recorded.")
    assert scene.asked("take-over") == [{"operator": "4711"}]


def test_at_a_station_with_users_what_is_taken_over_is_shown_and_signed(scene: Scene) -> None:
    screen, person = scene.shift, scene.window.person
    may = ["take-over", "take-over-statement"]
    found = {"session": "s1", "user": "eve", "name": "Eve", "role": "qa", "idle_s": 300, "may": may}
    scene.station.answers |= {
        "login": lambda _request: found,
        "logout": lambda _request: {"user": "eve"},
        "take-over-statement": lambda _request: STATEMENT,
        "take-over": lambda _request: {"seq": 30, "shift": 1},
    }
    scene.station.change(access={"required": True, "people": [{"user": "eve", "role": "qa"}]})
    scene.until(lambda: person.required)
    person.log_in("eve", "right", lambda _error: None)
    scene.until(lambda: person.known)
    scene.tap(scene.window.navigation.keys["shift"])
    scene.tap(screen.earlier_key)
    scene.until(screen.take_key.isVisible)
    scene.tap(screen.take_key)
    scene.until(screen.sign_form.isVisible)
    assert "hold complaint 4711" in screen.sign_form.text.text() and "<b>" in screen.sign_form.text.text()
    scene.tap(screen.sign_form.back_button)
    assert screen.sign_form.isHidden() and screen.take_key.isVisible(), "nobody has to"
    scene.tap(screen.take_key)
    scene.until(screen.sign_form.isVisible)
    scene.qtbot.keyClicks(screen.sign_form.secret, "right")
    scene.tap(screen.sign_form.sign_button)
    scene.until(lambda: "You have taken over shift 1" in screen.message.text())
    assert screen.sign_form.isHidden()
    assert scene.asked("take-over") == [{"statement": STATEMENT["statement"], "secret": "right"}]
