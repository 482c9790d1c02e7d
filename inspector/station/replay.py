# SPDX-License-Identifier: AGPL-3.0-or-later
"""Judges a recorded part again: its stored pixels, the recorded model package and recipe, the station's own judge."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from inspector.errors import EvidenceError, RulesGone, StoreError
from inspector.part import Frame, PixelFormat, Verdict
from inspector.station.judge import PartResult, not_seen, recorded_each, view_fields
from inspector.station.replay_difference import Difference, Tolerance, compare_views, told
from inspector.station.replay_rules import ReplayRules, RuleFinder
from inspector.station.views import fuse
from inspector.store.images import load_image
from inspector.store.queries.fields import Fields, items, mapping, serial_of, text, whole
from inspector.store.queries.reader import AuditReader
from inspector.store.queries.serial import ImageFate, images_of
from inspector.store.read import StoredRecord

JUDGED_ELSEWHERE = {
    Verdict.LATE: frozenset(Verdict),
    Verdict.BYPASSED: frozenset(Verdict),
    Verdict.ERROR: frozenset(Verdict),
    Verdict.UNTRACKED: frozenset(Verdict),
    Verdict.NO_DECISION: frozenset({Verdict.PASS}),
}
"""Verdicts that clock, permit, tracking or a serial give to a part, and what its pictures may say then."""


class ReplayState(StrEnum):
    """How a replay ended."""

    SAME = "same"
    DIFFERS = "differs"
    NOT_REPLAYABLE = "not replayable by rule"


@dataclass(frozen=True, slots=True)
class ViewReplay:
    """One view, judged again.

    Attributes:
        camera: Which.
        state: How it ended.
        reason: Why it was not replayed; empty if it was.
        recorded: The recorded verdict.
        replayed: The verdict now; None if it was not replayed.
        differences: All of them, also those within the tolerance.
        never_judged: There was nothing to judge when the part came: the view counts as it was recorded.
    """

    camera: str
    state: ReplayState
    reason: str
    recorded: str
    replayed: str | None
    differences: tuple[Difference, ...] = ()
    never_judged: bool = False


@dataclass(frozen=True, slots=True)
class Replay:
    """One part, judged again.

    Attributes:
        record: Number of its record.
        hash: Hash of its record.
        serial: Its serial, or None.
        state: How it ended.
        reason: Why it could not be replayed, or why the recorded verdict is not that of the pictures.
        recorded: The recorded verdict.
        replayed: The verdict of the pictures now; None if none was judged.
        model: Digest of the model package, or None.
        recipe: Digest of the recipe, or None.
        backend: Runtime that judged now; empty if none did.
        views: Its views.
        serial_differs: What is read in the pictures now, where something else was recorded.
    """

    record: int
    hash: str
    serial: str | None
    state: ReplayState
    reason: str
    recorded: str
    replayed: str | None
    model: object
    recipe: object
    backend: str
    views: tuple[ViewReplay, ...] = ()
    serial_differs: str | None = None


def replay(reader: AuditReader, record: StoredRecord, rules: RuleFinder, tolerance: Tolerance | None = None) -> Replay:
    """Judge a recorded part again.

    Args:
        reader: The records, and where the pictures lie.
        record: A part record.
        rules: Finds the model package and the recipe.
        tolerance: How far scores and boxes may be off; by default 0.01 and one pixel.

    Raises:
        StoreError: The records cannot be read.
        EvidenceError: A record is damaged.
        InferenceFailed: The runtime failed.
    """
    part = record.fields
    opening = reader.openings.get(record.shift)
    try:
        found = rules.find(part, None if opening is None else opening.fields)
    except RulesGone as gone:
        return _ended(record, part, ReplayState.NOT_REPLAYABLE, gone.message, None, "")
    looks = _look_at_all(reader, record, part, found, tolerance or Tolerance())
    return _concluded(record, part, found, looks)


@dataclass(frozen=True, slots=True)
class _Look:
    view: ViewReplay
    result: PartResult | None


def _look_at_all(
    reader: AuditReader, record: StoredRecord, part: Fields, rules: ReplayRules, tolerance: Tolerance
) -> list[_Look]:
    fates = {fate.camera: fate for fate in images_of(reader, record)}
    views = items(part, "views")
    return [
        _look(reader, view, fates.get(text(view, "camera")), rules, tolerance, recorded_each(views)) for view in views
    ]


def _look(
    reader: AuditReader, view: Fields, fate: ImageFate | None, rules: ReplayRules, tolerance: Tolerance, kept: int
) -> _Look:
    camera, verdict = text(view, "camera"), text(view, "verdict")

    def without(reason: str, state: ReplayState = ReplayState.NOT_REPLAYABLE, *, never_judged: bool = False) -> _Look:
        return _Look(ViewReplay(camera, state, reason, verdict, None, never_judged=never_judged), None)

    if fate is None:
        return without(f"there was no picture: {text(view, 'reason')}", never_judged=True)
    if view.get("gate") is None:
        return without(f"the model has not judged this picture: {text(view, 'reason')}", never_judged=True)
    if not fate.there:
        return without(_why_not_there(fate))
    try:
        frame = stored_frame(reader.station, view)
    except (StoreError, EvidenceError) as error:
        return without(f"the stored picture is not the one that was judged: {error.message}", ReplayState.DIFFERS)
    result = rules.judge.look(frame)
    now = view_fields(result.views[0], kept)
    floor_ppm = rules.package.manifest.thresholds.score_ppm
    differences = compare_views(view, now, tolerance, floor_ppm)
    same = all(one.tolerated for one in differences)
    state = ReplayState.SAME if same else ReplayState.DIFFERS
    return _Look(ViewReplay(camera, state, "", verdict, text(now, "verdict"), tuple(differences)), result)


def stored_frame(station: Path, view: Fields) -> Frame:
    """The frame of a recorded view that has a picture, with the pixels that were judged.

    Args:
        station: Station directory, or a copy of it.
        view: The view in the part record.

    Raises:
        StoreError: The picture is not there.
        EvidenceError: It is damaged or has other pixels, or the record is damaged.
    """
    image = mapping(view, "image")
    try:
        pixel_format = PixelFormat(text(image, "pixel_format"))
    except ValueError as error:
        raise EvidenceError(f"{error}", "Run `inspector verify`") from error
    pixels = load_image(station, text(image, "digest"), pixel_format)
    return Frame(text(view, "camera"), whole(view, "frame_id"), 0, 0, pixel_format, pixels)


def _why_not_there(fate: ImageFate) -> str:
    if fate.state in ("lost", "erased"):
        return f"its picture was {fate.state}, recorded in record {fate.record}: {fate.reason}"
    if fate.state == "stored":
        return f"its picture is gone though record {fate.record} says that it was stored: run `inspector verify`"
    return "its picture is not there, and no record says yet what became of it"


def _concluded(record: StoredRecord, part: Fields, rules: ReplayRules, looks: list[_Look]) -> Replay:
    views = tuple(look.view for look in looks)
    states = {view.state for view in views}
    if ReplayState.DIFFERS in states:
        return _ended(record, part, ReplayState.DIFFERS, _first_reason(views), None, rules.backend, views)
    judged = [look for look in looks if look.result is not None]
    blocked = [view for view in views if view.state is not ReplayState.SAME and not view.never_judged]
    if not judged or blocked:
        reason = "; ".join(f"{view.camera}: {view.reason}" for view in blocked or views) or "it has no views"
        return _ended(record, part, ReplayState.NOT_REPLAYABLE, reason, None, rules.backend, views)
    results = {look.view.camera: look.result or _as_recorded(look.view) for look in looks}
    fused = fuse(results)
    serial = _serial_differs(part, fused)
    state, reason = _verdicts(text(part, "verdict"), text(part, "reason"), fused.verdict)
    if serial is not None:
        state, reason = ReplayState.DIFFERS, f"the serial reads {serial} now"
    return _ended(record, part, state, reason, fused.verdict.value, rules.backend, views, serial)


def _as_recorded(view: ViewReplay) -> PartResult:
    return not_seen(_verdict(view.recorded), view.reason, view.camera)


def _verdicts(recorded: str, why: str, pictures: Verdict) -> tuple[ReplayState, str]:
    if recorded == pictures.value:
        return ReplayState.SAME, ""
    if pictures in JUDGED_ELSEWHERE.get(_verdict(recorded), frozenset()):
        return ReplayState.SAME, f"the pictures give {pictures.value}; {recorded} came from elsewhere: {why}"
    return ReplayState.DIFFERS, f"the pictures give {pictures.value}, the record says {recorded}: {why}"


def _verdict(word: str) -> Verdict:
    try:
        return Verdict(word)
    except ValueError as error:
        raise EvidenceError(f"A record is damaged: {error}", "Run `inspector verify`") from error


def _serial_differs(part: Fields, fused: PartResult) -> str | None:
    """What is read in the pictures now, if the record has another serial from a picture."""
    recorded = serial_of(part)
    from_image = recorded is not None and text(part, "serial", "source") == "image"
    now = None if fused.serial is None else fused.serial.text
    if from_image:
        return None if now == recorded else now or "nothing"
    return None


def _first_reason(views: tuple[ViewReplay, ...]) -> str:
    for view in views:
        if view.state is ReplayState.DIFFERS:
            worst = next((one for one in view.differences if not one.tolerated), None)
            return f"{view.camera}: " + (view.reason if worst is None else told(worst))
    return ""


def _ended(
    record: StoredRecord,
    part: Fields,
    state: ReplayState,
    reason: str,
    replayed: str | None,
    backend: str,
    views: tuple[ViewReplay, ...] = (),
    serial_differs: str | None = None,
) -> Replay:
    return Replay(
        record.seq,
        record.hash,
        serial_of(part),
        state,
        reason,
        text(part, "verdict"),
        replayed,
        part.get("model_digest"),
        part.get("recipe_digest"),
        backend,
        views,
        serial_differs,
    )
