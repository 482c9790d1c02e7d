# SPDX-License-Identifier: AGPL-3.0-or-later
"""The window before there is a station: those that were shown before, any other, or the simulated one to try it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from gui.shell.bridge import Bridge
from gui.start.known import is_station, known_stations
from gui.start.simulated import SimulatedStation
from gui.text import mark, tr
from gui.widgets.form import Label, button, field, style
from gui.widgets.metrics import metrics_of
from gui.widgets.palette import BACKGROUND
from inspector.api.schema import Status

LONGEST_PATH = 1000
ANOTHER_RUNS_IT_MS = 4_000
"""When our own cannot start, perhaps because another window runs it, the station may answer all the same."""
KNOWN_LOW, LOW_MM = 2, 240.0
"""So many known stations are offered in a window that is lower than this; the others are typed."""
COLUMN_SHARE = 0.62
"""Width of everything, as a share of the window: long lines are hard to read."""


class StartPage(QWidget):
    """Asks which station.

    Args:
        stations: The file of those that were shown before.
        simulated: The simulated station, which the caller ends.
    """

    chosen = Signal(object)
    """The directory whose screens are wanted."""

    def __init__(self, stations: Path, simulated: SimulatedStation) -> None:
        super().__init__()
        self._simulated = simulated
        self._bridge: Bridge | None = None
        self.setWindowTitle("Inspector")
        self.setAutoFillBackground(True)
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Window, BACKGROUND)
        self.setPalette(palette)
        self.title = Label(mark("Which station?"))
        self.known = [self._key_of(folder) for folder in known_stations(stations)]
        self.folder = field(mark("Folder of a station"), LONGEST_PATH)
        self.open_button = button(mark("OPEN"), "plain")
        self.try_button = button(mark("TRY IT WITH THE SIMULATED STATION"), "primary")
        self.about = _words(
            tr(
                "Camera and line are simulated; nothing real is touched. It runs for as long as this window is open. "
                "Its records stay in {folder}.",
                folder=simulated.folder,
            )
        )
        self.message = _words("")
        self.open_button.clicked.connect(self._on_open)
        self.folder.returnPressed.connect(self._on_open)
        self.try_button.clicked.connect(self._on_try)
        simulated.making.connect(self._on_making)
        simulated.starting.connect(self._on_starting)
        simulated.failed.connect(self._on_failed)
        self._lay_out()
        (self.known[0] if self.known else self.try_button).setFocus()

    def _key_of(self, folder: Path) -> QPushButton:
        key = button(f"{folder.name}   {folder.parent}", "plain")
        key.clicked.connect(lambda: self.chosen.emit(folder))
        return key

    def _lay_out(self) -> None:
        other = QHBoxLayout()
        other.addWidget(self.folder, 1)
        other.addWidget(self.open_button)
        self._column = QVBoxLayout()
        self._column.addStretch(1)
        self._column.addWidget(self.title)
        for key in self.known:
            self._column.addWidget(key)
        self._column.addLayout(other)
        self._column.addWidget(self.try_button)
        self._column.addWidget(self.about)
        self._column.addWidget(self.message)
        self._column.addStretch(1)
        outer = QHBoxLayout(self)
        outer.addStretch(round((1 - COLUMN_SHARE) * 50))
        outer.addLayout(self._column, round(COLUMN_SHARE * 100))
        outer.addStretch(round((1 - COLUMN_SHARE) * 50))

    def _on_open(self) -> None:
        folder = Path(self.folder.text().strip()).expanduser()
        if self.folder.text().strip() and is_station(folder):
            self.chosen.emit(folder)
        else:
            self.message.setText(
                tr("{folder} is no station: there is no station.toml in it. `inspector init` makes one.", folder=folder)
            )

    def _on_try(self) -> None:
        self._enable(False)
        self._bridge = Bridge(self._simulated.folder)
        self._bridge.status_came.connect(self._on_status)
        self._simulated.start()
        self._bridge.start()

    def _on_making(self) -> None:
        self.message.setText(tr("The simulated station is being made. This happens once and takes some seconds."))

    def _on_starting(self) -> None:
        self.message.setText(tr("The simulated station starts ..."))

    def _on_status(self, _status: Status) -> None:
        if self._bridge is not None:
            self._close_bridge()
            self.chosen.emit(self._simulated.folder)

    def _on_failed(self, words: str) -> None:
        QTimer.singleShot(ANOTHER_RUNS_IT_MS, self, lambda: self._give_up(words))

    def _give_up(self, words: str) -> None:
        if self._bridge is None:
            return
        self._close_bridge()
        self.message.setText(tr("The simulated station does not run: {words}", words=words))
        self._enable(True)

    def _enable(self, enabled: bool) -> None:
        for key in (*self.known, self.folder, self.open_button, self.try_button):
            key.setEnabled(enabled)

    def _close_bridge(self) -> None:
        bridge, self._bridge = self._bridge, None
        if bridge is not None:
            bridge.close()
            bridge.deleteLater()

    # Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        metrics = metrics_of(self.screen(), self.height())
        self._column.setSpacing(metrics.gap)
        for number, key in enumerate(self.known):
            key.setVisible(number < KNOWN_LOW or metrics.height_mm >= LOW_MM)
        for key in (*self.known, self.folder, self.open_button, self.try_button):
            key.setFixedHeight(metrics.touch)
        self.setStyleSheet(style("StartPage", metrics.text, metrics.gap))
        self.title.setStyleSheet(f"font-size: {metrics.text * 2}px; font-weight: bold; padding: 0;")
        super().resizeEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        self._close_bridge()
        event.accept()


def _words(text: str) -> QLabel:
    label = QLabel(text)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
