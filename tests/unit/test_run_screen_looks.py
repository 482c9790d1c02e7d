# SPDX-License-Identifier: AGPL-3.0-or-later
"""Words, shapes, sizes and colours of the run screen, without a station."""

from __future__ import annotations

import itertools
import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from gui.run.screen import RunScreen
from gui.shell.bridge import Bridge
from gui.shell.person import Person
from gui.shell.words import calm_words, closed_words, ledger_words, state_words
from gui.shift.bar import Page
from gui.text.times import age_in_words
from gui.widgets.metrics import MM_PER_INCH, Metrics
from gui.widgets.palette import Tone, contrast
from gui.widgets.picture import draw_boxes
from gui.widgets.verdicts import LOOKS, draw_symbol
from inspector.api.command_schema import ShiftClosed, Statement
from inspector.api.part_schema import Box
from inspector.api.schema import LedgerInfo, Status, Verdict
from tests.api_station import status_document

SIDE = 96


def status(**changes: object) -> Status:
    return Status.model_validate(status_document(**changes))


def reason(code: str) -> dict[str, str]:
    return {"code": code, "message": f"{code} happened", "advice": "do this"}


def challenge(*, running: bool = False, message: str = "") -> dict[str, object]:
    return {"state": "passed", "running": running, "message": message, "parts": 2, "set": "ab" * 32}


def bypass(scope: str = "no-verdict") -> dict[str, object]:
    times = {"started_us": 1, "ends_us": 2, "remaining_s": 2_461}
    return {"scope": scope, "reason": "lamp broken", "by": "Kim", **times, "let_through": 3, "parts_left": 57}


@pytest.mark.parametrize(
    ("changes", "word", "tone"),
    [
        ({}, "BYPASS 42 MIN", Tone.WARN),
        ({"ready": False, "reasons": [reason("DISK_LOW")]}, "BYPASS 42 MIN · NOT READY", Tone.WARN),
        (
            {"ready": False, "stopped": True, "reasons": [reason("STOP_LATE")]},
            "BYPASS 42 MIN · LINE STOPPED",
            Tone.STOP,
        ),
        ({"state": "FAULT", "ready": False, "reasons": [reason("STORE_FAILED")]}, "BYPASS 42 MIN · FAULT", Tone.STOP),
    ],
)
def test_a_bypass_is_never_hidden(changes: dict[str, object], word: str, tone: Tone) -> None:
    words = state_words(status(bypass=bypass(), **changes))
    assert (words.word, words.tone) == (word, tone)
    assert words.lines[0] == "parts without a verdict pass, 57 more parts - by Kim: lamp broken"
    covered = state_words(status(bypass=bypass(), warnings=[reason("CAMERA_AWAY")], **changes))
    assert covered.lines[-1] == "CAMERA_AWAY happened - do this"
    assert "every part passes" in state_words(status(bypass=bypass("all"), **changes)).lines[0]


@pytest.mark.parametrize(
    ("changes", "word", "tone"),
    [
        ({}, "RUNNING", Tone.CALM),
        ({"ready": False}, "NOT READY", Tone.WARN),
        ({"ready": False, "reasons": [reason("CAMERA_AWAY")]}, "NOT READY", Tone.WARN),
        ({"state": "FAULT", "ready": False, "reasons": [reason("STORE_FAILED")]}, "FAULT", Tone.STOP),
        ({"state": "STARTING", "ready": False, "shift": None, "reasons": [reason("WARMING")]}, "STARTING", Tone.CALM),
        ({"state": "CLOSING", "ready": False, "reasons": [reason("CLOSING")]}, "CLOSING THE SHIFT", Tone.CALM),
        ({"state": "IDLE", "ready": False, "shift": None, "reasons": [reason("NO_SHIFT")]}, "NO SHIFT", Tone.ACTION),
        (
            {"state": "IDLE", "ready": False, "shift": None, "reasons": [reason("NO_SHIFT"), reason("DISK_LOW")]},
            "NOT READY",
            Tone.WARN,
        ),
        ({"line": {"connected": True, "ready": False}}, "NOT READY", Tone.WARN),
        ({"challenge": challenge(running=True, message="Show test part 1 of 2: DENT")}, "CHALLENGE", Tone.ACTION),
        ({"challenge": challenge(message="A challenge is due")}, "CHALLENGE DUE", Tone.WARN),
        ({"challenge": challenge()}, "RUNNING", Tone.CALM),
        ({"ready": False, "stopped": True, "reasons": [reason("STOP_LATE")]}, "LINE STOPPED", Tone.STOP),
    ],
)
def test_states_have_words(changes: dict[str, object], word: str, tone: Tone) -> None:
    words = state_words(status(**changes))
    assert (words.word, words.tone) == (word, tone)
    assert bool(words.lines) == (word != "RUNNING")


def test_a_disturbance_comes_before_the_open_shift() -> None:
    reasons = [reason("NO_SHIFT"), reason("CAMERA_AWAY")]
    words = state_words(status(state="IDLE", ready=False, shift=None, reasons=reasons))
    assert words.lines == ("CAMERA_AWAY happened - do this", "NO_SHIFT happened - do this")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "lot L-2041, every part is inspected"),
        ({"warnings": [reason("MISSED_TRIGGERS")]}, "WARNING: MISSED_TRIGGERS happened - do this"),
        ({"warnings": [reason("A"), reason("B"), reason("C")]}, "WARNING: A happened - do this (and 2 more)"),
        ({"shift": None, "warnings": [reason("A")]}, ""),
    ],
)
def test_warnings_stand_where_reasons_would(changes: dict[str, object], words: str) -> None:
    assert calm_words(status(**changes)) == words


@given(st.floats(min_value=0, max_value=1e9))
def test_every_age_has_words(seconds: float) -> None:
    assert age_in_words(seconds) == "now" or age_in_words(seconds).endswith(" ago")


def test_the_ledger_in_words() -> None:
    assert ledger_words(LedgerInfo(sealed=3, anchored=3), "unlocked")[0] == "3 of 3 anchored"
    waiting = LedgerInfo(sealed=3, anchored=1, oldest_unanchored_s=1000)
    assert ledger_words(waiting, "unlocked") == ("2 of 3 waiting", "oldest for 16 min", Tone.WARN)
    assert ledger_words(waiting, "locked")[2] is Tone.WARN


@pytest.mark.parametrize(
    ("difference", "words"),
    [(None, "is not known"), (0, "counted the same"), (2, "COUNTED 2 MORE"), (-1, "COUNTED 1 FEWER")],
)
def test_the_end_of_a_shift_says_if_counts_agree(difference: int | None, words: str) -> None:
    closed = ShiftClosed.model_validate(
        {
            "shift": 3,
            "parts": 10,
            "counts": {"parts": 10, "verdicts": {"PASS": 8, "FAIL": 2}},
            "seal": "0" * 64,
            "sealed": "sealed",
            "reconciliation": {"station": 10, "difference": difference},
        }
    )
    assert words in closed_words(closed)
    assert "10 parts, 2 not passed" in closed_words(closed)


def test_text_has_contrast_on_every_tone() -> None:
    for tone in Tone:
        assert contrast(tone.value.fill, tone.value.ink) >= 4.5, tone
    for look in LOOKS.values():
        against = QColor("#000000") if look.filled else Tone.CALM.value.fill
        assert contrast(look.colour, against) >= 4.5, look


def symbol(verdict: Verdict, greyscale: bool) -> QImage:
    image = QImage(SIDE, SIDE, QImage.Format.Format_RGB32)
    image.fill(Tone.CALM.value.fill)
    painter = QPainter(image)
    draw_symbol(painter, QRectF(4, 4, SIDE - 8, SIDE - 8), LOOKS[verdict])
    painter.end()
    return image.convertToFormat(QImage.Format.Format_Grayscale8) if greyscale else image


def difference(first: QImage, second: QImage) -> float:
    """Share of pixels whose grey values differ by more than 60."""
    grid = list(itertools.product(range(0, SIDE, 2), repeat=2))
    apart = [abs(first.pixelColor(x, y).red() - second.pixelColor(x, y).red()) > 60 for x, y in grid]
    return sum(apart) / len(grid)


@pytest.mark.usefixtures("qapp")
def test_pass_and_fail_are_apart_without_colour() -> None:
    """Greyscale is the hardest colour-vision deficiency."""
    grey = {verdict: symbol(verdict, greyscale=True) for verdict in Verdict}
    assert difference(grey[Verdict.PASS], grey[Verdict.FAIL]) > 0.2
    for verdict in set(Verdict) - {Verdict.PASS}:
        assert difference(grey[Verdict.PASS], grey[verdict]) > 0.1, verdict


def test_words_and_outlines_are_unlike() -> None:
    assert len({look.word for look in LOOKS.values()}) == len(Verdict)
    assert len({(look.shape, look.mark) for look in LOOKS.values()}) == len(Verdict)
    assert [verdict for verdict, look in LOOKS.items() if not look.filled] == [Verdict.PASS]


@pytest.mark.usefixtures("qapp")
def test_a_box_is_drawn_where_it_was_found() -> None:
    image = QImage(200, 200, QImage.Format.Format_RGB32)
    image.fill(QColor("#808080"))
    painter = QPainter(image)
    box = Box.model_validate({"class": "dent", "score_ppm": 900_000, "box_16": [800, 1600, 1600, 2400]})
    draw_boxes(painter, QPointF(0, 0), 1.0, [box], QRectF(0, 0, 200, 200))
    painter.end()
    for x, y in ((48, 125), (102, 125), (75, 152)):
        assert image.pixelColor(x, y) != QColor("#808080"), (x, y)
    assert image.pixelColor(75, 125) == QColor("#808080")
    assert image.pixelColor(150, 125) == QColor("#808080")


@pytest.mark.parametrize("dpi", [72, 96, 149])
def test_keys_are_20_mm_where_the_window_has_room(dpi: int) -> None:
    metrics = Metrics(dpi / MM_PER_INCH, round(270 * dpi / MM_PER_INCH))
    assert metrics.touch >= 20 * dpi / MM_PER_INCH - 1
    assert metrics.gap >= 2


ASKING = (Page.OPEN, Page.CLOSE, Page.STOPPED, Page.CHALLENGE, Page.SIGN)
"""Pages on which a station with users asks for a secret."""


@pytest.mark.parametrize("size", [(1280, 800), (1366, 768), (1920, 1080), (1920, 1200), (2560, 1440)])
@pytest.mark.parametrize(("page", "asks"), [*((page, False) for page in Page), *((page, True) for page in ASKING)])
def test_everything_fits_at_every_size(
    qtbot: QtBot, tmp_path: Path, size: tuple[int, int], page: Page, asks: bool
) -> None:
    bridge = Bridge(tmp_path)
    screen = RunScreen(bridge, Person(bridge))
    qtbot.addWidget(screen)
    screen.resize(*size)
    screen.show()
    bar = screen.shift_bar
    bar.set_message("Shift 8: 412 parts, 15 not passed. The plant counted the same. Sealed.", Tone.CALM)
    if asks:
        bar.show_status(Status.model_validate(status_document(access={"required": True})))
        lines = [f"{name} {number * 97}" for number, name in enumerate(Verdict)]
        long = [f"difference {'the lanes show one more ' * 5}", f"note {'one fell off ' * 16}"]
        text = "\n".join(["v1", f"record 412 {'ab' * 32}", *lines, *long])
        fields = {"statement": "cd" * 32, "text": text, "meaning": "closes the shift", "target": "ab" * 32}
        bar.sign_form.show_statement(Statement.model_validate(fields))
    bar._show(page)
    qtbot.waitExposed(screen)
    label = bar.sign_form.text
    assert page is not Page.SIGN or label.height() >= label.heightForWidth(label.width())
    assert (screen.width(), screen.height()) == size
    areas = [screen.banner, screen.live, screen.verdict, screen.reject, screen.strip, screen.counts, screen.facts, bar]
    for first, second in itertools.combinations(areas, 2):
        assert not first.geometry().intersects(second.geometry()), (first, second)
    for area in areas:
        assert screen.rect().contains(area.geometry()), area
    touch = [w for kind in (QPushButton, QLineEdit) for w in bar.findChildren(kind) if w.isVisible()]
    for widget in touch:
        assert widget.height() >= 40
        assert bar.rect().contains(
            widget.geometry().translated(widget.parentWidget().mapTo(bar, widget.rect().topLeft()))
        )
        if isinstance(widget, QPushButton):
            assert widget.fontMetrics().horizontalAdvance(widget.text()) < widget.width()
    assert screen.verdict.width() > size[0] * 0.3
    assert screen.live.width() > size[0] * 0.12


@pytest.mark.usefixtures("qapp")
def test_the_qt_binding_counts_references_right() -> None:
    """One that loses a reference with each call ends the process after a while of painting (PySide6 6.12.0 did)."""
    image = QImage(8, 8, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    before = sys.getrefcount(None)
    for _ in range(500):
        painter.setPen(QColor("#000000"))
    after = sys.getrefcount(None)
    painter.end()
    assert abs(after - before) < 100


def test_manual_mode_is_said_on_every_screen_with_whose_it_is() -> None:
    manual = {"by": "ada", "reason": "lamp test", "begun_us": 1, "forced": []}
    reasons = [reason("MANUAL"), reason("CAMERA_AWAY")]
    words = state_words(status(state="IDLE", ready=False, shift=None, manual=manual, reasons=reasons))
    assert (words.word, words.tone) == ("MANUAL", Tone.WARN) and not words.running
    assert words.lines[0] == "outputs are forced by ada - end it on the Service screen"
    assert len(words.lines) == 2
