# SPDX-License-Identifier: AGPL-3.0-or-later
"""What keeps the station well: alarms that are answered, gauges that move, a display for the light and the reader."""

from __future__ import annotations

from gui.alarms.card import AlarmCard
from gui.alarms.screen import AlarmScreen
from gui.display.screen import DisplayScreen
from gui.maintenance.screen import MaintenanceScreen
from gui.run.screen import RunScreen
from gui.text.languages import SOURCE, shown_language
from gui.widgets.palette import BACKGROUND, Theme
from tests.day.people import try_passwords
from tests.day.place import LEAD, Day

WHY = "we know him: it was the trainee"


def answer_alarms(day: Day) -> None:
    """A cable is pulled and passwords are tried: what to do is said; one is seen, the other shelved with a reason."""
    run = day.screen(RunScreen)
    with day.cable_out():
        day.wait(lambda: "NOT READY: camera cam1" in run.banner.words and "cable" in run.banner.words)
        try_passwords(day)
        day.log_in(LEAD)
        screen = day.screen(AlarmScreen)
        day.wait(lambda: _codes(screen) == ["CAMERA_AWAY", "LOGIN_FAILURES"])
        camera, tried = screen.cards[:2]
        assert "camera delivers no pictures" in camera.text.words.cause
        assert "Every part is rejected" in camera.text.words.consequence
        assert "cable and power" in camera.text.words.action
        assert day.window.navigation.keys["alarms"].note == "2"
        day.picture("alarms")
        day.hands.tap(camera.seen_key)
        day.wait(lambda: screen.message.text() == "Seen, and recorded.")
        day.hands.tap(tried.shelve_key)
        assert not screen.form.shelve_key.isEnabled(), "it asks why"
        day.hands.tap(screen.form.time_keys[120])
        day.hands.write(screen.form.reason, WHY)
        day.hands.tap(screen.form.shelve_key)
        day.wait(lambda: _codes(screen) == ["CAMERA_AWAY"])
    answers = [(record["code"], record["answer"], record["reason"]) for record in day.records("alarm-answer")]
    assert answers == [("CAMERA_AWAY", "acknowledged", ""), ("LOGIN_FAILURES", "shelved", WHY)]
    assert {record["code"] for record in day.records("alarm")} >= {"CAMERA_AWAY", "LOGIN_FAILURES"}


def see_that_the_alarm_is_over(day: Day) -> None:
    """The cable is in again: parts pass, the alarm goes by itself, and what is shelved can be shown again."""
    run = day.screen(RunScreen)
    day.wait(lambda: "RUNNING" in run.banner.words)
    screen = day.screen(AlarmScreen)
    day.wait(lambda: screen.headline.text() == "No alarm: nobody has to do anything now.")
    day.hands.tap(screen.shelved_key)
    day.wait(lambda: _codes(screen) == ["LOGIN_FAILURES"])
    assert WHY in screen.cards[0].text.words.state
    day.hands.tap(screen.cards[0].back_key)
    day.wait(lambda: not screen.shelved_key.isVisible() or _codes(screen) == [])
    day.hands.tap(screen.shelved_key)
    day.wait(lambda: _codes(screen) == ["LOGIN_FAILURES"])
    assert day.records("alarm-answer")[-1]["answer"] == "unshelved"


def look_at_the_devices(day: Day) -> None:
    """The camera's plate and picture, the plant's counters, and gauges that move with the parts."""
    screen = day.screen(MaintenanceScreen)
    day.wait(lambda: "SIMULATED" in screen.camera.words and "state ready" in screen.camera.words)
    seen = len(screen.brightness.values)
    day.wait(lambda: len(screen.brightness.values) > seen and len(screen.focus.values) > seen)
    day.wait(lambda: screen.picture.shot is not None)
    assert "in its limits" in screen.brightness.words
    assert "infeed sensor" in screen.plant.words and "infeed sensor not known" not in screen.plant.words
    day.picture("service")


def change_the_looks(day: Day) -> None:
    """Dark for the night, German for a colleague, and back: nothing stops meanwhile."""
    screen = day.screen(DisplayScreen)
    light = BACKGROUND.name()
    day.hands.tap(screen.theme_keys[Theme.DARK])
    day.wait(lambda: BACKGROUND.name() != light)
    ruler = screen.ruler.px
    day.hands.tap(screen.length_keys[-1])
    day.wait(lambda: screen.ruler.px > ruler)
    day.hands.tap(screen.length_keys[0])
    day.picture("display")
    day.hands.tap_in_bar(day.window.language_key)
    assert shown_language() == "de"
    run = day.screen(RunScreen)
    day.wait(lambda: "SIMULIERT" in run.banner.words)
    day.picture("german")
    day.hands.tap_in_bar(day.window.language_key)
    assert shown_language() == SOURCE
    screen = day.screen(DisplayScreen)
    day.hands.tap(screen.theme_keys[Theme.LIGHT])
    day.wait(lambda: BACKGROUND.name() == light)


def _codes(screen: AlarmScreen) -> list[str]:
    return [card.code for card in screen.cards if _stands(card)]


def _stands(card: AlarmCard) -> bool:
    return card.isVisible()
