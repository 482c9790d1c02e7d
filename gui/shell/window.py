# SPDX-License-Identifier: AGPL-3.0-or-later
"""The window: navigation on the left, the state of the station across the top, one screen in front."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QKeyEvent, QPalette, QResizeEvent, QWindow
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from gui.shell.bridge import Bridge
from gui.shell.keypad import Keypad
from gui.shell.log_in import LogInBar
from gui.shell.navigation import Navigation, SignKey
from gui.shell.person import Person
from gui.shell.scanner import Wedge, clean
from gui.shell.screen import Screen
from gui.shell.settings import ScreenSettings
from gui.shell.state_banner import StateBanner
from gui.shell.words import away_words, calm_words, state_words
from gui.text import tr
from gui.text.languages import LANGUAGES, next_language, show_language, shown_language
from gui.widgets.metrics import calibrate, metrics_of
from gui.widgets.palette import BACKGROUND, Theme, show_theme
from inspector.api.schema import Status

SMALLEST = (1024, 640)
SLIM_SHARE = 0.06
"""Height of the state on screens other than the first, as a share of the window."""
CLOCK_MS = 1_000
PRESSES = (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick)
"""A finger that comes soon after another touch, wherever that was, is a double click to Qt, and no press."""
TOUCHES = (*PRESSES, QEvent.Type.KeyPress, QEvent.Type.TouchBegin)


class Window(QWidget):
    """Shows one screen at a time; the first one is shown first and has a state of its own.

    Args:
        bridge: Started by the caller; closed with the window.
        screens: Their classes, in the order of their keys.
        settings: What this screen keeps.
    """

    def __init__(self, bridge: Bridge, screens: Sequence[type[Screen]], settings: ScreenSettings | None = None) -> None:
        super().__init__()
        self._settings = settings or ScreenSettings()
        self._status: Status | None = None
        self._bridge = bridge
        self.person = Person(bridge)
        self.setWindowTitle("Inspector")
        self.setMinimumSize(*SMALLEST)
        self.setAutoFillBackground(True)
        show_theme(self._settings.theme)
        self._measure()
        self._colour()
        self.banner = StateBanner(slim=True)
        self.navigation = Navigation()
        self.screens = {kind.name: kind(bridge, self.person) for kind in screens}
        self._home = screens[0].name
        self._stack = QStackedWidget()
        for name, screen in self.screens.items():
            self._stack.addWidget(screen)
            key = SignKey(screen.symbol, screen.word)
            self.navigation.add(name, key, often=screen.often)
            screen.noted.connect(lambda note, name=name: self.navigation.show_note(name, note))
            screen.wanted.connect(self.show_screen)
            screen.wanted_about.connect(self._show_about)
            screen.looks_wanted.connect(self._change_looks)
        self._stack.addWidget(self.navigation.more_page)
        self._front = self.screens[self._home]
        self._more_shown = False
        self.navigation.chosen.connect(self.show_screen)
        self.navigation.more_wanted.connect(self._turn_more)
        self.language_key = SignKey("language")
        self.language_key.clicked.connect(self._change_language)
        self.navigation.add_below(self.language_key)
        self._say_language()
        self.person_key = SignKey("person")
        self.person_key.clicked.connect(self._toggle_log_in)
        self.navigation.add_below(self.person_key)
        self.log_in = LogInBar(self.person)
        self.keypad = Keypad()
        self.log_in.finished.connect(self._close_log_in)
        self.keypad.hidden.connect(self.keypad.hide)
        self.person.changed.connect(self._on_person)
        self.person.wanted.connect(self._open_log_in)
        self._wedge = Wedge(self._settings.scanner_prefix)
        self._say_person()
        self._lay_out()
        bridge.status_came.connect(self._on_status)
        bridge.away.connect(self._on_away)
        self._clock = QTimer(self)
        self._clock.setInterval(CLOCK_MS)
        self._clock.timeout.connect(self._on_second)
        self._clock.start()
        application = QApplication.instance()
        if application is not None:
            application.installEventFilter(self)
        self.navigation.offer(self._offers)
        self.show_screen(self._home)

    @property
    def front(self) -> Screen:
        """The screen that is shown, or that MORE goes back to."""
        return self._front

    def show_screen(self, name: str) -> None:
        """Bring a screen to the front.

        Raises:
            KeyError: There is none of this name.
        """
        screen, before = self.screens[name], self._front
        self.navigation.show_chosen(name)
        self._top.setVisible(name != self._home)
        self._front = screen
        self._stack.setCurrentWidget(screen)
        if screen is not before and not self._more_shown:
            before.left()
        self._more_shown = False
        screen.entered()

    def _show_about(self, name: str, what: str) -> None:
        self.show_screen(name)
        self.screens[name].look_for(what)

    def _turn_more(self) -> None:
        """All other screens; touched again, back to the one before."""
        if self._more_shown:
            self.show_screen(self._front.name)
            return
        self._more_shown = True
        self._front.left()
        self._top.setVisible(True)
        self._stack.setCurrentWidget(self.navigation.more_page)
        self.navigation.show_more()

    def _offers(self, name: str) -> bool:
        """Whether a screen is of use to who is there; who is not known is asked to log in by the screen."""
        needs = self.screens[name].needs
        return not (needs and self.person.known) or any(self.person.may(one) for one in needs)

    def _on_person(self) -> None:
        self._say_person()
        self.navigation.place()

    def _lay_out(self) -> None:
        self._outer = QHBoxLayout(self)
        self._outer.setSpacing(0)
        self._outer.setContentsMargins(0, 0, 0, 0)
        self._top = QWidget()
        self._top_layout = QVBoxLayout(self._top)
        self._top_layout.addWidget(self.banner)
        self._right = QVBoxLayout()
        self._right.setContentsMargins(0, 0, 0, 0)
        self._right.setSpacing(0)
        self._right.addWidget(self._top)
        self._right.addWidget(self._stack, 1)
        for below in (self.log_in, self.keypad):
            below.hide()
            self._right.addWidget(below)
        self._outer.addWidget(self.navigation)
        self._outer.addLayout(self._right, 1)

    def _say_person(self) -> None:
        self.person_key.show_word(self.person.name or tr("Log in"))

    def _toggle_log_in(self) -> None:
        if self.log_in.isVisible():
            self._close_log_in()
        else:
            self._open_log_in()

    def _open_log_in(self) -> None:
        self.log_in.show()
        self.log_in.begin()

    def _close_log_in(self) -> None:
        self.log_in.hide()
        self.keypad.hide()

    def _change_looks(self, theme: str, px_per_mm: float) -> None:
        if theme:
            self._settings.theme = Theme(theme)
            show_theme(self._settings.theme)
        if px_per_mm:
            self._settings.set_px_per_mm(self.screen().name(), px_per_mm)
        self._measure()
        self._colour()
        self._fit()
        for screen in self.screens.values():
            screen.recolour()
        keys = (*self.navigation.findChildren(QWidget), *self.navigation.more_page.findChildren(QWidget))
        for widget in (self.banner, *keys):
            widget.update()

    def _measure(self) -> None:
        name = self.screen().name()
        calibrate(name, self._settings.px_per_mm(name))

    def _colour(self) -> None:
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Window, BACKGROUND)
        self.setPalette(palette)

    def _change_language(self) -> None:
        self._settings.language = next_language(shown_language())
        show_language(self._settings.language)

    def _say_language(self) -> None:
        """The key says what it does, in the language that it goes to."""
        self.language_key.show_word(LANGUAGES[next_language(shown_language())])

    def _on_status(self, status: Status) -> None:
        self._status = status
        self.banner.show_station(status.station, status.simulated)
        self.banner.show_state(state_words(status), calm_words(status))

    def _on_away(self, reason: str) -> None:
        self._status = None
        self.banner.show_state(away_words(reason))

    def _on_second(self) -> None:
        self.banner.update()
        self.person.look()

    # Qt

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() not in TOUCHES:
            return False
        self.person.touched()
        if isinstance(watched, QLineEdit) and event.type() in PRESSES:
            self.keypad.setVisible(watched.isEnabled() and not watched.isReadOnly())
        if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and isinstance(watched, QWindow):
            self._listen(event)
        return False

    def _listen(self, event: QKeyEvent) -> None:
        """What a scanner types goes to the field that has the focus, without its prefix; else to who expects it.

        The field has every key but this last one already.
        """
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if event.text().isprintable() and event.text():
                self._wedge.key(event.text(), event.timestamp())
            return
        scan, field = self._wedge.end(event.timestamp()), QApplication.focusWidget()
        if scan is None:
            return
        if isinstance(field, QLineEdit):
            clean(field, scan)
        else:
            self.take_scan(scan.code)

    def take_scan(self, code: str) -> None:
        """A code that no field has taken: a badge where the log-in waits for one, else for the screen in front."""
        if self.log_in.isVisible() and not self.person.known:
            self.log_in.take_scan(code)
        elif not self.front.take_scan(code) and not self.person.known:
            self._open_log_in()
            self.log_in.take_scan(code)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.LanguageChange:
            self._say_language()
            self._say_person()
            if self._status is not None:
                self._on_status(self._status)
        super().changeEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()
        super().resizeEvent(event)

    def _fit(self) -> None:
        metrics = metrics_of(self.screen(), self.height())
        self._top_layout.setContentsMargins(metrics.gap, metrics.gap, metrics.gap, 0)
        self.banner.setFixedHeight(round(self.height() * SLIM_SHARE))
        self.navigation.fit(metrics, self.width())
        self.log_in.fit(metrics)
        self.keypad.fit(metrics)
        self._outer.activate()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._clock.stop()
        application = QApplication.instance()
        if application is not None:
            application.removeEventFilter(self)
        self.person.log_out()
        self._bridge.close()
        event.accept()
