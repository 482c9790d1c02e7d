# SPDX-License-Identifier: AGPL-3.0-or-later
"""Settings of the station on each kind of plant."""

from __future__ import annotations

from typing import Any

from inspector.config import Config
from inspector.scenario.io_module import COUNTER, ENABLED, EVENTS, SAFE, TIME
from inspector.scenario.kinds import PlantKind

CAMERA = "cam1"
DECIDE_BY_MS = 300
CONFIRM_BY_MS = 1_500
INPUTS = ("part", "good-lane", "reject-lane", "running", "estop-ok", "bin-full", "air-low")
"""In the order of their addresses; the last one is wired normally closed."""
OUTPUTS = ("pass", "ready", "heartbeat", "warning")


def _points() -> list[dict[str, Any]]:
    points: list[dict[str, Any]] = [
        {"name": name, "module": "in", "kind": "discrete-input", "address": address}
        for address, name in enumerate(INPUTS)
    ]
    points[-1]["contact"] = "nc"
    points.append({"name": "encoder", "module": "in", "kind": "input-register", "address": COUNTER})
    points += [
        {"name": name, "module": "out", "kind": "coil", "address": address} for address, name in enumerate(OUTPUTS)
    ]
    points[-len(OUTPUTS)]["safe"] = {"kind": "holding-register", "address": SAFE}
    return points


def _modules() -> list[dict[str, Any]]:
    watchdog = {
        "enabled": {"kind": "holding-register", "address": ENABLED},
        "time": {"kind": "holding-register", "address": TIME},
        "time_unit_ms": 10,
        "events": {"kind": "input-register", "address": EVENTS},
    }
    return [
        {"name": "in", "host": "simulated"},
        {"name": "out", "host": "simulated", "watchdog": watchdog},
    ]


_SPECIAL: dict[PlantKind, dict[str, Any]] = {
    "plc": {},
    "handshake": {"line": {"backend": "modbus"}, "modbus": {"poll_ms": 10}},
    "remote-io": {
        "line": {"backend": "remote-io", "tracking": "station", "decide_by_ms": 700, "confirm_by_ms": 3_000},
        "remote_io": {"modules": _modules(), "points": _points()},
    },
}


def station_config(plant: PlantKind = "plc") -> Config:
    """Settings of the station: the defaults, but for the shorter way of these small parts."""
    special = _SPECIAL[plant]
    return Config.model_validate(
        {
            **special,
            "station": {"name": "scenario"},
            "cameras": [
                {
                    "name": CAMERA,
                    "producer": "simulator",
                    "features": "camera.toml",
                    "frame_timeout_ms": 150,
                    "pairing_window_ms": 30,
                }
            ],
            "line": {"decide_by_ms": DECIDE_BY_MS, "confirm_by_ms": CONFIRM_BY_MS, **special.get("line", {})},
            "detector": {"package": "none"},
            "recipe": "none",
            "ledger": {"kind": "none"},
            "api": {"preview_hz": 30},
        }
    )
