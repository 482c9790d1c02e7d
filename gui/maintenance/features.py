# SPDX-License-Identifier: AGPL-3.0-or-later
"""The page of a camera's features: a tree of categories, search, what differs from the settings file. Read only."""

from __future__ import annotations

import time

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from gui.maintenance.feature_rows import LEVELS, FeatureRows, category_of, items_of, value_words
from gui.shell.bridge import Bridge
from gui.text import mark, tr
from gui.widgets.form import Label, button, field
from gui.widgets.metrics import Metrics
from gui.widgets.pairs import Pair, Pairs
from inspector.api.maintenance_schema import CameraFeature, CameraFeatures
from inspector.errors import InspectorError

LONGEST_SEARCH = 40
NOTHING = "-"
READ_ONLY = mark("Read only: the camera's settings file sets the features, and a change of it is approved.")
LEVEL_WORDS = {"beginner": mark("BASIC"), "expert": mark("EXPERT"), "guru": mark("GURU")}


class FeaturesPage(QWidget):
    """Asks the camera when it comes to the front, and when somebody asks for it; never by itself.

    Args:
        bridge: To ask the station.
    """

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge
        self._camera = ""
        self._asked = ""
        self._found: CameraFeatures | InspectorError | None = None
        self._read_at = ""
        self._opened = self._choice = ""
        self._level = LEVELS[0]
        self.head = Label()
        self.search = field(mark("Search: part of a name"), LONGEST_SEARCH)
        self.levels = {level: button(LEVEL_WORDS[level], "plain") for level in LEVELS}
        self.differing = button("", "plain")
        self.again = button(mark("READ AGAIN"), "plain")
        self.rows = FeatureRows()
        self.details = Pairs(0.34)
        self.note = Label(READ_ONLY)
        self._lay_out()
        self._connect()
        self.retranslate()

    @property
    def features(self) -> tuple[CameraFeature, ...]:
        """What was read last; nothing while it is not known."""
        return self._found.features if isinstance(self._found, CameraFeatures) else ()

    @property
    def reading(self) -> bool:
        """Whether the camera is being asked now."""
        return self._asked == self._camera != ""

    def choose(self, camera: str) -> None:
        """Another camera; it is asked when the page comes to the front."""
        if camera != self._camera:
            self._camera, self._found = camera, None
            self._opened = self._choice = ""
            self._show(keep_page=False)

    def entered(self) -> None:
        """It is in front now."""
        if not isinstance(self._found, CameraFeatures):
            self.read()

    def read(self) -> None:
        """Ask the camera, unless it is being asked."""
        camera = self._camera
        if camera and not self.reading:
            self._asked = camera
            self._bridge.ask(lambda client: client.camera_features(camera), lambda found: self._take(camera, found))
            self._show(keep_page=True)

    def show_away(self) -> None:
        """The station cannot be seen: nothing of before may look as if it were so now."""
        self._found = None
        self._show(keep_page=True)

    def fit(self, metrics: Metrics) -> None:
        """Sizes for this window and screen."""
        self._outer.setSpacing(metrics.gap)
        self._tools.setSpacing(metrics.gap)
        self._columns.setSpacing(metrics.gap)
        self.rows.fit(metrics)
        for widget in (self.search, *self.levels.values(), self.differing, self.again):
            widget.setFixedHeight(metrics.touch)

    def retranslate(self) -> None:
        """Say everything anew."""
        self._show(keep_page=True)

    # Inside

    def _lay_out(self) -> None:
        self._outer = QVBoxLayout(self)
        self._outer.setContentsMargins(0, 0, 0, 0)
        self._tools = QHBoxLayout()
        self._tools.addWidget(self.search, 1)
        for key in (*self.levels.values(), self.differing, self.again):
            self._tools.addWidget(key)
        self._columns = QHBoxLayout()
        self._columns.addWidget(self.rows, 3)
        right = QVBoxLayout()
        right.addWidget(self.details, 1)
        self.note.setWordWrap(True)
        right.addWidget(self.note)
        self._columns.addLayout(right, 2)
        self._outer.addLayout(self._tools)
        self._outer.addWidget(self.head)
        self._outer.addLayout(self._columns, 1)

    def _connect(self) -> None:
        self.search.textChanged.connect(lambda: self._show(keep_page=False))
        self.again.clicked.connect(self.read)
        self.differing.setCheckable(True)
        self.differing.clicked.connect(lambda: self._show(keep_page=False))
        for level, key in self.levels.items():
            key.setCheckable(True)
            key.clicked.connect(lambda _checked=False, chosen=level: self._take_level(chosen))
        self.rows.branch_chosen.connect(self._open)
        self.rows.feature_chosen.connect(self._choose_feature)

    def _take(self, camera: str, found: object) -> None:
        self._asked = "" if self._asked == camera else self._asked
        if camera == self._camera and isinstance(found, CameraFeatures | InspectorError):
            self._found, self._read_at = found, time.strftime("%H:%M:%S")
        self._show(keep_page=True)

    def _take_level(self, level: str) -> None:
        self._level = level
        self._show(keep_page=False)

    def _open(self, name: str) -> None:
        self._opened = "" if name == self._opened else name
        self._show(keep_page=not self._opened)

    def _choose_feature(self, name: str) -> None:
        self._choice = name
        self._show(keep_page=True)

    def _show(self, *, keep_page: bool) -> None:
        differing = sum(bool(one.differs) for one in self.features)
        self.differing.setText(tr("DIFFERS: {count}", count=differing))
        for level, key in self.levels.items():
            key.setChecked(level == self._level)
        self.again.setEnabled(not self.reading)
        self.head.setText(self._head())
        only = self.differing.isChecked()
        items = items_of(self.features, self._opened, self.search.text(), self._level, differing=only)
        self.rows.show_items(items, self._choice, keep_page=keep_page)
        chosen = next((one for one in self.features if one.name == self._choice), None)
        self.details.show_pairs(chosen.name if chosen else tr("FEATURE"), detail_pairs(chosen) if chosen else [])

    def _head(self) -> str:
        if self.reading:
            return tr("Camera {name}: the features are being read", name=self._camera)
        if isinstance(self._found, InspectorError):
            return tr("The features are not known: {reason}", reason=self._found.message)
        if self._found is None:
            return tr("The features are not known")
        count = len(self._found.features)
        return tr("Camera {name}: {count} features, read at {time}", name=self._camera, count=count, time=self._read_at)


def detail_pairs(feature: CameraFeature) -> list[Pair]:
    """Everything about one feature."""
    limits = NOTHING
    if feature.minimum is not None and feature.maximum is not None:
        limits = tr("{low} to {high}", low=f"{feature.minimum:.10g}", high=f"{feature.maximum:.10g}")
    if feature.step:
        limits = tr("{limits} in steps of {step}", limits=limits, step=f"{feature.step:.10g}")
    return [
        (tr("value"), value_words(feature), bool(feature.differs)),
        (tr("settings file"), feature.file_value if feature.file_value is not None else tr("does not set it"), False),
        (tr("limits"), ", ".join(feature.choices) or limits, False),
        (tr("access"), ACCESS_WORDS[feature.access](), False),
        (tr("depends on"), ", ".join(feature.selected_by) or NOTHING, False),
        (tr("category"), category_of(feature), False),
        (tr("meaning"), feature.tooltip or NOTHING, False),
    ]


ACCESS_WORDS = {
    "none": lambda: tr("not available now"),
    "read": lambda: tr("read only"),
    "write": lambda: tr("write only"),
    "both": lambda: tr("read and write"),
}
