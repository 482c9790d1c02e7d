# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is said of models and recipes, in words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from gui.quality.changes import kind_word
from gui.text import figure, tr
from gui.users.people import role_word
from gui.widgets.pairs import Pair
from gui.widgets.verdicts import LOOKS
from inspector.api.model_schema import (
    Approval,
    ChallengeDone,
    ClassLimit,
    InForceSince,
    JudgedParts,
    JudgedRules,
    ModelInfo,
    Models,
    RecipeInfo,
    RegisteredSet,
    RuleChangeInfo,
)
from inspector.api.schema import Status, Verdict

IN_FORCE = "in force"
"""What the records call a change between released products."""
SHORT = 12
"""Digits of a SHA-256 that people compare."""
NOTHING = "-"
MILLION = 1_000_000
LONGEST_ORIGIN = 110
MOST_ROWS = 8
DIGEST = re.compile(r"[0-9a-f]{64}")


def moment(t_us: int) -> str:
    """Date and time where the reader is, of a UTC time in microseconds."""
    return datetime.fromtimestamp(t_us / 1e6).astimezone().strftime("%Y-%m-%d %H:%M")


def digest_words(digest: str, whole: bool) -> str:
    """A SHA-256: short, or whole in groups of eight."""
    return " ".join(digest[at : at + 8] for at in range(0, 64, 8)) if whole else digest[:SHORT]


def model_pairs(model: ModelInfo | None, whole: bool) -> list[Pair]:
    """What judges."""
    if model is None:
        return [(tr("state"), tr("not known"), True)]
    runtime = f", {model.runtime}" if model.runtime else ""
    size = tr("{width} x {height} px", width=model.width, height=model.height)
    return [
        (tr("name"), f"{model.name} {model.version}", False),
        ("SHA-256", digest_words(model.digest, whole), False),
        (tr("format"), f"{model.format}, {model.precision}{runtime}", False),
        (tr("input size"), size, False),
        (tr("classes"), ", ".join(model.classes), False),
        (tr("lowest score"), share(model.score_ppm), False),
        *since_pairs(model.since),
    ]


def recipe_pairs(recipe: RecipeInfo | None, whole: bool) -> list[Pair]:
    """By which limits."""
    if recipe is None:
        return [(tr("state"), tr("not known"), True)]
    return [
        (tr("name"), f"{recipe.name} {recipe.version}", False),
        ("SHA-256", digest_words(recipe.digest, whole), False),
        *limit_pairs(recipe.classes),
        *since_pairs(recipe.since),
    ]


def limit_pairs(limits: Sequence[ClassLimit]) -> list[Pair]:
    """Each class in a row of its own, as long as there is room."""
    if len(limits) > MOST_ROWS:
        words = "; ".join(f"{one.name} {limit_words(one)}" for one in limits)
        return [(tr("limits"), words, False)]
    return [(one.name, limit_words(one), False) for one in limits]


def limit_words(limit: ClassLimit) -> str:
    """Like "from 0.60, check from 0.40"."""
    words = tr("from {score}", score=share(limit.min_score_ppm))
    if limit.grey_from_ppm is not None:
        words += ", " + tr("check from {score}", score=share(limit.grey_from_ppm))
    if limit.max_count:
        words += ", " + tr("{count} allowed", count=limit.max_count)
    return words


def share(ppm: int) -> str:
    """Parts per million as a score."""
    return figure(ppm / MILLION, 2)


def since_pairs(since: InForceSince) -> list[Pair]:
    """When it came into force, who said why, and who approved it."""
    why = since.why if since.why is not None else tr("the first start of the station")
    said = f"{since.by}: {why}" if since.by else why
    approved = tr("nobody had to") if since.approved is None else approval_words(since.approved)
    return [
        (tr("in force since"), f"{moment(since.t_us)} ({tr('record')} {since.record})", False),
        (tr("why"), said, False),
        (tr("approved"), approved, False),
    ]


def approval_words(approval: Approval) -> str:
    """Who, when, in which record."""
    who = approval.by or (role_word(approval.role) if approval.role else NOTHING)
    return f"{who}, {moment(approval.t_us)} ({tr('record')} {approval.record})"


def origin_pairs(model: ModelInfo | None, whole: bool) -> list[Pair]:
    """What the package says of its origin and acceptance, word for word."""
    if model is None or not model.provenance:
        return [(tr("package"), tr("says nothing of its origin"), False)]
    return [
        (name, digest_words(text, whole) if DIGEST.fullmatch(text) else _cut(text), False)
        for name, text in model.provenance.items()
    ]


def check_pairs(models: Models, status: Status | None) -> list[Pair]:
    """What shows that it still does what it did: time, and the challenges."""
    pairs = [latency_pair(status), set_pair(models.challenge_set)]
    if models.challenge_set is not None and not models.challenges:
        pairs.append((tr("last challenge"), tr("there was none"), True))
    return pairs + [_challenge_pair(one) for one in models.challenges]


def latency_pair(status: Status | None) -> Pair:
    """Edge to record, of 99 % of the last parts, against the limit."""
    if status is None or not status.deadline_us:
        return (tr("time for a part"), tr("not known"), True)
    if not status.latency_us.p99:
        return (tr("time for a part"), tr("no part yet"), False)
    used, limit = status.latency_us.p99, status.deadline_us
    words = tr("{used} ms of {limit} ms (99 %)", used=round(used / 1000), limit=round(limit / 1000))
    return (tr("time for a part"), words, used > limit)


def set_pair(found: RegisteredSet | None) -> Pair:
    """The registered test parts."""
    if found is None:
        return (tr("challenge parts"), tr("none are registered"), False)
    shown = ", ".join(f"{one.serial} {one.class_name or tr('good')}" for one in found.parts)
    return (tr("challenge parts"), f"{shown} ({digest_words(found.digest, False)})", False)


def _challenge_pair(done: ChallengeDone) -> Pair:
    passed = done.result == "passed"
    words = tr("passed") if passed else tr("FAILED: {reason}", reason=done.reason)
    return (tr("challenge, shift {shift}", shift=done.shift), f"{words}, {moment(done.t_us)}", not passed)


def judged_title(found: JudgedParts) -> str:
    """A pair of model and recipe in one line."""
    if found.model is None:
        return tr("not judged: {parts} parts", parts=found.parts)
    recipe = NOTHING if found.recipe is None else _named(found.recipe)
    return tr("{model} with {recipe}: {parts} parts", model=_named(found.model), recipe=recipe, parts=found.parts)


def judged_pairs(found: JudgedParts, whole: bool) -> list[Pair]:
    """What one pair has judged."""
    verdicts = ", ".join(f"{_verdict(name)} {count}" for name, count in sorted(found.verdicts.items()))
    lots = [tr("{lot}: {parts} parts", lot=one.lot or NOTHING, parts=one.parts) for one in found.lots]
    if found.more_lots:
        lots.append(tr("and {more} more", more=found.more_lots))
    return [
        (tr("model"), _whole_name(found.model, whole), False),
        (tr("recipe"), _whole_name(found.recipe, whole), False),
        (tr("from"), moment(found.from_us), False),
        (tr("until"), moment(found.to_us), False),
        (tr("verdicts"), verdicts, False),
        (tr("shifts"), str(found.shifts), False),
        (tr("lots"), ", ".join(lots), False),
    ]


def change_title(change: RuleChangeInfo) -> str:
    """A change in one line."""
    state = tr("WAITS") + " · " if change.waits else ""
    what = kind_word(change.what)
    names = {"announced": tr("announced"), "digest": tr("another one"), IN_FORCE: tr("changed over")}
    name = names.get(change.name, change.name)
    return f"{state}{moment(change.t_us)} · {what}: {name}"


def change_pairs(change: RuleChangeInfo, whole: bool) -> list[Pair]:
    """Everything about a change."""
    pairs: list[Pair] = [(tr("what"), kind_word(change.what), False), (tr("time"), moment(change.t_us), False)]
    if change.announced:
        pairs.append((tr("state"), tr("announced only"), False))
    else:
        old, new = (_value(one, whole) for one in (change.old, change.new))
        pairs += [
            (tr("which"), _which(change.name), False),
            (tr("before"), old, False),
            (tr("after"), new, False),
            (tr("approved"), _state(change), change.waits),
        ]
    said = f"{change.by}: {change.why}" if change.by else change.why
    return [*pairs, (tr("why"), said, False), (tr("record"), str(change.record), False)]


def waiting_words(models: Models) -> str:
    """What waits for quality; empty when nothing does."""
    if not models.waiting:
        return ""
    return tr("{count} changes wait for approval. No shift opens until quality has signed.", count=models.waiting)


def lots_of(found: Sequence[JudgedParts], chosen: int | None) -> tuple[str, ...]:
    """Lots that can be looked up in the history."""
    return () if chosen is None else tuple(one.lot for one in found[chosen].lots if one.lot)


def _state(change: RuleChangeInfo) -> str:
    if change.waits:
        return tr("waits for quality")
    return tr("nobody had to") if change.approved is None else approval_words(change.approved)


def _which(name: str) -> str:
    return {"digest": tr("the file"), IN_FORCE: tr("changed over")}.get(name, name)


def _value(value: str | None, whole: bool) -> str:
    if value is None:
        return NOTHING
    return digest_words(value, whole) if DIGEST.fullmatch(value) else _cut(value)


def _verdict(name: str) -> str:
    return LOOKS[Verdict(name)].word if name in set(Verdict) else name


def _named(rules: JudgedRules) -> str:
    return f"{rules.name} {rules.version}".strip() or digest_words(rules.digest, False)


def _whole_name(rules: JudgedRules | None, whole: bool) -> str:
    if rules is None:
        return NOTHING
    return f"{rules.name} {rules.version}".strip() + f" ({digest_words(rules.digest, whole)})"


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_ORIGIN else line[:LONGEST_ORIGIN] + " ..."
