# SPDX-License-Identifier: AGPL-3.0-or-later
"""All screens, in the order of their keys. A new one is a line here."""

from __future__ import annotations

from gui.alarms.screen import AlarmScreen
from gui.changeover.screen import ChangeoverScreen
from gui.display.screen import DisplayScreen
from gui.gallery.screen import GalleryScreen
from gui.history.screen import HistoryScreen
from gui.maintenance.screen import MaintenanceScreen
from gui.models.screen import ModelsScreen
from gui.quality.screen import QualityScreen
from gui.run.screen import RunScreen
from gui.settings.screen import SettingsScreen
from gui.shell.screen import Screen
from gui.shift.screen import ShiftScreen
from gui.trends.screen import TrendsScreen
from gui.users.screen import UsersScreen

SCREENS: tuple[type[Screen], ...] = (
    RunScreen,
    ShiftScreen,
    ChangeoverScreen,
    AlarmScreen,
    GalleryScreen,
    QualityScreen,
    ModelsScreen,
    HistoryScreen,
    TrendsScreen,
    MaintenanceScreen,
    UsersScreen,
    SettingsScreen,
    DisplayScreen,
)
