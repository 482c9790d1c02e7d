# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the history says of a part and of a job, in words."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from gui.gallery.words import review_words
from gui.text import mark, tr
from gui.text.classes import class_word, in_words
from gui.text.said import said_error
from gui.widgets.pairs import Pair
from gui.widgets.palette import Tone
from inspector.api.history_schema import ChallengeNear, FoundPart, ImageState, PartRecord, SealState
from inspector.api.job_schema import Job, JobState

IMAGES = {
    "stored": mark("stored"),
    "lost": mark("lost"),
    "erased": mark("erased by its retention rule"),
    "unknown": mark("no record says yet"),
}
LANES = {
    "good": mark("good lane"),
    "reject": mark("reject lane"),
    "unknown": mark("not seen in a lane"),
}
COMMANDS = {"accept": mark("accepted"), "reject": mark("rejected")}
DOING = {
    "replay": mark("Judging again"),
    "verify": mark("Checking"),
    "export": mark("Exporting"),
}
KILO = 1000


def moment(t_us: int) -> str:
    """Date and time where the reader is, of a UTC time in microseconds."""
    return datetime.fromtimestamp(t_us / 1e6).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def defects_of(part: FoundPart) -> str:
    """The classes of the findings that the recipe counted."""
    return ", ".join(dict.fromkeys(class_word(box.class_name) for box in part.boxes))


def facts_of(part: FoundPart, record: PartRecord) -> list[Pair]:
    """Everything about a part, one fact in a row; what asks for attention is marked."""
    seal, sealed = seal_words(record.seal)
    images = [_image_pair(one, len(record.images)) for one in record.images]
    facts: list[Pair] = [
        (tr("time"), moment(part.t_us), False),
        (tr("lot, shift"), f"{record.lot or '-'}, {record.shift}", False),
        (tr("reason"), in_words(part.reason, (box.class_name for box in part.boxes)) or "-", False),
        (tr("where it went"), _outcome_words(record.outcome), record.outcome is None),
        *(images or [(tr("picture"), tr("there was none"), False)]),
        (tr("record"), f"{record.seq}, {record.hash[:16]}", False),
        (tr("sealed"), seal, not sealed),
        (tr("challenge before"), _challenge_words(record.challenge_before), False),
        (tr("challenge after"), _challenge_words(record.challenge_after), False),
    ]
    if record.reviews:
        facts.append((tr("last review"), review_words(record.reviews[-1]), False))
    if record.holds:
        facts.append((tr("legal hold"), ", ".join(record.holds), True))
    return facts


def seal_words(seal: SealState | None) -> tuple[str, bool]:
    """How the shift of a part is secured, and whether nothing of that is open any more."""
    if seal is None:
        return tr("not known"), False
    if seal.seal is None:
        if seal.ledgers:
            return tr("open; a signed head is in the ledger"), False
        return tr("not yet: the shift is open"), False
    if not seal.signed:
        return tr("not signed yet: the key is locked"), False
    if not seal.ledgers:
        return tr("signed, not in the ledger yet"), False
    return tr("signed, in the ledger"), True


def _image_pair(image: ImageState, number: int) -> Pair:
    name = tr("picture") if number == 1 else tr("picture {camera}", camera=image.camera)
    words = tr(IMAGES[image.state])
    if image.state == "stored" and not image.there:
        return name, tr("recorded as stored, but not there: check the shift"), True
    if image.reason:
        words = f"{words}: {image.reason}"
    return name, words, image.state in ("lost", "unknown")


def _outcome_words(outcome: dict[str, object] | None) -> str:
    if outcome is None:
        return tr("no record says yet")
    commanded, confirmed = str(outcome.get("commanded")), str(outcome.get("confirmed"))
    return f"{_known(COMMANDS, commanded)}, {_known(LANES, confirmed)}"


def _known(words: dict[str, str], code: str) -> str:
    return tr(words[code]) if code in words else code


def _challenge_words(challenge: ChallengeNear | None) -> str:
    if challenge is None:
        return tr("none")
    result = tr("passed") if challenge.result == "passed" else tr("FAILED")
    return f"{result}, {moment(challenge.t_us)}"


def job_words(job: Job) -> tuple[str, Tone]:
    """How a job is or has ended, and how much attention that asks for."""
    doing = tr(DOING[job.kind])
    if job.state is JobState.RUNNING:
        progress = job.progress
        if progress is None or not progress.total:
            return f"{doing} ...", Tone.CALM
        return f"{doing}: {100 * progress.done // progress.total} %", Tone.CALM
    if job.state is JobState.STOPPED:
        return tr("Stopped."), Tone.WARN
    if job.state is JobState.FAILED or job.result is None:
        message = "" if job.error is None else said_error(job.error)
        return tr("It could not be done: {message}", message=message), Tone.WARN
    if job.kind == "replay":
        return replay_words(job.result)
    if job.kind == "verify":
        return verify_words(job.result)
    return _file_words(job.result), Tone.CALM


def replay_words(result: dict[str, Any]) -> tuple[str, Tone]:
    """Whether the recorded verdict comes out again."""
    replays = result.get("replays")
    one = replays[0] if isinstance(replays, list) and replays and isinstance(replays[0], dict) else {}
    state, reason, verdict = (str(one.get(name) or "") for name in ("state", "reason", "recorded"))
    if state == "same":
        words = tr("Judged again from its picture: the same, {verdict}.", verdict=verdict)
        return (f"{words} {reason}" if reason else words), Tone.CALM
    if state == "differs":
        return tr("JUDGED DIFFERENTLY: {reason}", reason=reason), Tone.STOP
    return tr("Cannot be judged again: {reason}", reason=reason), Tone.WARN


def verify_words(result: dict[str, Any]) -> tuple[str, Tone]:
    """What a verification found; its own word comes first, because it stands in the documents too."""
    checked = result.get("checked")
    records = checked.get("records", 0) if isinstance(checked, dict) else 0
    first = result.get("first")
    if result.get("exit_code") == 0:
        return tr("VERIFIED: {records} records fit together.", records=records), Tone.CALM
    if result.get("exit_code") == 2:
        return tr("TAMPERED: {first}", first=first), Tone.STOP
    return tr("COULD NOT CHECK everything: {first}", first=first or ""), Tone.WARN


def _file_words(result: dict[str, object]) -> str:
    size = result.get("size")
    size = size if isinstance(size, int) else 0
    said = f"{size} B" if size < KILO else f"{size / KILO:.0f} kB" if size < KILO**2 else f"{size / KILO**2:.0f} MB"
    name = str(result.get("name", ""))
    return tr("Exported to the folder exports of the station: {name}, {size}", name=name, size=said)
