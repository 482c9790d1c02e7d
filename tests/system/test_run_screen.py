# SPDX-License-Identifier: AGPL-3.0-or-later
"""The run screen on a real api process with a scripted station behind it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QBuffer, QIODevice, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.run.screen import RunScreen
from gui.shell.bridge import Bridge
from gui.shell.person import Person
from gui.shift.bar import Page
from gui.widgets.picture import PictureView
from inspector.api.schema import Verdict
from inspector.evidence.keys import SigningKey
from inspector.ipc import Message
from tests.api_station import IDLE, ApiProcess, FakeStation, make_station, status_document
from tests.store_station import make_writer, opening, part

WAIT_MS = 30_000
BOX = [{"class": "dent", "score_ppm": 931_000, "box_16": [160, 160, 480, 480]}]
Setup = tuple[FakeStation, ApiProcess, RunScreen]


def jpeg(colour: str) -> bytes:
    image = QImage(64, 48, QImage.Format.Format_RGB32)
    image.fill(QColor(colour))
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "JPEG", 95)
    return bytes(buffer.data().data())


@pytest.fixture
def setup(tmp_path: Path, qtbot: QtBot) -> Iterator[Setup]:
    before = threading.active_count()
    run = make_station(tmp_path)
    station = FakeStation(run)
    api = ApiProcess(tmp_path)
    api.start()
    bridge = Bridge(tmp_path)
    screen = RunScreen(bridge, Person(bridge))
    screen.resize(1280, 800)
    screen.show()
    bridge.start()
    qtbot.waitUntil(lambda: screen.status is not None, timeout=WAIT_MS)
    yield station, api, screen
    assert QApplication.activeModalWidget() is None
    screen.close()
    bridge.close()
    station.close()
    assert api.end() == 0
    screen.deleteLater()
    assert threading.active_count() == before


def live(screen: RunScreen, camera: str = "cam1") -> PictureView:
    return screen.live.views[camera]


def running(station: FakeStation, screen: RunScreen, qtbot: QtBot) -> None:
    station.change(**status_document())
    qtbot.waitUntil(lambda: "RUNNING" in screen.banner.words, timeout=WAIT_MS)


def logged_in(screen: RunScreen, qtbot: QtBot, secret: str = "") -> None:
    """Somebody has said at the window who they are."""
    screen.person.log_in("4711", secret, lambda _error: None)
    qtbot.waitUntil(lambda: screen.person.known, timeout=WAIT_MS)


def test_opening_a_shift(setup: Setup, qtbot: QtBot) -> None:
    station, _api, screen = setup
    assert screen.banner.words == "SIMULATED - NO SHIFT: no shift is open - open a shift"
    bar = screen.shift_bar
    assert bar.page is Page.OPEN
    assert not bar.open_button.isEnabled()
    logged_in(screen, qtbot)
    qtbot.keyClicks(bar.lot, "L-77")
    qtbot.mouseClick(bar.open_button, Qt.MouseButton.LeftButton)
    assert "Opening" in bar.message.text()
    assert not bar.open_button.isEnabled()
    qtbot.waitUntil(lambda: screen.banner.words == "SIMULATED - RUNNING", timeout=WAIT_MS)
    qtbot.waitUntil(lambda: "is open" in bar.message.text(), timeout=WAIT_MS)
    assert bar.page is Page.RUNNING
    assert "L-77" in bar.summary.text()
    assert "LOT L-77" in screen.facts.words
    request = next(r for r in station.requests if r["command"] == "shift-open")
    assert request["arguments"] == {"lot": "L-77", "operator": "4711"}


def test_a_refusal_stands_in_words_and_keeps_what_was_typed(setup: Setup, qtbot: QtBot) -> None:
    station, _api, screen = setup
    station.errors["shift-open"] = {"code": "SHIFT", "message": "no camera", "advice": "check the cable"}
    bar = screen.shift_bar
    logged_in(screen, qtbot)
    bar.lot.setText("L-1")
    qtbot.keyPress(bar.lot, Qt.Key.Key_Return)
    qtbot.waitUntil(
        lambda: "Refused: opening the shift: no camera. check the cable" in bar.message.text(), timeout=WAIT_MS
    )
    assert bar.lot.text() == "L-1"
    assert bar.open_button.isEnabled()


def test_what_a_scanner_sends_beside_the_lot_is_refused_in_words(setup: Setup, qtbot: QtBot) -> None:
    _station, _api, screen = setup
    bar = screen.shift_bar
    logged_in(screen, qtbot)
    bar.lot.setText("L-1\x1d99")
    qtbot.mouseClick(bar.open_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "Refused: opening the shift: lot" in bar.message.text(), timeout=WAIT_MS)
    assert bar.open_button.isEnabled()


def test_no_answer_is_not_called_a_no(setup: Setup, qtbot: QtBot) -> None:
    station, api, screen = setup
    running(station, screen, qtbot)
    station.unanswered.add("shift-close")
    logged_in(screen, qtbot)
    bar = screen.shift_bar
    qtbot.mouseClick(bar.close_button, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(bar.sign_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: any(r["command"] == "shift-close" for r in station.requests), timeout=WAIT_MS)
    api.kill()
    qtbot.waitUntil(lambda: bar.message.text().startswith("No answer to closing the shift"), timeout=WAIT_MS)
    station.change(**IDLE)
    api.start()
    qtbot.waitUntil(lambda: bar.page is Page.OPEN, timeout=WAIT_MS)


def test_closing_a_shift_says_how_it_ended(setup: Setup, qtbot: QtBot) -> None:
    station, _api, screen = setup
    running(station, screen, qtbot)
    bar = screen.shift_bar
    qtbot.mouseClick(bar.close_button, Qt.MouseButton.LeftButton)
    assert bar.page is Page.CLOSE
    qtbot.mouseClick(bar.back_button, Qt.MouseButton.LeftButton)
    assert bar.page is Page.RUNNING
    logged_in(screen, qtbot)
    qtbot.mouseClick(bar.close_button, Qt.MouseButton.LeftButton)
    qtbot.keyClicks(bar.note, "all well")
    qtbot.mouseClick(bar.sign_button, Qt.MouseButton.LeftButton)
    agree = "Complete by infeed, lanes, camera cam1"
    expected = f"Shift 8: 412 parts, 15 not passed. The plant counted the same. {agree}. Sealed."
    ledger = "On the ledger: {}."
    waits, there = (f"{expected} {ledger.format(word)}" for word in ("waiting", "yes"))
    qtbot.waitUntil(lambda: bar.message.text() == waits, timeout=WAIT_MS)
    station.change(ledger={"sealed": 8, "anchored": 8, "oldest_unanchored_s": None})
    qtbot.waitUntil(lambda: bar.message.text() == there, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: bar.page is Page.OPEN, timeout=WAIT_MS)
    assert bar.note.text() == ""
    request = next(r for r in station.requests if r["command"] == "shift-close")
    assert request["arguments"] == {"operator": "4711", "note": "all well", "removed_by_hand": 0}


def test_resetting_a_stop(setup: Setup, qtbot: QtBot) -> None:
    station, _api, screen = setup
    running(station, screen, qtbot)
    bar = screen.shift_bar
    stop = {"code": "STOP_LATE", "message": "3 verdicts came too late", "advice": "mend it, then reset the stop"}
    station.answers["reset-stop"] = lambda _request: {"seq": 9, "cleared": ["STOP_LATE"]}
    station.change(ready=False, stopped=True, reasons=[stop])
    words = "SIMULATED - LINE STOPPED: 3 verdicts came too late - mend it, then reset the stop"
    qtbot.waitUntil(lambda: screen.banner.words == words, timeout=WAIT_MS)
    assert bar.page is Page.STOPPED
    qtbot.mouseClick(bar.end_button, Qt.MouseButton.LeftButton)
    assert bar.page is Page.CLOSE
    qtbot.mouseClick(bar.back_button, Qt.MouseButton.LeftButton)
    assert bar.page is Page.STOPPED
    logged_in(screen, qtbot)
    assert not bar.reset_button.isEnabled()
    qtbot.keyClicks(bar.finding, "closed the browser")
    qtbot.mouseClick(bar.reset_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bar.message.text() == "The stop is reset and recorded.", timeout=WAIT_MS)
    request = next(r for r in station.requests if r["command"] == "reset-stop")
    assert (request["actor"], request["arguments"]) == ("4711", {"operator": "4711", "reason": "closed the browser"})
    station.change(**status_document(stopped=False))
    qtbot.waitUntil(lambda: bar.page is Page.RUNNING, timeout=WAIT_MS)


def test_starting_a_challenge(setup: Setup, qtbot: QtBot) -> None:
    station, _api, screen = setup
    running(station, screen, qtbot)
    bar = screen.shift_bar
    assert not bar.challenge_button.isVisible(), "no challenge parts are registered"
    challenge = {"state": "required", "running": False, "message": "", "parts": 4, "set": "ef" * 32, "last": None}
    reason = {"code": "CHALLENGE_DUE", "message": "no challenge was passed", "advice": "start a challenge"}
    station.change(ready=False, reasons=[reason], challenge=challenge)
    qtbot.waitUntil(lambda: bar.page is Page.CHALLENGE, timeout=WAIT_MS)
    assert not bar.leave_button.isVisible(), "nothing else can be done but this, or to close"
    logged_in(screen, qtbot)
    station.errors["challenge-start"] = {"code": "SHIFT", "message": "part 3 is past its date", "advice": "renew it"}
    qtbot.mouseClick(bar.start_button, Qt.MouseButton.LeftButton)
    refusal = "Refused: starting the challenge: part 3 is past its date. renew it"
    qtbot.waitUntil(lambda: bar.message.text().startswith(refusal), timeout=WAIT_MS)
    del station.errors["challenge-start"]
    first = "Show test part 1 of 4: DENT (S7-900001)"
    station.answers["challenge-start"] = lambda _request: {"parts": 4, "presentations": 3, "message": first}
    qtbot.mouseClick(bar.start_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bar.message.text() == f"The challenge runs. {first}", timeout=WAIT_MS)
    request = [r for r in station.requests if r["command"] == "challenge-start"][-1]
    assert (request["actor"], request["arguments"]) == ("4711", {"operator": "4711"})
    station.change(ready=True, reasons=[], challenge=challenge | {"running": True, "message": first})
    qtbot.waitUntil(lambda: screen.banner.words == f"SIMULATED - CHALLENGE: {first}", timeout=WAIT_MS)
    assert bar.page is Page.RUNNING
    assert not bar.challenge_button.isEnabled()


def test_a_challenge_that_is_due_waits_for_who_closes_the_shift(setup: Setup, qtbot: QtBot) -> None:
    station, _api, screen = setup
    running(station, screen, qtbot)
    bar = screen.shift_bar
    challenge = {
        "state": "due",
        "running": False,
        "message": "Challenge due",
        "parts": 4,
        "set": "ef" * 32,
        "last": None,
    }
    station.change(challenge=challenge)
    qtbot.waitUntil(lambda: bar.challenge_button.isVisible(), timeout=WAIT_MS)
    qtbot.mouseClick(bar.challenge_button, Qt.MouseButton.LeftButton)
    assert bar.page is Page.CHALLENGE
    qtbot.mouseClick(bar.leave_button, Qt.MouseButton.LeftButton)
    assert bar.page is Page.RUNNING
    qtbot.mouseClick(bar.close_button, Qt.MouseButton.LeftButton)
    qtbot.keyClicks(bar.note, "one fell off")
    station.change(ready=False, challenge=challenge | {"state": "overdue"})
    qtbot.waitUntil(lambda: "NOT READY" in screen.banner.words, timeout=WAIT_MS)
    assert (bar.page, bar.note.text()) == (Page.CLOSE, "one fell off")
    qtbot.mouseClick(bar.back_button, Qt.MouseButton.LeftButton)
    assert bar.page is Page.CHALLENGE


def test_a_warning_stands_where_nothing_else_does(setup: Setup, qtbot: QtBot) -> None:
    station, _api, screen = setup
    warning = {"code": "GOOD_PART_EJECTED", "message": "1 good part was ejected", "advice": "check the gate"}
    station.change(**status_document(warnings=[warning]))
    qtbot.waitUntil(lambda: "1 good part was ejected - check the gate" in screen.banner.calm_line, timeout=WAIT_MS)
    assert screen.banner.words == "SIMULATED - RUNNING"


def test_parts_show_by_word_and_the_last_reject_stays(setup: Setup, qtbot: QtBot) -> None:
    station, _api, screen = setup
    running(station, screen, qtbot)
    station.part(1)
    qtbot.waitUntil(lambda: screen.verdict.words == "PASS", timeout=WAIT_MS)
    station.part(2, "FAIL", boxes=BOX)
    station.preview(jpeg("#804020"), key=["00" * 8, 2], verdict="FAIL", boxes=BOX, width=640, height=480)
    qtbot.waitUntil(lambda: screen.verdict.words == "FAIL - rejected - dent 0.93", timeout=WAIT_MS)
    assert screen.reject.words == "DENT"
    qtbot.waitUntil(lambda: screen.reject.shot is not None, timeout=WAIT_MS)
    station.part(3)
    station.preview(jpeg("#204080"), key=["00" * 8, 3])
    qtbot.waitUntil(lambda: screen.verdict.words == "PASS", timeout=WAIT_MS)
    qtbot.waitUntil(lambda: live(screen).shot is not screen.reject.shot, timeout=WAIT_MS)
    assert screen.strip.verdicts == (Verdict.PASS, Verdict.FAIL, Verdict.PASS)
    shot = screen.reject.shot
    assert shot is not None
    assert (shot.width, shot.boxes[0].class_name) == (640, "dent")
    assert shot.image.pixelColor(30, 20).red() > 100


def test_every_other_verdict_has_its_word(setup: Setup, qtbot: QtBot) -> None:
    station, _api, screen = setup
    running(station, screen, qtbot)
    for seq, verdict in enumerate(set(Verdict) - {Verdict.PASS, Verdict.FAIL}, 1):
        station.part(seq, verdict.value, reason=f"because {seq}")
        qtbot.waitUntil(lambda seq=seq: screen.verdict.words.endswith(f"because {seq}"), timeout=WAIT_MS)
        assert ("let through" in screen.verdict.words) == (verdict is Verdict.BYPASSED)
        assert ("rejected" in screen.verdict.words) == (verdict is not Verdict.BYPASSED)


def test_a_reject_without_a_picture_does_not_promise_one(setup: Setup, qtbot: QtBot) -> None:
    station, _api, screen = setup
    running(station, screen, qtbot)
    station.part(1, "FAIL", boxes=BOX)
    station.preview(jpeg("#804020"), key=["00" * 8, 1], verdict="FAIL")
    qtbot.waitUntil(lambda: screen.reject.shot is not None, timeout=WAIT_MS)
    station.part(2, "MISSING_IMAGE", reason="no frame")
    qtbot.waitUntil(lambda: screen.reject.words == "NO IMAGE", timeout=WAIT_MS)
    assert screen.reject.shot is None
    assert screen.reject.placeholder == "there is no picture of this part"


def test_a_lost_camera_is_said_with_what_to_do(setup: Setup, qtbot: QtBot) -> None:
    station, _api, screen = setup
    running(station, screen, qtbot)
    station.preview(jpeg("#808080"))
    qtbot.waitUntil(lambda: live(screen).shot is not None, timeout=WAIT_MS)
    reason = {"code": "CAMERA_AWAY", "message": "camera cam1: not answering", "advice": "check the cable"}
    lost = {"name": "cam1", "ready": False, "reason": "not answering", "simulated": True}
    station.change(ready=False, reasons=[reason], cameras=[lost])
    expected = "SIMULATED - NOT READY: camera cam1: not answering - check the cable"
    qtbot.waitUntil(lambda: screen.banner.words == expected, timeout=WAIT_MS)
    assert live(screen).shot is None
    assert live(screen).words == "cam1: not answering"
    running(station, screen, qtbot)


def two_cameras(**second: object) -> list[dict[str, object]]:
    first = {"name": "cam1", "ready": True, "reason": "", "simulated": True}
    return [first, {**first, "name": "cam2", **second}]


def test_each_of_two_cameras_has_its_own_picture_name_and_state(setup: Setup, qtbot: QtBot) -> None:
    station, _api, screen = setup
    station.change(**status_document(cameras=two_cameras()))
    qtbot.waitUntil(lambda: list(screen.live.views) == ["cam1", "cam2"], timeout=WAIT_MS)
    station.preview(jpeg("#404040"), camera="cam1")
    station.preview(jpeg("#c0c0c0"), camera="cam2")
    qtbot.waitUntil(lambda: all(view.shot is not None for view in screen.live.views.values()), timeout=WAIT_MS)
    grey = [view.shot.image.pixelColor(5, 5).red() for view in screen.live.views.values() if view.shot is not None]
    assert grey[0] < 0x60 < 0xA0 < grey[1]
    assert [(view.title, view.words) for view in screen.live.views.values()] == [("cam1", "ready"), ("cam2", "ready")]
    left, right = (live(screen, name).geometry() for name in ("cam1", "cam2"))
    assert left.right() < right.left()
    assert abs(left.width() - right.width()) <= 1
    picture = screen.grab().toImage()
    seen = [picture.pixelColor(view.mapTo(screen, view.rect().center())).red() for view in screen.live.views.values()]
    assert seen[0] < 0x60 < 0xA0 < seen[1]


def test_a_lost_camera_takes_away_its_own_picture_only(setup: Setup, qtbot: QtBot) -> None:
    station, _api, screen = setup
    station.change(**status_document(cameras=two_cameras()))
    qtbot.waitUntil(lambda: list(screen.live.views) == ["cam1", "cam2"], timeout=WAIT_MS)
    for name in ("cam1", "cam2"):
        station.preview(jpeg("#808080"), camera=name)
    qtbot.waitUntil(lambda: all(view.shot is not None for view in screen.live.views.values()), timeout=WAIT_MS)
    station.change(cameras=two_cameras(ready=False, reason="not answering"))
    qtbot.waitUntil(lambda: live(screen, "cam2").words == "NOT READY", timeout=WAIT_MS)
    assert live(screen, "cam2").shot is None
    assert live(screen, "cam2").placeholder == "cam2: not answering"
    assert live(screen, "cam1").shot is not None
    assert live(screen, "cam1").words == "ready"
    station.change(cameras=two_cameras())
    qtbot.waitUntil(lambda: live(screen, "cam2").words == "ready", timeout=WAIT_MS)
    assert live(screen, "cam2").placeholder == "no picture yet"
    station.preview(jpeg("#808080"), camera="cam2")
    qtbot.waitUntil(lambda: live(screen, "cam2").shot is not None, timeout=WAIT_MS)


def test_a_dead_api_is_said_and_the_screen_comes_back_alone(setup: Setup, qtbot: QtBot, tmp_path: Path) -> None:
    station, api, screen = setup
    writer = make_writer(tmp_path, SigningKey.generate())
    writer.append("shift-open", opening(writer)).result(10)
    writer.append("part", part(1)).result(10)
    writer.append("part", part(2, "FAIL")).result(10)
    shift = {"number": 1, "lot": "L-1", "opened_us": 1, "parts": 2}
    station.change(**status_document(shift=shift))
    qtbot.waitUntil(lambda: screen.strip.verdicts == (Verdict.PASS, Verdict.FAIL), timeout=WAIT_MS)
    api.kill()
    qtbot.waitUntil(lambda: "NO CONNECTION" in screen.banner.words, timeout=WAIT_MS)
    assert screen.verdict.words == "no connection"
    assert live(screen).shot is None
    assert screen.shift_bar.page is Page.AWAY
    writer.append("part", part(3)).result(10)
    api.start()
    qtbot.waitUntil(lambda: "RUNNING" in screen.banner.words, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: len(screen.strip.verdicts) == 3, timeout=WAIT_MS)
    assert screen.verdict.words.startswith("PASS")
    assert screen.shift_bar.page is Page.RUNNING
    writer.close()


def test_a_dead_station_is_said_too(setup: Setup, qtbot: QtBot) -> None:
    station, api, screen = setup
    running(station, screen, qtbot)
    station.close()
    qtbot.waitUntil(lambda: "NO CONNECTION: the station process" in screen.banner.words, timeout=WAIT_MS)
    again = FakeStation(api.run)
    again.change(**IDLE)
    qtbot.waitUntil(lambda: "NO SHIFT" in screen.banner.words, timeout=WAIT_MS)
    again.close()


def test_a_burst_of_parts_and_pictures_leaves_the_screen_answering(setup: Setup, qtbot: QtBot) -> None:
    station, _api, screen = setup
    running(station, screen, qtbot)
    picture = jpeg("#707070")
    for seq in range(1, 301):
        station.part(seq, "FAIL" if seq % 50 == 0 else "PASS")
        station.preview(picture, key=["00" * 8, seq])
    qtbot.waitUntil(lambda: screen.verdict.words.startswith("FAIL"), timeout=WAIT_MS)
    assert screen.strip.verdicts.count(Verdict.FAIL) == 1
    qtbot.mouseClick(screen.shift_bar.close_button, Qt.MouseButton.LeftButton)
    assert screen.shift_bar.page is Page.CLOSE


COMMAND = (
    "import argparse, sys; from gui.commands import add_parsers; parser = argparse.ArgumentParser();"
    " add_parsers(parser.add_subparsers()); arguments = parser.parse_args(); sys.exit(arguments.run(arguments))"
)


def start_gui(station: Path, *arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-W", "error", "-c", COMMAND, "gui", "--station", str(station), *arguments]
    return subprocess.Popen(command, env=os.environ | {"QT_QPA_PLATFORM": "offscreen"}, stderr=subprocess.PIPE)


def test_the_command_takes_a_screenshot_and_ends(tmp_path: Path) -> None:
    make_station(tmp_path)
    picture = tmp_path / "screen.png"
    process = start_gui(tmp_path, "--size", "1280x800", "--screenshot", str(picture), "--after-s", "0.5")
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, b"")
    image = QImage(str(picture))
    assert (image.width(), image.height()) == (1280, 800)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_ends_in_order_on_a_signal(tmp_path: Path, number: signal.Signals) -> None:
    run = make_station(tmp_path)
    station = FakeStation(run)
    api = ApiProcess(tmp_path)
    api.start()
    process = start_gui(tmp_path, "--size", "1280x800")
    assert api.wait_for_listener()
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, b"")
    assert api.end() == 0
    station.close()


def test_a_folder_that_is_no_station_is_refused(tmp_path: Path) -> None:
    process = start_gui(tmp_path)
    _, errors = process.communicate(timeout=60)
    assert process.returncode != 0
    assert b"is not a station directory" in errors


# A station with users

RECORD = f"record 412 {'ab' * 32}"
TEXT = f"inspector/statement/v1\nstation st1\nshift 8\n{RECORD}\nmeaning closes the shift\nparts 412\n"


def staffed(station: FakeStation) -> None:
    """The scripted station asks who is there; "right" is everybody's password."""

    def login(request: Message) -> dict[str, object]:
        person = request["arguments"]["person"]
        return {"session": "token", "user": person, "role": "operator", "idle_s": 300, "may": []}

    shown = {"statement": "cd" * 32, "text": TEXT, "meaning": "closes the shift", "target": "ab" * 32}
    station.answers |= {
        "login": login,
        "logout": lambda _request: {"user": "4711"},
        "shift-statement": lambda _request: shown,
        "shift-resume": lambda _request: {"shift": 8},
    }
    station.change(access={"required": True, "people": []})


def asked(station: FakeStation) -> list[tuple[str, str | None]]:
    return [(one["command"], one.get("session")) for one in station.requests if one["command"] != "status"]


def test_nobody_opens_a_shift_before_saying_who_it_is(setup: Setup, qtbot: QtBot) -> None:
    station, _api, screen = setup
    bar, wanted = screen.shift_bar, []
    screen.person.wanted.connect(lambda: wanted.append("log-in"))
    bar.lot.setText("L-77")
    qtbot.mouseClick(bar.open_button, Qt.MouseButton.LeftButton)
    assert bar.message.text().startswith("Refused: opening the shift: ")
    assert wanted == ["log-in"], "the window asks for it at once"
    assert (bar.lot.text(), asked(station)) == ("L-77", [])


def test_the_end_of_a_shift_is_shown_and_then_signed(setup: Setup, qtbot: QtBot) -> None:
    station, _api, screen = setup
    staffed(station)
    running(station, screen, qtbot)
    bar = screen.shift_bar
    height = bar.height()
    logged_in(screen, qtbot, "right")
    qtbot.mouseClick(bar.close_button, Qt.MouseButton.LeftButton)
    assert bar.sign_button.text() == "WHAT I SIGN ..."
    qtbot.mouseClick(bar.sign_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bar.page is Page.SIGN, timeout=WAIT_MS)
    form = bar.sign_form
    for line in (*TEXT.splitlines()[1:], f"SHA-256 {'cd' * 32}"):
        assert line in form.text.text()
    qtbot.waitUntil(lambda: bar.height() > height, timeout=WAIT_MS)
    assert form.text.height() >= form.text.heightForWidth(form.text.width()), "nothing of it is cut off"
    assert not form.sign_button.isEnabled()
    station.errors["shift-close"] = {"code": "LOGIN_REFUSED", "message": "they do not fit", "advice": "Try again"}
    qtbot.keyClicks(form.secret, "wrong")
    qtbot.keyPress(form.secret, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "do not fit" in bar.message.text(), timeout=WAIT_MS)
    assert (bar.page, form.secret.text()) == (Page.SIGN, "")
    del station.errors["shift-close"]
    qtbot.keyClicks(form.secret, "right")
    qtbot.mouseClick(form.sign_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "Shift 8: 412 parts" in bar.message.text(), timeout=WAIT_MS)
    closing = [one["arguments"] for one in station.requests if one["command"] == "shift-close"][-1]
    assert (closing["statement"], closing["secret"]) == ("cd" * 32, "right")
    assert asked(station)[-1] == ("shift-close", "token")


def test_who_does_not_sign_lets_the_shift_go_on(setup: Setup, qtbot: QtBot) -> None:
    station, _api, screen = setup
    staffed(station)
    running(station, screen, qtbot)
    bar = screen.shift_bar
    logged_in(screen, qtbot, "right")
    qtbot.mouseClick(bar.close_button, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(bar.sign_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bar.page is Page.SIGN, timeout=WAIT_MS)
    qtbot.mouseClick(bar.sign_form.back_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "the shift goes on" in bar.message.text(), timeout=WAIT_MS)
    assert bar.page is Page.RUNNING
    assert asked(station)[-1] == ("shift-resume", "token")
    assert "shift-close" not in [command for command, _session in asked(station)]


def test_who_is_logged_in_is_not_asked_again_but_signs_with_the_password(setup: Setup, qtbot: QtBot) -> None:
    station, _api, screen = setup
    staffed(station)
    bar, person = screen.shift_bar, screen.person
    qtbot.waitUntil(lambda: person.required, timeout=WAIT_MS)
    logged_in(screen, qtbot, "right")
    assert bar.recipe.isVisible() and bar.recipe.text() == "recipe disc"
    assert screen.take_scan("L-77") and bar.lot.text() == "L-77"
    qtbot.keyPress(bar.lot, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bar.page is Page.RUNNING and "is open" in bar.message.text(), timeout=WAIT_MS)
    assert not screen.take_scan("L-78"), "nobody asks for a lot now"
    station.change(access={"required": True, "people": [{"user": "4711", "role": "operator"}]})
    qtbot.mouseClick(bar.close_button, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(bar.sign_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bar.page is Page.SIGN, timeout=WAIT_MS)
    assert not bar.sign_form.sign_button.isEnabled(), "the signature needs the password once more"
    qtbot.mouseClick(bar.sign_form.back_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "the shift goes on" in bar.message.text(), timeout=WAIT_MS)
    qtbot.mouseClick(bar.close_button, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(bar.sign_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bar.page is Page.SIGN, timeout=WAIT_MS)
    qtbot.keyClicks(bar.sign_form.secret, "right")
    qtbot.keyPress(bar.sign_form.secret, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "Shift 8: 412 parts" in bar.message.text(), timeout=WAIT_MS)
    names = ["login", "shift-open", "shift-statement", "shift-resume", "shift-statement", "shift-close"]
    assert asked(station) == [(name, None if name == "login" else "token") for name in names]


def test_the_last_reject_can_be_reviewed_by_who_may(setup: Setup, qtbot: QtBot) -> None:
    station, _api, screen = setup
    station.answers["review"] = lambda _request: {"seq": 99}
    running(station, screen, qtbot)
    station.part(41, "FAIL", boxes=BOX)
    qtbot.waitUntil(lambda: screen.reject.words == "DENT", timeout=WAIT_MS)
    assert not screen.review.isVisible()
    screen.person.log_in("4711", "", lambda _error: None)
    assert screen.review.isVisible()
    qtbot.mouseClick(screen.review.keys["not-a-defect"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "Recorded: NOT A DEFECT" in screen.shift_bar.message.text(), timeout=WAIT_MS)
    assert screen.review.keys["not-a-defect"].isChecked()
    (request,) = [one for one in station.requests if one["command"] == "review"]
    asked = {"part": 41, "finding": "not-a-defect", "class": "dent", "note": "", "operator": "4711"}
    assert request["arguments"] == asked
    station.part(42, "FAIL", boxes=BOX, purpose="challenge")
    qtbot.waitUntil(lambda: not screen.review.isVisible(), timeout=WAIT_MS)
    screen.person.log_out()
