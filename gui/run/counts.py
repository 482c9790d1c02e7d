# SPDX-License-Identifier: AGPL-3.0-or-later
"""Figures of the run screen: parts of the lot and of the last hour by verdict, and whether the rejects are normal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gui.text import figure, mark, tr
from gui.widgets.palette import AMBER, PANEL, Tone
from gui.widgets.verdicts import LOOKS, Look, Shape
from inspector.api.schema import InRow, RejectRate, Status, Verdict

OTHER = Look(mark("OTHER"), "", Shape.TRIANGLE, "!", AMBER)
QUIET_OTHER = Look(mark("OTHER"), "", Shape.TRIANGLE, "!", PANEL)
NONE = "-"
FEW = 20
"""A limit of more rejects in a row stands below the count: both together would be too small."""


@dataclass(frozen=True)
class Count:
    """One figure.

    Attributes:
        title: What is counted.
        figure: In the lot, or the one figure that there is.
        hour: In the last 60 minutes; or in words, how the figure is to be taken.
        detail: What else belongs to it.
        look: Symbol beside the title.
        tone: How urgent it is.
        filled: How many of how many marks stand below the figure; None: none.
        by_lot: The figures are those of the lot and of the last 60 minutes, as the labels at the left say.
    """

    title: str
    figure: str
    hour: str = ""
    detail: str = ""
    look: Look | None = None
    tone: Tone = Tone.CALM
    filled: tuple[int, int] | None = None
    by_lot: bool = True


def counts_of(status: Status) -> tuple[Count, ...]:
    """What the counters say about a status."""
    production = status.production
    lot = status.counts if production is None or production.lot is None else production.lot.counts
    hour = None if production is None else production.hour
    lanes = status.outcomes
    other = _other(lot)
    named = [
        f"{LOOKS[Verdict(name)].word.lower()} {number}"
        for name, number in lot.items()
        if number and name in set(Verdict) - {"PASS", "FAIL"}
    ]
    counts = [
        Count(tr("PARTS"), f"{sum(lot.values())}", _of(hour, lambda one: sum(one.values())), _shift_words(status)),
        Count(
            tr("PASS"),
            f"{lot.get('PASS', 0)}",
            _of(hour, lambda one: one.get("PASS", 0)),
            tr("good lane, shift: {number}", number=lanes.good),
            LOOKS[Verdict.PASS],
        ),
        Count(
            tr("FAIL"),
            f"{lot.get('FAIL', 0)}",
            _of(hour, lambda one: one.get("FAIL", 0)),
            tr("reject lane, shift: {number}", number=lanes.reject_lane),
            LOOKS[Verdict.FAIL],
        ),
        Count(
            tr("OTHER"),
            f"{other}",
            _of(hour, _other),
            ", ".join(named) or tr("rejected for another reason"),
            OTHER if other else QUIET_OTHER,
        ),
    ]
    if production is not None:
        counts.append(rate_count(production.reject_rate))
    if status.rejects_in_row is not None:
        counts.append(in_row_count(status.rejects_in_row))
    return tuple(counts)


def rate_count(rate: RejectRate) -> Count:
    """The reject rate of the last 60 minutes beside what is normal."""
    title = tr("REJECTS IN 60 MIN")
    if not rate.parts:
        return Count(title, NONE, detail=_band_words(rate), by_lot=False)
    ppm = rate.rejected / rate.parts * 1e6
    word, tone = "", Tone.CALM
    if rate.band is not None:
        # The limits are whole parts per million: half of one is no difference.
        if ppm > rate.band.high_ppm + 0.5:
            word, tone = "▲ " + tr("ABOVE NORMAL"), Tone.WARN
        elif ppm < rate.band.low_ppm - 0.5:
            word, tone = "▼ " + tr("BELOW NORMAL"), Tone.WARN
        else:
            word = tr("normal")
    return Count(title, _percent(ppm), word, _band_words(rate), tone=tone, by_lot=False)


def in_row_count(in_row: InRow) -> Count:
    """How near the line is to a stop."""
    near = in_row.limit > 1 and in_row.count >= in_row.limit - 1
    far = in_row.limit > FEW
    return Count(
        tr("REJECTS IN A ROW"),
        f"{in_row.count}" if far else tr("{count} of {limit}", count=in_row.count, limit=in_row.limit),
        tr("of {limit}", limit=in_row.limit) if far else "",
        detail=tr("{limit} in a row: stop", limit=in_row.limit),
        tone=Tone.WARN if near else Tone.CALM,
        filled=(min(in_row.count, in_row.limit), in_row.limit),
        by_lot=False,
    )


def _band_words(rate: RejectRate) -> str:
    if rate.band is not None:
        return tr("normal: {low} to {high}", low=_percent(rate.band.low_ppm), high=_percent(rate.band.high_ppm))
    match rate.no_band:
        case "reading":
            return tr("the history is being read")
        case "few-hours":
            return tr("no band yet: {hours} of {needed} hours", hours=rate.hours, needed=rate.hours_needed)
        case "few-parts":
            return tr("too few parts for a band")
        case "never-moved":
            return tr("no band: it was always the same")
    return ""


def _percent(ppm: float) -> str:
    percent = ppm / 10_000
    return f"{figure(percent, 1 if percent >= 1 or not ppm else 2)} %"


def _other(counts: dict[str, int]) -> int:
    return sum(counts.values()) - counts.get("PASS", 0) - counts.get("FAIL", 0)


def _of(counts: dict[str, int] | None, number: Callable[[dict[str, int]], int]) -> str:
    return NONE if counts is None else f"{number(counts)}"


def _shift_words(status: Status) -> str:
    if status.shift is None:
        return tr("no shift is open")
    if status.production is not None and status.production.lot is None:
        return tr("lot: not known; this shift: {number}", number=status.shift.parts)
    if status.production is None or status.production.lot is None or status.production.lot.shifts < 2:
        return tr("shift: {number}", number=status.shift.parts)
    return tr("{shifts} shifts; this one: {number}", shifts=status.production.lot.shifts, number=status.shift.parts)
