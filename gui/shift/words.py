# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the screen says of a shift and of its challenges, as text only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gui.text import tr
from gui.text.classes import class_word
from gui.text.codes import alarm_name, words_of_code
from gui.text.said import said
from gui.text.times import clock_of
from gui.widgets.palette import Tone
from inspector.api.schema import ChallengeInfo, ChallengePart, LedgerInfo
from inspector.api.shift_schema import Handover, LongStop, SealWords, ShiftBypass, ShiftChallenge

MOST_NAMED = 2
"""Ledgers that are named in one line; what is more is only counted."""
LONGEST_NAME = 24
MOST_LINES = 5
"""Lines of a panel; what is more is only counted."""
LET_THROUGH = ("PASS", "BYPASSED")


@dataclass(frozen=True)
class PanelWords:
    """One panel of the page.

    Attributes:
        title: In capitals.
        lines: What stands there, never empty.
        tone: How much attention it asks for.
    """

    title: str
    lines: tuple[str, ...]
    tone: Tone = Tone.CALM


def headline(page: Handover) -> str:
    """Which shift it is, and when."""
    until = "" if page.closed_us is None else clock_of(page.closed_us)
    return tr("Shift {shift}", shift=page.shift) + (
        f"   \u00b7   {tr('lot {lot}', lot=page.lot)}   \u00b7   {clock_of(page.opened_us)} \u2013 {until}"
    )


def seal_words(page: Handover) -> tuple[str, Tone]:
    """Parts and seal in plain words, like "412 parts, 15 rejected. Sealed. On the ledger: yes, witness: not yet"."""
    parts = sum(page.verdicts.values())
    rejected = parts - sum(page.verdicts.get(verdict, 0) for verdict in LET_THROUGH)
    counted = tr("{parts} parts, {rejected} rejected.", parts=parts, rejected=rejected)
    if page.seal is None:
        return f"{counted} {tr('The shift is open.')}", Tone.CALM
    if not page.seal.signed:
        return f"{counted} {tr('Not sealed yet: the signing key is locked.')}", Tone.WARN
    return f"{counted} {tr('Sealed.')} {secured_words(page.seal)}", Tone.CALM


def secured_words(seal: SealWords, *, named: bool = True) -> str:
    """Who outside has a seal, like "On the ledger: yes, 2 of 3 (not yet: tsa.example.com), witness: yes".

    Args:
        seal: What is known of it.
        named: Name the ledgers that do not have it; without, it is a short line.
    """
    ledger = _ledger(seal, named=named)
    return tr("On the ledger: {ledger}, witness: {witness}", ledger=ledger, witness=_witness(seal))


def _ledger(seal: SealWords, *, named: bool) -> str:
    there = tr("yes") if seal.anchored or (seal.ledgers and not seal.places) else tr("waiting")
    if len(seal.places) < 2:
        return there
    away = [_short(place.name) for place in seal.places if not place.holds]
    count = tr("{count} of {limit}", count=len(seal.places) - len(away), limit=len(seal.places))
    if not away or not named:
        return f"{there}, {count}"
    more = f" (+{len(away) - MOST_NAMED})" if len(away) > MOST_NAMED else ""
    return f"{there}, {count} ({tr('not yet: {names}', names=', '.join(away[:MOST_NAMED]))}{more})"


def _witness(seal: SealWords) -> str:
    """Of the ledgers that ask for witnesses."""
    if not seal.places:
        return tr("not known")
    asked = [place for place in seal.places if place.witnessed is not None]
    if not asked:
        return tr("none is set up")
    seen = [place for place in asked if place.witnessed]
    if len(seen) == len(asked):
        return tr("yes")
    return tr("{count} of {limit}", count=len(seen), limit=len(asked)) if seen else tr("not yet")


def _short(name: str) -> str:
    """A name of a ledger where there is little room."""
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}\u2026"


def note_words(page: Handover) -> str:
    """The note of who closed the shift, and whether somebody has taken it over."""
    found = [] if not page.note else [tr("Note: {words}", words=" ".join(page.note.split()))]
    if page.taken_over is not None:
        found.append(tr("Taken over at {time}.", time=clock_of(page.taken_over.t_us)))
    elif page.may_take_over:
        found.append(tr("Nobody has taken it over yet."))
    return "   \u00b7   ".join(found)


def ledger_line(ledger: LedgerInfo, shift: int) -> str:
    """Whether the seal of a shift is on the ledger, as far as the status tells: seals go there in their order."""
    there = tr("yes") if ledger.anchored >= shift else tr("waiting")
    return tr("On the ledger: {ledger}.", ledger=there)


def panels(page: Handover) -> tuple[PanelWords, ...]:
    """All panels, in the order in which they stand."""
    return (
        _panel(tr("PARTS"), _parts(page)),
        _panel(tr("DEFECTS FOUND MOST"), [f"{one.count} \u00d7 {class_word(one.name)}" for one in page.defects]),
        _panel(tr("STOPS OVER 2 MINUTES"), [_stop(stop) for stop in reversed(page.stops)]),
        _panel(tr("ALARMS"), [f"{one.count} \u00d7 {alarm_name(one.code)}" for one in page.alarms]),
        _panel(
            tr("CHALLENGES"),
            [_challenge(one) for one in reversed(page.challenges)],
            Tone.WARN if any(one.passed is False for one in page.challenges) else Tone.CALM,
        ),
        _panel(
            tr("BYPASSES"),
            [_bypass(one) for one in reversed(page.bypasses)],
            Tone.WARN if any(one.to_us is None for one in page.bypasses) else Tone.CALM,
        ),
        _panel(tr("HOLDS ON THIS LOT"), list(page.holds), Tone.WARN if page.holds else Tone.CALM),
        _panel(tr("SAID OF PARTS"), _reviews(page)),
    )


def _panel(title: str, lines: Sequence[str], tone: Tone = Tone.CALM) -> PanelWords:
    if not lines:
        return PanelWords(title, (tr("none"),), Tone.CALM)
    if len(lines) <= MOST_LINES:
        return PanelWords(title, tuple(lines), tone)
    shown = lines[: MOST_LINES - 1]
    return PanelWords(title, (*shown, tr("and {count} more", count=len(lines) - len(shown))), tone)


def _parts(page: Handover) -> list[str]:
    found = [f"{number} {verdict_word(verdict)}" for verdict, number in page.verdicts.items() if number]
    if page.test_parts:
        found.append(tr("{count} test parts", count=page.test_parts))
    if page.not_inspected:
        found.append(tr("{count} counted and not inspected", count=page.not_inspected))
    return found


def verdict_word(verdict: str) -> str:
    """The word of a verdict, as on the run screen."""
    words = {
        "PASS": tr("PASS"),
        "FAIL": tr("FAIL"),
        "NO_DECISION": tr("CHECK"),
        "LATE": tr("TOO LATE"),
        "ERROR": tr("ERROR"),
        "BYPASSED": tr("BYPASSED"),
        "MISSING_IMAGE": tr("NO IMAGE"),
        "UNTRACKED": tr("UNTRACKED"),
    }
    return words.get(verdict, verdict)


def _minutes(from_us: int, to_us: int | None) -> str:
    if to_us is None:
        return tr("still")
    return tr("{count} min", count=round((to_us - from_us) / 60e6))


def _stop(stop: LongStop) -> str:
    first, *others = stop.reasons or ("",)
    code, _, words = first.partition(": ")
    known = words_of_code(code)
    text = said(words) if known is None else known.format(details=said(words)).partition(" - ")[0]
    more = f" (+{len(others)})" if others else ""
    return f"{clock_of(stop.from_us)}  {_minutes(stop.from_us, stop.to_us)}  {text}{more}"


def _challenge(one: ShiftChallenge) -> str:
    if one.passed is None:
        return f"{clock_of(one.started_us)}  {tr('not finished')}"
    if one.passed:
        return f"{clock_of(one.started_us)}  {tr('passed, {count} shown', count=one.shown)}"
    failed = tr("FAILED, {count} parts to quarantine", count=one.quarantined)
    return f"{clock_of(one.started_us)}  {failed}: {said(one.reason)}"


def _bypass(one: ShiftBypass) -> str:
    return f"{clock_of(one.from_us)}  {_minutes(one.from_us, one.to_us)}  {tr('{count} parts', count=one.parts)}"


def _reviews(page: Handover) -> list[str]:
    words = {"agree": tr("agreed"), "not-a-defect": tr("no defect"), "unsure": tr("unsure")}
    return [f"{count} \u00d7 {words.get(finding, finding)}" for finding, count in page.reviews.items()]


# Challenges


def step_words(challenge: ChallengeInfo) -> tuple[str, Tone]:
    """What to do next, large: which part to show, or how it ended."""
    if challenge.running:
        part = next_part(challenge)
        if part is None:
            return tr("Wait until the test parts have reached the reject lane"), Tone.ACTION
        shown = tr(
            "Show test part {step} of {steps}: {part}",
            step=challenge.step + 1,
            steps=challenge.steps,
            part=part_word(part),
        )
        return shown, Tone.ACTION
    if challenge.state == "failed":
        return tr("Challenge FAILED: nothing passes until one is passed"), Tone.STOP
    if challenge.state in ("required", "overdue"):
        return tr("Nothing passes: start a challenge and show the {count} test parts", count=challenge.parts), Tone.WARN
    if challenge.state == "due":
        return tr("A challenge is due: start it and show the {count} test parts", count=challenge.parts), Tone.WARN
    if challenge.passed_us is not None:
        return tr("Challenge passed at {time}", time=clock_of(challenge.passed_us)), Tone.CALM
    return tr("No challenge was passed yet"), Tone.CALM


def next_part(challenge: ChallengeInfo) -> ChallengePart | None:
    """The registered part that is to be shown next; None when all were shown."""
    return next((part for part in challenge.test_parts if part.shown < part.wanted), None)


def part_word(part: ChallengePart) -> str:
    """What it shows, in capitals."""
    return tr("GOOD PART") if part.class_name is None else class_word(part.class_name).upper()


def part_result(part: ChallengePart, *, next_one: bool) -> tuple[str, str]:
    """Mark and words of what became of a test part: "tick", "cross", "next" or "open"."""
    if part.found is False:
        return "cross", tr("NOT JUDGED GOOD") if part.class_name is None else tr("NOT FOUND")
    if part.rejected is False:
        return "cross", tr("NOT SEEN IN THE REJECT LANE")
    if part.shown >= part.wanted and part.rejected:
        return "tick", tr("judged right, seen in the reject lane")
    if next_one:
        return "next", tr("show it now")
    if part.shown:
        return "open", tr("{shown} of {wanted} shown, on its way", shown=part.shown, wanted=part.wanted)
    return "open", tr("waits")
