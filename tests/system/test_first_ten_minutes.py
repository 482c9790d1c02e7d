# SPDX-License-Identifier: AGPL-3.0-or-later
"""An operator's first ten minutes, from `inspector gui` without a station to the seal, and what is left afterwards."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from pytestqt.qtbot import QtBot

from gui.app import Options, Windows
from gui.shell.settings import ScreenSettings
from gui.shell.window import SMALLEST, Window
from gui.start.known import KEPT, known_stations, remember, simulated_folder, stations_file
from gui.start.page import StartPage
from gui.start.simulated import plain
from gui.text.languages import SOURCE, show_language
from tests.api_station import make_station
from tests.first_minutes import FirstMinutes, click
from tests.rig import StationRig

WAIT_MS = 60_000


@pytest.fixture
def windows(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Windows]:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    windows = Windows(Options(None, (1280, 800)), ScreenSettings(tmp_path / "screen.json"))
    yield windows
    windows.close()
    windows.end()


@pytest.mark.timeout(300)
def test_the_first_ten_minutes(windows: Windows, qtbot: QtBot) -> None:
    def until(condition: Callable[[], bool]) -> None:
        qtbot.waitUntil(condition, timeout=WAIT_MS)

    windows.begin()
    day = FirstMinutes(windows, until)
    day.all()
    rig = StationRig.attached(day.folder)
    rig.wait_line_quiet()
    windows.close()
    windows.end()
    assert not (day.folder / "run" / "processes.json").exists(), "the station outlives its window"
    rig.check_promises()
    assert [record["finding"] for record in rig.records("review")] == ["agree"]
    assert known_stations(stations_file()) == [day.folder]


def test_a_folder_that_is_no_station_is_refused_in_words(windows: Windows, qtbot: QtBot, tmp_path: Path) -> None:
    windows.begin()
    page = windows.front
    assert isinstance(page, StartPage)
    assert page.known == []
    qtbot.keyClicks(page.folder, str(tmp_path))
    click(page.open_button)
    assert f"{tmp_path} is no station" in page.message.text()
    assert windows.front is page


def test_a_simulated_station_that_cannot_be_made_says_why(
    windows: Windows, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gui.start.page.ANOTHER_RUNS_IT_MS", 10)
    simulated_folder().mkdir(parents=True)
    (simulated_folder() / "notes.txt").write_text("of a person")
    windows.begin()
    page = windows.front
    assert isinstance(page, StartPage)
    click(page.try_button)
    qtbot.waitUntil(lambda: "does not run" in page.message.text(), timeout=WAIT_MS)
    assert "simulated-station is not empty. Choose a new directory" in page.message.text()
    assert page.try_button.isEnabled()


def test_a_station_that_was_shown_before_is_offered(windows: Windows, tmp_path: Path) -> None:
    for name in ("press-4", "press-5", "gone"):
        make_station(tmp_path / name)
        remember(stations_file(), tmp_path / name)
    (tmp_path / "gone" / "station.toml").unlink()
    remember(stations_file(), tmp_path / "press-4")
    windows.begin()
    page = windows.front
    assert isinstance(page, StartPage)
    assert [key.text().split()[0] for key in page.known] == ["press-4", "press-5"]
    click(page.known[1])
    assert isinstance(windows.front, Window)
    assert known_stations(stations_file())[0] == tmp_path / "press-5"


@pytest.fixture(params=[SOURCE, "de"])
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    show_language(request.param)
    yield request.param
    show_language(SOURCE)


def test_all_that_is_offered_fits_on_the_smallest_window(windows: Windows, tmp_path: Path, language: str) -> None:
    for number in range(KEPT + 2):
        make_station(tmp_path / f"press-{number}")
        remember(stations_file(), tmp_path / f"press-{number}")
    windows.begin()
    page = windows.front
    assert isinstance(page, StartPage)
    assert len(page.known) == KEPT
    assert page.try_button.text().startswith({SOURCE: "TRY", "de": "MIT"}[language])
    page.message.setText(
        "The simulated station does not run: " + "the disk is full, or something as long as this. " * 3
    )
    page.resize(*SMALLEST)
    assert page.minimumSizeHint().height() <= SMALLEST[1]
    assert page.minimumSizeHint().width() <= SMALLEST[0]


@pytest.mark.parametrize("damaged", ["", "{", "7", '[7, "relative"]'])
def test_a_damaged_list_of_stations_is_none(tmp_path: Path, damaged: str) -> None:
    (tmp_path / "stations.json").write_text(damaged)
    assert known_stations(tmp_path / "stations.json") == []
    make_station(tmp_path / "press-4")
    remember(tmp_path / "stations.json", tmp_path / "press-4")
    assert known_stations(tmp_path / "stations.json") == [tmp_path / "press-4"]


def test_where_the_list_cannot_be_written_the_screens_go_on(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    remember(tmp_path / "file" / "stations.json", tmp_path)
    assert (tmp_path / "file").read_text() == ""


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("", ""),
        ("2026 INFO x\ninspector: no disk\n  what to do: free some\n", "no disk. free some"),
        ("Traceback\nValueError: x\n", "ValueError: x"),
    ],
)
def test_the_last_words_of_a_command(said: str, words: str) -> None:
    assert plain(said) == words
