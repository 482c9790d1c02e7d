# SPDX-License-Identifier: AGPL-3.0-or-later
"""The live picture of each camera, with its name and whether it is ready."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QGridLayout, QWidget

from gui.text import mark, tr
from gui.widgets.picture import PictureView, Shot
from inspector.api.schema import CameraInfo

NONE_YET = mark("no picture yet")
GAP = 6


class LivePictures(QWidget):
    """One view for each camera: a single one fills the place, two stand side by side, more in a square."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(GAP)
        self._views: dict[str, PictureView] = {}
        self._told: dict[str, tuple[bool, str]] = {}
        self._make(("",))

    @property
    def views(self) -> dict[str, PictureView]:
        """The views by name of the camera; one without a name while no camera is known."""
        return self._views

    def show_cameras(self, cameras: Sequence[CameraInfo]) -> None:
        """Show how each camera is; a picture of one that is not ready is taken away, because it is old."""
        names = tuple(camera.name for camera in cameras) or ("",)
        if names != tuple(self._views):
            self._make(names)
        for camera in cameras:
            view = self._views[camera.name]
            view.set_simulated(camera.simulated)
            if self._told.get(camera.name) == (camera.ready, camera.reason):
                continue
            was_ready = self._told.get(camera.name, (True, ""))[0]
            self._told[camera.name] = (camera.ready, camera.reason)
            if not camera.ready:
                view.clear(f"{camera.name}: {camera.reason or tr('no picture')}")
            elif not was_ready:
                view.clear(NONE_YET)
            if len(names) > 1:
                view.show_words(tr("ready") if camera.ready else tr("NOT READY"))

    def show_shot(self, camera: str, shot: Shot) -> None:
        """Show a picture in the place of its camera, or in the only place that there is."""
        view = self._views.get(camera) or (next(iter(self._views.values())) if len(self._views) == 1 else None)
        if view is not None and self._told.get(camera, (True, ""))[0]:
            view.show_shot(shot)

    def clear(self, why: str) -> None:
        """Show no picture of any camera, and why."""
        self._told.clear()
        for view in self._views.values():
            view.clear(why)

    def sizeHint(self) -> QSize:
        return QSize(320, 320)

    def _make(self, names: tuple[str, ...]) -> None:
        for view in self._views.values():
            self._grid.removeWidget(view)
            view.hide()
            view.deleteLater()
        columns = math.ceil(math.sqrt(len(names)))
        self._told.clear()
        self._views = {
            name: PictureView(mark("LIVE") if len(names) == 1 else name, NONE_YET, small=len(names) > 1)
            for name in names
        }
        for index, view in enumerate(self._views.values()):
            self._grid.addWidget(view, index // columns, index % columns)
