# SPDX-License-Identifier: AGPL-3.0-or-later
"""The questions and commands of a client that mends the line."""

from __future__ import annotations

from abc import ABC, abstractmethod
from urllib.parse import quote

from pydantic import BaseModel

from inspector.api.answers import parsed
from inspector.api.maintenance_schema import CameraFeatures, IoPoints

FEATURES_TIMEOUT_S = 30.0


class MaintenanceCalls(ABC):
    """Part of `inspector.api.client.ApiClient`, which sends; what is raised stands there."""

    @abstractmethod
    def _request(self, method: str, path: str, command: BaseModel | None = None, timeout_s: float = 5.0) -> bytes:
        """Send a request; the body of its answer."""

    def line_points(self) -> IoPoints:
        """Every input and output of the line, with raw values and times.

        Raises:
            DeviceError: The line process does not answer.
            StationTimeout, StationAway, ApiAway: As `open_shift`.
        """
        return parsed(IoPoints, self._request("GET", "/v1/line/points"))

    def camera_features(self, camera: str) -> CameraFeatures:
        """Every feature of a camera.

        Raises:
            NotFound: There is no such camera.
            DeviceError: It is not open, or does not answer.
            StationTimeout, StationAway, ApiAway: As `open_shift`.
        """
        path = f"/v1/cameras/{quote(camera, safe='')}/features"
        return parsed(CameraFeatures, self._request("GET", path, None, FEATURES_TIMEOUT_S))
