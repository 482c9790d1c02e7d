# SPDX-License-Identifier: AGPL-3.0-or-later
"""The screen for maintenance on a real api process with a scripted station behind it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from pytestqt.qtbot import QtBot

from gui.maintenance.screen import MaintenanceScreen
from gui.shell.bridge import Bridge
from gui.shell.person import Person
from inspector.evidence.keys import SigningKey
from tests.api_station import ApiProcess, FakeStation, make_station
from tests.store_station import make_writer, opening, part

WAIT_MS = 30_000
DEVICE = {"ready": True, "reason": "", "simulated": True, "model": "SimCam", "vendor": "Inspector", "firmware": "1.0"}
LIMITS = {"brightness_min_milli": 60_000, "brightness_max_milli": 200_000, "sharpness_min_milli": 12_000}
LINE = {
    "backend": "plant",
    "simulated": True,
    "connected": True,
    "ready": False,
    "reasons": [{"code": "AIR_LOW", "message": "The ejector has no air", "advice": "Check the air supply"}],
    "plc_count": 412,
    "counts": {"infeed": 412, "good": 397, "reject": None},
}
NOW_US = 1_700_000_000_000_000
POINTS = {
    "backend": "remote-io",
    "simulated": False,
    "t_us": NOW_US,
    "points": [
        {
            **{"name": "part", "direction": "input", "address": "io1: coil 1", "kind": "bit", "raw": 1, "on": True},
            **{"since_us": NOW_US - 400_000, "edges": 7, "last_edge_us": NOW_US - 400_000},
        },
        {
            **{
                "name": "estop-ok",
                "direction": "input",
                "address": "io1: coil 2",
                "kind": "bit",
                "raw": 1,
                "on": False,
            },
            **{"since_us": NOW_US - 7_200_000_000, "edges": 0, "last_edge_us": None},
        },
        *(
            {"name": f"register_{number}", "direction": "output", "address": "", "kind": "number", "edges": 0}
            for number in range(20)
        ),
    ],
}
Setup = tuple[FakeStation, MaintenanceScreen]


def camera(name: str, **changes: object) -> dict[str, object]:
    settings = {"settings": "[features]\nExposureTime = 5000\n", "settings_digest": "ab" * 32}
    counts = {"edges": 412, "missed_triggers": 0}
    return {"name": name, "serial": f"SIM-{name}", "limits": LIMITS, **DEVICE, **settings, **counts, **changes}


def view(name: str, brightness: float, sharpness: float) -> dict[str, object]:
    gate = {"brightness_milli": round(brightness * 1000), "sharpness_milli": round(sharpness * 1000)}
    return {"camera": name, "verdict": "PASS", "reason": "", "image": None, "gate": gate}


def feature(name: str, category: str, **changes: object) -> dict[str, object]:
    known = {"display_name": name, "kind": "float", "access": "both", "visibility": "beginner", "unit": "us"}
    limits = {"readable": True, "minimum": 1.0, "maximum": 10_000.0, "step": 1.0}
    return {"name": name, "path": [category], **known, **limits, **changes}


@pytest.fixture
def setup(tmp_path: Path, qtbot: QtBot) -> Iterator[Setup]:
    station = FakeStation(make_station(tmp_path))
    writer = make_writer(tmp_path, SigningKey.generate())
    writer.append("shift-open", opening(writer)).result(10)
    writer.append("part", part(1, image=True)).result(10)
    two = [camera("top"), camera("cam2", ready=False, reason="not answering", missed_triggers=3)]
    station.change(cameras=[{key: one[key] for key in ("name", "ready", "reason", "simulated")} for one in two])
    station.answers["equipment"] = lambda _request: {"cameras": two, "line": LINE}
    station.answers["io-points"] = lambda _request: POINTS
    api = ApiProcess(tmp_path)
    api.start()
    bridge = Bridge(tmp_path)
    screen = MaintenanceScreen(bridge, Person(bridge))
    screen.resize(1280, 750)
    screen.show()
    bridge.start()
    qtbot.waitUntil(lambda: screen.status is not None, timeout=WAIT_MS)
    screen.entered()
    yield station, screen
    screen.left()
    screen.close()
    bridge.close()
    station.close()
    assert api.end() == 0
    writer.close()
    screen.deleteLater()


def test_devices_and_measures(setup: Setup, qtbot: QtBot) -> None:
    station, screen = setup
    qtbot.waitUntil(lambda: "SIM-top" in screen.camera.words, timeout=WAIT_MS)
    assert screen.chosen == "top"
    assert "SIMULATED Inspector SimCam" in screen.camera.words
    assert "missed triggers 0" in screen.camera.words
    assert "state The ejector has no air" in screen.plant.words
    assert "infeed sensor 412" in screen.plant.words and "reject lane sensor not known" in screen.plant.words
    # What was recorded before the screen looked, then what comes.
    qtbot.waitUntil(lambda: len(screen.brightness.values) == 1, timeout=WAIT_MS)
    station.part(12, views=[view("top", 55.0, 30.0), view("cam2", 100.0, 20.0)])
    qtbot.waitUntil(lambda: len(screen.brightness.values) == 2, timeout=WAIT_MS)
    assert screen.brightness.words == "BRIGHTNESS (mean grey level) 55.0: too dark"
    assert screen.focus.words == "FOCUS (variance of the Laplacian) 30.0: in its limits"
    assert (screen.brightness.good, screen.focus.good) == (False, True)
    station.part(13, views=[view("top", 201.0, 11.9)])
    qtbot.waitUntil(lambda: len(screen.focus.values) == 3, timeout=WAIT_MS)
    assert (screen.brightness.verdict, screen.focus.verdict) == ("too bright", "out of focus")
    assert not screen.grab().isNull()


def test_another_camera_is_one_key_away(setup: Setup, qtbot: QtBot) -> None:
    station, screen = setup
    qtbot.waitUntil(lambda: "SIM-top" in screen.camera.words, timeout=WAIT_MS)
    screen.choose("cam2")
    assert "state not answering" in screen.camera.words and "missed triggers 3" in screen.camera.words
    assert screen.brightness.words == "BRIGHTNESS (mean grey level): no picture yet"
    station.part(12, views=[view("top", 55.0, 30.0), view("cam2", 100.0, 20.0)])
    qtbot.waitUntil(lambda: screen.brightness.values == (100.0,), timeout=WAIT_MS)
    station.errors["equipment"] = {"code": "STATION_TIMEOUT", "message": "no answer", "advice": ""}
    qtbot.waitUntil(lambda: screen.camera.words.endswith("state not known"), timeout=WAIT_MS)


def test_nothing_is_asked_while_another_screen_is_in_front(setup: Setup, qtbot: QtBot) -> None:
    station, screen = setup
    qtbot.waitUntil(lambda: "SIM-top" in screen.camera.words, timeout=WAIT_MS)
    screen.left()
    asked = sum(one["command"] == "equipment" for one in station.requests)
    qtbot.wait(2_500)
    assert sum(one["command"] == "equipment" for one in station.requests) == asked


def test_inputs_and_outputs_with_their_times_are_asked_for_while_they_are_in_front(setup: Setup, qtbot: QtBot) -> None:
    station, screen = setup
    asked = lambda: sum(one["command"] == "io-points" for one in station.requests)  # noqa: E731
    assert asked() == 0
    screen.sections["points"].click()
    qtbot.waitUntil(lambda: len(screen.points.points) == 22, timeout=WAIT_MS)
    part, stop, *_ = screen.points.table.rows
    assert part.cells[:6] == ("IN", "part", "● ON", "1", "0.4 s", "7") and part.strong
    assert stop.cells[:7] == ("IN", "estop-ok", "○ OFF", "1", "2 h", "0", "-") and not stop.strong
    assert "remote-io: 22 signals" in screen.points.head.text()
    shown = screen.points.table.sheet
    assert len(shown.rows) == 14 and shown.rows[0] == part
    screen.points.table.later.click()
    assert [row.cells[1] for row in shown.rows] == [f"register_{number}" for number in range(12, 20)]
    assert not screen.points.table.later.isEnabled() and screen.points.table.earlier.isEnabled()
    assert not screen.grab().isNull()
    qtbot.waitUntil(lambda: asked() > 2, timeout=WAIT_MS)
    station.errors["io-points"] = {"code": "DEVICE", "message": "the line process is not connected", "advice": ""}
    qtbot.waitUntil(lambda: screen.points.table.rows == (), timeout=WAIT_MS)
    assert "the line process is not connected" in screen.points.head.text()
    screen.sections["picture"].click()
    before = asked()
    qtbot.wait(1_200)
    assert asked() <= before + 1


FEATURES = {
    "camera": "top",
    "settings_digest": "ab" * 32,
    "features": [
        *(
            feature(
                name, "AcquisitionControl", value=str(number), file_value="5000" if name == "ExposureTime" else None
            )
            for number, name in enumerate(("ExposureTime", "AcquisitionFrameRate", "TriggerDelay"))
        ),
        feature("Gain", "AnalogControl", value="2", unit="dB", visibility="expert", file_value="1", differs=True),
        feature("TestPattern", "ImageFormatControl", visibility="guru", readable=False),
    ],
}


def test_the_features_of_a_camera_are_a_tree_for_fingers(setup: Setup, qtbot: QtBot) -> None:
    station, screen = setup
    station.answers["camera-features"] = lambda request: FEATURES | {"camera": request["arguments"]["camera"]}
    page = screen.features
    screen.sections["features"].click()
    qtbot.waitUntil(lambda: len(page.features) == 5, timeout=WAIT_MS)

    def shown() -> list[tuple[str, str]]:
        return [row.words for row in page.rows.rows if row.isEnabled()]

    assert shown() == [("▸ AcquisitionControl", "3")]  # what is meant for experts is left out at first
    page.rows.rows[0].click()
    assert shown()[:2] == [("▾ AcquisitionControl", "3"), ("ExposureTime", "0 us")]
    page.rows.rows[1].click()
    assert "value 0 us" in page.details.words and "settings file 5000" in page.details.words
    assert "limits 1 to 10000 in steps of 1" in page.details.words and "read and write" in page.details.words
    page.rows.rows[0].click()
    assert shown() == [("▸ AcquisitionControl", "3")]
    page.levels["guru"].click()
    assert [name for name, _ in shown()] == ["▸ AcquisitionControl", "▸ AnalogControl", "▸ ImageFormatControl"]
    page.search.setText("delay")
    assert shown() == [("TriggerDelay", "2 us")]
    assert page.differing.text() == "DIFFERS: 1"
    page.differing.click()
    assert shown() == [("≠ Gain", "2 dB")]
    assert not screen.grab().isNull()
    # A camera that does not answer is said so, and what was read before does not stay.
    error = {"code": "DEVICE", "message": "camera cam2 has not answered in time", "advice": ""}
    station.errors["camera-features"] = error
    screen.choose("cam2")
    qtbot.waitUntil(lambda: "camera cam2 has not answered in time" in page.head.text(), timeout=WAIT_MS)
    assert shown() == [] and page.again.isEnabled()
    asked = [one["arguments"]["camera"] for one in station.requests if one["command"] == "camera-features"]
    assert asked == ["top", "cam2"]


def test_an_output_is_forced_by_who_stands_here_and_held_by_the_screen(setup: Setup, qtbot: QtBot) -> None:
    station, screen = setup
    lamp = {"name": "warning", "direction": "output", "address": "io1: coil 3", "kind": "bit", "raw": 0, "on": False}
    points = POINTS | {"points": [*POINTS["points"], lamp | {"edges": 0, "forceable": True}]}  # type: ignore[misc]
    station.answers["io-points"] = lambda _request: points
    for command, answer in (
        ("manual-begin", {"seq": 7}),
        ("manual-force", {"seq": 8, "output": "warning", "on": True, "for_ms": 1_000}),
        *((name, {"outputs": ["warning"]}) for name in ("manual-keep", "manual-release")),
        ("manual-end", {"seq": 9}),
    ):
        station.answers[command] = lambda _request, answer=answer: answer
    bar = screen.points.force
    screen.sections["points"].click()
    qtbot.waitUntil(lambda: len(screen.points.points) == 23, timeout=WAIT_MS)
    assert not bar.begin_key.isEnabled() and "Log in" in bar.message.text()

    def asked(command: str) -> list[dict[str, object]]:
        return [one["arguments"] for one in station.requests if one["command"] == command]

    screen.person.log_in("ada", "", lambda _error: None)
    assert not bar.begin_key.isEnabled()
    bar.why.setText("lamp test")
    bar.begin_key.click()
    qtbot.waitUntil(lambda: asked("manual-begin") == [{"operator": "ada", "reason": "lamp test"}], timeout=WAIT_MS)
    manual = {"by": "ada", "reason": "lamp test", "begun_us": 1, "forced": []}
    station.change(manual=manual)
    qtbot.waitUntil(lambda: bar.pulse_key.isVisible() and bar.outputs[0].isVisible(), timeout=WAIT_MS)
    assert bar.outputs[0].text() == "warning" and not bar.outputs[1].isVisible() and not bar.why.isVisible()
    assert bar.message.text() == "Manual mode of ada: nothing is forced"
    bar.pulse_key.click()
    qtbot.waitUntil(lambda: len(asked("manual-force")) == 1, timeout=WAIT_MS)
    assert asked("manual-force")[0] == {"operator": "ada", "output": "warning", "on": True, "for_ms": 1_000}
    station.change(manual=manual | {"forced": [{"name": "warning", "on": True, "left_ms": 900}]})
    qtbot.waitUntil(lambda: "warning ON (1 s)" in bar.message.text(), timeout=WAIT_MS)
    qtbot.waitUntil(lambda: len(asked("manual-keep")) > 1, timeout=WAIT_MS)
    assert not screen.grab().isNull()
    # Whoever turns to another page holds nothing from there.
    screen.sections["picture"].click()
    qtbot.waitUntil(lambda: len(asked("manual-release")) == 1, timeout=WAIT_MS)
    station.change(manual=manual | {"by": "bob"})
    screen.sections["points"].click()
    qtbot.waitUntil(lambda: "Manual mode of bob" in bar.message.text(), timeout=WAIT_MS)
    assert not bar.pulse_key.isVisible()
    station.errors["manual-end"] = {"code": "MANUAL_REFUSED", "message": "manual mode is not on", "advice": ""}
    bar.end_key.click()
    qtbot.waitUntil(lambda: "Refused" in bar.message.text(), timeout=WAIT_MS)
