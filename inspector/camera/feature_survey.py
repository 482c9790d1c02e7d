# SPDX-License-Identifier: AGPL-3.0-or-later
"""Answers who asks for the features of the camera, without ever being in the way of a picture."""

from __future__ import annotations

import logging

from inspector.camera.feature_tree import FeatureTree
from inspector.camera.features import FeatureFile
from inspector.camera.protocol import Camera
from inspector.clock import Clock
from inspector.errors import InspectorError
from inspector.ipc import Connections, Message

log = logging.getLogger(__name__)

PAUSE_NS = 5_000_000
"""While pictures may come: so long between two features, in which the device belongs to them alone."""


class FeatureSurvey:
    """One camera, over all its openings.

    Args:
        name: Of the camera in the settings.
        hub: Where the station is.
        clock: Time.
    """

    def __init__(self, name: str, hub: Connections, clock: Clock) -> None:
        self._name = name
        self._hub = hub
        self._clock = clock
        self._open: tuple[Camera, FeatureFile] | None = None
        self._tree: FeatureTree | None = None
        self._asking: list[str] = []
        self._next_ns = 0

    def opened(self, camera: Camera, settings: FeatureFile) -> None:
        """The camera is open and its features are written."""
        self._open = (camera, settings)

    def lost(self, reason: str) -> None:
        """The camera does not answer any more."""
        self._open = None
        self._refuse(reason)

    def forget(self) -> None:
        """Who asked is gone."""
        self._asking.clear()
        self._tree = None

    def ask(self, number: str, reason: str) -> None:
        """Somebody wants all features.

        Args:
            number: Goes with the answer.
            reason: Why the camera is not open, if it is not.
        """
        self._asking.append(number)
        if self._open is None:
            self._refuse(reason)
        elif self._tree is None:
            camera, settings = self._open
            try:
                self._tree = FeatureTree(camera.nodes(), settings)
            except InspectorError as error:
                self._refuse(error.message)

    def go_on(self, pictures_may_come: bool) -> None:
        """Called when there is no frame: read one feature, if anybody waits for it."""
        if self._tree is None:
            return
        now_ns = self._clock.monotonic_ns()
        if pictures_may_come and now_ns < self._next_ns:
            return
        try:
            done = self._tree.read_one()
        except InspectorError as error:
            self._refuse(error.message)
            return
        self._next_ns = self._clock.monotonic_ns() + PAUSE_NS
        if done:
            self._answer({"ok": True, "result": self._tree.document()})

    def _refuse(self, reason: str) -> None:
        words = f"camera {self._name}: {reason}"
        self._answer({"ok": False, "error": {"message": words, "advice": "Ask again when the camera is ready"}})

    def _answer(self, answer: Message) -> None:
        for number in self._asking:
            self._hub.send("station", {"type": "answer", "id": number, **answer})
        self.forget()
