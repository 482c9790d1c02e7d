# SPDX-License-Identifier: AGPL-3.0-or-later
"""Documents about the devices of a station, for maintenance."""

from __future__ import annotations

from inspector.api.schema import CameraInfo, Count, Document, Problem, Sha256


class GateLimits(Document):
    """When a picture is good enough to be judged: mean grey level and variance of the Laplacian, in 1/1000."""

    brightness_min_milli: Count
    brightness_max_milli: Count
    sharpness_min_milli: Count


class CameraEquipment(CameraInfo):
    """One camera: `edges` were seen on its trigger line, of which it missed `missed_triggers`; null: not known.

    `settings` is the text of the features file that it was set by, `settings_digest` what `shift-open` has of it.
    """

    vendor: str = ""
    firmware: str = ""
    settings_digest: Sha256 | None = None
    settings: str = ""
    edges: int | None = None
    missed_triggers: int | None = None
    limits: GateLimits


class PlantCounts(Document):
    """What the plant's own sensors counted since the line process connected; null before they told."""

    infeed: int | None = None
    good: int | None = None
    reject: int | None = None


class LineEquipment(Document):
    """The line process, and the plant behind it."""

    backend: str = ""
    simulated: bool = False
    connected: bool
    ready: bool
    reasons: tuple[Problem, ...] = ()
    plc_count: int | None = None
    counts: PlantCounts = PlantCounts()


class Equipment(Document):
    """All devices as they are now."""

    cameras: tuple[CameraEquipment, ...]
    line: LineEquipment
