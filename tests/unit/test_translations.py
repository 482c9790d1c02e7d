# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every word of the screens goes through the translation, and there is room for longer ones."""

from __future__ import annotations

import ast
import os
import re
import string
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from gui.screens import SCREENS
from gui.shell.bridge import Bridge
from gui.shell.settings import ScreenSettings
from gui.shell.window import Window
from gui.shell.words import failed_words, state_words
from gui.text import figure, tr
from gui.text.catalogue import NAMES, Message, read_messages, write_messages
from gui.text.languages import HERE, LANGUAGES, PSEUDO, SOURCE, messages_of, next_language, pseudo, show_language
from gui.text.reasons import CONTEXT, reason_line
from gui.text.sources import texts
from gui.text.station_sources import CONTEXT as STATION
from gui.text.update import update
from gui.widgets import paint
from gui.widgets.form import Field, Label, Lines
from inspector.api.part_schema import PartEvent
from inspector.api.schema import Problem, Status, Verdict
from inspector.errors import ShiftError
from inspector.line.handshake import Offline
from inspector.station.alarms import AlarmCode
from inspector.station.stops import StopCode
from tests.api_station import status_document

ROOT = Path(__file__).resolve().parents[2]
GERMAN = sorted((HERE / "de").glob("*.ts"))
OTHERS_EACH = 7
"""Screens other than the first are painted in each seventh situation: most are the same in all."""
HOUR_NS = 3_600 * 10**9
UNITS = {"ms", "GB", "MB", "mm", "min"}
KEPT: list[Window] = []
"""Windows of the test that runs; nobody else holds them."""
NO_WORDS = {"English", "Deutsch"}
"""Languages name themselves."""


@pytest.fixture(autouse=True)
def english(qapp: object) -> Iterator[None]:
    yield
    for window in KEPT:
        window.close()
    KEPT.clear()
    show_language(SOURCE)


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_every_text_has_a_finished_translation() -> None:
    wanted = {message.key for messages in texts().values() for message in messages}
    for code in NAMES:
        found = messages_of(code)
        missing = wanted - set(found)
        assert not missing, f"run `python -m gui.text.update` and translate in gui/text/{code}: {sorted(missing)}"
        unused = {key for key in found if key[0] != CONTEXT} - wanted
        assert not unused, f"run `python -m gui.text.update`: {sorted(unused)}"


@pytest.mark.parametrize("path", GERMAN, ids=lambda path: path.stem)
def test_translations_keep_the_places_of_values(path: Path) -> None:
    for message in read_messages(path):
        source = {"details"} if message.context == CONTEXT else places(message.source)
        if message.context in (CONTEXT, STATION):
            assert places(message.translation) <= source, message
        else:
            assert places(message.translation) == source, message


def test_no_text_is_translated_in_two_ways() -> None:
    seen: dict[object, str] = {}
    for path in GERMAN:
        for message in read_messages(path):
            assert seen.setdefault(message.key, message.translation) == message.translation, message


def test_files_are_written_as_they_are_read(tmp_path: Path) -> None:
    messages = [Message("a < b", "note", "ä"), Message("c", "", ""), Message("CODE", "", "x", CONTEXT)]
    write_messages(tmp_path / "x.ts", "de", messages)
    assert read_messages(tmp_path / "x.ts") == messages
    assert 'type="unfinished"' in (tmp_path / "x.ts").read_text()
    for path in GERMAN:
        write_messages(tmp_path / path.name, "de", read_messages(path))
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()


def test_new_texts_are_added_and_old_ones_taken_out(tmp_path: Path) -> None:
    write_messages(tmp_path / "run.ts", "de", [Message("nobody says this", "", "x"), Message("PARTS", "", "TEILE")])
    write_messages(tmp_path / "reasons.ts", "de", [Message("NO_SHIFT", "", "y", CONTEXT)])
    missing = update(tmp_path, "de")
    found = {message.source: message.translation for message in read_messages(tmp_path / "run.ts")}
    assert "nobody says this" not in found
    assert (found["PARTS"], found["PASS"]) == ("TEILE", "")
    assert "PASS" in {message.source for message in missing}
    assert len(read_messages(tmp_path / "reasons.ts")) == 1


def codes() -> set[str]:
    """Codes that the station and the line give for what is wrong."""
    found = {code.value for code in (*AlarmCode, *StopCode)}
    found |= {reason.code for offline in Offline if (reason := offline.reason()) is not None}
    for folder in ("station", "line"):
        for path in (ROOT / "inspector" / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Reason":
                    first = node.args[0] if node.args else None
                    if isinstance(first, ast.Constant) and isinstance(first.value, str):
                        found.add(first.value)
    return found


def test_every_reason_of_the_station_has_words_in_every_language() -> None:
    for code in NAMES:
        known = {source for context, source, _ in messages_of(code) if context == CONTEXT}
        assert codes() <= known, sorted(codes() - known)


def test_reasons_are_said_by_their_code_with_the_stations_words_as_details() -> None:
    lost = Problem(code="CAMERA_AWAY", message="camera cam1: not answering", advice="check the cable")
    new = Problem(code="NEW", message="something new", advice="look")
    assert reason_line(lost) == "camera cam1: not answering - check the cable"
    show_language("de")
    assert reason_line(lost).startswith("Kamera antwortet nicht - ")
    assert reason_line(lost).endswith("(camera cam1: not answering)")
    assert reason_line(new) == "something new - look"


def test_languages_follow_each_other() -> None:
    code, seen = SOURCE, []
    for _ in LANGUAGES:
        seen.append(code := next_language(code))
    assert sorted(seen) == sorted(LANGUAGES)


def test_numbers_have_the_sign_of_the_language() -> None:
    assert figure(3.64) == "3.6"
    show_language("de")
    assert (figure(3.64), figure(1234567, 0)) == ("3,6", "1.234.567")


def test_a_language_stays_for_the_next_time(tmp_path: Path) -> None:
    settings = ScreenSettings(tmp_path / "screen.ini")
    settings.language = "de"
    assert ScreenSettings(tmp_path / "screen.ini").language == "de"
    settings.language = "unknown"
    assert ScreenSettings(tmp_path / "screen.ini").language in LANGUAGES


# What stands on the screens


def make_window(qtbot: QtBot, tmp_path: Path, size: tuple[int, int] = (1280, 800)) -> Window:
    window = Window(Bridge(tmp_path), SCREENS)
    qtbot.addWidget(window)
    window.resize(*size)
    window.show()
    qtbot.waitExposed(window)
    KEPT.append(window)
    return window


def test_one_key_changes_the_language_of_everything(qtbot: QtBot, tmp_path: Path) -> None:
    window = make_window(qtbot, tmp_path)
    window._bridge.status_came.emit(Status.model_validate(status_document()))
    run = window.screens["run"]
    assert window.language_key.text() == "Deutsch"
    qtbot.mouseClick(window.language_key, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.language_key.text() == "English")
    assert window.banner.words == "SIMULIERT - LÄUFT"
    assert window.navigation.keys["run"].text() == "Lauf"
    assert run.banner.words == "SIMULIERT - LÄUFT"  # type: ignore[attr-defined]
    assert "TEILE " in run.counts.words  # type: ignore[attr-defined]
    assert run.shift_bar.close_button.text() == "SCHICHTENDE ..."  # type: ignore[attr-defined]
    assert run.reject.title == "LETZTER AUSWURF"  # type: ignore[attr-defined]
    qtbot.mouseClick(window.language_key, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.banner.words == "SIMULATED - RUNNING")
    assert "PARTS " in run.counts.words  # type: ignore[attr-defined]


class Drawn:
    """What was painted: the words, and those that were cut off."""

    def __init__(self) -> None:
        self.texts: set[str] = set()
        self.cut: set[str] = set()

    def around(self, draw: Callable[..., float]) -> Callable[..., float]:
        def drawn(painter: QPainter, place: QRectF, text: str, px: float, *rest: object, **named: object) -> float:
            if not text:
                return draw(painter, place, text, px, *rest, **named)
            self.texts.add(text)
            flags = named.get("flags", paint.LEFT)
            if not paint.fit_text(painter, place, text, px, flags=flags, bold=bool(named.get("bold"))).whole:  # type: ignore[arg-type]
                self.cut.add(text)
            return draw(painter, place, text, px, *rest, **named)

        return drawn

    def look_at(self, window: QWidget) -> None:
        """Keys that are in sight."""
        for key in window.findChildren(QPushButton):
            room = key.contentsRect().width()
            if key.isVisible() and key.fontMetrics().horizontalAdvance(key.text()) > room:
                self.cut.add(f"{key.text()} in {room} pixels")


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Drawn:
    drawn = Drawn()
    for name, module in list(sys.modules.items()):
        if name.startswith("gui.") and hasattr(module, "draw_text"):
            monkeypatch.setattr(module, "draw_text", drawn.around(paint.draw_text))
    return drawn


def bare(text: str) -> str:
    """What stands outside of brackets."""
    before = ""
    while text != before:
        before, text = text, re.sub(r"\[[^\[\]]*\]", "", text)
    return text


def has_words(text: str) -> bool:
    found = set(re.findall(r"[^\W\d_]{2,}", bare(text)))
    return bool(found - UNITS) and text not in NO_WORDS


def marked_status(**changes: object) -> Status:
    """A status in which all names are in brackets, as if they were translated."""
    camera = {"name": "[cam1]", "ready": True, "simulated": True, "model": "[SIM]", "serial": "[S1]"}
    document = status_document(
        station="[st1]",
        shift={"number": 7, "lot": "[L-2041]", "opened_us": 1_700_000_000_000_000, "parts": 412},
        cameras=[camera],
        model={"name": "[disc]", "digest": "[" + "1" * 6 + "]" + "1" * 56},
        recipe={"name": "[disc]", "digest": "22" * 32},
    )
    return Status.model_validate(document | changes)


REASON = {"code": "NEW", "message": "[the camera does not answer]", "advice": "[check its cable]"}
CHALLENGE = {"state": "due", "running": False, "message": "", "parts": 4, "set": "ef" * 32}
SITUATIONS = (
    {},
    {"ready": False, "reasons": [REASON]},
    {"ready": False, "reasons": [REASON] * 5, "stopped": True},
    {"state": "IDLE", "ready": False, "shift": None, "counts": {}, "reasons": []},
    {"state": "STARTING", "shift": None, "ready": False},
    {"state": "CLOSING", "ready": False},
    {"state": "FAULT", "ready": False, "reasons": [REASON]},
    {"ready": False},
    {"line": {"connected": True, "ready": False}},
    {"warnings": [REASON, REASON]},
    {"challenge": CHALLENGE | {"message": "[show part 1]"}},
    {"challenge": CHALLENGE | {"message": "[show part 1]", "running": True}},
    {"challenge": CHALLENGE | {"state": "required"}, "ready": False, "reasons": [REASON]},
    {"access": {"required": True, "people": []}},
    {"key": "locked"},
    {"ledger": {"sealed": 9, "anchored": 2, "oldest_unanchored_s": 4_000}, "disk": {"free_mb": 300}},
    {"ledger": {"sealed": 0, "anchored": 0}, "latency_us": {}, "cameras": []},
    {"latency_us": {"p50": 1, "p99": 2, "max": 3}, "deadline_us": None},
    {
        "bypass": {
            **{"scope": "all", "reason": "[lamp]", "by": "[Kim]", "started_us": 1, "ends_us": 2},
            **{"remaining_s": 2_461, "let_through": 3, "parts_left": 57},
        }
    },
)


def part(seq: int, verdict: Verdict) -> PartEvent:
    told = {"plc_count": seq, "seq": seq, "verdict": verdict, "t_us": (time.time_ns() - HOUR_NS) // 1000}
    return PartEvent.model_validate({"key": ["00" * 8, seq], **told})


def shown(window: Window, drawn: Drawn, names: list[str]) -> None:
    """Every situation and every verdict, painted; some of them on all screens that are named."""
    bridge = window._bridge
    for number, changes in enumerate(SITUATIONS):
        bridge.status_came.emit(marked_status(**changes))
        if number < len(Verdict):
            bridge.part_came.emit(part(number + 1, list(Verdict)[number]))
        for name in names if number % OTHERS_EACH == 0 else names[:1]:
            window.show_screen(name)
            window.grab()
            drawn.look_at(window)
    bridge.away.emit("[nothing answers]")
    for name in names:
        window.show_screen(name)
        window.grab()


def widgets_with_words(window: Window) -> Iterator[tuple[QWidget, str]]:
    for kind in (QLabel, QPushButton):
        yield from ((widget, widget.text()) for widget in window.findChildren(kind))
    yield from ((widget, widget.hint) for widget in window.findChildren(Field))


def test_every_word_on_every_screen_is_translated(qtbot: QtBot, tmp_path: Path, drawn: Drawn) -> None:
    """In the pseudo-locale translated texts are in brackets; whatever is not is no text of ours, or was forgotten."""
    show_language(PSEUDO)
    window = make_window(qtbot, tmp_path)
    shown(window, drawn, list(window.screens))
    assert tr("RUNNING") in drawn.texts
    assert not {text for text in drawn.texts if has_words(text)}
    assert not {text for _, text in widgets_with_words(window) if has_words(text)}


@pytest.mark.parametrize(("language", "size"), [(PSEUDO, (1920, 1080)), ("de", (1280, 800)), ("en", (1280, 800))])
def test_nothing_is_cut_off(qtbot: QtBot, tmp_path: Path, drawn: Drawn, language: str, size: tuple[int, int]) -> None:
    show_language(language)
    window = make_window(qtbot, tmp_path, size)
    names = list(window.screens)
    shown(window, drawn, names[:1] if language == PSEUDO else names)
    assert not drawn.cut
    assert (window.width(), window.height()) == size


def test_states_are_told_apart_by_more_than_their_word() -> None:
    show_language("de")
    words = state_words(marked_status())
    assert (words.word, words.running) == ("LÄUFT", True)


def test_pseudo_words_keep_their_places() -> None:
    text = "shift {shift} since {time}"
    assert places(pseudo(text)) == places(text)
    assert len(pseudo("every part passes")) >= len("every part passes") * 1.4


# Words that stand on the screen when the language changes


def test_words_are_said_again_with_their_values(qtbot: QtBot) -> None:
    error = ShiftError("shift 3 is open", "Close it first")
    words = failed_words(tr("opening the shift"), error)
    label, message = Label(), Lines()
    for widget in (label, message):
        qtbot.addWidget(widget)
        widget.setText(words)
        assert widget.text() == "Refused: opening the shift: shift 3 is open. Close it first"
    show_language("de")
    german = "Abgelehnt: Schicht öffnen: Schicht 3 ist offen. Sie erst abschließen"
    qtbot.waitUntil(lambda: label.text() == message.text() == german, timeout=5_000)
    late = Label()
    qtbot.addWidget(late)
    late.setText(words)
    assert late.text() == german, "words from before the change are shown in the language of now"
    show_language(SOURCE)
    qtbot.waitUntil(lambda: label.text() == words, timeout=5_000)


def test_plain_text_stays_as_it_is(qtbot: QtBot) -> None:
    label = Label()
    qtbot.addWidget(label)
    label.setText("SN-1 {0} <b>")
    show_language("de")
    QApplication.sendPostedEvents()
    assert label.text() == "SN-1 {0} <b>"
