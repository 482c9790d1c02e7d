# SPDX-License-Identifier: AGPL-3.0-or-later
"""What maintenance looks at: cameras, their settings and limits of their pictures, the plant's counters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from inspector.ipc import Message
from inspector.recipe import Recipe
from inspector.station.cameras import CameraLink


def equipment_document(
    cameras: Iterable[CameraLink], recipe: Recipe, line: Mapping[str, object], line_state: Message
) -> dict[str, object]:
    """Devices and the plant as they are now, for `GET /v1/equipment`.

    Args:
        cameras: All cameras.
        recipe: Has the limits of the image gate.
        line: Backend of the line process, and whether it is simulated; empty before it has come.
        line_state: Its last `line-state`; empty while it is away.
    """
    return {
        "cameras": [_camera(link, recipe) for link in cameras],
        "line": {
            "backend": line.get("backend", ""),
            "simulated": line.get("simulated", False),
            "connected": bool(line_state.get("plant_connected")),
            "ready": bool(line_state.get("ready")),
            "reasons": line_state.get("reasons", []),
            "plc_count": line_state.get("plc_count"),
            "counts": line_state.get("counts") or {},
        },
    }


def _camera(link: CameraLink, recipe: Recipe) -> dict[str, object]:
    identity = {} if link.identity is None else link.identity.fields
    gate = recipe.for_camera(link.settings.name).gate
    return {
        **link.document(),
        "vendor": identity.get("vendor", ""),
        "firmware": identity.get("firmware", ""),
        "settings_digest": identity.get("settings_digest"),
        "settings": "" if link.identity is None else link.identity.settings_text,
        "edges": link.line_count,
        "missed_triggers": link.missed_triggers,
        "limits": {
            "brightness_min_milli": gate.brightness_min_milli,
            "brightness_max_milli": gate.brightness_max_milli,
            "sharpness_min_milli": gate.sharpness_min_milli,
        },
    }
