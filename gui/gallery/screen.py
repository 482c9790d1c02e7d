# SPDX-License-Identifier: AGPL-3.0-or-later
"""The gallery: the last rejects as large pictures, page by page, by class; one tap shows one large."""

from __future__ import annotations

import time
from collections import Counter
from functools import partial

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from gui.gallery.class_keys import ClassKeys
from gui.gallery.detail import PartDetail
from gui.gallery.pictures import Pictures
from gui.gallery.tile import RejectTile
from gui.gallery.words import classes_of, is_reject
from gui.history.part_page import boxes_of
from gui.shell.bridge import Bridge
from gui.shell.navigation import SignKey
from gui.shell.person import Person
from gui.shell.screen import Screen
from gui.text import mark, tr
from gui.text.said import said_error
from gui.widgets.form import Lines
from gui.widgets.metrics import Metrics
from gui.widgets.picture import Shot
from inspector.api.client import ApiClient
from inspector.api.history_schema import PartRecord
from inspector.api.part_schema import PartEvent
from inspector.api.schema import Status
from inspector.errors import InspectorError

SHOWN = 50
TILE_MM = 62.0
"""A tile is about this wide, in whole columns."""
LEAST_COLUMNS, MOST_COLUMNS = 3, 5
TILE_PX, LARGE_PX = 480, 1600
QUIET_S = 8.0
"""Nobody has touched anything for so long: then new rejects come by themselves, and no tile moves under a finger."""
TICK_MS = 1_000
RELOAD_AFTER_MS = 400


class GalleryScreen(Screen):
    """Asks for rejects when it is in front."""

    name = "gallery"
    word = mark("Rejects")
    symbol = "gallery"
    often = True

    def __init__(self, bridge: Bridge, person: Person) -> None:
        super().__init__(bridge, person)
        self.parts: tuple[PartEvent, ...] = ()
        self.page = 0
        self.chosen_class: str | None = None
        self.only_open = False
        self.new = 0
        self._in_front = False
        self._seen: Counter[str] = Counter()
        self._asked = 0
        self._touched_s = 0.0
        self._small = Pictures(bridge, SHOWN + MOST_COLUMNS * MOST_COLUMNS, TILE_PX)
        self._large = Pictures(bridge, 6, LARGE_PX)
        self.tiles: list[RejectTile] = []
        self.classes = ClassKeys()
        self.classes.chosen.connect(self.choose)
        self.classes.open_chosen.connect(self.choose_open)
        self.detail = PartDetail(person)
        self.detail.back_wanted.connect(self.show_all)
        self.detail.step_wanted.connect(self._step)
        self.detail.camera_wanted.connect(self._next_camera)
        person.reviewed.connect(self._take_review)
        self._lay_out()
        bridge.part_came.connect(self._on_part)
        self._tick = QTimer(self)
        self._tick.setInterval(TICK_MS)
        self._tick.timeout.connect(self._on_second)
        self._tick.start()

    # What stands on it

    def _lay_out(self) -> None:
        self._stack = QStackedWidget()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._stack)
        self._grid_page = QWidget()
        self._stack.addWidget(self._grid_page)
        self._stack.addWidget(self.detail)
        self._outer = QVBoxLayout(self._grid_page)
        self._grid = QGridLayout()
        self._foot = QHBoxLayout()
        self._outer.addWidget(self.classes)
        self._outer.addLayout(self._grid, 1)
        self._outer.addLayout(self._foot)
        self.message = Lines()
        self.show_new = SignKey("up")
        self.newer = SignKey("back", mark("NEWER"))
        self.older = SignKey("forward", mark("OLDER"))
        self.show_new.clicked.connect(self._show_newest)
        self.newer.clicked.connect(lambda: self._turn(-1))
        self.older.clicked.connect(lambda: self._turn(1))
        self._foot.addWidget(self.message, 1)
        for key in (self.show_new, self.newer, self.older):
            self._foot.addWidget(key)

    @property
    def per_page(self) -> int:
        """How many tiles there are."""
        return max(1, len(self.tiles))

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-len(self.parts) // self.per_page))

    def _show(self) -> None:
        self.page = min(self.page, self.pages - 1)
        shown = self.parts[self.page * self.per_page :][: self.per_page]
        self._small.forget_waiting()
        for index, tile in enumerate(self.tiles):
            part = shown[index] if index < len(shown) else None
            tile.show_part(part)
            if part is not None and tile.shot is None:
                self._small.wish(part, partial(self._take_small, tile, part))
        self.newer.setEnabled(self.page > 0)
        self.older.setEnabled(self.page < self.pages - 1)
        self.show_new.setVisible(self.new > 0)
        self.show_new.show_word(tr("{number} NEW", number=self.new))
        self.newer.setVisible(self.pages > 1)
        self.older.setVisible(self.pages > 1)
        if self.parts:
            self.message.setText(tr("page {page} of {pages}", page=self.page + 1, pages=self.pages))
        self.classes.show_classes(self._seen, self.chosen_class)

    def _take_small(self, tile: RejectTile, part: PartEvent, picture: Shot | str) -> None:
        """A picture has come; its tile may be gone, because the window has another size now."""
        if tile in self.tiles:
            tile.take(part, picture)

    # What the station says

    def reload(self) -> None:
        """Ask for the last rejects of the class that is chosen."""
        self._asked += 1
        number, name, unreviewed = self._asked, self.chosen_class, self.only_open

        def done(answer: object) -> None:
            if number != self._asked:
                return  # another class was chosen meanwhile
            if isinstance(answer, InspectorError):
                self.message.setText(tr("The rejects cannot be shown: {words}", words=said_error(answer)))
            elif isinstance(answer, tuple):
                self._take(answer)

        def question(client: ApiClient) -> object:
            return client.parts(SHOWN, rejects=True, class_name=name, unreviewed=unreviewed)

        self.bridge.ask(question, done)

    def _take(self, parts: tuple[PartEvent, ...]) -> None:
        self.parts, self.new = parts, 0
        if self.chosen_class is None:
            self._seen = Counter(name for part in parts for name in classes_of(part))
        if not parts:
            self.message.setText(tr("no rejects yet"))
        self._show()

    def _take_review(self, told: PartEvent) -> None:
        self.parts = tuple(told if part.seq == told.seq else part for part in self.parts)
        self._show()

    def _on_part(self, part: PartEvent) -> None:
        if not is_reject(part) or (self.chosen_class is not None and self.chosen_class not in classes_of(part)):
            return
        self.new += 1
        if self._in_front and self._may_move():
            QTimer.singleShot(RELOAD_AFTER_MS, self, self._reload_if_new)
        elif self._in_front:
            self._show()

    def _may_move(self) -> bool:
        grid = self._stack.currentWidget() is self._grid_page
        return grid and self.page == 0 and time.monotonic() - self._touched_s > QUIET_S

    def _reload_if_new(self) -> None:
        if self.new and self._may_move():
            self.reload()

    def _on_second(self) -> None:
        if not self._in_front:
            return
        self._reload_if_new()
        for tile in self.tiles:
            tile.update()
        self.detail.facts.update()

    def show_status(self, status: Status) -> None:
        if self.status is None and self._in_front:
            self.reload()  # it is back: what was missed meanwhile

    def show_away(self, reason: str) -> None:
        self.message.setText(tr("no connection: {words}", words=reason))

    # What a person does

    def entered(self) -> None:
        self._in_front = True
        self.page = 0
        self.show_all()
        self.reload()

    def left(self) -> None:
        self._in_front = False
        self._small.forget_waiting()

    def choose(self, name: str | None) -> None:
        """Show rejects of one class; None: of all."""
        self.chosen_class, self.page = name, 0
        self._touched()
        self.classes.show_classes(self._seen, self.chosen_class)
        self.reload()

    def choose_open(self, only_open: bool) -> None:
        """Show only rejects that nobody has reviewed, or all again."""
        self.only_open, self.page = only_open, 0
        self._touched()
        self.reload()

    def show_all(self) -> None:
        """Back from one part to the tiles."""
        self._touched()
        self._stack.setCurrentWidget(self._grid_page)
        self._show()

    def show_one(self, part: PartEvent) -> None:
        """One part, large."""
        self._touched()
        index = next((n for n, one in enumerate(self.parts) if one.seq == part.seq), 0)
        simulated = self.status is not None and any(camera.simulated for camera in self.status.cameras)
        last = index == len(self.parts) - 1
        self.detail.show_part(part, first=index == 0, last=last, simulated=simulated)
        self._stack.setCurrentWidget(self.detail)
        self._wish_large(part)

    def _wish_large(self, shown: PartEvent) -> None:
        self._large.forget_waiting()
        self._large.wish(shown, partial(self.detail.take, shown))

    def _next_camera(self) -> None:
        """The next view of the part; the findings of other views than the one that explains are in its record."""
        part, shown = self.detail.part, self.detail.shown
        if part is None or shown is None:
            return
        self._touched()
        cameras = [view.camera for view in part.views]
        index = cameras.index(shown.camera) if shown.camera in cameras else -1
        view = part.views[(index + 1) % len(cameras)]

        def done(answer: object) -> None:
            if self.detail.part is None or self.detail.part.seq != part.seq or self.detail.shown is not shown:
                return
            if isinstance(answer, PartRecord):
                boxes = part.boxes if view.camera == part.camera else boxes_of(answer, view.camera)
                wanted = part.model_copy(update={"camera": view.camera, "image": view.image, "boxes": boxes})
                self.detail.show_view(wanted)
                self._wish_large(wanted)
            elif isinstance(answer, InspectorError):
                self.detail.facts.show_line(said_error(answer))

        self.bridge.ask(lambda client: client.part(part.seq), done)

    def _step(self, by: int) -> None:
        index = next((n for n, one in enumerate(self.parts) if one.seq == self._shown_seq()), None)
        if index is not None and 0 <= index + by < len(self.parts):
            self.page = (index + by) // self.per_page
            self.show_one(self.parts[index + by])

    def _shown_seq(self) -> int:
        return 0 if self.detail.part is None else self.detail.part.seq

    def _turn(self, by: int) -> None:
        self._touched()
        self.page = max(0, min(self.pages - 1, self.page + by))
        self._show()

    def _show_newest(self) -> None:
        self.page = 0
        self._touched()
        self.reload()

    def _touched(self) -> None:
        self._touched_s = time.monotonic()

    def _pressed(self, tile: RejectTile) -> None:
        if tile.part is not None:
            self.show_one(tile.part)

    # Sizes and words

    def fit(self, metrics: Metrics) -> None:
        gap = metrics.gap
        for layout in (self._outer, self._grid, self._foot):
            layout.setSpacing(gap)
        self._outer.setContentsMargins(gap, gap, gap, gap)
        columns = max(LEAST_COLUMNS, min(MOST_COLUMNS, self.width() // max(1, metrics.mm(TILE_MM))))
        rows = 3 if columns == MOST_COLUMNS else 2
        if len(self.tiles) != columns * rows:
            self._make_tiles(columns, rows)
        font = self.message.font()
        font.setPixelSize(metrics.text)
        self.message.setFont(font)
        self._fit_keys(metrics)
        self.detail.fit(metrics, self.width(), self.height())
        self._show()

    def _fit_keys(self, metrics: Metrics) -> None:
        self.classes.fit(metrics)
        height = metrics.touch
        for key in (self.show_new, self.newer, self.older):
            key.setFixedSize(round(height * 1.7), height)

    def _make_tiles(self, columns: int, rows: int) -> None:
        for tile in self.tiles:
            self._grid.removeWidget(tile)
            tile.deleteLater()
        self.tiles = [RejectTile() for _ in range(columns * rows)]
        for index, tile in enumerate(self.tiles):
            self._grid.addWidget(tile, index // columns, index % columns)
            tile.clicked.connect(partial(self._pressed, tile))
        for column in range(MOST_COLUMNS):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)
        for row in range(3):
            self._grid.setRowStretch(row, 1 if row < rows else 0)

    def retranslate(self) -> None:
        self._show()
        if self.detail.part is not None:
            self.detail.facts.show_reviewed(self.detail.part)
