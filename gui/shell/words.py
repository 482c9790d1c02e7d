# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the screen says about the station, as text only: which words, how urgent, and what to do."""

from __future__ import annotations

from dataclasses import dataclass

from gui.widgets.palette import Tone
from inspector.api.schema import BypassInfo, LedgerInfo, Problem, ShiftClosed, StationState, Status
from inspector.errors import ApiAway, InspectorError, StationAway, StationTimeout

ASKS_FOR_ACTION = {"NO_SHIFT"}
"""Reasons that are a normal step of the operator, not a disturbance."""
JUST_WAITING = {"WARMING", "CLOSING"}


@dataclass(frozen=True)
class BannerWords:
    """The state of the station.

    Attributes:
        word: The state, in capitals.
        lines: Reasons with what to do, most urgent first; empty when all is well.
        tone: How urgent it is.
    """

    word: str
    lines: tuple[str, ...]
    tone: Tone


def reason_line(problem: Problem) -> str:
    """Like "camera cam1 not answering - check the cable"."""
    return f"{problem.message} - {problem.advice}" if problem.advice else problem.message


def away_words(reason: str) -> BannerWords:
    """The screen knows nothing: it must not look as if it did."""
    return BannerWords(
        "NO CONNECTION",
        (f"{reason} - this screen tries again by itself", "The line rejects whatever is not judged in time."),
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
        return f"lot {status.shift.lot}, every part is inspected"
    more = len(status.warnings) - 1
    return f"WARNING: {reason_line(status.warnings[0])}{f' (and {more} more)' if more else ''}"


def _bypass_words(bypass: BypassInfo, words: BannerWords, warnings: tuple[str, ...]) -> BannerWords:
    minutes = -(-bypass.remaining_s // 60)
    others = "" if words.word == "RUNNING" else f" · {words.word}"
    passing = "every part passes" if bypass.scope == "all" else "parts without a verdict pass"
    line = f"{passing}, {bypass.parts_left} more parts - by {bypass.by}: {bypass.reason}"
    tone = Tone.STOP if words.tone is Tone.STOP else Tone.WARN
    return BannerWords(f"BYPASS {minutes} MIN{others}", (line, *words.lines, *warnings), tone)


def _words_without_bypass(status: Status) -> BannerWords:
    disturbances = [p for p in status.reasons if p.code not in ASKS_FOR_ACTION | JUST_WAITING]
    others = [p for p in status.reasons if p.code in ASKS_FOR_ACTION | JUST_WAITING]
    lines = tuple(reason_line(problem) for problem in (*disturbances, *others))
    if status.state is StationState.FAULT:
        return BannerWords("FAULT", lines, Tone.STOP)
    if status.stopped:
        return BannerWords("LINE STOPPED", lines, Tone.STOP)
    if disturbances:
        return BannerWords("NOT READY", lines, Tone.WARN)
    if status.state is StationState.STARTING:
        return BannerWords("STARTING", lines, Tone.CALM)
    if status.state is StationState.CLOSING:
        return BannerWords("CLOSING THE SHIFT", lines, Tone.CALM)
    if status.shift is None:
        return BannerWords("NO SHIFT", lines or ("open a shift to begin",), Tone.ACTION)
    if not status.ready:
        return BannerWords("NOT READY", lines or ("the station gives no reason - call maintenance",), Tone.WARN)
    if not status.line.ready:
        return BannerWords("NOT READY", ("the line is not ready - check the PLC",), Tone.WARN)
    if status.challenge is not None and status.challenge.message:
        running = status.challenge.running
        return BannerWords(
            "CHALLENGE" if running else "CHALLENGE DUE",
            (status.challenge.message,),
            Tone.ACTION if running else Tone.WARN,
        )
    return BannerWords("RUNNING", (), Tone.CALM)


def ledger_words(ledger: LedgerInfo, key: str) -> tuple[str, str, Tone]:
    """Headline, detail and tone of the ledger: how far the outside world can check this station."""
    waiting = ledger.sealed - ledger.anchored
    if key == "locked":
        return "key locked", "seals wait unsigned - unlock the key", Tone.WARN
    if ledger.sealed == 0:
        return "no seal yet", "comes with the end of the shift", Tone.CALM
    if waiting <= 0:
        return f"{ledger.anchored} of {ledger.sealed} anchored", "every seal is on the ledger", Tone.CALM
    age_s = ledger.oldest_unanchored_s or 0
    late = age_s > 900
    headline = f"{waiting} of {ledger.sealed} waiting"
    return headline, f"oldest for {age_s // 60} min", Tone.WARN if late else Tone.CALM


def failed_words(command: str, error: InspectorError) -> str:
    """A command that did not succeed; no answer is not the same as no."""
    if isinstance(error, (ApiAway, StationAway, StationTimeout)):
        return f"No answer to {command}: {error.message}. Whether it was done shows above in a moment."
    return f"Refused: {command}: {error}"


def closed_words(closed: ShiftClosed) -> str:
    """The end of a shift in one sentence."""
    verdicts = closed.counts.verdicts
    let_through = verdicts.get("PASS", 0) + verdicts.get("BYPASSED", 0)
    difference = closed.reconciliation.difference
    if difference is None:
        count = "The plant's count is not known"
    elif difference == 0:
        count = "The plant counted the same"
    else:
        count = f"THE PLANT COUNTED {abs(difference)} {'MORE' if difference > 0 else 'FEWER'}"
    agree = [name.replace("_", " ").replace(":", " ") for name in closed.reconciliation.independent.established_by]
    complete = f"Complete by {', '.join(agree)}" if agree else "COMPLETENESS NOT INDEPENDENTLY ESTABLISHED"
    return (
        f"Shift {closed.shift}: {closed.parts} parts, {closed.parts - let_through} not passed. "
        f"{count}. {complete}. {closed.sealed[:1].upper()}{closed.sealed[1:]}."
    )
