# SPDX-License-Identifier: AGPL-3.0-or-later
"""An evaluation on the terminal."""

from __future__ import annotations

from inspector.cli.output import Output
from training.evaluation.costs import Costs, Expected
from training.evaluation.counts import Counts
from training.evaluation.latency import Latency
from training.evaluation.limits import Choice, Choices
from training.evaluation.report import NO_CLASS, Report
from training.evaluation.result import Evaluation, Money

THING = {"part": "parts", "picture": "pictures"}


def headline(report: Report) -> list[tuple[str, str]]:
    """The two figures that matter, in words."""
    thing = THING[report.by]
    return [
        (f"bad {thing}", report.missed.words("missed")),
        (f"good {thing}", report.false_rejects.words("falsely rejected")),
    ]


def by_class(report: Report) -> list[tuple[str, Counts, Counts, Counts, Counts]]:
    """Of each class what was missed that shows it alone, and at all, what was falsely rejected, and not named."""
    none = Counts()
    return [
        (
            name,
            report.missed_by_class.get(name, none),
            report.missed_showing.get(name, none),
            report.false_rejects_by_class.get(name, none),
            report.unnamed.get(name, none),
        )
        for name in report.confusion.classes(report.classes)
    ]


def show(output: Output, found: Evaluation) -> None:
    """Tell people what was found."""
    report = found.report
    output.say(f"{found.title}; {found.source.told}")
    for what, words in headline(report):
        output.say(f"{what}: {words}", style="bold")
    thing = THING[report.by]
    rows = [(name, *(one.short() for one in counts[:3])) for name, *counts in by_class(report)]
    rows.append((NO_CLASS, "-", "-", report.false_rejects_by_class.get(NO_CLASS, Counts()).short()))
    header = ("class", "missed: it alone", "missed: with it", f"good {thing} rejected")
    output.table("By class: errors, and the bound of their rate at 95 %", header, rows)
    if report.serial_unread.trials:
        output.say(f"serials: {report.serial_unread.words('not read')}")
    curves = [(one.name, one.labels, f"{one.ap50:.3f}", f"{one.ap50_95:.3f}") for one in report.curves]
    if curves:
        total = sum(one.labels for one in report.curves)
        curves.append(("mean", total, f"{report.map50:.3f}", f"{report.map50_95:.3f}"))
        output.table("Average precision of boxes", ("class", "labels", "mAP50", "mAP50-95"), curves)
    output.say(latency_words(found.latency))
    if found.money is not None:
        _show_money(output, found.money)
    for note in found.source.notes:
        output.say(f"note: {note}")


def latency_words(latency: Latency) -> str:
    """What judging took, and on what."""
    by = latency.judged_by
    runtime = f"{by['backend']} {by['version']}, {by['precision']}"
    tail = "" if latency.enough else "; fewer than 100 runs say little about the 99th percentile"
    return (
        f"judging took p50 {latency.p50_ms:.1f} ms, p99 {latency.p99_ms:.1f} ms in {latency.runs} runs on {runtime}, "
        f"{by['threads']} threads, {latency.machine}{tail}"
    )


def amount(value: float, costs: Costs) -> str:
    """A sum of money."""
    return f"{value:,.2f} {costs.currency}".strip()


def cost_words(found: Expected, costs: Costs) -> str:
    """An expected cost, and what it is if both rates are as high as their bounds."""
    return f"{amount(found.cost, costs)} per 1,000 parts, below {amount(found.upper, costs)} at the bounds of all rates"


def price_words(costs: Costs) -> str:
    """What the prices are."""
    own = [
        f"{name} {amount(one.escape, costs)}" for name, one in sorted(costs.classes.items()) if one.escape is not None
    ]
    return (
        f"an escape costs {amount(costs.escape, costs)}{' (' + ', '.join(own) + ')' if own else ''}, a false reject "
        f"{amount(costs.false_reject, costs)}, {costs.defect_rate * 100:g} % of the parts are defective"
    )


def limit_words(choice: Choice) -> tuple[str, str]:
    """The limit that was chosen, and the recipe's."""
    before = "none" if choice.before_ppm is None else f"{choice.before_ppm / 1e6:.2f}"
    return choice.setting, before


def choice_words(choices: Choices, money: Money) -> list[str]:
    """On which pictures limits were chosen, what that means, and what came of them elsewhere."""
    said = [
        f"Limits were chosen on {choices.told}. The rates beside them are those of the pictures on which they were"
        " chosen, which flatter; what they do on pictures that had no part in it comes after the table."
    ]
    said += [f"{name}: no limit could be chosen, {why}" for name, why in choices.left.items()]
    if money.then is not None and money.then_cost is not None:
        said.append(
            f"With these limits here: {money.then.missed.words('missed')}; "
            f"{money.then.false_rejects.words('falsely rejected')}; {cost_words(money.then_cost, money.costs)}."
        )
    return said


def _show_money(output: Output, money: Money) -> None:
    output.say(f"{price_words(money.costs)}: expected {cost_words(money.now, money.costs)}")
    if money.choices is None:
        return
    first, *rest = choice_words(money.choices, money)
    output.say(first)
    rows = [
        (name, *limit_words(choice), choice.chosen.missed.short(), choice.chosen.false_rejects.short())
        for name, choice in money.choices.by_class.items()
    ]
    output.table(
        "Limits with the lowest expected cost", ("class", "in the recipe", "now", "not held", "good rejected"), rows
    )
    for line in rest:
        output.say(line)
