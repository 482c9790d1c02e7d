# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the screen of trends asks for, and what comes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from inspector.api.client import ApiClient
from inspector.api.trend_schema import DefectPositions, Trends
from inspector.errors import InspectorError

SHOWN_PX = 800


@dataclass(frozen=True)
class TrendQuestion:
    """What is looked at.

    Attributes:
        since: From then on, with its offset from UTC; None: always.
        lot: Only this lot; None: all.
        by: What a point is.
        defect: Map of this class only; None: all.
    """

    since: datetime | None
    lot: str | None
    by: Literal["hour", "shift"]
    defect: str | None


@dataclass(frozen=True)
class TrendAnswer:
    """Counts, places, and a picture of each camera by its name."""

    trends: Trends
    positions: DefectPositions
    images: dict[str, QImage] = field(default_factory=dict)


def ask_trends(client: ApiClient, asked: TrendQuestion) -> TrendAnswer:
    """Ask for all of it. Raises as `ApiClient.trends`; a picture that is gone is left out."""
    trends = client.trends(since=asked.since, lot=asked.lot, by=asked.by)
    positions = client.positions(since=asked.since, lot=asked.lot, defect=asked.defect)
    images = {}
    for one in positions.maps:
        try:
            image = QImage.fromData(client.image(one.image))
        except InspectorError:
            continue  # erased by its rule, or not written yet: the map stands without it
        if not image.isNull():
            images[one.camera] = image.scaled(SHOWN_PX, SHOWN_PX, Qt.AspectRatioMode.KeepAspectRatio)
    return TrendAnswer(trends, positions, images)
