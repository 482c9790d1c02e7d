# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which parts a model, a camera or a recipe judged, or a lot or a time brought: the answer first, then the list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from inspector.store.queries.fields import items, text, utc, whole
from inspector.store.queries.parts import PartRow, row_of
from inspector.store.queries.reader import LAST, AuditReader, RulesInForce, Tally
from inspector.store.read import ShiftSummary, StoredRecord

SHORTEST_DIGEST = 8


@dataclass(frozen=True, slots=True)
class Selection:
    """What is recalled; what is None does not matter.

    Attributes:
        model: Name of the model, or the digest of its package, at least 8 hex digits of it.
        recipe: Name of the recipe, or its digest.
        camera: Name, serial number or settings digest of a camera, as the opening of the shift states it.
        lot: Lot, as the opening of the shift states it.
        from_s: Recorded in this second or later, UTC, seconds since 1970.
        to_s: Recorded in this second or earlier.
    """

    model: str | None = None
    recipe: str | None = None
    camera: str | None = None
    lot: str | None = None
    from_s: int = 0
    to_s: int = LAST


@dataclass(slots=True)
class RecalledParts:
    """What one shift has of it under one model and recipe.

    Attributes:
        shift: Its number.
        lot: Its lot; None where no shift was open.
        rules: What judged these parts.
        sealed: Whether the shift has a seal.
        anchored: Whether a ledger has given a receipt for it.
        begin: First record of the shift.
        end: Last record of the shift.
        first: The first part record.
        last: The last part record.
        from_s: Time of the first, UTC, seconds.
        to_s: Time of the last.
        parts: Production parts.
        challenge: Test parts; they are in no other count.
        verdicts: Production parts by verdict.
        lanes: Production parts by where they were seen: good, reject, unknown, none (no outcome recorded).
    """

    shift: int
    lot: str | None
    rules: RulesInForce
    sealed: bool
    anchored: bool
    begin: int
    end: int
    first: int = LAST
    last: int = 0
    from_s: int = LAST
    to_s: int = 0
    parts: int = 0
    challenge: int = 0
    verdicts: dict[str, int] = field(default_factory=dict)
    lanes: dict[str, int] = field(default_factory=dict)

    def add(self, tally: Tally) -> None:
        """Take in parts that are counted as alike."""
        self.first, self.last = min(self.first, tally.first), max(self.last, tally.last)
        self.from_s, self.to_s = min(self.from_s, tally.from_s), max(self.to_s, tally.to_s)
        if tally.challenge:
            self.challenge += tally.parts
            return
        self.parts += tally.parts
        self.verdicts[tally.verdict] = self.verdicts.get(tally.verdict, 0) + tally.parts
        self.lanes[tally.lane] = self.lanes.get(tally.lane, 0) + tally.parts


@dataclass(frozen=True, slots=True)
class Recall:
    """The answer.

    Attributes:
        selection: What was asked.
        found: By shift and by what judged, oldest first.
        seals_agree: Sealed shifts that were looked at and whose seal states the counts of the lookup tables.
        seals_contradict: Those whose seal states others: the lookup tables or the records were changed.
    """

    selection: Selection
    found: tuple[RecalledParts, ...]
    seals_agree: int
    seals_contradict: tuple[int, ...]

    @property
    def parts(self) -> int:
        """Production parts, all together."""
        return sum(one.parts for one in self.found)

    @property
    def challenge(self) -> int:
        """Test parts."""
        return sum(one.challenge for one in self.found)

    def total(self, counts: str) -> dict[str, int]:
        """The sum of `verdicts` or of `lanes`."""
        sums: dict[str, int] = {}
        for one in self.found:
            for name, parts in getattr(one, counts).items():
                sums[name] = sums.get(name, 0) + parts
        return sums


def recall(reader: AuditReader, selection: Selection, *, shifts: Sequence[ShiftSummary] | None = None) -> Recall:
    """Answer a recall from the lookup tables, shift by shift, each held against its seal.

    Args:
        reader: The records.
        selection: What is recalled.
        shifts: Only in these shifts; without it in all.

    Raises:
        StoreError: The records cannot be read.
        EvidenceError: A record is damaged.
    """
    wanted = _wanted_rules(reader, selection)
    found: dict[tuple[int, RulesInForce], RecalledParts] = {}
    agree, contradict = 0, []
    for summary in reader.ranges if shifts is None else shifts:
        if not _opening_fits(reader.openings.get(summary.shift), selection):
            continue
        counted = reader.tally(summary.first, summary.first + summary.count - 1)
        for tally in _in_time(reader, summary, counted, selection):
            if tally.rules in wanted:
                _of_shift(found, reader, summary, tally).add(tally)
        if summary.seal is not None and counts_as_sealed(reader, summary.shift, counted):
            agree += 1
        elif summary.seal is not None:
            contradict.append(summary.shift)
    return Recall(selection, tuple(found.values()), agree, tuple(contradict))


def recalled_parts(reader: AuditReader, answer: Recall, verdicts: frozenset[str] | None = None) -> Iterator[PartRow]:
    """List the parts of a recall from their records, oldest first within each shift; test parts are left out.

    Args:
        reader: Where the recall was answered.
        answer: The recall.
        verdicts: Only parts with one of these verdicts.

    Raises:
        StoreError: The records cannot be read.
        EvidenceError: A record is damaged.
    """
    asked = answer.selection
    for _, of_shift in groupby(answer.found, key=lambda one: one.shift):
        several = list(of_shift)
        one, wanted = several[0], {(each.rules.model, each.rules.recipe) for each in several}
        for record in reader.parts(one.begin, one.end):
            part = record.fields
            if (part.get("model_digest"), part.get("recipe_digest")) not in wanted:
                continue
            in_time = asked.from_s <= whole(part, "t_us") // 1_000_000 <= asked.to_s
            if in_time and part.get("purpose") == "production" and (not verdicts or part.get("verdict") in verdicts):
                yield row_of(reader, record, part, one.lot)


def counts_as_sealed(reader: AuditReader, shift: int, counted: list[Tally]) -> bool:
    """Whether the seal of a shift states the same parts by verdict as the lookup tables."""
    seal = reader.seal_of(shift)
    counts = seal.get("counts") if seal is not None else None
    if not isinstance(counts, dict):
        return False
    verdicts = {name: number for name, number in dict(counts.get("verdicts", {})).items() if number}
    ours: dict[str, int] = {}
    for tally in counted:
        if not tally.challenge:
            ours[tally.verdict] = ours.get(tally.verdict, 0) + tally.parts
    challenge = sum(tally.parts for tally in counted if tally.challenge)
    return (verdicts, counts.get("parts"), counts.get("challenge", 0)) == (ours, sum(ours.values()), challenge)


def describe(selection: Selection) -> str:
    """What was asked, in words."""
    named = ("model", "recipe", "camera", "lot")
    said = [f"{name} {getattr(selection, name)}" for name in named if getattr(selection, name) is not None]
    if selection.from_s > 0:
        said.append(f"from {utc(selection.from_s * 1_000_000)}")
    if selection.to_s < LAST:
        said.append(f"until {utc(selection.to_s * 1_000_000 + 999_000)}")
    return ", ".join(said) or "everything"


def _of_shift(
    found: dict[tuple[int, RulesInForce], RecalledParts], reader: AuditReader, summary: ShiftSummary, tally: Tally
) -> RecalledParts:
    key = (summary.shift, tally.rules)
    if key not in found:
        lot = reader.lot_of(summary.shift)
        sealed, last = summary.seal is not None, summary.first + summary.count - 1
        found[key] = RecalledParts(summary.shift, lot, tally.rules, sealed, summary.anchored, summary.first, last)
    return found[key]


def _in_time(reader: AuditReader, summary: ShiftSummary, counted: list[Tally], asked: Selection) -> list[Tally]:
    """The counts of a shift between the times that were asked for; counted again only where a time cuts it."""
    if all(asked.from_s <= tally.from_s and tally.to_s <= asked.to_s for tally in counted):
        return counted
    if all(tally.to_s < asked.from_s or asked.to_s < tally.from_s for tally in counted):
        return []
    last = summary.first + summary.count - 1
    return reader.tally(summary.first, last, from_s=asked.from_s, to_s=asked.to_s)


def _wanted_rules(reader: AuditReader, asked: Selection) -> frozenset[RulesInForce]:
    models, recipes = (_digests(reader.names(kind), getattr(asked, kind)) for kind in ("model", "recipe"))
    return frozenset(
        rules
        for rules in reader.rules.values()
        if _fits(rules.model, asked.model, models) and _fits(rules.recipe, asked.recipe, recipes)
    )


def _digests(names: dict[str, str], asked: str | None) -> frozenset[str]:
    return frozenset(digest for digest, name in names.items() if name == asked)


def _fits(digest: str | None, asked: str | None, named: frozenset[str]) -> bool:
    if asked is None:
        return True
    return digest is not None and (digest in named or _is_start(asked, digest))


def _is_start(asked: str, digest: str) -> bool:
    return len(asked) >= SHORTEST_DIGEST and digest.startswith(asked.lower())


def _opening_fits(opening: StoredRecord | None, asked: Selection) -> bool:
    if asked.lot is None and asked.camera is None:
        return True
    if opening is None:
        return False
    if asked.lot is not None and text(opening.fields, "lot") != asked.lot:
        return False
    return asked.camera is None or any(
        asked.camera in (camera.get("name"), camera.get("serial"))
        or _is_start(asked.camera, str(camera.get("settings_digest")))
        for camera in items(opening.fields, "cameras")
    )
