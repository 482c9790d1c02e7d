# SPDX-License-Identifier: AGPL-3.0-or-later
"""Stored pictures for tiles: fetched and decoded in threads, a few at a time, and only as many kept as are shown."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QImage

from gui.shell.bridge import Bridge
from gui.text import tr
from gui.text.said import said
from gui.widgets.picture import Shot
from inspector.api.client import ApiClient
from inspector.api.part_schema import PartEvent
from inspector.errors import InspectorError, NotFound

AT_ONCE = 3
"""Questions to the api that wait for their answer; it serves other screens, too."""
AGAIN_MS = 900
TRIES = 6
"""A new picture is written a moment after its verdict."""

Took = Callable[[Shot | str], None]
"""Takes a picture, or words why there is none."""


class Pictures(QObject):
    """Pictures of parts by the digest of their pixels; used in Qt's thread.

    Args:
        bridge: To ask the station.
        kept: So many are kept.
        side_px: They are kept at most this large.
    """

    def __init__(self, bridge: Bridge, kept: int, side_px: int) -> None:
        super().__init__()
        self._bridge = bridge
        self._kept = kept
        self._side_px = side_px
        self._shots: OrderedDict[str, Shot] = OrderedDict()
        self._waiting: deque[tuple[PartEvent, Took, int]] = deque()
        self._asked = 0

    def __len__(self) -> int:
        return len(self._shots)

    def forget_waiting(self) -> None:
        """What was wished for is shown no longer: what has not been asked yet is not asked."""
        self._waiting.clear()

    def wish(self, part: PartEvent, took: Took) -> None:
        """Have a picture as soon as it is here; at most as many wishes wait as pictures are kept.

        Args:
            part: Whose.
            took: Called with the picture, at once if it is here already.
        """
        if part.image is None:
            took(tr("there is no picture of this part"))
            return
        shot = self._shots.get(part.image)
        if shot is not None:
            self._shots.move_to_end(part.image)
            took(Shot(shot.image, shot.width, shot.height, part.boxes))
            return
        self._wait(part, took, TRIES)

    def _wait(self, part: PartEvent, took: Took, tries: int) -> None:
        if len(self._waiting) >= self._kept:
            self._waiting.popleft()
        self._waiting.append((part, took, tries))
        self._ask_next()

    def _ask_next(self) -> None:
        while self._waiting and self._asked < AT_ONCE:
            self._asked += 1
            self._ask(*self._waiting.popleft())

    def _ask(self, part: PartEvent, took: Took, tries: int) -> None:
        def done(answer: object) -> None:
            self._asked -= 1
            if isinstance(answer, Shot):
                self._keep(part, answer)
                took(answer)
            elif isinstance(answer, NotFound) and tries > 1 and "erased" not in answer.message:
                took(tr("picture follows"))
                QTimer.singleShot(AGAIN_MS, self, lambda: self._wait(part, took, tries - 1))
            elif isinstance(answer, InspectorError):
                took(said(answer.message))
            self._ask_next()

        self._bridge.ask(lambda client: stored_shot(client, part, self._side_px), done)

    def _keep(self, part: PartEvent, shot: Shot) -> None:
        if part.image is not None:
            self._shots[part.image] = shot
        while len(self._shots) > self._kept:
            self._shots.popitem(last=False)


def stored_shot(client: ApiClient, part: PartEvent, side_px: int) -> Shot:
    """The stored picture of a part, made small; not called in Qt's thread.

    Args:
        client: To ask with.
        part: Whose picture.
        side_px: Its longer side is at most this long, pixels.

    Raises:
        NotFound: There is none, or not yet.
        InspectorError: The api does not answer.
    """
    if part.image is None:
        raise NotFound(f"part {part.plc_count} has no image")
    image = QImage.fromData(client.image(part.image))
    if image.isNull():
        raise NotFound(f"image {part.image} is no picture")
    width, height = image.width(), image.height()
    if max(width, height) > side_px:
        smooth = Qt.TransformationMode.SmoothTransformation
        image = image.scaled(side_px, side_px, Qt.AspectRatioMode.KeepAspectRatio, smooth)
    return Shot(image, width, height, part.boxes)
