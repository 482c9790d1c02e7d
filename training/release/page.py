# SPDX-License-Identifier: AGPL-3.0-or-later
"""The report of a release as one HTML file: the rules, the candidate beside the released model, where they differ."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import version
from importlib.resources import files

from inspector.release.document import Check
from training.evaluation.counts import Counts
from training.evaluation.markup import Node, document, node, table
from training.evaluation.measure import Unit
from training.evaluation.page import cards, classes_section, gallery, legend, notes_section, tiles
from training.evaluation.result import Evaluation
from training.evaluation.words import THING, by_class, latency_words
from training.release.judging import Judged
from training.release.report import differing

_TITLES = {
    "missed_by_candidate_alone": "Missed by the candidate alone",
    "missed_by_released_alone": "Missed by the released model alone",
    "rejected_by_candidate_alone": "Falsely rejected by the candidate alone",
    "rejected_by_released_alone": "Falsely rejected by the released model alone",
}


def release_page(
    product: str,
    candidate: Evaluation,
    released: Evaluation | None,
    judged: list[Judged],
    found: Sequence[Check],
    made: datetime,
) -> bytes:
    """The page, UTF-8.

    Args:
        product: What is judged.
        candidate: What came of the candidate.
        released: What came of the released model; None: there is none.
        judged: Each part as both judged it.
        found: What came of the rules.
        made: When, UTC.
    """
    style = files("training.evaluation").joinpath("page.css").read_text(encoding="utf-8")
    blocked = any(not one.passed for one in found)
    model = f"{candidate.package.name} {candidate.package.version}"
    title = f"{'Blocked' if blocked else 'Release'}: {model} for {product}"
    return document(
        title,
        style,
        node("h1", title),
        node("p", f"{candidate.title}; {candidate.source.told}"),
        tiles(candidate.report),
        _rules(found),
        notes_section(candidate.source.notes),
        _both(candidate, released),
        *_differing(judged),
        node("h1", "The candidate"),
        classes_section(candidate.report),
        gallery(candidate.report, missed=True),
        gallery(candidate.report, missed=False),
        _facts(candidate, released, made),
    )


def _rules(found: Sequence[Check]) -> Node:
    failed = sum(not one.passed for one in found)
    told = f"{failed} of {len(found)} are not kept: nothing was signed." if failed else f"All {len(found)} are kept."
    rows: list[list[Node | str]] = [[one.name, "yes" if one.passed else "NO", one.words] for one in found]
    return node("section", node("h2", "Rules of the gate"), node("p", told), table(["rule", "kept", ""], rows))


def _both(candidate: Evaluation, released: Evaluation | None) -> Node:
    title = node("h2", "Beside the released model")
    if released is None:
        return node("section", title, node("p", "This is the first release of the product: there is none."))
    thing = THING[candidate.report.by]
    rows = [
        [f"bad {thing} missed", *(one.report.missed.short() for one in (candidate, released))],
        [f"good {thing} rejected", *(one.report.false_rejects.short() for one in (candidate, released))],
    ]
    shown = [{name: showing for name, _, showing, *_ in by_class(one.report)} for one in (candidate, released)]
    for name in dict.fromkeys((*shown[0], *shown[1])):
        rows.append([f"missed with {name}", *(each.get(name, Counts()).short() for each in shown)])
    rows.append(["mAP50 of boxes", *(f"{one.report.map50:.3f}" for one in (candidate, released))])
    rows.append(["judging", *(f"p99 {one.latency.p99_ms:.1f} ms" for one in (candidate, released))])
    body: list[list[Node | str]] = [list(row) for row in rows]
    means = "Errors, and the bound of their rate at 95 %, on the same pictures."
    header = ["", f"candidate: {candidate.title}", f"released: {released.title}"]
    return node("section", title, node("p", means), table(header, body))


def _differing(judged: list[Judged]) -> list[Node]:
    made = []
    for how, found in differing(judged).items() if judged else ():
        if not found:
            made.append(node("section", node("h2", f"{_TITLES[how]}: none")))
            continue
        shown = [node("h2", f"{_TITLES[how]}: {len(found)}"), legend()]
        for one in found:
            ours, theirs = one.with_pictures
            both = cards([_seen_by("candidate", ours), _seen_by("released model", theirs)])
            shown += [node("h3", one.candidate.name), both]
        made.append(node("section", *shown))
    return made


def _seen_by(whom: str, unit: Unit) -> Unit:
    return Unit(unit.name, tuple(dataclasses.replace(view, name=f"{whom}: {view.name}") for view in unit.views))


def _facts(candidate: Evaluation, released: Evaluation | None, made: datetime) -> Node:
    rows: list[list[Node | str]] = [
        ["model package", node("code", candidate.package.digest)],
        ["recipe", node("code", candidate.recipe.digest)],
    ]
    if released is not None:
        rows += [
            ["released model package", node("code", released.package.digest)],
            ["released recipe", node("code", released.recipe.digest)],
        ]
    rows += [[name.replace("_", " "), node("code", str(value))] for name, value in candidate.source.facts.items()]
    rows += [
        ["software", f"inspector {version('inspector-station')}"],
        ["judging", latency_words(candidate.latency)],
        ["made", f"{made:%Y-%m-%d %H:%M} UTC"],
    ]
    return node("section", node("h2", "What was measured"), table(["", ""], rows, "facts"))
