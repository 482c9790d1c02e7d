# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is being made, with what, how fast the verdict comes, and how far the ledger is."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from gui.shell.words import ledger_words
from gui.text.times import clock_of
from gui.widgets.paint import LEFT, draw_panel, draw_text
from gui.widgets.palette import EDGE, INK, PANEL, PAPER, PASS_BLUE, SOFT_INK, VERMILION, WELL, Tone
from inspector.api.schema import Status

LITTLE_DISK_MB = 2_000
USED_UP = 0.8
"""Share of the deadline from which on the latency asks for attention."""


@dataclass(frozen=True)
class Fact:
    """One cell: `share` is how full its bar is, None without a bar."""

    title: str
    headline: str
    detail: str = ""
    tone: Tone = Tone.CALM
    share: float | None = None


def facts_of(status: Status) -> tuple[Fact, ...]:
    """The cells for a status."""
    shift = status.shift
    headline, detail, tone = ledger_words(status.ledger, status.key)
    return (
        Fact("LOT", "-", "no shift is open")
        if shift is None
        else Fact("LOT", shift.lot, f"shift {shift.number} since {clock_of(shift.opened_us)}"),
        Fact(
            "RECIPE",
            "-" if status.recipe is None else status.recipe.name,
            "" if status.model is None else f"model {status.model.name} {status.model.digest[:8]}",
        ),
        _latency_fact(status),
        Fact("LEDGER", headline, detail, tone),
        _camera_fact(status),
        _disk_fact(status),
    )


def _latency_fact(status: Status) -> Fact:
    latency = status.latency_us
    if latency.max == 0:
        return Fact("VERDICT TIME", "-", "no part yet")
    p99_ms, worst_ms = latency.p99 / 1000, latency.max / 1000
    if not status.deadline_us:
        return Fact("VERDICT TIME", f"{p99_ms:.0f} ms", f"99 % of parts; worst {worst_ms:.0f} ms")
    share = latency.p99 / status.deadline_us
    left_ms = (status.deadline_us - latency.p99) / 1000
    tone = Tone.WARN if share > USED_UP else Tone.CALM
    detail = f"{p99_ms:.0f} ms of {status.deadline_us / 1000:.0f} ms, worst {worst_ms:.0f}"
    return Fact("TIME LEFT", f"{left_ms:.0f} ms", detail, tone, min(1.0, share))


def _camera_fact(status: Status) -> Fact:
    lost = [camera for camera in status.cameras if not camera.ready]
    number = len(status.cameras)
    if lost:
        detail = lost[0].reason if number == 1 else f"{number - len(lost)} of {number} ready; {lost[0].reason}"
        return Fact("CAMERA", f"{', '.join(camera.name for camera in lost)} not ready", detail, Tone.WARN)
    if not status.cameras:
        return Fact("CAMERA", "none", "", Tone.WARN)
    first = status.cameras[0]
    if number > 1:
        kind = "SIMULATED " if any(camera.simulated for camera in status.cameras) else ""
        return Fact("CAMERAS", f"all {number} ready", kind + ", ".join(camera.name for camera in status.cameras))
    kind = "SIMULATED " if first.simulated else ""
    return Fact("CAMERA", f"{first.name} ready", f"{kind}{first.model} {first.serial}".strip())


def _disk_fact(status: Status) -> Fact:
    if status.disk is None:
        return Fact("DISK", "-")
    free = status.disk.free_mb
    tone = Tone.WARN if free < LITTLE_DISK_MB else Tone.CALM
    return Fact("DISK", f"{free / 1000:.1f} GB free" if free >= 1000 else f"{free} MB free", "records and images", tone)


class FactsBar(QWidget):
    """The cells side by side."""

    def __init__(self) -> None:
        super().__init__()
        self._facts: tuple[Fact, ...] = ()
        self._stale = False

    def set_stale(self, stale: bool) -> None:
        """Mark what is shown as the last that was known."""
        if stale != self._stale:
            self._stale = stale
            self.update()

    def show_status(self, status: Status) -> None:
        """Take the facts of a status."""
        facts = facts_of(status)
        if facts != self._facts:
            self._facts = facts
            self.setAccessibleName(self.words)
            self.update()

    @property
    def words(self) -> str:
        """All cells in one line."""
        return "; ".join(f"{fact.title} {fact.headline} {fact.detail}" for fact in self._facts)

    def sizeHint(self) -> QSize:
        return QSize(900, 70)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        place = QRectF(self.rect())
        draw_panel(painter, place, WELL if self._stale else PANEL)
        width = place.width() / max(1, len(self._facts))
        for index, fact in enumerate(self._facts):
            cell = QRectF(place.left() + index * width, place.top(), width, place.height())
            self._paint_fact(painter, cell, fact)
            if index:
                painter.setPen(EDGE)
                painter.drawLine(cell.topLeft(), cell.bottomLeft())

    def _paint_fact(self, painter: QPainter, cell: QRectF, fact: Fact) -> None:
        unit = cell.height() / 10
        pad = unit * 1.3
        ink, soft = INK, SOFT_INK
        if fact.tone is not Tone.CALM and not self._stale:
            painter.fillRect(cell.adjusted(1, 1, -1, -1), fact.tone.value.fill)
            ink = soft = fact.tone.value.ink
        width = cell.width() - 2 * pad
        title = QRectF(cell.left() + pad, cell.top() + unit * 0.5, width, unit * 2.2)
        draw_text(painter, title, fact.title, unit * 1.9, soft, flags=LEFT, bold=True)
        headline = QRectF(title.left(), title.bottom(), width, unit * 3.9)
        draw_text(painter, headline, fact.headline, unit * 3.2, ink, flags=LEFT, bold=True)
        detail = QRectF(title.left(), headline.bottom(), width, unit * 2.5)
        if fact.share is not None:
            bar = QRectF(title.left() + width * 0.55, title.top() + unit * 0.5, width * 0.45, unit * 1.4)
            painter.fillRect(bar, PAPER)
            full = QRectF(bar.left(), bar.top(), bar.width() * fact.share, bar.height())
            painter.fillRect(full, PASS_BLUE if fact.tone is Tone.CALM else VERMILION)
        draw_text(painter, detail, fact.detail, unit * 2.0, soft, flags=LEFT)
