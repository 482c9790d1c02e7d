# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the run screen shows can be read from 3 m on a panel of 21.5 inches, and how large it is on others.

16 minutes of arc are 14 mm at 3 m, 22 are 19 mm (ISO 9241-303); counters are to have 26 mm, the verdict 100 mm.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QMarginsF, QRectF
from pytestqt.qtbot import QtBot

from gui.run.screen import RunScreen
from gui.run.verdict import FRAME_SHARE, VerdictTile, tile_places
from gui.shell.window import Window
from gui.text import tr
from gui.text.languages import SOURCE, show_language
from gui.widgets.palette import PANEL, contrast
from inspector.api.schema import Verdict
from tests.every_screen import NOW_US, part, say, scripted_window
from tests.painted import Seen, watch
from tests.panels import PANELS, Panel, on

FULL_HD = next(panel for panel in PANELS if panel.name.startswith("21.5"))
LARGE = next(panel for panel in PANELS if panel.name.startswith("27"))
LEAST_SHARE = {
    "15.6 inch, 1280 x 800": 0.6,
    "15.6 inch, 1920 x 1080": 0.6,
    "21.5 inch, 1920 x 1080": 1.0,
    "27 inch, 2560 x 1440": 1.2,
}
"""How much of the sizes for 3 m a panel has: what docs/operator.md says as a distance."""


@pytest.fixture(autouse=True)
def english(qapp: object) -> Iterator[None]:
    yield
    show_language(SOURCE)


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Seen:
    return watch(monkeypatch)


def painted(window: Window, panel: Panel, seen: Seen) -> dict[str, float]:
    """Capitals of every text on the run screen, mm; of a text that stands there twice the smaller one."""
    seen.texts.clear()
    window.grab()
    found: dict[str, float] = {}
    for text in seen.texts:
        mm = text.capitals / panel.px_per_mm
        found[text.text] = min(found.get(text.text, mm), mm)
    return found


def run_of(window: Window) -> RunScreen:
    screen = window.screens["run"]
    assert isinstance(screen, RunScreen)
    return screen


def symbol_mm(window: Window, panel: Panel) -> float:
    """Height of the symbol as it is on the glass, without the frame of the tile: what is no surface, in its middle."""
    tile = run_of(window).verdict
    symbol = tile_places(QRectF(tile.rect()).marginsRemoved(frame(tile)), reasoned=True)[0].toRect()
    image = tile.grab().toImage()
    x, y = symbol.center().x(), symbol.center().y()
    rows = range(round(frame(tile).top()) + 1, image.height() - round(frame(tile).bottom()) - 1)
    drawn = [row for row in rows if contrast(image.pixelColor(x, row), PANEL) > 1.5]
    assert min(drawn) < y < max(drawn)
    return (max(drawn) - min(drawn) + 1) / panel.px_per_mm


def frame(tile: VerdictTile) -> QMarginsF:
    width = tile.height() * FRAME_SHARE
    return QMarginsF(width, width, width, width)


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.name)
def test_what_matters_is_read_from_3_m(qtbot: QtBot, tmp_path: Path, seen: Seen, panel: Panel, language: str) -> None:
    share = LEAST_SHARE[panel.name]
    with on(panel):
        show_language(language)
        window = scripted_window(tmp_path, panel)
        qtbot.addWidget(window)
        window._bridge.part_came.emit(part(2001, views=[], t_us=NOW_US + 10**6))
        sizes = painted(window, panel, seen)
        counts = {count.title: count for count in run_of(window).counts._counts}
        figures = {count.figure for count in counts.values() if count.by_lot}
        assert len(figures) == 4
        for text, least in (
            *((figure, 25.5 if len(figure) < 5 else 24.5) for figure in figures),
            *((count.figure, 19.0) for count in counts.values() if not count.by_lot),
            *((count.hour, 14.0) for count in counts.values() if count.by_lot),
            *((fact.headline, 13.0) for fact in run_of(window).facts._facts[:5]),
            (tr("RUNNING"), 19.0),
            (run_of(window).reject.words, 13.0),
        ):
            assert sizes[text] >= least * share, text
        assert symbol_mm(window, panel) >= 100 * share


@pytest.mark.parametrize("verdict", [Verdict.PASS, Verdict.FAIL, Verdict.NO_DECISION])
def test_the_word_of_a_verdict_is_as_large_as_a_counter(
    qtbot: QtBot, tmp_path: Path, seen: Seen, verdict: Verdict
) -> None:
    with on(FULL_HD):
        window = scripted_window(tmp_path, FULL_HD)
        qtbot.addWidget(window)
        window._bridge.part_came.emit(part(2000, str(verdict), t_us=NOW_US + 10**6))
        painted(window, FULL_HD, seen)
        tile = run_of(window).verdict
        word = tile.words.split(" - ")[0]
        (found,) = {text.capitals for text in seen.texts if text.text == word and text.device is tile}
        assert found / FULL_HD.px_per_mm >= 24.0


@pytest.mark.parametrize("panel", [FULL_HD, LARGE], ids=lambda panel: panel.name)
def test_reasons_are_read_from_3_m_and_take_their_room_from_the_pictures(
    qtbot: QtBot, tmp_path: Path, seen: Seen, panel: Panel
) -> None:
    with on(panel):
        window = scripted_window(tmp_path, panel)
        qtbot.addWidget(window)
        calm = run_of(window).verdict.height()
        say(window, "stopped")
        sizes = painted(window, panel, seen)
        banner = run_of(window).banner
        assert banner.rows == 2
        lines = [text for text in sizes if text in banner.words and " - " in text]
        assert len(lines) == 2
        assert all(sizes[line] >= 12.0 for line in lines), sizes
        assert run_of(window).verdict.height() < calm
        say(window, "running")
        window.grab()
        assert run_of(window).verdict.height() == calm
