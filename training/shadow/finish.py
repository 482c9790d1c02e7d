# SPDX-License-Identifier: AGPL-3.0-or-later
"""From counts to a result: whose side reviews take, names of what judged, the worst differences first."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from importlib.metadata import version

from inspector.errors import EvidenceError, RecipeError, ShadowRefused, StoreError
from inspector.evidence.record import clean_text
from inspector.recipe import Recipe
from inspector.store.documents import DocumentStore
from inspector.store.queries.reader import AuditReader
from training.evaluation.counts import Counts
from training.evaluation.latency import latency_of
from training.shadow.candidate import Candidate
from training.shadow.look import Compared, Eyes
from training.shadow.result import Bounded, ClassCounts, Difference, Reviewed, Rules, ShadowResult, Times, Told
from training.shadow.reviews import Side, held_bad, side
from training.shadow.run import Ended
from training.shadow.tally import Tally, severity
from training.shadow.verdicts import Kind, Said


@dataclass(frozen=True, slots=True)
class Finished:
    """What came out.

    Attributes:
        result: For the file.
        worst: The differing parts in it, in its order.
    """

    result: ShadowResult
    worst: tuple[Compared, ...]


def finish(
    reader: AuditReader,
    candidate: Candidate,
    eyes: Eyes,
    tally: Tally,
    *,
    made_us: int,
    follow: bool,
    ended: Ended,
    behind: int,
) -> Finished:
    """Make the result.

    Args:
        reader: The records.
        candidate: What was tried.
        eyes: It, looking.
        tally: Counts; it knows what the released rules are.
        made_us: The time, UTC, microseconds since 1970.
        follow: Whether the run went along with the station.
        ended: Why it ended.
        behind: Parts that it has not judged.

    Raises:
        ShadowRefused: No part says what the released rules are.
        StoreError: The records cannot be read.
        EvidenceError: A record is damaged.
    """
    if tally.released is None:
        raise ShadowRefused(
            f"None of {tally.parts + tally.test_parts} parts is a production part that a model has judged",
            "Name a span with such parts, or follow the station while it inspects",
        )
    sides = _sides(reader, eyes, tally)
    worst = sorted(tally.differing(), key=lambda one: _badness(one, sides.get(one.seq)))
    first, last = tally.first or (0, 0), tally.last or (0, 0)
    released_rejects = tally.kinds[Kind.ONLY_RELEASED_REJECTS]
    candidate_rejects = tally.kinds[Kind.ONLY_CANDIDATE_REJECTS]
    said = Counter(sides.values())
    result = ShadowResult(
        format="inspector-shadow/1",
        software=version("inspector-station"),
        made_us=made_us,
        station=tally.station,
        follow=follow,
        ended=ended,
        behind=behind,
        candidate=_candidate(candidate),
        released=_released(reader, *tally.released),
        first_record=first[0],
        last_record=last[0],
        first_us=first[1],
        last_us=last[1],
        parts=tally.parts,
        compared=tally.compared,
        both_pass=tally.kinds[Kind.BOTH_PASS],
        both_reject=tally.kinds[Kind.BOTH_REJECT],
        only_released_rejects=released_rejects,
        only_candidate_rejects=candidate_rejects,
        not_comparable=dict(tally.skipped),
        candidate_errors=tally.candidate_errors,
        elsewhere=dict(tally.elsewhere),
        test_parts=tally.test_parts,
        other_rules=tally.other_rules,
        more_other_rules=tally.more_other_rules,
        differing=_bounded(tally.differ, tally.compared),
        passed_by_candidate_only=_bounded(released_rejects, tally.compared),
        rejected_by_candidate_only=_bounded(candidate_rejects, tally.compared),
        reviewed=Reviewed(**{one.value: said[one] for one in Side}),
        classes={
            name: ClassCounts(released=released, candidate=now, both=both)
            for name, (released, now, both) in sorted(tally.classes.items())
        },
        times=_times(candidate, tally),
        differences=tuple(_difference(one, sides.get(one.seq)) for one in worst),
    )
    return Finished(result, tuple(worst))


def _sides(reader: AuditReader, eyes: Eyes, tally: Tally) -> dict[int, Side]:
    """Whose side the reviews take, of each compared part that has any; also reviews that came during the run."""
    found = {}
    for record in reader.reviewed():
        kind = tally.order.kind(record.seq)
        if kind is not None:
            found[record.seq] = side(kind, held_bad(reader, record, eyes.recipe(record.fields)))
    return found


def _badness(one: Compared, review: Side | None) -> tuple[int, int, int]:
    """Sorts the worst first: what people hold against the candidate, what nobody has judged, what speaks for it."""
    escapes, score = severity(one)
    if review is Side.CANDIDATE:
        place = 5 - escapes
    elif review is Side.RELEASED:
        place = 2 - 2 * escapes
    else:
        place = 3 - 2 * escapes
    return place, -score, one.seq


def _difference(one: Compared, review: Side | None) -> Difference:
    return Difference(
        record=one.seq,
        hash=one.hash,
        t_us=one.t_us,
        serial=one.serial,
        kind=one.pair.kind,
        released=_told(one.pair.released),
        candidate=_told(one.pair.candidate),
        review=review,
    )


def _told(said: Said) -> Told:
    return Told(verdict=said.verdict, reason=clean_text(said.reason))


def _bounded(errors: int, trials: int) -> Bounded:
    return Bounded(**Counts(errors, trials).as_json())


def _candidate(candidate: Candidate) -> Rules:
    manifest, recipe = candidate.package.manifest, candidate.recipe
    return Rules(
        model=candidate.package.digest,
        recipe=recipe.digest,
        model_name=clean_text(f"{manifest.name} {manifest.version}", 200),
        recipe_name=clean_text(f"{recipe.name} {recipe.version}", 200),
    )


def _released(reader: AuditReader, model: str, recipe: str) -> Rules:
    return Rules(
        model=model,
        recipe=recipe,
        model_name=_model_name(reader, model),
        recipe_name=_recipe_name(reader, recipe),
    )


def _document(reader: AuditReader, digest: str) -> bytes:
    try:
        return DocumentStore(reader.station).get(digest)
    except (StoreError, EvidenceError):
        return b""


def _model_name(reader: AuditReader, digest: str) -> str:
    """Name and version in the kept manifest, or the name in an opening of a shift."""
    try:
        manifest: object = json.loads(_document(reader, digest))
    except ValueError:
        manifest = None
    if isinstance(manifest, dict):
        return clean_text(f"{manifest.get('name', '')} {manifest.get('version', '')}".strip(), 200)
    return reader.names("model").get(digest, "")


def _recipe_name(reader: AuditReader, digest: str) -> str:
    try:
        recipe = Recipe.parse(_document(reader, digest), "recipe")
    except RecipeError:
        return reader.names("recipe").get(digest, "")
    return clean_text(f"{recipe.name} {recipe.version}", 200)


def _times(candidate: Candidate, tally: Tally) -> Times:
    described = candidate.detector.describe()
    if not tally.took_us:
        p50 = p99 = longest = 0.0
        machine = ""
    else:
        latency = latency_of(tally.took_us, described)
        p50, p99, longest, machine = latency.p50_ms, latency.p99_ms, latency.longest_ms, latency.machine
    return Times(
        pictures=len(tally.took_us),
        p50_us=round(p50 * 1000),
        p99_us=round(p99 * 1000),
        longest_us=round(longest * 1000),
        backend=described["backend"],
        threads=int(described["threads"]),
        machine=clean_text(machine, 200),
    )
