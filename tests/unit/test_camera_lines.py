# SPDX-License-Identifier: AGPL-3.0-or-later
"""The strobe and the lamps of a features file, and lamps that do not do as they are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from inspector.camera.features import Access, Kind, Value, load_features, packaged_configs
from inspector.camera.lamps import Lamps
from inspector.camera.lines import Output
from inspector.errors import ConfigError, FeatureError
from tests.unit.test_camera_features import FakeNodes, Node

FEATURES = "[[features]]\nExposureTime = 1.0\n"
READY = '[outputs.ready]\nline = "Line2"\nuser_output = "UserOutput0"\n'


def load(folder: Path, text: str) -> list[tuple[str, Value]]:
    path = folder / "camera.toml"
    path.write_text(text, "utf-8")
    return [(step.name, step.value) for step in load_features(path).steps]


def test_the_lines_are_written_after_the_features(tmp_path: Path) -> None:
    strobe = '[strobe]\nline = "Line1"\nsource = "ExposureActive"\ninverter = true\n'
    assert load(tmp_path, strobe + READY + FEATURES) == [
        ("ExposureTime", 1.0),
        ("LineSelector", "Line1"),
        ("LineMode", "Output"),
        ("LineInverter", True),
        ("LineSource", "ExposureActive"),
        ("UserOutputSelector", "UserOutput0"),
        ("UserOutputValue", False),
        ("LineSelector", "Line2"),
        ("LineMode", "Output"),
        ("LineInverter", False),
        ("LineSource", "UserOutput0"),
    ]


def test_a_timer_is_set_before_the_line_follows_it(tmp_path: Path) -> None:
    strobe = '[strobe]\nline = "Line1"\nmode = "Strobe"\nsource = "Timer0Active"\ndelay_us = 5.0\nduration_us = 80.0\n'
    assert load(tmp_path, FEATURES + strobe)[1:] == [
        ("LineSelector", "Line1"),
        ("LineMode", "Strobe"),
        ("LineInverter", False),
        ("TimerSelector", "Timer0"),
        ("TimerDuration", 80.0),
        ("TimerDelay", 5.0),
        ("TimerTriggerSource", "ExposureStart"),
        ("LineSource", "Timer0Active"),
    ]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('[strobe]\nline = "Line1"\nsource = "UserOutput0"\n', "follows the exposure"),
        ('[strobe]\nline = "Line1"\nsource = "Software"\n', "follows the exposure"),
        ('[strobe]\nline = "Line1"\nsource = "Timer0Active"\n', "duration_us"),
        ('[strobe]\nline = "Line1"\nsource = "ExposureActive"\nduration_us = 5.0\n', "duration_us"),
        ('[strobe]\nline = "Line1"\nsource = "ExposureActive"\nlength = 5.0\n', "strobe.length: there is no such"),
        ('[strobe]\nsource = "ExposureActive"\n', "strobe.line: it is missing"),
        (READY.replace("ready", "reject"), "never drives an ejector"),
        (READY.replace("ready", "Ejector1"), "never drives an ejector"),
        (READY.replace("ready", "disco"), "there is no such lamp"),
        (READY.replace("UserOutput0", "ExposureActive"), "outputs.ready.user_output"),
        (READY + READY.replace("ready", "warning").replace("Output0", "Output1"), "want the same line"),
        (READY + READY.replace("ready", "warning").replace("Line2", "Line3"), "want the same line"),
        (READY + '[strobe]\nline = "Line2"\nsource = "ExposureActive"\n', "want the same line"),
        ("outputs = 3\n", "outputs"),
        ("[outputs]\nready = 1\n", "outputs.ready"),
        ("[lamps]\n", "lamps"),
    ],
)
def test_what_cannot_be_is_named(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        load(tmp_path, text + FEATURES)


def test_the_packaged_simulated_camera_has_a_strobe_and_both_lamps() -> None:
    lines = load_features(packaged_configs()["simulated"]).lines
    assert lines.strobe is not None and set(lines.outputs) == {"ready", "warning"}


class Board(FakeNodes):
    """Two user outputs and the lines they drive; `stuck` lines have a level of their own."""

    def __init__(self) -> None:
        super().__init__(
            UserOutputSelector=Node("UserOutput0", Kind.CHOICE),
            UserOutputValue=Node(False, Kind.BOOLEAN, selected=True),
            LineSelector=Node("Line2", Kind.CHOICE),
            LineStatus=Node(False, Kind.BOOLEAN, Access.READ, selected=True),
        )
        self.levels = {"UserOutput0": False, "UserOutput1": False}
        self.drives = {"Line2": "UserOutput0", "Line3": "UserOutput1"}
        self.inverted = {"Line3"}
        self.stuck: dict[str, bool] = {}
        self.refuses = False

    def write(self, name: str, value: Value) -> None:
        if name == "UserOutputValue":
            if self.refuses:
                raise FeatureError("UserOutputValue = True was refused")
            self.levels[str(self.nodes["UserOutputSelector"].value)] = value is True
        else:
            self.nodes[name].value = value

    def read(self, name: str) -> Value:
        if name == "UserOutputValue":
            return self.levels[str(self.nodes["UserOutputSelector"].value)]
        line = str(self.nodes["LineSelector"].value)
        return self.stuck.get(line, self.levels[self.drives[line]] != (line in self.inverted))


@pytest.fixture
def board() -> Board:
    return Board()


@pytest.fixture
def lamps(board: Board) -> Lamps:
    ready = Output(line="Line2", user_output="UserOutput0")
    return Lamps(board, {"ready": ready, "warning": Output(line="Line3", user_output="UserOutput1", inverter=True)})


def checked(lamps: Lamps) -> str:
    lamps.check()
    lamps.check()
    return lamps.reason


def test_lamps_are_switched_and_read_back(board: Board, lamps: Lamps) -> None:
    assert checked(lamps) == ""
    lamps.set({"ready": True, "warning": False})
    assert board.levels == {"UserOutput0": True, "UserOutput1": False}
    assert checked(lamps) == ""
    lamps.set({"warning": True})
    assert board.levels == {"UserOutput0": False, "UserOutput1": True}
    assert checked(lamps) == ""


def test_a_line_that_does_not_follow_is_a_reason_until_it_does(board: Board, lamps: Lamps) -> None:
    board.stuck["Line2"] = True
    lamps.check()
    assert lamps.reason == ""  # an output takes its time
    lamps.check()
    assert lamps.reason == "lamp ready: Line2 does not follow UserOutput0, which is off"
    board.stuck.clear()
    lamps.check()
    assert lamps.reason == ""


def test_an_output_that_was_changed_by_another_is_written_again(board: Board, lamps: Lamps) -> None:
    lamps.set({"warning": True})
    board.levels["UserOutput1"] = False
    assert checked(lamps) == "lamp warning: UserOutput1 does not stay on"
    assert board.levels["UserOutput1"] is True
    assert checked(lamps) == ""


def test_a_refused_value_is_found_by_reading(board: Board, lamps: Lamps) -> None:
    board.refuses = True
    lamps.set({"ready": True})
    assert checked(lamps) == "lamp ready: UserOutput0 does not stay on"


def test_without_line_status_the_user_output_has_to_do(board: Board, lamps: Lamps) -> None:
    board.nodes["LineStatus"].access = Access.NONE
    board.stuck["Line2"] = True
    assert checked(lamps) == ""
