# SPDX-License-Identifier: AGPL-3.0-or-later
"""The gallery of differences as one HTML file that needs nothing else: for reading, filing and printing."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from inspector.detect.colour import model_image
from inspector.errors import EvidenceError, StoreError
from inspector.station.replay import stored_frame
from training.evaluation.boxes import Box, box_px
from training.evaluation.charts import bar, drawing, score_words
from training.evaluation.markup import Node, document, node, table
from training.evaluation.measure import jpeg_of
from training.shadow.finish import Finished
from training.shadow.look import Compared, Found, Sight
from training.shadow.result import Difference, ShadowResult
from training.shadow.reviews import Side
from training.shadow.verdicts import WHY_WORDS
from training.shadow.words import ENDED_WORDS, KIND_WORDS, SIDE_WORDS, headline, notes, rules_words, second

_STYLE = ".tile { flex-basis: 200px; }\nfigure h3 { margin: 0 0 6px; overflow-wrap: anywhere; }\n"
_APART = 0.01
"""The candidate's boxes are this share of the picture larger on each side: where both found the same, both are seen."""


def page(station: Path, found: Finished, pictures: int) -> bytes:
    """The page, UTF-8.

    Args:
        station: Station directory, or a copy of it, with the pictures.
        found: What it tells.
        pictures: At most so many pictures in it.
    """
    result = found.result
    title = f"Shadow run of {result.candidate.model_name} at {result.station}"
    style = files("training.evaluation").joinpath("page.css").read_text(encoding="utf-8") + _STYLE
    return document(
        title,
        style,
        node("h1", title),
        node("p", f"Candidate: {rules_words(result.candidate)}"),
        node("p", f"Released: {rules_words(result.released)}"),
        _tiles(result),
        _notes(result),
        _verdicts(result),
        _not_comparable(result),
        _reviews(result),
        _classes(result),
        _gallery(station, found, pictures),
        _facts(result),
    )


def _tiles(result: ShadowResult) -> Node:
    shares = (result.differing, result.passed_by_candidate_only, result.rejected_by_candidate_only)
    largest = max(one.counts.upper for one in shares)
    tiles = [
        node(
            "div",
            node("h2", what[:1].upper() + what[1:]),
            node("p", words.replace(" %", "\u00a0%"), class_="figure"),
            bar(one.counts, largest),
            class_="tile",
        )
        for (what, words), one in zip(headline(result), shares, strict=True)
    ]
    return node("div", *tiles, class_="tiles")


def _notes(result: ShadowResult) -> Node:
    general = (
        "A bound says which share of differing verdicts is ruled out at 95 % (exact, one-sided) for parts like these."
        " Who is right is not in it: that is what people say of the parts below."
    )
    return node(
        "section", node("h2", "Read this first"), node("ul", *(node("li", one) for one in [*notes(result), general]))
    )


def _verdicts(result: ShadowResult) -> Node:
    rows: list[list[Node | str]] = [
        ["released: passes", str(result.both_pass), str(result.only_candidate_rejects)],
        ["released: rejects", str(result.only_released_rejects), str(result.both_reject)],
    ]
    heading = node("h2", f"{result.compared} parts compared")
    return node("section", heading, table(["", "candidate: passes", "candidate: rejects"], rows, "average"))


def _not_comparable(result: ShadowResult) -> Node | None:
    if not result.not_comparable:
        return None
    rows: list[list[Node | str]] = [[WHY_WORDS[why], str(number)] for why, number in result.not_comparable.items()]
    number = sum(result.not_comparable.values())
    return node("section", node("h2", f"{number} parts not comparable"), table(["why", "parts"], rows, "average"))


def _reviews(result: ShadowResult) -> Node | None:
    rows: list[list[Node | str]] = [
        [SIDE_WORDS[one], str(number)] for one in Side if (number := getattr(result.reviewed, one.value))
    ]
    if not rows:
        return None
    return node("section", node("h2", "What people said"), table(["reviewed parts", "parts"], rows, "average"))


def _classes(result: ShadowResult) -> Node | None:
    if not result.classes:
        return None
    rows: list[list[Node | str]] = [
        [name, str(one.released), str(one.candidate), str(one.both)] for name, one in result.classes.items()
    ]
    means = "Compared parts that findings of this class alone keep from passing."
    return node(
        "section",
        node("h2", "By class"),
        table(["class", "released", "candidate", "both"], rows, "average"),
        node("p", means, class_="small"),
    )


def _gallery(station: Path, found: Finished, pictures: int) -> Node:
    if not found.worst:
        return node("section", node("h2", "Differing parts"), node("p", "None."))
    legend = node(
        "p",
        node("span", "released: counts", class_="key label"),
        " ",
        node("span", "released: too weak or tolerated", class_="key label-weak"),
        " ",
        node("span", "candidate: counts", class_="key found"),
        " ",
        node("span", "candidate: too weak or tolerated", class_="key weak"),
        " Words above a box are the released model's, below it the candidate's.",
    )
    cards: list[Node] = []
    parts = 0
    for one, said in zip(found.worst, found.result.differences, strict=True):
        sights = _telling(one)[: pictures - len(cards)]
        if not sights:
            break
        parts += 1
        cards += [_card(station, one, sight, said) for sight in sights]
    left = found.result.differ - parts
    more = f"{left} more have no picture here (--pictures); the file of --output lists the worst 500."
    heading = f"Differing parts, worst first: {found.result.differ}"
    return node(
        "section",
        node("h2", heading),
        legend,
        node("div", *cards, class_="gallery"),
        node("p", more) if left > 0 else None,
    )


def _telling(one: Compared) -> list[Sight]:
    """The pictures that show the difference; where it is in none - a serial - the first."""
    differ = [
        sight for sight in one.sights if (sight.released.verdict == "PASS") != (sight.candidate.verdict == "PASS")
    ]
    return differ or list(one.sights[:1])


def _card(station: Path, one: Compared, sight: Sight, said: Difference) -> Node:
    name = f"record {one.seq}, {sight.camera}"
    serial = f"{one.serial}, " if one.serial is not None else ""
    return node(
        "figure",
        node("h3", f"{serial}{name}"),
        _picture(station, sight, name),
        node(
            "figcaption",
            node("b", KIND_WORDS[said.kind][:1].upper() + KIND_WORDS[said.kind][1:]),
            node("br"),
            node("b", "released "),
            f"{said.released.verdict.value}: {said.released.reason}",
            node("br"),
            node("b", "candidate "),
            f"{said.candidate.verdict.value}: {said.candidate.reason}",
            node("br"),
            f"{second(one.t_us)} UTC; {SIDE_WORDS[said.review]}",
        ),
    )


def _picture(station: Path, sight: Sight, name: str) -> Node:
    try:
        jpeg = jpeg_of(model_image(stored_frame(station, sight.fields)))
    except (StoreError, EvidenceError) as error:
        return node("p", f"Its picture is not there any more: {error.message}")
    apart = _APART * max(sight.size)
    boxes = [*_boxes(sight.candidate, "found", "weak", apart), *_boxes(sight.released, "label", "label-weak", 0.0)]
    return drawing(jpeg, sight.size, boxes, name)


def _boxes(found: Found, strong: str, weak: str, apart: float) -> list[tuple[Box, str, str]]:
    counting = set(found.counting)
    made: list[tuple[Box, str, str]] = []
    for one in found.findings:
        x0, y0, x1, y1 = box_px(one)
        box = (x0 - apart, y0 - apart, x1 + apart, y1 + apart)
        made.append((box, score_words(one), strong if one in counting else weak))
    return made


def _facts(result: ShadowResult) -> Node:
    times = result.times
    took = f"{times.p50_us / 1000:.1f} ms median, {times.p99_us / 1000:.1f} ms p99 of {times.pictures} pictures"
    rows: list[list[Node | str]] = [
        ["candidate: model package", node("code", result.candidate.model)],
        ["candidate: recipe", node("code", result.candidate.recipe)],
        ["released: model package", node("code", result.released.model)],
        ["released: recipe", node("code", result.released.recipe)],
        ["records", f"{result.first_record} to {result.last_record} of station {result.station}"],
        ["recorded", f"{second(result.first_us)} to {second(result.last_us)} UTC"],
        [
            "the run",
            f"{'beside the running station' if result.follow else 'on stored parts'}; {ENDED_WORDS[result.ended]}",
        ],
        ["candidate's judging", f"{took}; {times.backend}, {times.threads} thread(s), low priority; {times.machine}"],
        ["software", f"inspector {result.software}"],
        ["made", f"{second(result.made_us)} UTC"],
    ]
    return node("section", node("h2", "What was compared"), table(["", ""], rows, "facts"))
