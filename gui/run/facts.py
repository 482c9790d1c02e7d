# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is made, the challenge, how much time a verdict has left, how far the ledger is, and who is logged in."""

from __future__ import annotations

import time
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from gui.shell.log_in import ROLES
from gui.shell.words import ledger_words
from gui.text import tr
from gui.text.said import said
from gui.text.times import age_in_words, clock_of, duration_words
from gui.widgets.paint import LEFT, draw_capitals, draw_panel, draw_text
from gui.widgets.palette import EDGE, INK, PANEL, PAPER, PASS_BLUE, SOFT_INK, VERMILION, WELL, Tone
from inspector.api.schema import LedgerInfo, Status

HEADLINE_CAPITALS = 0.56
"""Height of the capitals, as a share of the bar's: 14 mm on a panel that is 268 mm high."""
LITTLE_DISK_MB = 2_000
NONE = "-"
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
    """The cells for a status; camera, disk and lanes only when somebody has to look."""
    exceptions = (fact for fact in (_camera_fact(status), _disk_fact(status), _lanes_fact(status)) if fact is not None)
    facts = (
        _lot_fact(status),
        _product_fact(status),
        _challenge_fact(status),
        _latency_fact(status),
        _ledger_fact(status),
        _people_fact(status),
    )
    return (*(fact for fact in facts if fact is not None), *exceptions)


def _lot_fact(status: Status) -> Fact:
    shift = status.shift
    if shift is None:
        return Fact(tr("LOT"), NONE, tr("no shift is open"))
    detail = tr("shift {number} since {time}", number=shift.number, time=clock_of(shift.opened_us))
    return Fact(tr("LOT"), shift.lot, detail)


def _product_fact(status: Status) -> Fact:
    """The recipe's name is that of the product."""
    name = NONE if status.recipe is None else status.recipe.name
    return Fact(tr("PRODUCT"), name, "" if status.model is None else tr("model {name}", name=status.model.name))


def _challenge_fact(status: Status) -> Fact | None:
    challenge = status.challenge
    if challenge is None:
        return None
    title = tr("CHALLENGE")
    if challenge.next_us is not None:
        following = tr("next by {time}", time=clock_of(challenge.next_us))
    else:
        following = tr("next in the next shift") if challenge.each_shift else ""
    passed = "" if challenge.passed_us is None else tr("last passed {time}", time=clock_of(challenge.passed_us))
    if challenge.running:
        steps = tr("{count} of {limit}", count=challenge.step, limit=challenge.steps)
        return Fact(title, tr("RUNS"), steps if challenge.steps else said(challenge.message), Tone.ACTION)
    match challenge.state:
        case "passed" if challenge.passed_us is not None:
            return Fact(title, tr("OK {time}", time=clock_of(challenge.passed_us)), following)
        case "passed" | "off":
            return Fact(title, tr("not due"), following)
        case "failed":
            return Fact(title, tr("FAILED"), passed, Tone.STOP)
        case "due":
            return Fact(title, tr("DUE"), passed, Tone.WARN)
        case "overdue":
            return Fact(title, tr("OVERDUE"), passed, Tone.STOP)
    return Fact(title, tr("REQUIRED"), passed, Tone.WARN)


def _latency_fact(status: Status) -> Fact:
    latency = status.latency_us
    if latency.max == 0:
        return Fact(tr("TIME LEFT"), NONE, tr("no part yet"))
    p99_ms, worst_ms = latency.p99 / 1000, max(latency.max, latency.worst) / 1000
    if not status.deadline_us:
        return Fact(tr("VERDICT TIME"), f"{p99_ms:.0f} ms", tr("worst {ms} ms", ms=f"{worst_ms:.0f}"))
    share = latency.p99 / status.deadline_us
    left_ms = (status.deadline_us - latency.p99) / 1000
    tone = Tone.WARN if share > USED_UP else Tone.CALM
    limit_ms = status.deadline_us / 1000
    words = tr("worst {ms} of {limit} ms", limit=f"{limit_ms:.0f}", ms=f"{worst_ms:.0f}")
    return Fact(tr("TIME LEFT"), f"{left_ms:.0f} ms", words, tone, min(1.0, share))


def _ledger_fact(status: Status) -> Fact:
    headline, detail, tone = ledger_words(status.ledger, status.key)
    if len(status.ledger.ledgers) > 1 and status.key != "locked" and status.ledger.sealed:
        return _ledgers_fact(status.ledger, tone)
    if status.key != "locked" and status.ledger.sealed:  # short, to be read from afar: the detail says the rest
        headline = tr("{count} of {limit}", count=status.ledger.anchored, limit=status.ledger.sealed)
    if status.ledger.anchored_us is not None:
        # The clocks of screen and station are the same.
        age = age_in_words(max(0.0, time.time() - status.ledger.anchored_us / 1e6))
        last = tr("last {age}", age=age)
        detail = f"{last}; {detail}" if tone is Tone.WARN or status.ledger.oldest_unanchored_s else last
    return Fact(tr("LEDGER"), headline, detail, tone)


def _ledgers_fact(ledger: LedgerInfo, tone: Tone) -> Fact:
    """Of several: how many of them have every seal, how many have to, and how long the oldest seal waits for one."""
    ages = [one.oldest_unanchored_s for one in ledger.ledgers if one.oldest_unanchored_s is not None]
    headline = tr("{count} of {limit}", count=len(ledger.ledgers) - len(ages), limit=len(ledger.ledgers))
    needed = tr("{count} needed", count=ledger.needed)
    stopped = sum(one.state == "stopped" for one in ledger.ledgers)
    if stopped:
        return Fact(tr("LEDGERS"), headline, f"{needed}, {tr('{count} stopped', count=stopped)}", Tone.WARN)
    detail = f"{needed}, {tr('oldest {age}', age=duration_words(max(ages)))}" if ages else needed
    return Fact(tr("LEDGERS"), headline, detail, tone)


def _people_fact(status: Status) -> Fact | None:
    if not status.access.required:
        return None
    people = status.access.people
    if not people:
        return Fact(tr("LOGGED IN"), tr("nobody"), tr("log in to act"))
    return Fact(
        tr("LOGGED IN"),
        ", ".join(one.user for one in people),
        ", ".join(tr(ROLES.get(one.role, one.role)) for one in people),
    )


def _camera_fact(status: Status) -> Fact | None:
    lost = [camera for camera in status.cameras if not camera.ready]
    if status.cameras and not lost:
        return None
    title = tr("CAMERA")
    if not status.cameras:
        return Fact(title, tr("none"), "", Tone.WARN)
    number = len(status.cameras)
    ready = tr("{ready} of {number} ready; {reason}", ready=number - len(lost), number=number, reason=lost[0].reason)
    names = ", ".join(camera.name for camera in lost)
    return Fact(title, tr("{names} not ready", names=names), lost[0].reason if number == 1 else ready, Tone.WARN)


def _disk_fact(status: Status) -> Fact | None:
    if status.disk is None or status.disk.free_mb >= LITTLE_DISK_MB:
        return None
    free = tr("{number} MB free", number=status.disk.free_mb)
    return Fact(tr("DISK"), free, tr("records and images"), Tone.WARN)


def _lanes_fact(status: Status) -> Fact | None:
    unknown = status.outcomes.unknown
    return Fact(tr("LANES"), f"{unknown}", tr("not seen in any lane")) if unknown else None


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
        pad = unit * 1.0
        ink, soft = INK, SOFT_INK
        if fact.tone is not Tone.CALM and not self._stale:
            painter.fillRect(cell.adjusted(1, 1, -1, -1), fact.tone.value.fill)
            ink = soft = fact.tone.value.ink
        width = cell.width() - 2 * pad
        title = QRectF(cell.left() + pad, cell.top() + unit * 0.2, width, unit * 2.1)
        if fact.share is not None:
            title.setWidth(width * 0.66)
        draw_text(painter, title, fact.title, unit * 1.75, soft, flags=LEFT, bold=True)
        headline = QRectF(title.left(), title.bottom(), width, unit * 5.7)
        draw_capitals(painter, headline, fact.headline, cell.height() * HEADLINE_CAPITALS, ink)
        detail = QRectF(title.left(), headline.bottom(), width, unit * 2.0)
        if fact.share is not None:
            bar = QRectF(headline.left() + width * 0.69, title.top() + unit * 0.5, width * 0.31, unit * 1.4)
            painter.fillRect(bar, PAPER)
            full = QRectF(bar.left(), bar.top(), bar.width() * fact.share, bar.height())
            painter.fillRect(full, PASS_BLUE if fact.tone is Tone.CALM else VERMILION)
        draw_text(painter, detail, fact.detail, unit * 1.7, soft, flags=LEFT)
