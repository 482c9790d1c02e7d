# SPDX-License-Identifier: AGPL-3.0-or-later
"""The features of a camera for people: read between frames, compared with the file, and never in the way."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from inspector.camera.feature_survey import PAUSE_NS, FeatureSurvey
from inspector.camera.feature_tree import FeatureTree, differs, wanted_values
from inspector.camera.features import Access, Described, FeatureFile, Kind, Step, Value
from inspector.clock import SimulatedClock
from inspector.errors import CameraLost
from inspector.ipc import Message


@dataclass
class Node:
    value: Value | None
    kind: Kind = Kind.FLOAT
    access: Access = Access.BOTH
    path: tuple[str, ...] = ("AcquisitionControl",)
    selected_by: tuple[str, ...] = ()


class Nodes:
    """A node map of a few features that counts what it is asked."""

    def __init__(self, **nodes: Node) -> None:
        self.nodes = nodes
        self.read: list[str] = []
        self.gone = False

    def names(self) -> list[str]:
        return list(self.nodes)

    def outline(self) -> list[tuple[tuple[str, ...], str]]:
        if self.gone:
            raise CameraLost("the camera is gone")
        return [(node.path, name) for name, node in self.nodes.items()]

    def describe(self, name: str) -> Described:
        node = self.nodes[name]
        return Described(f"The {name}", node.kind, node.access, unit="us", minimum=1.0, selected_by=node.selected_by)

    def peek(self, name: str) -> Value | None:
        self.read.append(name)
        return self.nodes[name].value


def settings(**wanted: Value) -> FeatureFile:
    return FeatureFile("text", "ab" * 32, tuple(Step(name, value) for name, value in wanted.items()))


NODES = {
    "ExposureTimeAbs": Node(100.2),
    "Gain": Node(2.0),
    "GainAuto": Node("Off", Kind.CHOICE),
    "TriggerMode": Node("On", Kind.CHOICE, selected_by=("TriggerSelector",)),
    "TriggerSoftware": Node(None, Kind.COMMAND, Access.WRITE),
    "DeviceTemperature": Node(None, access=Access.READ, path=("DeviceControl", "Temperatures")),
}
FILE = settings(ExposureTime=100.0, Gain=1.0, GainAuto="Off", TriggerMode="Off", NotThere=1)


def test_values_stand_beside_what_the_file_asks_for() -> None:
    tree = FeatureTree(Nodes(**NODES), FILE)  # type: ignore[arg-type]
    while not tree.read_one():
        pass
    document = tree.document()
    found = {str(one["name"]): one for one in document["features"]}  # type: ignore[attr-defined]
    assert document["settings_digest"] == "ab" * 32
    names = ("ExposureTimeAbs", "Gain", "GainAuto", "TriggerMode", "TriggerSoftware", "DeviceTemperature")
    assert [(found[name]["file_value"], found[name]["differs"]) for name in names] == [
        ("100", False),  # the older name of the same feature, and no more than the rounding of cameras
        ("1", True),
        ("Off", False),
        ("Off", None),  # of which setting of the selector nobody can say
        (None, None),
        (None, None),
    ]
    assert (found["TriggerSoftware"]["readable"], found["DeviceTemperature"]["readable"]) == (False, True)
    assert found["DeviceTemperature"]["path"] == ["DeviceControl", "Temperatures"]
    assert (found["Gain"]["value"], found["Gain"]["unit"], found["Gain"]["display_name"]) == ("2", "us", "The Gain")


@pytest.mark.parametrize(
    ("wanted", "value", "other"),
    [
        (True, True, False),
        (True, False, True),
        (1, 1.001, False),
        (0, 0.001, True),
        ("1", 1, False),
        ("On", "Off", True),
    ],
)
def test_what_differs(wanted: Value, value: Value, other: bool) -> None:
    assert differs(wanted, value) is other


def test_a_feature_in_device_units_is_not_compared_by_guess() -> None:
    assert wanted_values(["ExposureTimeRaw"], (Step("ExposureTime", 100.0), Step("Width", 8))) == {}


class Camera:
    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes

    def nodes(self) -> Nodes:
        return self._nodes


class Station:
    def __init__(self) -> None:
        self.heard: list[Message] = []

    def send(self, _peer: str, message: Message) -> bool:
        self.heard.append(message)
        return True


@pytest.fixture
def bench() -> tuple[FeatureSurvey, Nodes, Station, SimulatedClock]:
    station, clock = Station(), SimulatedClock()
    return FeatureSurvey("cam1", station, clock), Nodes(**NODES), station, clock  # type: ignore[arg-type]


Bench = tuple[FeatureSurvey, Nodes, Station, SimulatedClock]


def test_between_frames_one_feature_is_read_at_a_time_with_pauses(bench: Bench) -> None:
    survey, nodes, station, clock = bench
    survey.opened(Camera(nodes), FILE)  # type: ignore[arg-type]
    survey.go_on(True)
    assert nodes.read == []  # nobody asks
    survey.ask("q1", "")
    survey.ask("q2", "")
    for _ in range(5):
        survey.go_on(True)
    assert nodes.read == ["ExposureTimeAbs"]
    for _ in NODES:
        clock.advance_ms(PAUSE_NS / 1e6)
        survey.go_on(True)
    assert [(one["id"], one["ok"], len(one["result"]["features"])) for one in station.heard] == [
        ("q1", True, len(NODES)),
        ("q2", True, len(NODES)),
    ]
    assert nodes.read.count("Gain") == 1
    survey.go_on(True)
    assert len(station.heard) == 2


def test_without_pictures_nothing_is_waited_for(bench: Bench) -> None:
    survey, nodes, station, _ = bench
    survey.opened(Camera(nodes), FILE)  # type: ignore[arg-type]
    survey.ask("q1", "")
    for _ in NODES:
        survey.go_on(False)
    assert [one["ok"] for one in station.heard] == [True]


def test_a_camera_that_is_not_open_or_is_lost_meanwhile_is_said_so(bench: Bench) -> None:
    survey, nodes, station, _ = bench
    survey.ask("q1", "no camera found")
    survey.opened(Camera(nodes), FILE)  # type: ignore[arg-type]
    survey.ask("q2", "")
    survey.go_on(False)
    survey.lost("the cable was pulled")
    survey.go_on(False)
    survey.opened(Camera(nodes), FILE)  # type: ignore[arg-type]
    nodes.gone = True
    survey.ask("q3", "")
    assert [(one["id"], one["ok"], one["error"]["message"]) for one in station.heard] == [
        ("q1", False, "camera cam1: no camera found"),
        ("q2", False, "camera cam1: the cable was pulled"),
        ("q3", False, "camera cam1: the camera is gone"),
    ]
    survey.ask("q4", "")
    survey.forget()
    survey.go_on(False)
    assert len(station.heard) == 4 and station.heard[3]["id"] == "q4"  # refused at once; nobody waits any more
