# SPDX-License-Identifier: AGPL-3.0-or-later
"""The steps of the day in their order, each with the screen that it is about. A new screen has its step here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

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
from tests.day import care, changeover, parts, people, quality, shift
from tests.day.place import Day


@dataclass(frozen=True)
class Step:
    """One thing that somebody does.

    Attributes:
        screen: The screen that it is done at.
        act: Does it, and holds what the station recorded against it.
    """

    screen: type[Screen]
    act: Callable[[Day], None]


STEPS = (
    Step(UsersScreen, people.add_the_first_admin),
    Step(UsersScreen, people.add_the_others),
    Step(UsersScreen, people.change_somebody),
    Step(QualityScreen, quality.announce_a_change),
    Step(RunScreen, quality.change_the_threshold),
    Step(QualityScreen, quality.approve_the_change),
    Step(RunScreen, shift.open_the_shift),
    Step(ShiftScreen, shift.pass_the_challenge),
    Step(RunScreen, shift.watch_parts),
    Step(GalleryScreen, parts.review_a_reject),
    Step(AlarmScreen, care.answer_alarms),
    Step(MaintenanceScreen, care.look_at_the_devices),
    Step(DisplayScreen, care.change_the_looks),
    Step(AlarmScreen, care.see_that_the_alarm_is_over),
    Step(QualityScreen, quality.begin_a_hold),
    Step(ShiftScreen, shift.hand_over),
    Step(RunScreen, shift.close_the_shift),
    Step(ShiftScreen, shift.read_the_seal),
    Step(ShiftScreen, shift.take_over),
    Step(TrendsScreen, parts.look_at_trends),
    Step(HistoryScreen, parts.audit_a_part),
    Step(QualityScreen, quality.end_the_hold),
    Step(ModelsScreen, quality.look_at_the_models),
    Step(ChangeoverScreen, changeover.change_the_product),
    Step(RunScreen, changeover.close_the_other_shift),
    Step(SettingsScreen, quality.change_a_setting),
)


def live_through(day: Day) -> None:
    """All steps, one after the other."""
    for step in STEPS:
        day.shown.clear()
        step.act(day)
        assert step.screen.name in day.shown, f"{step.act.__name__} was not at {step.screen.name}"
