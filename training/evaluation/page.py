# SPDX-License-Identifier: AGPL-3.0-or-later
"""An evaluation as one HTML file that needs nothing else: for reading, filing and printing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from inspector.durable import write_durable
from inspector.errors import ConfigError
from training.evaluation.charts import bar, cost_chart, picture, precision_chart
from training.evaluation.confusion import BACKGROUND, NOTHING
from training.evaluation.counts import Counts
from training.evaluation.markup import Node, document, node, table
from training.evaluation.measure import Unit
from training.evaluation.report import NO_CLASS, Report
from training.evaluation.result import Evaluation, Money
from training.evaluation.words import (
    THING,
    amount,
    by_class,
    choice_words,
    cost_words,
    headline,
    latency_words,
    limit_words,
    price_words,
)


def write_page(path: Path, found: Evaluation, made: datetime) -> None:
    """Write the page.

    Args:
        path: Its file; an old one is replaced.
        found: What it tells.
        made: When, UTC.

    Raises:
        ConfigError: The file cannot be written.
    """
    data = page(found, made)
    try:
        write_durable(path, data)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}", "Choose another file for --html") from error


def page(found: Evaluation, made: datetime) -> bytes:
    """The page, UTF-8. Arguments as for `write_page`."""
    style = files("training.evaluation").joinpath("page.css").read_text(encoding="utf-8")
    report = found.report
    return document(
        f"Evaluation of {found.package.name} {found.package.version}",
        style,
        node("h1", f"Evaluation of {found.package.name} {found.package.version}"),
        node("p", f"Recipe {found.recipe.name} {found.recipe.version}; {found.source.told}; {_numbers(found)}"),
        tiles(report),
        notes_section(found.source.notes),
        classes_section(report),
        None if found.money is None else _money(found.money),
        gallery(report, missed=True),
        gallery(report, missed=False),
        _confusion(report),
        _precision(found),
        node("section", node("h2", "Time"), node("p", latency_words(found.latency)), _latency_means()),
        _facts(found, made),
    )


def _numbers(found: Evaluation) -> str:
    report, thing = found.report, THING[found.report.by]
    counted = f"{report.missed.trials} bad and {report.false_rejects.trials} good {thing}"
    return counted if report.by == "picture" else f"{counted} on {len(found.seen)} pictures"


def tiles(report: Report) -> Node:
    """The two figures that matter, each with its bounds."""
    counts = (report.missed, report.false_rejects)
    largest = max(one.upper for one in counts)
    made = [
        node(
            "div",
            node("h2", _capital(what)),
            node("p", words.replace(" %", "\u00a0%"), class_="figure"),
            bar(one, largest),
            class_="tile",
        )
        for (what, words), one in zip(headline(report), counts, strict=True)
    ]
    return node("div", *made, class_="tiles")


def notes_section(notes: Sequence[str]) -> Node:
    """What has to be known before the figures are read."""
    general = (
        "A bound says which rates are ruled out at 95 % (exact, one-sided) for parts like these, drawn independently."
        " It does not hold for another lot, another lamp, or parts that were picked because they are hard."
    )
    items = [node("li", note) for note in (*notes, general)]
    return node("section", node("h2", "Read this first"), node("ul", *items))


def classes_section(report: Report) -> Node:
    """Errors by class."""
    thing = THING[report.by]
    rows = by_class(report)
    rejects = report.false_rejects_by_class.get(NO_CLASS, Counts())
    rows.append((NO_CLASS, Counts(), Counts(), rejects, Counts()))
    columns = zip(*(counts for _, *counts in rows), strict=True)
    largest = [max((one.upper for one in column if one.trials), default=1.0) for column in columns]
    body: list[list[Node | str]] = [
        [name, *(_counted(one, most) for one, most in zip(counts, largest, strict=True))] for name, *counts in rows
    ]
    header = ["class", "missed: it alone", "missed: with it", f"good {thing} rejected", "defects not named"]
    if report.serial_unread.trials:
        serial = node("p", f"Serials: {report.serial_unread.words('not read')}.")
    else:
        serial = None
    means = (
        f"Missed: bad {thing} that show this defect, alone or with others, and passed. Rejected: good {thing} on which"
        f" findings of this class alone were enough; {NO_CLASS}: image gate, serial or an error. Not named: no finding"
        " of the class overlaps the label by 0.3. Dot: the rate; line: from its lower to its upper bound."
    )
    return node(
        "section", node("h2", "By class"), table(header, body, "counts"), node("p", means, class_="small"), serial
    )


def _counted(counts: Counts, largest: float) -> Node:
    if not counts.trials:
        return node("td", "-")
    first, _, rest = counts.short().partition(", ")
    return node("td", node("div", first), bar(counts, largest), node("div", rest, class_="small"))


def _confusion(report: Report) -> Node:
    names = report.confusion.classes(report.classes)
    columns = [*names, NOTHING]
    rows: list[list[Node | str]] = []
    for row in [*names, BACKGROUND]:
        numbers = [report.confusion.cell(row, column) for column in columns]
        total = sum(numbers) or 1
        cells = [
            _shaded(number, number / total, right=row == column)
            for number, column in zip(numbers, columns, strict=True)
        ]
        rows.append([row, *cells])
    means = (
        "Rows: what is labelled. Columns: what was found, of the findings that the recipe counts. A label and a finding"
        " belong together from an overlap of 0.3 on. Right answers are framed."
    )
    return node(
        "section",
        node("h2", "What was taken for what"),
        node("div", table(["", *columns], rows, "confusion"), class_="wide"),
        node("p", means, class_="small"),
    )


def _shaded(number: int, share: float, *, right: bool) -> Node:
    colour = f"background:rgba({'0,114,178' if right else '213,94,0'},{0.45 * share:.2f})" if number else ""
    return node("td", str(number) if number else "·", style=colour, class_="right" if right else "")


def _precision(found: Evaluation) -> Node | None:
    report = found.report
    if not report.curves:
        return None
    floor = found.package.manifest.thresholds.score_ppm / 1e6
    means = (
        f"mAP50 {report.map50:.3f}, mAP50-95 {report.map50_95:.3f}: means over the labelled classes, computed as"
        f" ultralytics does (101 points). The package reports nothing below a score of {floor:g}, so that the curves"
        " end there. These figures say little about either count above."
    )
    charts = [precision_chart(curve) for curve in report.curves]
    rows: list[list[Node | str]] = [
        [curve.name, str(curve.labels), str(curve.findings), f"{curve.ap50:.3f}", f"{curve.ap50_95:.3f}"]
        for curve in report.curves
    ]
    averages = table(["class", "labels", "findings", "AP50", "AP50-95"], rows, "average")
    return node(
        "section",
        node("h2", "Precision over recall of boxes"),
        node("p", means),
        averages,
        node("div", *charts, class_="charts"),
    )


def _money(money: Money) -> Node:
    costs = money.costs
    now = f"{_capital(price_words(costs))}. With the recipe as it is: expected {cost_words(money.now, costs)}."
    parts: list[Node | None] = [node("h2", "What errors cost"), node("p", now)]
    if money.choices is not None:
        first, *rest = choice_words(money.choices, money)
        body: list[list[Node | str]] = [
            [
                name,
                *limit_words(choice),
                choice.chosen.missed.short(),
                choice.chosen.false_rejects.short(),
                amount(choice.chosen.cost, costs),
                amount(choice.before.cost, costs),
            ]
            for name, choice in money.choices.by_class.items()
        ]
        header = ["class", "in the recipe", "now", "bad parts not held", "good parts rejected", "cost", "cost now"]
        charts = [cost_chart(choice, costs.currency) for choice in money.choices.by_class.values()]
        parts += [node("h3", "Limits with the lowest expected cost"), node("p", first), table(header, body)]
        parts += [node("p", line) for line in rest]
        parts += [
            node("p", "Expected cost per 1,000 parts over the limit; solid: chosen, dotted: now.", class_="small"),
            node("div", *charts, class_="charts"),
        ]
    return node("section", *parts)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def gallery(report: Report, *, missed: bool) -> Node:
    """Pictures of all misses, or of all false rejects."""
    units = [unit for unit in report.wrong if unit.bad == missed]
    name = "Misses" if missed else "False rejects"
    if not units:
        return node("section", node("h2", name), node("p", "None."))
    shown = [unit for unit in units if any(view.jpeg for view in unit.views)]
    left = len(units) - len(shown)
    more = node("p", f"{left} more have no picture here (--pictures); they are listed with --json.") if left else None
    return node("section", node("h2", f"{name}: {len(units)}"), legend(), cards(shown), more)


def legend() -> Node:
    """What the boxes in pictures mean."""
    return node(
        "p",
        node("span", "label", class_="key label"),
        " ",
        node("span", "found, counts", class_="key found"),
        " ",
        node("span", "found, too weak or tolerated", class_="key weak"),
    )


def cards(units: Sequence[Unit]) -> Node:
    """The pictures that are kept of some parts, with what was said of them."""
    made = [
        node(
            "figure",
            picture(view),
            node("figcaption", node("b", view.name), node("br"), f"{view.verdict.value}: {view.reason}"),
        )
        for unit in units
        for view in unit.views
        if view.jpeg
    ]
    return node("div", *made, class_="gallery")


def _latency_means() -> Node:
    means = "One picture from frame to verdict: image gate, model, rules, serial and hash; without camera and line."
    return node("p", means, class_="small")


def _facts(found: Evaluation, made: datetime) -> Node:
    rows: list[list[Node | str]] = [
        ["model package", node("code", found.package.digest)],
        ["recipe", node("code", found.recipe.digest)],
    ]
    rows += [[name.replace("_", " "), node("code", str(value))] for name, value in found.source.facts.items()]
    rows += [
        ["software", f"inspector {version('inspector-station')}"],
        ["made", f"{made:%Y-%m-%d %H:%M} UTC"],
    ]
    return node("section", node("h2", "What was measured"), table(["", ""], rows, "facts"))
