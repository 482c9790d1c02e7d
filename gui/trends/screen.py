# SPDX-License-Identifier: AGPL-3.0-or-later
"""Trends: yield and reject rate over time, defects by number, and where on the part they are."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QPushButton, QSizePolicy, QVBoxLayout

from gui.shell.bridge import Bridge
from gui.shell.person import Person
from gui.shell.screen import Screen
from gui.text import figure, mark, tr
from gui.text.classes import class_word
from gui.text.said import said_error
from gui.trends.answer import TrendAnswer, TrendQuestion, ask_trends
from gui.trends.plots import PERCENT, ParetoChart, RateChart, RatePoint
from gui.trends.position_map import PositionMap
from gui.widgets.form import Label, button, style
from gui.widgets.metrics import Metrics
from inspector.api.schema import Status
from inspector.api.trend_schema import TrendBucket, Trends
from inspector.errors import InspectorError

ASK_EVERY_MS = 60_000
PPM_OF_PERCENT = 10_000
DAY = timedelta(hours=24)
WEEK = timedelta(days=7)


class TrendsScreen(Screen):
    """Asks while it is in front, once a minute and at each key."""

    name = "trends"
    word = mark("Trends")
    symbol = "trends"

    def __init__(self, bridge: Bridge, person: Person) -> None:
        super().__init__(bridge, person)
        self.answer: TrendAnswer | None = None
        self._defect: str | None = None
        self._camera = 0
        self._asked = 0
        self._words = ""
        self.day_key = button(mark("24 HOURS"), "plain")
        self.week_key = button(mark("7 DAYS"), "plain")
        self.lot_key = button(mark("THIS LOT"), "plain")
        self.hour_key = button(mark("BY HOUR"), "plain")
        self.shift_key = button(mark("BY SHIFT"), "plain")
        self.defect_key = button(mark("NEXT DEFECT"), "plain")
        self.camera_key = button(mark("NEXT CAMERA"), "plain")
        self.message = Label()
        self.yields = RateChart(whole=True)
        self.rates = RateChart()
        self.pareto = ParetoChart()
        self.places = PositionMap()
        self._lay_out()
        self._groups = [self._group(self.day_key, self.week_key, self.lot_key)]
        self._groups.append(self._group(self.hour_key, self.shift_key))
        self.defect_key.clicked.connect(self._next_defect)
        self.camera_key.clicked.connect(self._next_camera)
        self._every = QTimer(self)
        self._every.setInterval(ASK_EVERY_MS)
        self._every.timeout.connect(self.look)
        self._show()

    # What a screen does

    def entered(self) -> None:
        self.look()
        self._every.start()

    def left(self) -> None:
        self._every.stop()

    def show_status(self, status: Status) -> None:
        self.lot_key.setEnabled(status.shift is not None)

    def show_away(self, reason: str) -> None:
        self._say(tr("no connection"))

    def retranslate(self) -> None:
        self._show()

    def fit(self, metrics: Metrics) -> None:
        gap = metrics.gap
        self._outer.setContentsMargins(gap, gap, gap, gap)
        self._outer.setSpacing(gap)
        self._keys.setSpacing(gap)
        self._grid.setSpacing(gap)
        for key in self._all_keys:
            key.setFixedHeight(metrics.touch)
        for chart in (self.yields, self.rates, self.pareto):
            chart.fit(metrics)
        self.places.set_text(metrics.text)
        self.message.setFixedHeight(round(metrics.text * 1.6))
        narrow = "QPushButton { padding: 0 4px; }"  # the smallest window is narrow
        self.setStyleSheet(style("TrendsScreen", metrics.text, gap) + narrow)
        wanted = sum(key.minimumSizeHint().width() + gap for key in self._all_keys) + gap
        keys = len(self._all_keys)
        self._place_keys(keys if wanted <= self.width() else -(-keys // 2))

    # Asking

    def look(self) -> None:
        """Ask for what the keys say."""
        self._asked += 1
        number, question = self._asked, self.question(datetime.now().astimezone())
        self._say(tr("counting ..."))

        def done(answer: object) -> None:
            if number != self._asked:
                return
            if isinstance(answer, TrendAnswer):
                self.answer = answer
                self._show()
            elif isinstance(answer, InspectorError):
                self._say(said_error(answer))

        self.bridge.ask(lambda client: ask_trends(client, question), done)

    def question(self, now: datetime) -> TrendQuestion:
        """What the keys say."""
        by: Literal["hour", "shift"] = "shift" if self.shift_key.isChecked() else "hour"
        shift = None if self.status is None else self.status.shift
        if self.lot_key.isChecked() and shift is not None:
            return TrendQuestion(None, shift.lot, by, self._defect)
        return TrendQuestion(now - (WEEK if self.week_key.isChecked() else DAY), None, by, self._defect)

    def _next_defect(self) -> None:
        """All classes, then one after the other, most frequent first."""
        names = [] if self.answer is None else [one.name for one in self.answer.trends.classes]
        at = names.index(self._defect) + 1 if self._defect in names else 0
        self._defect = names[at] if at < len(names) else None
        self.look()

    def _next_camera(self) -> None:
        self._camera += 1
        self._show()

    # Showing

    def _show(self) -> None:
        trends = None if self.answer is None else self.answer.trends
        buckets = () if trends is None else trends.buckets
        rates = [_rate_point(one) for one in buckets]
        mean = None if trends is None or trends.chart is None else trends.chart.mean_ppm / PPM_OF_PERCENT
        self.rates.show_points(rates, mean)
        self.yields.show_points([_yield_point(one) for one in buckets])
        self.pareto.show_bars([] if trends is None else [(class_word(one.name), one.parts) for one in trends.classes])
        self.yields.show_title(yield_words(trends))
        self.rates.show_title(rate_words(trends))
        self.pareto.show_title(tr("DEFECTS on rejected parts"))
        self._show_places()
        self._say("" if trends is None or trends.complete else tr("Older parts were left out: too many for one look."))

    def _show_places(self) -> None:
        maps = () if self.answer is None else self.answer.positions.maps
        self.camera_key.setVisible(len(maps) > 1)
        what = class_word(self._defect) if self._defect else tr("all defects")
        if self.answer is None or not maps:
            self.places.show_map(tr("PLACES: {what}", what=what), None, None, tr("no finding on a reject"))
            return
        found = maps[self._camera % len(maps)]
        title = tr(
            "PLACES: {what}, camera {camera}, {number} findings", what=what, camera=found.camera, number=found.findings
        )
        self.places.show_map(title, found, self.answer.images.get(found.camera), "")

    def _say(self, words: str) -> None:
        self.message.setText(words)

    def _group(self, *keys: QPushButton) -> QButtonGroup:
        group = QButtonGroup(self)
        for index, key in enumerate(keys):
            key.setCheckable(True)
            key.setChecked(index == 0)
            key.clicked.connect(self.look)
            group.addButton(key)
        return group

    def _place_keys(self, columns: int) -> None:
        for number, key in enumerate(self._all_keys):
            self._keys.addWidget(key, number // columns, number % columns)
        for column in range(len(self._all_keys)):
            self._keys.setColumnStretch(column, int(column < columns))

    def _lay_out(self) -> None:
        self._outer = QVBoxLayout(self)
        self._keys = QGridLayout()
        self._all_keys = (
            self.day_key,
            self.week_key,
            self.lot_key,
            self.hour_key,
            self.shift_key,
            self.defect_key,
            self.camera_key,
        )
        self._place_keys(len(self._all_keys))
        self._outer.addLayout(self._keys)
        self._grid = QGridLayout()
        for index, widget in enumerate((self.yields, self.pareto, self.rates, self.places)):
            self._grid.addWidget(widget, index // 2, index % 2)
        for index in range(2):
            self._grid.setColumnStretch(index, 1)
            self._grid.setRowStretch(index, 1)
        self._outer.addLayout(self._grid, 1)
        self._outer.addWidget(self.message)
        for label in (self.message, self.yields.title, self.rates.title, self.pareto.title):
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)


def yield_words(trends: Trends | None) -> str:
    """The yield of everything that is shown."""
    inspected = 0 if trends is None else sum(one.inspected for one in trends.buckets)
    if trends is None or not inspected:
        return tr("YIELD: no part was inspected")
    good = sum(one.inspected - one.rejected for one in trends.buckets)
    return tr(
        "YIELD {share} % of {parts} parts", share=figure(PERCENT * good / inspected, 2), parts=figure(inspected, 0)
    )


def rate_words(trends: Trends | None) -> str:
    """What the chart of reject rates says, or why it has no limits."""
    if trends is None or not trends.buckets:
        return tr("REJECTS in %")
    if trends.chart is None:
        return tr(
            "REJECTS in %: no limits, they need {enough} points of {parts} parts",
            enough=trends.enough,
            parts=trends.enough_parts,
        )
    odd = sum(one.beyond is not None or one.run for one in trends.buckets)
    sigma = figure(trends.chart.sigma_z_milli / 1000, 2)
    return tr("REJECTS in %, points that ask for attention: {odd} (p', sigma Z {sigma})", odd=odd, sigma=sigma)


def _rate_point(bucket: TrendBucket) -> RatePoint:
    rate = bucket.rate_ppm / PPM_OF_PERCENT if bucket.inspected else None
    low, high = (None if one is None else one / PPM_OF_PERCENT for one in (bucket.low_ppm, bucket.high_ppm))
    return RatePoint(label_of(bucket), rate, low, high, bucket.beyond is not None or bucket.run)


def _yield_point(bucket: TrendBucket) -> RatePoint:
    good = None if not bucket.inspected else PERCENT - bucket.rate_ppm / PPM_OF_PERCENT
    return RatePoint(label_of(bucket), good)


def label_of(bucket: TrendBucket) -> str:
    """What stands below a point: the shift, or the hour where the reader is."""
    if bucket.shift is not None:
        return str(bucket.shift)
    return datetime.fromtimestamp(bucket.start_us / 1e6).astimezone().strftime("%d. %H:%M")
