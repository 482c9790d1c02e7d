# SPDX-License-Identifier: AGPL-3.0-or-later
"""The check photo: the picture of the product that was chosen, beside what the camera sees now."""

from __future__ import annotations

import time

from PySide6.QtGui import QImage
from PySide6.QtWidgets import QHBoxLayout, QWidget

from gui.changeover.words import facts_of
from gui.shell.bridge import Bridge
from gui.text import mark, tr
from gui.text.times import age_in_words
from gui.widgets.metrics import Metrics
from gui.widgets.pairs import Pairs
from gui.widgets.picture import PictureView, Shot
from inspector.api.recipe_schema import RecipeInfo
from inspector.api.schema import Status
from inspector.errors import InspectorError

NO_PICTURE = mark("no picture is released with this recipe")


class Look(QWidget):
    """Two pictures, and what names the recipe exactly."""

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge
        self._recipe: RecipeInfo | None = None
        self._camera = ""
        self._since_s = 0.0
        self.reference = PictureView(mark("THIS IS THE PRODUCT"), NO_PICTURE)
        self.live = PictureView(mark("THE CAMERA"), mark("no picture yet: put one product in front of the camera"))
        self.facts = Pairs()
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        for widget, share in ((self.reference, 4), (self.live, 4), (self.facts, 3)):
            self._layout.addWidget(widget, share)
        bridge.preview_came.connect(self.refresh)

    def show_recipe(self, recipe: RecipeInfo) -> None:
        """Show another recipe; its picture is asked for."""
        self._recipe, self._since_s = recipe, time.monotonic()
        self.retranslate()
        if not recipe.picture:
            self.reference.clear(NO_PICTURE)
            return
        self.reference.clear(mark("picture follows"))

        def answered(answer: object) -> None:
            if self._recipe is not recipe:
                return  # another one was chosen since
            if isinstance(answer, Shot):
                self.reference.show_shot(answer)
            elif isinstance(answer, InspectorError):
                self.reference.clear(mark("the picture cannot be shown"))

        self._bridge.ask(lambda client: _shot(client.recipe_picture(recipe.product)), answered)

    def show_status(self, status: Status) -> None:
        """Which camera there is, and whether it is simulated."""
        if status.cameras:
            self._camera = status.cameras[0].name
            self.live.set_simulated(status.cameras[0].simulated)

    def refresh(self) -> None:
        """The camera's latest picture, and how old it is: one from before may show the other product."""
        shot, age_s = self._bridge.latest_shot(self._camera), self._bridge.shot_age_s(self._camera)
        if not self.isVisible() or self._recipe is None:
            return
        picture = (tr("picture"), tr("none yet"), True)
        if shot is not None and age_s is not None:
            self.live.show_shot(Shot(shot.image, shot.width, shot.height))
            old = age_s > time.monotonic() - self._since_s
            picture = (tr("picture"), tr("old: {age}", age=age_in_words(age_s)) if old else tr("new"), old)
        self.facts.show_pairs(tr("RECIPE"), [*facts_of(self._recipe), picture])

    def fit(self, metrics: Metrics) -> None:
        """Sizes for this window and screen."""
        self._layout.setSpacing(metrics.gap)

    def retranslate(self) -> None:
        """Another language."""
        self.refresh()


def _shot(data: bytes) -> Shot | InspectorError:
    image = QImage.fromData(data)
    if image.isNull():
        return InspectorError("the picture of the product is damaged", "Give another file")
    return Shot(image, image.width(), image.height())
