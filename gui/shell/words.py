# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the screen says about the station, as text only: which words, how urgent, and what to do."""

from __future__ import annotations

from dataclasses import dataclass

from gui.text import mark, tr
from gui.text.reasons import reason_line
from gui.text.said import said, said_error
from gui.widgets.palette import Tone
from inspector.api.command_schema import ShiftClosed
from inspector.api.schema import BypassInfo, LedgerInfo, StationState, Status
from inspector.errors import ApiAway, InspectorError, StationAway, StationTimeout

ASKS_FOR_ACTION = {"NO_SHIFT"}
"""Reasons that are a normal step of the operator, not a disturbance."""
JUST_WAITING = {"WARMING", "CHANGEOVER", "CLOSING"}
STATION_WORDS = (
    *(mark("infeed"), mark("lanes"), mark("lane sensors"), mark("plant"), mark("camera")),
    *(mark("sealed"), mark("not sealed yet: the signing key is locked")),
)
"""What the station says as one of a few words."""


@dataclass(frozen=True)
class BannerWords:
    """The state of the station.

    Attributes:
        word: The state, in capitals.
        lines: Reasons with what to do, most urgent first; empty when all is well.
        tone: How urgent it is.
        running: Parts are inspected as ever.
    """

    word: str
    lines: tuple[str, ...]
    tone: Tone
    running: bool = False


def away_words(reason: str) -> BannerWords:
    """The screen knows nothing: it must not look as if it did."""
    return BannerWords(
        tr("NO CONNECTION"),
        (
            tr("{reason} - this screen tries again by itself", reason=said(reason)),
            tr("The line rejects whatever is not judged in time."),
        ),
        Tone.DARK,
    )


def state_words(status: Status) -> BannerWords:
    """The state in words, with every reason why the station is not Ready; a bypass stands before all else."""
    words = _words_without_bypass(status)
    if status.bypass is None:
        return words
    return _bypass_words(status.bypass, words, tuple(reason_line(warning) for warning in status.warnings))


def calm_words(status: Status) -> str:
    """What stands where reasons would, while there are none: what will need somebody, or that all is well."""
    if status.shift is None:
        return ""
    if not status.warnings:
        return tr("lot {lot}, every part is inspected", lot=status.shift.lot)
    more = len(status.warnings) - 1
    first = reason_line(status.warnings[0])
    if not more:
        return tr("WARNING: {reason}", reason=first)
    return tr("WARNING: {reason}", reason=tr("{reason} (and {more} more)", reason=first, more=more))


def _bypass_words(bypass: BypassInfo, words: BannerWords, warnings: tuple[str, ...]) -> BannerWords:
    minutes = -(-bypass.remaining_s // 60)
    others = "" if words.running else f" · {words.word}"
    passing = tr("every part passes") if bypass.scope == "all" else tr("parts without a verdict pass")
    line = tr(
        "{passing}, {parts} more parts - by {by}: {reason}",
        passing=passing,
        parts=bypass.parts_left,
        by=bypass.by,
        reason=bypass.reason,
    )
    tone = Tone.STOP if words.tone is Tone.STOP else Tone.WARN
    return BannerWords(tr("BYPASS {minutes} MIN", minutes=minutes) + others, (line, *words.lines, *warnings), tone)


def _words_without_bypass(status: Status) -> BannerWords:
    disturbances = [p for p in status.reasons if p.code not in ASKS_FOR_ACTION | JUST_WAITING]
    others = [p for p in status.reasons if p.code in ASKS_FOR_ACTION | JUST_WAITING]
    lines = tuple(reason_line(problem) for problem in (*disturbances, *others))
    if status.state is StationState.FAULT:
        return BannerWords(tr("FAULT"), lines, Tone.STOP)
    if status.stopped:
        return BannerWords(tr("LINE STOPPED"), lines, Tone.STOP)
    if status.manual is not None:
        first = tr("outputs are forced by {by} - end it on the Service screen", by=status.manual.by)
        more = [reason_line(problem) for problem in (*disturbances, *others) if problem.code != "MANUAL"]
        return BannerWords(tr("MANUAL"), (first, *more), Tone.WARN)
    if disturbances:
        return BannerWords(tr("NOT READY"), lines, Tone.WARN)
    if status.state is StationState.STARTING:
        return BannerWords(tr("STARTING"), lines, Tone.CALM)
    if status.state is StationState.CLOSING:
        return BannerWords(tr("CLOSING THE SHIFT"), lines, Tone.CALM)
    if status.shift is None:
        return BannerWords(tr("NO SHIFT"), lines or (tr("open a shift to begin"),), Tone.ACTION)
    if not status.ready:
        return BannerWords(tr("NOT READY"), lines or (tr("the station gives no reason - call maintenance"),), Tone.WARN)
    if not status.line.ready:
        return BannerWords(tr("NOT READY"), (tr("the line is not ready - check the PLC"),), Tone.WARN)
    if status.challenge is not None and status.challenge.message:
        running = status.challenge.running
        return BannerWords(
            tr("CHALLENGE") if running else tr("CHALLENGE DUE"),
            (said(status.challenge.message),),
            Tone.ACTION if running else Tone.WARN,
        )
    return BannerWords(tr("RUNNING"), (), Tone.CALM, running=True)


def ledger_words(ledger: LedgerInfo, key: str) -> tuple[str, str, Tone]:
    """Headline, detail and tone of the ledger: how far the outside world can check this station."""
    waiting = ledger.sealed - ledger.anchored
    if key == "locked":
        return tr("key locked"), tr("unlock the key"), Tone.WARN
    if ledger.sealed == 0:
        return tr("no seal yet"), tr("made at shift end"), Tone.CALM
    if waiting <= 0:
        headline = tr("{number} of {total} anchored", number=ledger.anchored, total=ledger.sealed)
        return headline, tr("no seal waits"), Tone.CALM
    age_s = ledger.oldest_unanchored_s or 0
    late = age_s > 900
    headline = tr("{number} of {total} waiting", number=waiting, total=ledger.sealed)
    return headline, tr("oldest for {minutes} min", minutes=age_s // 60), Tone.WARN if late else Tone.CALM


def failed_words(command: str, error: InspectorError) -> str:
    """A command that did not succeed; no answer is not the same as no."""
    if isinstance(error, (ApiAway, StationAway, StationTimeout)):
        return tr(
            "No answer to {command}: {reason}. Whether it was done shows above in a moment.",
            command=command,
            reason=said(error.message),
        )
    return tr("Refused: {command}: {reason}", command=command, reason=said_error(error))


def closed_words(closed: ShiftClosed) -> str:
    """The end of a shift in one sentence."""
    verdicts = closed.counts.verdicts
    let_through = verdicts.get("PASS", 0) + verdicts.get("BYPASSED", 0)
    difference = closed.reconciliation.difference
    if difference is None:
        count = tr("The plant's count is not known")
    elif difference == 0:
        count = tr("The plant counted the same")
    else:
        more = tr("THE PLANT COUNTED {number} MORE", number=difference)
        count = more if difference > 0 else tr("THE PLANT COUNTED {number} FEWER", number=-difference)
    agree = ", ".join(_counter_words(name) for name in closed.reconciliation.independent.established_by)
    complete = (
        tr("Complete by {counters}", counters=agree) if agree else tr("COMPLETENESS NOT INDEPENDENTLY ESTABLISHED")
    )
    return tr(
        "Shift {shift}: {parts} parts, {rejected} not passed. {count}. {complete}. {sealed}.",
        shift=closed.shift,
        parts=closed.parts,
        rejected=closed.parts - let_through,
        count=count,
        complete=complete,
        sealed=_sealed_words(closed.sealed),
    )


def _counter_words(name: str) -> str:
    """A counter by its name in the records, like "lanes" or "camera:cam1"."""
    kind, _, which = name.partition(":")
    return " ".join(part for part in (tr(kind.replace("_", " ")), which) if part)


def _sealed_words(text: str) -> str:
    words = tr(text)
    return f"{words[:1].upper()}{words[1:]}"
