# SPDX-License-Identifier: AGPL-3.0-or-later
"""Model and recipe as the records and kept documents tell of them."""

from __future__ import annotations

import json
import logging
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from inspector.api.model_schema import (
    Approval,
    ChallengeDone,
    ClassLimit,
    InForceSince,
    Judged,
    JudgedLot,
    JudgedParts,
    JudgedRules,
    ModelInfo,
    Models,
    RecipeInfo,
    RegisteredPart,
    RegisteredSet,
    RuleChangeInfo,
)
from inspector.errors import EvidenceError, InspectorError, RecipeError, StoreError
from inspector.recipe import Recipe
from inspector.recipe.challenge_set import ChallengeSet
from inspector.store.challenges import challenges
from inspector.store.documents import DocumentStore
from inspector.store.queries.fields import text, whole
from inspector.store.queries.reader import AuditReader
from inspector.store.queries.rules import (
    InForce,
    JudgedBy,
    RuleChange,
    Signed,
    in_force,
    judged,
    rule_changes,
    settings_in_force,
)

log = logging.getLogger(__name__)

LAST_CHALLENGES = 5
MOST_LOTS = 20


class _Read(BaseModel):
    """What is read of a kept manifest: it was checked when it was loaded, and may be of an older program."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class _Input(_Read):
    width: int
    height: int


class _Thresholds(_Read):
    score_ppm: int
    iou_ppm: int
    max_detections: int


class _Weights(_Read):
    kind: str
    files: dict[str, str]


class _Manifest(_Read):
    name: str
    version: str
    precision: str
    classes: tuple[str, ...]
    input: _Input
    thresholds: _Thresholds
    weights: _Weights
    provenance: dict[str, str]


class SetupHistory:
    """Each call opens the database for itself, so that any thread may ask.

    Args:
        station: Station directory.
    """

    def __init__(self, station: Path) -> None:
        self._station = station
        self._documents = DocumentStore(station)

    def models(self, *, names: bool) -> Models:
        """What judges now, and how it came to that.

        Args:
            names: Whether the caller may see who it was.

        Raises:
            StoreError: The records cannot be read.
            EvidenceError: A record is damaged.
        """
        with AuditReader(self._station) as reader:
            settings = settings_in_force(reader)
            model, recipe = in_force(reader, "model"), in_force(reader, "recipe")
            changes = tuple(_change(one, names) for one in rule_changes(reader))
            rules = None if recipe is None else self._recipe(recipe.digest)
            return Models(
                model=None if model is None else self._model(model, settings, names),
                recipe=None if recipe is None or rules is None else _recipe_info(recipe, rules, names),
                challenge_set=self._registered(settings, rules),
                challenges=tuple(_challenges(reader)),
                changes=changes,
                waiting=sum(one.waits for one in changes),
                names=names,
            )

    def judged(self) -> Judged:
        """The parts that each pair of model and recipe has judged. Raises as `models`."""
        with AuditReader(self._station) as reader:
            found, complete = judged(reader)
            known = {kind: reader.names(kind) for kind in ("model", "recipe")}
            return Judged(judged=tuple(self._judged(reader, one, known) for one in found), complete=complete)

    def _model(self, found: InForce, settings: dict[str, str], names: bool) -> ModelInfo | None:
        manifest = self._manifest(found.digest)
        if manifest is None:
            return None
        runtime, threads = (_value(settings, f"detector.{key}") for key in ("backend", "threads"))
        return ModelInfo(
            digest=found.digest,
            since=_since(found, names),
            name=manifest.name,
            version=manifest.version,
            format=manifest.weights.kind,
            precision=manifest.precision,
            width=manifest.input.width,
            height=manifest.input.height,
            classes=manifest.classes,
            score_ppm=manifest.thresholds.score_ppm,
            iou_ppm=manifest.thresholds.iou_ppm,
            max_detections=manifest.thresholds.max_detections,
            weights=manifest.weights.files,
            provenance=manifest.provenance,
            runtime=runtime if isinstance(runtime, str) else None,
            threads=threads if isinstance(threads, int) else None,
        )

    def _manifest(self, digest: str) -> _Manifest | None:
        try:
            return _Manifest.model_validate_json(self._documents.get(digest))
        except (StoreError, EvidenceError, ValidationError) as error:
            log.warning("the manifest of model %s cannot be shown: %s", digest, error)
            return None

    def _recipe(self, digest: str) -> Recipe | None:
        try:
            return Recipe.parse(self._documents.get(digest), f"recipe {digest}")
        except (StoreError, EvidenceError, RecipeError) as error:
            log.warning("recipe %s cannot be shown: %s", digest, error)
            return None

    def _registered(self, settings: dict[str, str], recipe: Recipe | None) -> RegisteredSet | None:
        """The set that the settings in force name, if its file is still the one of the last start."""
        file, digest = _value(settings, "challenge.file"), _value(settings, "challenge.file#sha256")
        if not isinstance(file, str) or not file or not isinstance(digest, str) or recipe is None:
            return None
        try:
            found = ChallengeSet.parse(ChallengeSet.read_file(self._station / file), "the challenge set", recipe)
        except InspectorError as error:
            log.warning("the challenge set cannot be shown: %s", error)
            return None
        if found.digest != digest:
            return None
        parts = tuple(
            RegisteredPart(serial=one.serial, class_name=one.defect, valid_until=one.valid_until.isoformat())
            for one in found.parts
        )
        return RegisteredSet(digest=digest, recipe=found.recipe, presentations=found.presentations, parts=parts)

    def _judged(self, reader: AuditReader, found: JudgedBy, known: dict[str, dict[str, str]]) -> JudgedParts:
        lots: dict[str, list[int]] = {}
        for shift in sorted(found.shifts, reverse=True):
            lots.setdefault(reader.lot_of(shift) or "", []).append(shift)
        told = [
            JudgedLot(lot=lot, parts=sum(found.shifts[shift] for shift in shifts), shifts=tuple(shifts))
            for lot, shifts in lots.items()
        ]
        return JudgedParts(
            model=self._named("model", found.rules.model, known),
            recipe=self._named("recipe", found.rules.recipe, known),
            parts=found.parts,
            verdicts=found.verdicts,
            from_us=found.from_s * 1_000_000,
            to_us=found.to_s * 1_000_000,
            shifts=len(found.shifts),
            lots=tuple(told[:MOST_LOTS]),
            more_lots=max(0, len(told) - MOST_LOTS),
        )

    def _named(self, kind: str, digest: str | None, known: dict[str, dict[str, str]]) -> JudgedRules | None:
        if digest is None:
            return None
        version = ""
        if kind == "model" and (manifest := self._manifest(digest)) is not None:
            version = manifest.version
        if kind == "recipe" and (recipe := self._recipe(digest)) is not None:
            version = recipe.version
        return JudgedRules(digest=digest, name=known[kind].get(digest, ""), version=version)


def _recipe_info(found: InForce, recipe: Recipe, names: bool) -> RecipeInfo:
    limits = tuple(
        ClassLimit(
            name=name,
            min_score_ppm=rule.min_score_ppm,
            grey_from_ppm=rule.grey_from_ppm,
            min_size_px=rule.min_size_px,
            max_size_px=rule.max_size_px,
            max_count=rule.max_count,
        )
        for name, rule in recipe.classes.items()
    )
    since = _since(found, names)
    return RecipeInfo(
        digest=found.digest,
        since=since,
        name=recipe.name,
        version=recipe.version,
        number=recipe.number,
        classes=limits,
    )


def _since(found: InForce, names: bool) -> InForceSince:
    change = found.change
    return InForceSince(
        record=found.record,
        t_us=found.since_us,
        why=None if change is None else change.why,
        by=change.by if change is not None and names else None,
        approved=_approval(found.approved, names),
    )


def _approval(signed: Signed | None, names: bool) -> Approval | None:
    if signed is None:
        return None
    return Approval(record=signed.record, t_us=signed.t_us, role=signed.role, by=signed.by if names else None)


def _change(found: RuleChange, names: bool) -> RuleChangeInfo:
    change = found.change
    return RuleChangeInfo(
        record=change.record,
        t_us=change.t_us,
        what=change.what,
        name=change.name,
        old=change.old,
        new=change.new,
        why=change.why,
        by=change.by if names else None,
        announced=found.announced,
        waits=found.waits,
        approved=_approval(found.approved, names),
    )


def _challenges(reader: AuditReader) -> list[ChallengeDone]:
    """The last results, newest first."""
    found: list[ChallengeDone] = []
    for one in challenges(reader):
        if one.result is None:
            continue
        fields = one.result.fields
        found.append(
            ChallengeDone(
                record=one.result.seq,
                shift=one.result.shift,
                t_us=whole(fields, "t_us"),
                result=text(fields, "result"),
                reason=text(fields, "reason"),
                shown=whole(fields, "parts_in"),
                rejected=whole(fields, "parts_out"),
            )
        )
        if len(found) == LAST_CHALLENGES:
            break
    return found


def _value(settings: dict[str, str], name: str) -> object:
    """A value of a settings document; None if it is not there or is no JSON."""
    try:
        return json.loads(settings.get(name, "null"))
    except ValueError:
        return None
