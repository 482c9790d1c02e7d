# SPDX-License-Identifier: AGPL-3.0-or-later
"""All screens in their window, full of what a station can say, without a station: to look at sizes and words."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from PySide6.QtCore import QBuffer, QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter, QPolygonF

from gui.screens import SCREENS
from gui.shell.bridge import Bridge
from gui.shell.settings import ScreenSettings
from gui.shell.window import Window
from gui.widgets.palette import Theme
from gui.widgets.picture import Shot
from inspector.access.roles import COMMANDS
from inspector.api.client import ApiClient
from inspector.api.command_schema import LoggedIn, Statement
from inspector.api.equipment import Equipment
from inspector.api.history_schema import FoundPart, HistoryPage, PartRecord
from inspector.api.part_schema import PartEvent
from inspector.api.people_schema import HoldInfo, UserInfo
from inspector.api.schema import Status, Verdict
from inspector.api.shift_schema import AlarmList, Handover
from inspector.api.trend_schema import DefectPositions, Trends
from inspector.errors import InspectorError, NotFound
from tests.api_station import status_document
from tests.panels import Panel

HOUR_US = 3_600_000_000
NOW_US = time.time_ns() // 1000
CLASSES = ("MISSING_HOLE", "scratch", "burr_on_edge")
ROLES = ("operator", "team-lead", "qa", "maintenance", "admin", "auditor", "operator", "operator")
TEST_PARTS = (
    {"serial": "S7-900001", "class": "MISSING_HOLE", "shown": 1, "found": True, "rejected": True},
    {"serial": "S7-900002", "class": "scratch", "shown": 1, "found": False, "rejected": False},
    {"serial": "S7-900003", "class": "burr_on_edge"},
    {"serial": "S7-900004", "class": None},
)
CHALLENGE = {
    **{"state": "passed", "running": True, "message": "Show test part 3 of 4: burr on edge (S7-900003)", "parts": 4},
    **{"set": "ef" * 32, "step": 2, "steps": 4, "test_parts": TEST_PARTS, "passed_us": NOW_US - HOUR_US},
}
PASSED = CHALLENGE | {"running": False, "message": "", "next_us": NOW_US + 4 * HOUR_US}
PEOPLE = {"required": True, "people": [{"user": "4711", "role": "team-lead"}]}
TROUBLE = "Block 4711 is not the one of the receipt any more. Ask those who run the chain: it was reorganised"
LEDGERS = {
    **{"sealed": 412, "anchored": 411, "needed": 2, "oldest_unanchored_s": 40, "anchored_us": NOW_US},
    "ledgers": [
        {"name": "inspector.local/log", "anchored": 412, "oldest_unanchored_s": None, "state": "working"},
        {"name": "log.customer.example.com/2026", "anchored": 411, "oldest_unanchored_s": 40, "state": "away"},
        {
            **{"name": "consortium.example.com", "anchored": 400, "oldest_unanchored_s": 90_000},
            **{"state": "stopped", "trouble": TROUBLE},
        },
        {
            **{"name": "tsa.example.com", "anchored": 411, "oldest_unanchored_s": 40, "counts": False},
            **{"state": "refused", "trouble": "The time stamp authority does not stamp it (status 2)"},
        },
    ],
}
PLACES = [
    {"name": "inspector.local/log", "holds": True, "witnessed": False},
    {"name": "log.customer.example.com/2026", "holds": True, "witnesses": ["customer"], "witnessed": True},
    {"name": "consortium.example.com", "holds": False},
    {"name": "tsa.example.com", "holds": False, "counts": False},
]
LONG_REASONS = (
    {"code": "CAMERA_AWAY", "message": "camera cam1: not answering", "advice": "check the cable and power of cam1"},
    {"code": "DISK_LOW", "message": "the disk is nearly full: 300 MB", "advice": "make space or call maintenance"},
)


def alarm(code: str, priority: str, **changes: object) -> dict[str, object]:
    return {
        **{"code": code, "priority": priority, "message": "camera cam1: not answering", "cause": "cable or power"},
        "consequence": "nothing is inspected: all parts are rejected without a picture",
        "action": "check the cable and the power of the camera; if both are good, call maintenance",
        **{"since_us": NOW_US - 60_000_000, **changes},
    }


ALARMS = [
    alarm("CAMERA_AWAY", "high", first_out=True),
    alarm("DISK_LOW", "medium", acknowledged=True),
    alarm("LATE", "low"),
    alarm("CHALLENGE_DUE", "low"),
]
SITUATIONS: dict[str, dict[str, object]] = {
    "running": {"challenge": PASSED, "access": PEOPLE, "ledger": LEDGERS},
    "stopped": {
        **{"ready": False, "stopped": True, "reasons": LONG_REASONS, "access": PEOPLE, "alarms": {"active": ALARMS}},
        "cameras": [{"name": "cam1", "ready": False, "reason": "not answering", "simulated": True}],
    },
    "no shift": {
        **{"state": "IDLE", "ready": False, "shift": None, "counts": {}, "access": {"required": True}},
        "reasons": [{"code": "NO_SHIFT", "message": "no shift is open", "advice": "open a shift"}],
    },
    "challenge": {"challenge": CHALLENGE, "access": PEOPLE},
    "bypass": {
        "bypass": {
            **{"scope": "all", "reason": "lamp broken, checked by hand", "by": "Kim", "started_us": 1, "ends_us": 2},
            **{"remaining_s": 2_461, "let_through": 3, "parts_left": 57},
        }
    },
}
"""What a station can be in."""


def picture(width: int = 640, height: int = 640) -> QImage:
    """A grey part with a dark spot."""
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor("#4A4F53"))
    painter = QPainter(image)
    painter.setBrush(QColor("#9DA2A6"))
    painter.drawEllipse(QRectF(width * 0.1, height * 0.1, width * 0.8, height * 0.8))
    painter.setBrush(QColor("#303438"))
    painter.drawPolygon(QPolygonF([QPointF(180, 170), QPointF(290, 190), QPointF(230, 290)]))
    painter.end()
    return image


@cache
def stored_picture() -> bytes:
    kept = QBuffer()
    kept.open(QBuffer.OpenModeFlag.WriteOnly)
    picture().save(kept, "PNG")  # type: ignore[call-overload]
    return bytes(kept.data().data())


def part(seq: int, verdict: str = "FAIL", kind: type[PartEvent] = PartEvent, **changes: object) -> PartEvent:
    bad = verdict not in ("PASS", "BYPASSED")
    name = CLASSES[seq % len(CLASSES)]
    box = {"class": name, "score_ppm": 931_000, "box_16": [2800, 2600, 4800, 4800]}
    t_us = time.time_ns() // 1000 - seq * 7_000_000  # of now: a test that begins late must not have older parts
    document: dict[str, object] = {
        **{"key": ["00" * 8, seq], "plc_count": seq, "seq": seq, "t_us": t_us, "verdict": verdict},
        **{"reason": f"{name} 0.93" if bad else "", "serial": f"S7-{seq:06d}", "camera": "cam1", "image": "ab" * 32},
        **{"boxes": [box] if bad else [], "shift": 7, "lot": "L-2026-11-22-0007"},
        "views": [
            {
                "camera": one,
                "verdict": verdict,
                "image": "ab" * 32,
                "gate": {"brightness_milli": 120_000, "sharpness_milli": 50_000},
            }
            for one in ("cam1", "cam2")
        ],
        "review": None if seq % 3 else {"seq": 9, "t_us": NOW_US, "finding": "not-a-defect", "role": "qa"},
    }
    return kind.model_validate(document | changes)


def _trends() -> Trends:
    def bucket(number: int, rejected: int, **changes: object) -> dict[str, object]:
        return {
            **{"low_ppm": 2_000, "high_ppm": 18_000, "rate_ppm": rejected * 1000, "inspected": 1000},
            **{"verdicts": {"PASS": 1000 - rejected, "FAIL": rejected}, "rejected": rejected},
            **{"start_us": (1_800_000_000 + 3600 * number) * 1_000_000, **changes},
        }

    buckets = [*(bucket(number, 8 + number % 4) for number in range(23)), bucket(23, 31, beyond="above")]
    fields = {"by": "hour", "buckets": buckets, "enough": 20, "enough_parts": 50, "complete": False}
    classes = [{"name": name, "parts": 180 - 40 * number} for number, name in enumerate(CLASSES)]
    chart = {"mean_ppm": 10_000, "sigma_z_milli": 1_300, "subgroups": 24}
    return Trends.model_validate({**fields, "classes": classes, "chart": chart})


def _positions() -> DefectPositions:
    cells = [[0] * 32 for _ in range(32)]
    cells[8][9], cells[20][22] = 40, 3
    one = {"width": 640, "height": 640, "image": "ab" * 32, "cells": cells, "findings": 43}
    maps = [{**one, "camera": camera} for camera in ("cam1", "cam2")]
    return DefectPositions.model_validate({"maps": maps, "parts": 40, "complete": True})


def _handover() -> Handover:
    return Handover.model_validate(
        {
            **{"shift": 7, "lot": "L-2026-11-22-0007", "opened_us": NOW_US - 7 * HOUR_US, "closed_us": NOW_US},
            **{"verdicts": {"PASS": 397, "FAIL": 14, "NO_DECISION": 1}, "test_parts": 4, "not_inspected": 1},
            "defects": [{"name": name, "count": 9 - number} for number, name in enumerate(CLASSES)],
            "stops": [{"from_us": NOW_US - HOUR_US, "to_us": NOW_US - HOUR_US // 2, "reasons": ["CAMERA_AWAY"]}],
            "alarms": [{"code": "CAMERA_AWAY", "count": 3}, {"code": "DISK_LOW", "count": 1}],
            "bypasses": [{"from_us": NOW_US - HOUR_US, "scope": "all", "parts": 12, "why": "lamp broken"}],
            "challenges": [{"started_us": NOW_US - HOUR_US, "passed": True, "shown": 4, "seen_rejected": 3}],
            **{"holds": ["complaint 4711"], "reviews": {"agree": 9, "not-a-defect": 2}, "note": "two parts fell off"},
            "seal": {"seal": "ab" * 32, "signed": True, "needed": 2, "places": PLACES},
        }
    )


def _equipment() -> Equipment:
    limits = {"brightness_min_milli": 60_000, "brightness_max_milli": 200_000, "sharpness_min_milli": 20_000}
    camera = {
        **{"ready": True, "simulated": True, "model": "SIM 5000", "serial": "S1", "vendor": "Simulator", "edges": 412},
        **{"firmware": "1.2.3", "settings_digest": "ab" * 32, "missed_triggers": 2, "limits": limits},
    }
    reason = {"code": "ESTOP", "message": "the belt's emergency stop is active", "advice": "release it"}
    line = {
        **{"backend": "simulated", "simulated": True, "connected": True, "ready": False, "reasons": [reason]},
        **{"plc_count": 412, "counts": {"infeed": 412, "good": 396, "reject": 16}},
    }
    return Equipment.model_validate({"cameras": [camera | {"name": one} for one in ("cam1", "cam2")], "line": line})


def _record() -> PartRecord:
    record = {"type": "part", "seq": 3, "verdict": "FAIL", "views": [], "reason": "MISSING_HOLE 0.93"}
    images = [{"camera": one, "digest": "ab" * 32, "state": "stored", "there": True} for one in ("cam1", "cam2")]
    return PartRecord.model_validate(
        {
            **{"seq": 3, "shift": 7, "hash": "cd" * 32, "bytes": str(record) * 9, "record": record, "images": images},
            **{"outcome": {"commanded": "reject", "confirmed": "reject"}, "lot": "L-2026-11-22-0007"},
            "seal": {"shift": 7, "seal": "ab" * 32, "signed": True, "ledgers": ["company"]},
            "challenge_before": {"record": 1, "t_us": NOW_US - HOUR_US, "result": "passed"},
            **{"holds": ["complaint 4711"], "reviews": [{"seq": 9, "t_us": NOW_US, "finding": "agree", "role": "qa"}]},
        }
    )


class ScriptedClient:
    """Answers what the screens ask for; what it does not know is not found."""

    def parts(self, limit: int, **_asked: object) -> tuple[PartEvent, ...]:
        return tuple(part(seq) for seq in range(1, limit + 1))

    def part(self, _seq: int) -> PartRecord:
        return _record()

    def history(self, **_asked: object) -> HistoryPage:
        names = [*Verdict][:7]
        parts = [part(n + 1, str(one), FoundPart) for n, one in enumerate(names)]
        return HistoryPage.model_validate({"parts": parts, "before": 3})

    def trends(self, **_asked: object) -> Trends:
        return _trends()

    def positions(self, **_asked: object) -> DefectPositions:
        return _positions()

    def handover(self, _shift: int) -> Handover:
        return _handover()

    def alarms(self) -> AlarmList:
        rate = {"last_ten_minutes": 2, "last_hour": 5}
        week = [{"code": "CAMERA_AWAY", "count": 12}, {"code": "DISK_LOW", "count": 4}]
        return AlarmList.model_validate({"active": ALARMS, "shelved": [], "rate": rate, "week": week})

    def equipment(self) -> Equipment:
        return _equipment()

    def users(self) -> tuple[UserInfo, ...]:
        people = [
            {"user": f"47{n}", "name": "Ada Lovelace", "role": role, "badge": True, "disabled": n == 3, "failures": n}
            for n, role in enumerate(ROLES)
        ]
        return tuple(UserInfo.model_validate(one) for one in people)

    def holds(self) -> tuple[HoldInfo, ...]:
        scope = {"lot": "L-2026-11-22-0007", "defect": "MISSING_HOLE"}
        hold = {"seq": 1, "t_us": NOW_US, "reason": "8D report", "scope": scope}
        return tuple(HoldInfo.model_validate({**hold, "name": f"complaint 471{n}"}) for n in range(6))

    def changes_statement(self) -> Statement:
        text = "\n".join(["v1", *(f"change {n}: recipe {'ab' * 16}" for n in range(3))])
        fields = {"statement": "cd" * 32, "text": text, "meaning": "approves the changes", "target": "ab" * 32}
        return Statement.model_validate(fields)

    def image(self, _digest: str) -> bytes:
        return stored_picture()

    def logout(self, *_session: object) -> None:
        pass

    def close(self) -> None:
        pass

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if not hasattr(ApiClient, name):
            raise AttributeError(name)

        def nothing(*_arguments: object, **_named: object) -> object:
            raise NotFound(f"this script has no answer to {name}")

        return nothing


class ScriptedBridge(Bridge):
    """Answers at once, in Qt's thread."""

    def __init__(self, station: Path) -> None:
        super().__init__(station)
        self.scripted = ScriptedClient()

    def new_client(self) -> ApiClient:
        return self.scripted  # type: ignore[return-value]

    def ask(self, question: Callable[[ApiClient], object], done: Callable[[object], None]) -> None:
        try:
            answer: object = question(self.scripted)  # type: ignore[arg-type]
        except InspectorError as error:
            answer = error
        done(answer)

    def ask_image(self, part: PartEvent, done: Callable[[object], None]) -> None:
        done(Shot(picture(), 640, 640, part.boxes))

    def latest_shot(self, camera: str) -> Shot | None:
        return Shot(picture(), 640, 640)


def scripted_window(folder: Path, panel: Panel, *, theme: Theme = Theme.LIGHT, logged_in: bool = True) -> Window:
    """All screens with a running station; somebody is there who may do everything."""
    settings = ScreenSettings()
    settings.theme = theme
    bridge = ScriptedBridge(folder)
    window = Window(bridge, SCREENS, settings)
    settings.set_px_per_mm(window.screen().name(), panel.px_per_mm)
    window._measure()
    window.resize(*panel.size)
    window.show()
    say(window, "running")
    if logged_in:
        told = {"session": "s", "user": "4711", "name": "Ada Lovelace", "role": "team-lead", "idle_s": 300}
        window.person._come(LoggedIn.model_validate({**told, "may": tuple(COMMANDS)}))
    for seq in range(60, 0, -1):
        bridge.part_came.emit(
            part(1000 - seq, "FAIL" if seq % 9 == 1 else "PASS", t_us=time.time_ns() // 1000 - seq * 1_000_000)
        )
    run = window.screens["run"]
    run.live.show_shot("cam1", Shot(picture(), 640, 640))  # type: ignore[attr-defined]
    run.reject.show_shot(Shot(picture(), 640, 640, part(1).boxes))  # type: ignore[attr-defined]
    return window


def say(window: Window, situation: str) -> None:
    """The station is now in one of `SITUATIONS`."""
    status = Status.model_validate(status_document(**SITUATIONS[situation]))
    window._bridge.status_came.emit(status)
