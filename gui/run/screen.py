# SPDX-License-Identifier: AGPL-3.0-or-later
"""The run screen: everything an operator needs while parts are inspected, readable from 3 m, without a pop-up."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout

from gui.gallery.review_keys import ReviewKeys
from gui.run.counts_bar import CountsBar
from gui.run.facts import FactsBar
from gui.run.live import LivePictures
from gui.run.verdict import VerdictStrip, VerdictTile
from gui.shell.bridge import Bridge
from gui.shell.person import Person
from gui.shell.screen import Screen
from gui.shell.state_banner import StateBanner
from gui.shell.words import away_words, calm_words, closed_words, failed_words, state_words
from gui.shift.bar import ShiftBar
from gui.shift.words import ledger_line, secured_words
from gui.text import mark, tr
from gui.text.classes import class_word
from gui.text.said import said
from gui.widgets.metrics import Metrics
from gui.widgets.palette import Tone
from gui.widgets.picture import PictureView, Shot
from gui.widgets.verdicts import LOOKS
from inspector.api.command_schema import ChallengeStarted, ShiftClosed, ShiftOpened, Statement, StopWasReset
from inspector.api.part_schema import PartEvent
from inspector.api.schema import LedgerInfo, ShiftInfo, Status, Verdict
from inspector.api.shift_schema import Handover, SealWords
from inspector.errors import InspectorError

log = logging.getLogger(__name__)

TICK_MS = 250
LOW_SHARE = 0.7
"""With less of the window, because somebody types below, state, verdict and pictures get all of it."""
SHARES = {"strip": 0.043, "counts": 0.215, "facts": 0.094}
"""Heights as shares of the window; pictures and verdict take what the state and the keys leave."""
LOW_BANNER = 0.19
"""Height of the state while somebody types, as a share of the screen's."""
COLUMNS = (8, 20, 15)
"""Widths of live picture, verdict and last reject: what is live matters least."""
FAST_PPM = 120
"""At more parts a minute a live picture only flickers: the strip and the last reject say more."""
CALM_PICTURE_S = 2.0
"""So often the live picture then changes."""
RATE_OF = 8
"""The rate is that of so many parts."""
REVIEW_WIDE = 1.6
"""Width of the keys to say what one thinks of the last reject, in heights."""
RECENT = VerdictStrip.LENGTH
IMAGE_AFTER_MS = 700
IMAGE_TRIES = 6
LET_THROUGH = (Verdict.PASS, Verdict.BYPASSED)


class RunScreen(Screen):
    """Shows what the bridge tells, and asks for what the operator wants."""

    name = "run"
    word = mark("Run")
    symbol = "run"
    often = True

    def __init__(self, bridge: Bridge, person: Person) -> None:
        super().__init__(bridge, person)
        self._reject: PartEvent | None = None
        self._closed: ShiftClosed | None = None
        self._seal: SealWords | None = None
        self._receipts: tuple[int | None, ...] = ()
        self._recent: dict[int, PartEvent] = {}
        self._last_shots: dict[str, tuple[tuple[str, int], Shot]] = {}
        self._live_s: dict[str, float] = {}
        self.banner = StateBanner()
        self.live = LivePictures()
        self.verdict = VerdictTile()
        self.reject = PictureView(mark("LAST REJECT"), mark("none in this shift"), aged=True)
        self.review = ReviewKeys(person, upright=True, only_who_may=True)
        self.strip = VerdictStrip()
        self.counts = CountsBar()
        self.facts = FactsBar()
        self.shift_bar = ShiftBar()
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        self._outer = QVBoxLayout(self)
        self._middle = QGridLayout()
        rejected = self._rejected = QHBoxLayout()
        rejected.addWidget(self.reject, 1)
        rejected.addWidget(self.review)
        self._middle.addWidget(self.live, 0, 0)
        self._middle.addWidget(self.verdict, 0, 1)
        self._middle.addLayout(rejected, 0, 2)
        for column, share in enumerate(COLUMNS):
            self._middle.setColumnStretch(column, share)
        self._outer.addWidget(self.banner)
        self._outer.addLayout(self._middle, 1)
        for widget in (self.strip, self.counts, self.facts, self.shift_bar):
            self._outer.addWidget(widget)

    def _connect(self) -> None:
        bridge = self.bridge
        bridge.part_came.connect(self._on_part)
        bridge.preview_came.connect(self._on_preview)
        self.shift_bar.open_wanted.connect(self._open_shift)
        self.shift_bar.close_wanted.connect(self._close_shift)
        self.shift_bar.reset_wanted.connect(self._reset_stop)
        self.shift_bar.challenge_wanted.connect(self._start_challenge)
        self.shift_bar.sign_form.signed.connect(self._sign_shift)
        self.shift_bar.sign_form.refused.connect(self._resume_shift)
        self.review.said.connect(lambda line: self.shift_bar.set_message(line, Tone.CALM))
        self._tick = QTimer(self)
        self._tick.setInterval(TICK_MS)
        self._tick.timeout.connect(self._age)
        self._tick.start()

    # What the station says

    def show_status(self, status: Status) -> None:
        before, self.status = self.status, status
        shift = status.shift
        self.banner.show_station(status.station, status.simulated)
        self.banner.show_state(state_words(status), calm_words(status), urgent=bool(status.warnings))
        self._fit_banner(self.metrics)
        simulated_camera = any(camera.simulated for camera in status.cameras)
        self.reject.set_simulated(simulated_camera)
        self.counts.set_stale(False)
        self.facts.set_stale(False)
        self.counts.show_status(status)
        self.facts.show_status(status)
        self.shift_bar.show_status(status)
        self._show_ledger()
        if before is None or (before.shift and before.shift.number) != (shift and shift.number):
            self._begin_shift(shift)
        self.live.show_cameras(status.cameras)

    def _begin_shift(self, shift: ShiftInfo | None) -> None:
        self._reject = None
        self.review.show_part(None)
        self._recent.clear()
        self.strip.replace(())
        self.verdict.clear(mark("no shift is open") if shift is None else mark("waiting for a part"))
        self.reject.clear(mark("no shift is open") if shift is None else mark("none in this shift"))
        if shift is not None:
            self.bridge.ask(lambda client: client.parts(RECENT), lambda answer: self._fill_in(answer, shift))

    def _fill_in(self, answer: object, shift: ShiftInfo) -> None:
        """What was judged before this screen looked, or while it was away."""
        if isinstance(answer, InspectorError):
            log.warning("the parts so far cannot be shown: %s", answer)
        if not isinstance(answer, tuple) or self.status is None or self.status.shift is None:
            return
        if self.status.shift.number == shift.number:
            parts = [part for part in answer if part.t_us >= shift.opened_us]
            self._take_in({part.seq: part for part in parts} | self._recent)

    def _on_part(self, part: PartEvent) -> None:
        self._take_in(self._recent | {part.seq: part})

    def _take_in(self, parts: dict[int, PartEvent]) -> None:
        """Show the newest part, the newest that was not let through, and the verdicts of the last ones."""
        self._recent = dict(sorted(parts.items())[-RECENT:])
        newest = list(self._recent.values())
        self.strip.replace(part.verdict for part in newest)
        if newest:
            self.verdict.show_part(newest[-1], _age_s(newest[-1]))
        rejects = [part for part in newest if part.verdict not in LET_THROUGH]
        if rejects and (self._reject is None or self._reject.seq != rejects[-1].seq):
            self._show_reject(rejects[-1])

    def _show_reject(self, part: PartEvent) -> None:
        self._reject = part
        self.review.show_part(part)
        self.reject.drop_shot(mark("picture follows") if part.image else mark("there is no picture of this part"))
        self.reject.show_words(_reject_words(part), _age_s(part))
        last = None if part.camera is None else self._last_shots.get(part.camera)
        if last is not None and last[0] == part.key and part.image is not None:
            self.reject.show_shot(last[1])
        else:
            QTimer.singleShot(IMAGE_AFTER_MS, self, lambda: self._fetch_image(part, IMAGE_TRIES))

    def _fetch_image(self, part: PartEvent, tries: int) -> None:
        """The stored image, when no preview of this part came; it is written a moment after the verdict."""
        if part is not self._reject or self.reject.shot is not None or part.image is None:
            return

        def done(answer: object) -> None:
            if part is not self._reject or self.reject.shot is not None:
                return
            if isinstance(answer, Shot):
                self.reject.show_shot(answer)
            elif tries > 1:
                QTimer.singleShot(IMAGE_AFTER_MS, self, lambda: self._fetch_image(part, tries - 1))

        self.bridge.ask_image(part, done)

    def _on_preview(self) -> None:
        fast = parts_a_minute([part.t_us for part in self._recent.values()][-RATE_OF:]) > FAST_PPM
        now_s = time.monotonic()
        for preview, shot in self.bridge.take_previews():
            if not fast or now_s - self._live_s.get(preview.camera, 0.0) >= CALM_PICTURE_S:
                self._live_s[preview.camera] = now_s
                self.live.show_shot(preview.camera, shot)
            if preview.key is None:
                continue
            self._last_shots[preview.camera] = (preview.key, shot)
            if self._reject is not None and (preview.key, preview.camera) == (self._reject.key, self._reject.camera):
                self.reject.show_shot(shot)

    def show_away(self, reason: str) -> None:
        self.banner.show_state(away_words(reason))
        self._fit_banner(self.metrics)
        self.counts.set_stale(True)
        self.facts.set_stale(True)
        self.live.clear(mark("no live picture"))
        self.verdict.clear(mark("no connection"))
        self.shift_bar.show_away()

    # What the operator wants

    def take_scan(self, code: str) -> bool:
        """The lot of the shift that is to be opened, once it is known who opens it."""
        return self.person.known and self.shift_bar.take_lot(code)

    def _open_shift(self, lot: str) -> None:
        self.shift_bar.set_busy(tr("Opening a shift for lot {lot} ...", lot=lot))
        self.person.ask(lambda client, who: client.open_shift(lot, who), self._on_opened)

    def _on_opened(self, answer: object) -> None:
        if isinstance(answer, ShiftOpened):
            self.shift_bar.finish(tr("Shift {shift} is open.", shift=answer.shift), Tone.CALM, True)
        elif isinstance(answer, InspectorError):
            self.shift_bar.finish(failed_words(tr("opening the shift"), answer), Tone.WARN, False)

    def _close_shift(self, note: str, by_hand: int) -> None:
        self.shift_bar.set_busy(tr("Closing: parts on the belt are finished, images stored, the seal is made ..."))
        if self.person.required:
            self.person.ask(lambda client, _who: client.shift_statement(note, by_hand), self._on_closed)
        else:
            self.person.ask(lambda client, who: client.close_shift(who, note, by_hand), self._on_closed)

    def _sign_shift(self, statement: str, secret: str) -> None:
        self.shift_bar.set_busy(tr("Signing, and making the seal ..."))
        self.person.ask(lambda client, _who: client.sign_shift(statement, secret), self._on_closed)

    def _resume_shift(self) -> None:
        self.shift_bar.set_busy(tr("Not signed ..."))
        self.person.ask(lambda client, _who: client.resume_shift(), self._on_resumed)

    def _on_resumed(self, answer: object) -> None:
        if isinstance(answer, InspectorError):
            self.shift_bar.finish(failed_words(tr("going on with the shift"), answer), Tone.WARN, True)
        else:
            self.shift_bar.finish(tr("Not signed: the shift goes on."), Tone.WARN, True)

    def _on_closed(self, answer: object) -> None:
        if isinstance(answer, Statement):
            self.shift_bar.show_statement(answer)
        elif isinstance(answer, ShiftClosed):
            independent = answer.reconciliation.independent
            odd = bool(answer.reconciliation.difference or independent.differences or not independent.established_by)
            self.shift_bar.finish(closed_words(answer), Tone.WARN if odd else Tone.CALM, True)
            self._closed, self._seal, self._receipts = answer, None, ()
            self._show_ledger()
        elif isinstance(answer, InspectorError):
            self.shift_bar.finish(failed_words(tr("closing the shift"), answer), Tone.WARN, False)

    def _show_ledger(self) -> None:
        """After the end of a shift, for as long as that is what the bar says: whether others can see its seal."""
        closed, status = self._closed, self.status
        if closed is None or status is None or not self.shift_bar.message.text().startswith(closed_words(closed)):
            self._closed = None
            return
        self._ask_seal(closed.shift, status.ledger)
        line = ledger_line(status.ledger, closed.shift)
        if self._seal is not None and self._seal.signed:
            line = f"{secured_words(self._seal, named=False)}."
        self.shift_bar.set_message(f"{closed_words(closed)} {line}", self.shift_bar.tone)

    def _ask_seal(self, shift: int, ledger: LedgerInfo) -> None:
        """Which ledgers and witnesses have the seal, whenever there is another receipt."""
        receipts = (shift, ledger.anchored, ledger.anchored_us, *(one.anchored for one in ledger.ledgers))
        if receipts == self._receipts:
            return
        self._receipts = receipts

        def answered(answer: object) -> None:
            if isinstance(answer, Handover) and self._closed is not None and self._closed.shift == shift:
                self._seal = answer.seal
                self._show_ledger()

        self.bridge.ask(lambda client: client.handover(shift), answered)

    def _reset_stop(self, reason: str) -> None:
        self.shift_bar.set_busy(tr("Resetting the stop ..."))
        self.person.ask(lambda client, who: client.reset_stop(who, reason), self._on_reset)

    def _on_reset(self, answer: object) -> None:
        if isinstance(answer, StopWasReset):
            self.shift_bar.finish(tr("The stop is reset and recorded."), Tone.CALM, True)
        elif isinstance(answer, InspectorError):
            self.shift_bar.finish(failed_words(tr("resetting the stop"), answer), Tone.WARN, False)

    def _start_challenge(self) -> None:
        self.shift_bar.set_busy(tr("Starting the challenge ..."))
        self.person.ask(lambda client, who: client.start_challenge(who), self._on_challenge)

    def _on_challenge(self, answer: object) -> None:
        if isinstance(answer, ChallengeStarted):
            self.shift_bar.finish(tr("The challenge runs. {next}", next=said(answer.message)), Tone.CALM, True)
        elif isinstance(answer, InspectorError):
            self.shift_bar.finish(failed_words(tr("starting the challenge"), answer), Tone.WARN, False)

    def retranslate(self) -> None:
        if self._reject is not None:
            self.reject.show_words(_reject_words(self._reject), _age_s(self._reject))

    # Qt

    def _age(self) -> None:
        """Times on the screen go on."""
        for widget in (self.banner, self.verdict, self.reject):
            widget.update()

    def fit(self, metrics: Metrics) -> None:
        air = max(3, round(metrics.gap * 0.42))  # between what is only looked at
        self._outer.setContentsMargins(air, air, air, air)
        self._outer.setSpacing(air)
        self._middle.setSpacing(air)
        self._rejected.setSpacing(metrics.gap)
        for name, widget in (("strip", self.strip), ("counts", self.counts), ("facts", self.facts)):
            widget.setVisible(not self._low)
            widget.setFixedHeight(round(metrics.height * SHARES[name]))
        self._fit_banner(metrics)
        self.shift_bar.fit(metrics)
        self.review.fit(round(metrics.touch * REVIEW_WIDE), metrics.touch, metrics.gap)

    @property
    def _low(self) -> bool:
        """Somebody types below."""
        return self.height() < LOW_SHARE * self.window().height()

    def _fit_banner(self, metrics: Metrics) -> None:
        """With reasons the state takes more room, from the pictures: they are needed less then."""
        low = round(self.height() * LOW_BANNER)
        self.banner.setFixedHeight(low if self._low else self.banner.height_in(metrics.height))
        fixed = [self.banner, *(() if self._low else (self.strip, self.counts, self.facts))]
        taken = sum(widget.height() for widget in fixed) + self.shift_bar.sizeHint().height()
        room = self.height() - taken - 7 * self._outer.spacing()
        self.review.set_room(room >= len(self.review.keys) * (metrics.touch + metrics.gap) - metrics.gap)


def parts_a_minute(times_us: Sequence[int]) -> float:
    """How fast parts come, by the times of the last ones; 0 while nobody can say.

    Args:
        times_us: Oldest first, microseconds.
    """
    if len(times_us) < RATE_OF or times_us[-1] <= times_us[0]:
        return 0.0
    return (len(times_us) - 1) * 60e6 / (times_us[-1] - times_us[0])


def _age_s(part: PartEvent) -> float:
    """How long ago; the clocks of screen and station are the same."""
    return max(0.0, time.time() - part.t_us / 1e6)


def _reject_words(part: PartEvent) -> str:
    words = LOOKS[part.verdict].word
    if part.boxes:
        words = ", ".join(dict.fromkeys(class_word(box.class_name).upper() for box in part.boxes))
    return f"{words}: {part.camera}" if len(part.views) > 1 else words
