# SPDX-License-Identifier: AGPL-3.0-or-later
"""The screen for maintenance: what the pictures of a camera are like and the plant beside it, and pages of details."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from gui.maintenance.features import FeaturesPage
from gui.maintenance.gauge import Gauge, Limits
from gui.maintenance.ledgers import LedgersPage
from gui.maintenance.points import PointsPage
from gui.shell.bridge import Bridge
from gui.shell.person import Person
from gui.shell.screen import Screen
from gui.text import mark, tr
from gui.text.said import said
from gui.widgets.form import button, style
from gui.widgets.metrics import Metrics
from gui.widgets.pairs import Pair, Pairs
from gui.widgets.picture import PictureView
from inspector.api.equipment import CameraEquipment, Equipment, LineEquipment
from inspector.api.part_schema import PartEvent
from inspector.api.schema import Status
from inspector.errors import InspectorError

ASK_EVERY_MS = 2_000
LAST_PARTS = 200
GREY_FULL = 255.0
SHARP_FULL = 100.0
NOTHING = "-"


class MaintenanceScreen(Screen):
    """Asks for the devices while it is in front, and never in between."""

    name = "maintenance"
    word = mark("Service")
    symbol = "maintenance"

    def __init__(self, bridge: Bridge, person: Person) -> None:
        super().__init__(bridge, person)
        self._equipment: Equipment | None = None
        self._chosen = ""
        self._asked = False
        self._in_front = False
        self.section = "picture"
        self._keys: dict[str, QPushButton] = {}
        self._seen: set[int] = set()
        self.picture = PictureView(mark("LIVE"), mark("no picture yet"))
        self.brightness = Gauge(mark("BRIGHTNESS (mean grey level)"), mark("too dark"), mark("too bright"))
        self.focus = Gauge(mark("FOCUS (variance of the Laplacian)"), mark("out of focus"))
        self.camera = Pairs()
        self.plant = Pairs()
        self.points = PointsPage(bridge, person)
        self.features = FeaturesPage(bridge)
        self.ledgers = LedgersPage()
        self.sections = {
            "picture": button(mark("PICTURE"), "plain"),
            "points": button(mark("INPUTS AND OUTPUTS"), "plain"),
            "features": button(mark("CAMERA FEATURES"), "plain"),
            "ledgers": button(mark("LEDGERS"), "plain"),
        }
        self._lay_out()
        self._every = QTimer(self)
        self._every.setInterval(ASK_EVERY_MS)
        self._every.timeout.connect(self._ask)
        bridge.part_came.connect(self._on_part)
        bridge.preview_came.connect(self._on_preview)

    @property
    def chosen(self) -> str:
        """Name of the camera that is shown."""
        return self._chosen

    def choose(self, name: str) -> None:
        """Show another camera."""
        if name == self._chosen:
            return
        self._chosen = name
        self._seen.clear()
        self.brightness.clear()
        self.focus.clear()
        self.picture.clear(mark("no picture yet"))
        for camera, key in self._keys.items():
            key.setChecked(camera == name)
        self._show()
        self._ask_parts()
        self.features.choose(name)
        if self.section == "features" and self._in_front:
            self.features.entered()

    def show_away(self, reason: str) -> None:
        self._equipment = None
        self.picture.clear(mark("no connection"))
        self.points.show_away()
        self.features.show_away()
        self.ledgers.show_ledger(None)
        self._show()

    def entered(self) -> None:
        self._ask()
        self._ask_parts()
        self._every.start()
        self._in_front = True
        self.show_section(self.section)

    def left(self) -> None:
        self._every.stop()
        self._in_front = False
        self.points.left()

    def show_section(self, name: str) -> None:
        """Show one of the pages: "picture", "points", "features" or "ledgers"."""
        self.section = name
        for section, key in self.sections.items():
            key.setChecked(section == name)
        self._pages.setCurrentIndex(list(self.sections).index(name))
        for camera in self._keys.values():
            camera.setVisible(self._cameras_wanted)
        if name == "points" and self._in_front:
            self.points.entered()
        else:
            self.points.left()
        if name == "features" and self._in_front:
            self.features.entered()

    @property
    def _cameras_wanted(self) -> bool:
        return len(self._keys) > 1 and self.section in ("picture", "features")

    def fit(self, metrics: Metrics) -> None:
        gap = metrics.gap
        self._outer.setContentsMargins(gap, gap, gap, gap)
        self._outer.setSpacing(gap)
        self._column.setSpacing(gap)
        self._grid.setSpacing(gap)
        self._row.setSpacing(gap)
        self.points.fit(metrics)
        self.features.fit(metrics)
        self.ledgers.fit(metrics)
        for key in (*self._keys.values(), *self.sections.values()):
            key.setFixedHeight(metrics.touch)
            key.setMinimumWidth(metrics.touch * 2)
        for gauge in (self.brightness, self.focus):
            gauge.setFixedHeight(round(metrics.height * 0.16))
        self.setStyleSheet(style("MaintenanceScreen", metrics.text, gap))

    def retranslate(self) -> None:
        self._show()
        self.points.retranslate()
        self.features.retranslate()
        self.ledgers.retranslate()

    def show_status(self, status: Status) -> None:
        self.points.force.show_status(status)
        self.ledgers.show_ledger(status.ledger)
        names = tuple(camera.name for camera in status.cameras)
        if names != tuple(self._keys):
            self._make_keys(names)
        for camera in status.cameras:
            if camera.name == self._chosen:
                self.picture.set_simulated(camera.simulated)

    # Inside

    def _lay_out(self) -> None:
        self._outer = QVBoxLayout(self)
        self._row = QHBoxLayout()
        self._row.addStretch(1)
        self._outer.addLayout(self._row)
        self._grid = QGridLayout()
        self._grid.addWidget(self.picture, 0, 0)
        self._grid.addWidget(self.camera, 0, 1)
        self._grid.addWidget(self.plant, 0, 2)
        for column, share in enumerate((5, 4, 4)):
            self._grid.setColumnStretch(column, share)
        picture = QWidget()
        self._column = QVBoxLayout(picture)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addLayout(self._grid, 1)
        self._column.addWidget(self.brightness)
        self._column.addWidget(self.focus)
        self._pages = QStackedWidget()
        for page in (picture, self.points, self.features, self.ledgers):
            self._pages.addWidget(page)
        self._outer.addWidget(self._pages, 1)
        for name, key in self.sections.items():
            key.setCheckable(True)
            key.clicked.connect(lambda _checked=False, section=name: self.show_section(section))
            self._row.addWidget(key)
        self.show_section("picture")
        self._show()

    def _make_keys(self, names: tuple[str, ...]) -> None:
        for key in self._keys.values():
            self._row.removeWidget(key)
            key.hide()
            key.deleteLater()
        self._keys = {}
        for index, name in enumerate(names):
            key = button(name, "plain")
            key.setCheckable(True)
            key.clicked.connect(lambda _checked=False, camera=name: self.choose(camera))
            self._keys[name] = key
            self._row.insertWidget(index, key)
        if self._chosen not in names:
            self._chosen = ""
            if names:
                self.choose(names[0])
        for name, key in self._keys.items():
            key.setChecked(name == self._chosen)
            key.setVisible(self._cameras_wanted)
        self.fit(self.metrics)

    def _ask(self) -> None:
        if not self._asked:
            self._asked = True
            self.bridge.ask(lambda client: client.equipment(), self._on_equipment)

    def _ask_parts(self) -> None:
        """What was measured before this screen looked."""
        self.bridge.ask(lambda client: client.parts(LAST_PARTS), self._on_parts)

    def _on_equipment(self, answer: object) -> None:
        self._asked = False
        if isinstance(answer, Equipment):
            self._equipment = answer
        elif isinstance(answer, InspectorError):
            self._equipment = None
        self._show()

    def _on_parts(self, answer: object) -> None:
        if isinstance(answer, tuple):
            for part in reversed(answer):
                self._on_part(part)

    def _on_part(self, part: PartEvent) -> None:
        if part.seq in self._seen:
            return
        for view in part.views:
            if view.camera == self._chosen and view.gate is not None:
                self._seen.add(part.seq)
                self.brightness.add(view.gate.brightness_milli / 1000)
                self.focus.add(view.gate.sharpness_milli / 1000)

    def _on_preview(self) -> None:
        shot = self.bridge.latest_shot(self._chosen)
        if shot is not None and self.isVisible():
            self.picture.show_shot(shot)

    def _show(self) -> None:
        equipment = self._equipment
        found = next((one for one in equipment.cameras if one.name == self._chosen), None) if equipment else None
        self.camera.show_pairs(tr("CAMERA {name}", name=self._chosen), camera_pairs(found))
        self.plant.show_pairs(tr("PLANT"), plant_pairs(equipment.line if equipment else None))
        if found is not None:
            limits = found.limits
            low, high = limits.brightness_min_milli / 1000, limits.brightness_max_milli / 1000
            self.brightness.show_limits(Limits(low, high, GREY_FULL))
            self.focus.show_limits(Limits(limits.sharpness_min_milli / 1000, None, SHARP_FULL))


def camera_pairs(camera: CameraEquipment | None) -> list[Pair]:
    """The type plate of a camera, and what its trigger line says."""
    if camera is None:
        return [(tr("state"), tr("not known"), True)]
    kind = f"{camera.vendor} {camera.model}".strip() or NOTHING
    missed = camera.missed_triggers
    return [
        (tr("state"), tr("ready") if camera.ready else camera.reason or tr("not ready"), not camera.ready),
        (tr("device"), f"{tr('SIMULATED')} {kind}" if camera.simulated and "SIMULATED" not in kind else kind, False),
        (tr("serial number"), camera.serial or NOTHING, False),
        (tr("firmware"), camera.firmware or NOTHING, False),
        (tr("settings"), (camera.settings_digest or NOTHING)[:16], False),
        (tr("trigger edges"), _number(camera.edges), False),
        (tr("missed triggers"), _number(missed), bool(missed)),
    ]


def plant_pairs(line: LineEquipment | None) -> list[Pair]:
    """The plant's own counters, and what keeps it from being ready."""
    if line is None:
        return [(tr("state"), tr("not known"), True)]
    first = said(line.reasons[0].message) if line.reasons else ""
    state = tr("ready") if line.ready else first or tr("not ready")
    return [
        (tr("state"), state, not line.ready),
        (tr("connection"), tr("connected") if line.connected else tr("not connected"), not line.connected),
        (tr("interface"), f"{tr('SIMULATED')} {line.backend}" if line.simulated else line.backend or NOTHING, False),
        (tr("plant's counter"), _number(line.plc_count), False),
        (tr("infeed sensor"), _number(line.counts.infeed), False),
        (tr("good lane sensor"), _number(line.counts.good), False),
        (tr("reject lane sensor"), _number(line.counts.reject), False),
    ]


def _number(count: int | None) -> str:
    return tr("not known") if count is None else str(count)
