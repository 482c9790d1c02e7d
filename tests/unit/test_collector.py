# SPDX-License-Identifier: AGPL-3.0-or-later
"""Widgets that hold one another are destroyed by the thread of Qt, whichever thread makes the objects."""

from __future__ import annotations

import gc
import threading

from PySide6.QtCore import QObject, Qt
from pytestqt.qtbot import QtBot

from gui.shell.collector import EVERY_MS, Collector, collect_due, spare_what_stays


class Page(QObject):
    """Holds itself, and tells in which thread it ends."""

    def __init__(self, told: list[str]) -> None:
        super().__init__()
        self.itself = self
        self.destroyed.connect(lambda: told.append(threading.current_thread().name), Qt.ConnectionType.DirectConnection)


def make_objects() -> None:
    """Enough for Python to look for cycles in each of its generations."""
    kept = [[number] for number in range(gc.get_threshold()[0] * 200)]
    assert kept


def in_another_thread() -> None:
    reader = threading.Thread(target=make_objects, name="reader")
    reader.start()
    reader.join()


def test_python_alone_would_destroy_it_in_the_wrong_thread(qtbot: QtBot) -> None:
    """What the next test is for: an object without anything to paint ends well even there."""
    told: list[str] = []
    gc.enable()
    Page(told)
    in_another_thread()
    assert told == ["reader"]


def test_the_thread_of_qt_does_it(qtbot: QtBot) -> None:
    told: list[str] = []
    gc.enable()
    collector = Collector()
    Page(told)
    in_another_thread()
    assert not told
    kept: list[list[int]] = []

    def over() -> bool:
        kept.extend([number] for number in range(1000))  # a search is due, whatever else ends meanwhile
        return bool(told)

    qtbot.waitUntil(over, timeout=20 * EVERY_MS)
    assert told == [threading.main_thread().name]
    assert kept
    collector.deleteLater()


def test_every_generation_has_its_turn() -> None:
    gc.collect()
    make_objects()
    for _ in range(gc.get_threshold()[1] + 2):
        kept = [[number] for number in range(gc.get_threshold()[0] + 100)]
        collect_due()
    assert gc.get_count()[1] <= gc.get_threshold()[1]
    assert kept


def test_what_stays_is_not_searched_again() -> None:
    try:
        spare_what_stays()
        assert gc.get_freeze_count() > 1000
    finally:
        gc.unfreeze()
