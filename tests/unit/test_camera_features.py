# SPDX-License-Identifier: AGPL-3.0-or-later
"""Features files and how they are written to a camera, on a node map played by the test."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.camera.features import (
    Access,
    Kind,
    Step,
    Value,
    apply_features,
    load_features,
    packaged_configs,
)
from inspector.errors import ConfigError, FeatureError, InspectorError


@dataclass
class Node:
    value: Value
    kind: Kind = Kind.FLOAT
    access: Access = Access.BOTH
    choices: list[str] = field(default_factory=list)
    step: float = 0.0
    limit: float = 1e12
    selected: bool = False


class FakeNodes:
    """A camera of which only the features exist; `coupled` features are lowered when another is written."""

    def __init__(self, **nodes: Node) -> None:
        self.nodes = nodes
        self.log: list[tuple[str, Value]] = []
        self.lowers: dict[str, tuple[str, Value]] = {}

    def names(self) -> list[str]:
        return list(self.nodes)

    def access(self, name: str) -> Access:
        return self.nodes[name].access

    def kind(self, name: str) -> Kind:
        return self.nodes[name].kind

    def choices(self, name: str) -> list[str]:
        return self.nodes[name].choices

    def limits(self, name: str) -> str:
        return f"0 to {self.nodes[name].limit}"

    def selected(self, name: str) -> bool:
        return self.nodes[name].selected

    def read(self, name: str) -> Value:
        return self.nodes[name].value

    def write(self, name: str, value: Value) -> None:
        node = self.nodes[name]
        if isinstance(value, int | float) and value > node.limit:
            raise FeatureError(f"{name} = {value} was refused")
        if node.step and isinstance(value, int | float):
            value = round(value / node.step) * node.step
        self.log.append((name, value))
        node.value = value
        if name in self.lowers:
            other, lowered = self.lowers[name]
            self.nodes[other].value = lowered


def apply(nodes: FakeNodes, **features: Value) -> list[str]:
    return apply_features(nodes, tuple(Step(name, value) for name, value in features.items()))


def test_features_are_written_in_the_order_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "camera.toml"
    path.write_text(
        '[[features]]\nTriggerSelector = "FrameStart"\nTriggerMode = "On"\n'
        '[[features]]\nTriggerSelector = "AcquisitionStart"\nTriggerMode = "Off"\n',
        "utf-8",
    )
    selector = Node("", Kind.CHOICE, choices=["FrameStart", "AcquisitionStart"])
    nodes = FakeNodes(TriggerSelector=selector, TriggerMode=Node("", Kind.CHOICE, choices=["On", "Off"], selected=True))
    read = load_features(path)
    assert apply_features(nodes, read.steps) == []
    assert nodes.log == [(step.name, step.value) for step in read.steps]
    assert [value for _, value in nodes.log] == ["FrameStart", "On", "AcquisitionStart", "Off"]


def test_rounding_is_fine_and_more_is_a_difference() -> None:
    assert apply(FakeNodes(ExposureTime=Node(0.0, step=3.0)), ExposureTime=1000.0) == []
    (line,) = apply(FakeNodes(ExposureTime=Node(0.0, step=700.0)), ExposureTime=1000)
    assert "1000" in line and "700" in line


def test_a_fixed_choice_that_is_as_it_should_be_is_fine() -> None:
    fixed = FakeNodes(LineMode=Node("Output", Kind.CHOICE, Access.READ, choices=["Output"]))
    assert apply(fixed, LineMode="Output") == []
    with pytest.raises(FeatureError, match="read-only"):
        apply(fixed, LineMode="Input")


@pytest.mark.parametrize("name", ["LineDebouncerTimeAbs", "lineDebouncingPeriod", "LineFilterWidth"])
def test_the_debouncer_has_many_names_and_may_take_whole_numbers(name: str) -> None:
    nodes = FakeNodes(**{name: Node(0, Kind.INTEGER)})
    assert apply(nodes, LineDebouncerTime=50.0) == []
    assert nodes.log == [(name, 50)] and isinstance(nodes.log[0][1], int)


def test_what_a_later_feature_changes_is_a_difference() -> None:
    nodes = FakeNodes(ExposureTime=Node(0.0), AcquisitionFrameRate=Node(0.0))
    nodes.lowers["AcquisitionFrameRate"] = ("ExposureTime", 500.0)
    (line,) = apply(nodes, ExposureTime=20_000.0, AcquisitionFrameRate=2000.0)
    assert "ExposureTime" in line and "500" in line


@pytest.mark.parametrize(
    ("name", "alias"),
    [
        ("ExposureTime", "ExposureTimeAbs"),
        ("AcquisitionFrameRate", "AcquisitionFrameRateAbs"),
        ("TriggerDelay", "TriggerDelayAbs"),
        ("Gain", "GainAbs"),
        ("LineDebouncerTime", "LineDebouncerTimeAbs"),
    ],
)
def test_older_names_are_found(name: str, alias: str) -> None:
    nodes = FakeNodes(**{alias: Node(0.0)})
    assert apply(nodes, **{name: 12.5}) == []
    assert nodes.log == [(alias, 12.5)]


def test_the_modern_name_wins_over_the_older_one() -> None:
    nodes = FakeNodes(ExposureTimeAbs=Node(0.0), ExposureTime=Node(0.0))
    apply(nodes, ExposureTime=10.0)
    assert nodes.log == [("ExposureTime", 10.0)]


def test_device_units_are_converted_only_where_the_camera_says_how() -> None:
    nodes = FakeNodes(ExposureTimeRaw=Node(0, Kind.INTEGER), ExposureTimeBaseAbs=Node(20.0))
    assert apply(nodes, ExposureTime=1000.0) == []
    assert nodes.log == [("ExposureTimeRaw", 50)]
    with pytest.raises(FeatureError) as caught:
        apply(FakeNodes(GainRaw=Node(0, Kind.INTEGER)), Gain=6.0)
    assert "GainRaw" in caught.value.advice
    assert apply(FakeNodes(GainRaw=Node(0, Kind.INTEGER)), GainRaw=300) == []


def test_an_unknown_feature_names_what_is_close() -> None:
    with pytest.raises(FeatureError) as caught:
        apply(FakeNodes(ExposureTime=Node(0.0), Gain=Node(0.0)), ExposurTime=1.0)
    assert "ExposureTime" in caught.value.advice


@pytest.mark.parametrize(
    ("node", "value", "text"),
    [
        (Node(1.0, access=Access.READ), 1.0, "read-only"),
        (Node(1.0, access=Access.NONE), 1.0, "not available"),
        (Node(1.0, limit=10.0), 11.0, "refused"),
        (Node(1.0), "fast", "does not fit"),
        (Node(1.0), True, "does not fit"),
        (Node(1, Kind.INTEGER), 1.5, "does not fit"),
        (Node(1, Kind.INTEGER), True, "does not fit"),
        (Node(True, Kind.BOOLEAN), 1, "does not fit"),
        (Node("", Kind.TEXT), 1, "does not fit"),
        (Node("", Kind.COMMAND), False, "does not fit"),
        (Node("", Kind.OTHER), 1, "does not fit"),
        (Node("Off", Kind.CHOICE, choices=["Off", "On"]), "Auto", "no entry"),
    ],
)
def test_what_cannot_be_written_is_an_error_and_optional_ones_a_difference(node: Node, value: Value, text: str) -> None:
    with pytest.raises(FeatureError, match=text):
        apply(FakeNodes(Feature=node), Feature=value)
    (line,) = apply_features(FakeNodes(Feature=node), (Step("Feature", value, optional=True),))
    assert text in line


def test_a_choice_that_does_not_stay_is_an_error() -> None:
    nodes = FakeNodes(TriggerMode=Node("Off", Kind.CHOICE, choices=["Off", "On"]))
    nodes.lowers["TriggerMode"] = ("TriggerMode", "Off")
    with pytest.raises(FeatureError, match="reads 'Off'"):
        apply(nodes, TriggerMode="On")


def test_commands_are_executed_and_not_read() -> None:
    nodes = FakeNodes(UserSetLoad=Node(False, Kind.COMMAND, Access.WRITE))
    assert apply(nodes, UserSetLoad=True) == []
    assert nodes.log == [("UserSetLoad", True)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[[features]\n",
        "features = 3\n",
        "[[features]]\nGain = [1]\n",
        "[[features]]\noptional = 1\n",
        "[[feature]]\nGain = 1\n",
        "[camera]\n[[features]]\nGain = 1\n",
        "features = [1]\n",
    ],
)
def test_a_broken_file_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "camera.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigError):
        load_features(path)


@given(data=st.binary(max_size=200))
def test_any_bytes_give_features_or_one_of_our_errors(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("features") / "camera.toml"
    path.write_bytes(data)
    try:
        load_features(path)
    except InspectorError as error:
        assert str(path) in error.message


def test_every_packaged_file_triggers_by_hardware_and_switches_all_automatics_off() -> None:
    configs = packaged_configs()
    assert set(configs) == {"simulated", "basler-ace", "allied-vision-alvium", "hikrobot", "flir-blackfly"}
    for path in configs.values():
        steps = {step.name: step for step in load_features(path).steps}
        assert (steps["TriggerMode"].value, steps["TriggerActivation"].value) == ("On", "RisingEdge")
        assert str(steps["TriggerSource"].value).startswith("Line")
        assert not steps["TriggerMode"].optional and not steps["TriggerSource"].optional
        assert steps["ExposureAuto"].value == steps["GainAuto"].value == "Off"
        assert "PixelFormat" in steps
