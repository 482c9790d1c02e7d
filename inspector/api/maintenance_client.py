# SPDX-License-Identifier: AGPL-3.0-or-later
"""The questions and commands of a client that mends the line."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TypeVar
from urllib.parse import quote

from pydantic import BaseModel

from inspector.api.answers import command, parsed
from inspector.api.maintenance_schema import (
    CameraFeatures,
    IoPoints,
    ManualBegin,
    ManualDone,
    ManualForce,
    ManualStep,
    OutputForced,
    OutputsHeld,
)

T = TypeVar("T", bound=BaseModel)

FEATURES_TIMEOUT_S = 30.0
ANSWER_TIMEOUT_S = 20.0


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

    def begin_manual(self, reason: str, operator: str | None = None) -> ManualDone:
        """Switch to manual.

        Raises:
            ManualRefused: A shift is open, or it is on already.
            RequestInvalid, LoginNeeded, RoleRefused, StationTimeout, StationAway, ApiAway: As `open_shift`.
        """
        body = command(ManualBegin, operator=operator, reason=reason)
        return parsed(ManualDone, self._request("POST", "/v1/manual/begin", body, ANSWER_TIMEOUT_S))

    def force(self, output: str, on: bool, for_ms: int, operator: str | None = None) -> OutputForced:
        """Force one output for a time; without `keep_manual` it falls back after two seconds.

        Raises:
            ManualRefused: Manual mode is not on, or it is somebody else's, or the time is too long.
            DeviceError: The line refuses: nobody forces this output, or the belt does not stand.
            RequestInvalid, LoginNeeded, RoleRefused, StationTimeout, StationAway, ApiAway: As `open_shift`.
        """
        body = command(ManualForce, operator=operator, output=output, on=on, for_ms=for_ms)
        return parsed(OutputForced, self._request("POST", "/v1/manual/force", body, ANSWER_TIMEOUT_S))

    def keep_manual(self, operator: str | None = None) -> OutputsHeld:
        """Say that who holds outputs is still there. Raises as `force`."""
        return self._step(OutputsHeld, "keep", operator)

    def release_outputs(self, operator: str | None = None) -> OutputsHeld:
        """End all forced outputs. Raises as `force`."""
        return self._step(OutputsHeld, "release", operator)

    def end_manual(self, operator: str | None = None) -> ManualDone:
        """End manual mode, also somebody else's. Raises as `begin_manual`."""
        return self._step(ManualDone, "end", operator)

    def _step(self, model: type[T], what: str, operator: str | None) -> T:
        body = command(ManualStep, operator=operator)
        return parsed(model, self._request("POST", f"/v1/manual/{what}", body, ANSWER_TIMEOUT_S))
