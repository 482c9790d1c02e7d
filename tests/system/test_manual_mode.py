# SPDX-License-Identifier: AGPL-3.0-or-later
"""Manual mode on a running station: the gate is opened by hand, and shuts by itself whoever dies."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from inspector.api.client import ApiClient
from inspector.cli.main import main
from inspector.errors import DeviceError, InspectorError, ManualRefused, ShiftError
from tests.rig import StationRig, until

GATE = "gate"
LONG_MS = 10_000


def answered(question: Callable[[], object]) -> bool:
    try:
        return bool(question())
    except InspectorError:
        return False  # api or station are being started again


def gate_is(client: ApiClient, opened: bool) -> Callable[[], bool]:
    """By the plant's own limit switch, not by what was written."""

    def look() -> bool:
        points = {point.name: point for point in client.line_points().points}
        return points["gate-open"].on is opened

    return lambda: answered(look)


def shut(client: ApiClient, why: str) -> None:
    """The gate is, and the station knows it."""
    until(gate_is(client, False), f"gate shut {why}")
    until(lambda: answered(lambda: not (found := client.status().manual) or not found.forced), f"known {why}")


def steps(rig: StationRig) -> list[str]:
    return [str(one["state"]) for one in rig.records("state") if str(one["state"]).startswith("manual")]


def held_open(client: ApiClient) -> None:
    """The gate, held by somebody who keeps saying so for as long as it opens."""
    client.force(GATE, True, LONG_MS, "ada")

    def opened() -> bool:
        client.keep_manual("ada")
        return gate_is(client, True)()

    until(opened, "gate open")


def forced_and_recorded(rig: StationRig) -> None:
    with closing(ApiClient(rig.directory)) as client:
        until(lambda: answered(client.status), "api")
        with pytest.raises(ManualRefused, match="not on"):
            client.force(GATE, True, 1_000, "ada")
        client.begin_manual("the gate sticks", "ada")
        until(lambda: client.status().reasons[0].message == "MANUAL - outputs are forced by ada", "words")
        status = client.status()
        assert status.manual is not None and status.manual.by == "ada" and not status.ready
        for refused in ("ready", "pass", "heartbeat", "nothing"):
            with pytest.raises(DeviceError, match="nobody forces"):
                client.force(refused, True, 1_000, "ada")
        with pytest.raises(ManualRefused, match="ada's"):
            client.force(GATE, True, 1_000, "bob")
        with pytest.raises(ShiftError, match="outputs are forced by ada"):
            client.open_shift("L1", "ada")
        client.force(GATE, True, 400, "ada")
        until(gate_is(client, True), "gate open")
        shut(client, "by its time")
        held_open(client)
        shut(client, "because nobody says that they are still there")
        held_open(client)
        client.release_outputs("ada")
        shut(client, "let go")
        client.end_manual("bob")
        assert client.status().manual is None
    assert steps(rig)[0] == "manual-begin" and steps(rig)[-1] == "manual-end"
    assert steps(rig).count("manual-force") == 4 + 3
    assert steps(rig).count("manual-release") == 4 + 3
    words = " ".join(str(one["reasons"]) for one in rig.records("state"))
    assert "gate on for 400 ms" in words and "ada" not in words.replace("the gate sticks", "")


def dies(rig: StationRig, role: str) -> None:
    """Kill one process while the gate is held open."""
    with closing(ApiClient(rig.directory)) as client:
        client.begin_manual("tried", "ada")
        held_open(client)
        rig.kill(role)
        until(gate_is(client, False), f"gate shut after {role}")
        until(lambda: answered(lambda: client.status().line.connected), "everybody is back")
        shut(client, f"after {role}")
        if client.status().manual is not None:
            client.end_manual("ada")
    assert steps(rig)[-1] == "manual-end"


def by_command(rig: StationRig, capsys: pytest.CaptureFixture[str]) -> None:
    station = ["--station", str(rig.directory)]
    assert main(["line", "points", *station, "--json"]) == 0
    points = {point["name"]: point for point in json.loads(capsys.readouterr().out)["points"]}
    assert points[GATE]["forceable"] and not points["ready"]["forceable"]
    assert main(["line", "points", *station]) == 0
    assert "gate-open" in capsys.readouterr().out
    who = ["--operator", "ada", "--reason", "tried"]
    assert main(["line", "force", *station, *who, "--output", GATE, "--seconds", "0.2", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["for_ms"] == 200
    assert main(["line", "force", *station, *who, "--output", "ready"]) == 3
    assert steps(rig)[-1] == "manual-end" and rig.status()["manual"] is None


def runs_as_ever(rig: StationRig) -> None:
    rig.wait_ready_to_open()
    rig.open_shift()
    rig.wait_ready()
    with closing(ApiClient(rig.directory)) as client, pytest.raises(ManualRefused, match="a shift is open"):
        client.begin_manual("now", "ada")
    rig.wait_parts(4)
    rig.close_shift()


def test_the_gate_is_opened_by_hand_and_shuts_whoever_dies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with StationRig(tmp_path / "station", parts=4) as rig:
        rig.wait_ready_to_open()
        forced_and_recorded(rig)
        for role in ("api", "line"):
            dies(rig, role)
        by_command(rig, capsys)
        runs_as_ever(rig)
    assert rig.verify().exit_code == 0
